/** The HTTP listeners of the hub: the page, the tree, the live feed, clients, health; and metrics apart, when asked for. */
import type { IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import fastify, { type FastifyInstance } from "fastify";
import { WebSocketServer } from "ws";
import {
  type Broker,
  listenFault,
  originFault,
  type ListenFaultCode,
  type OriginRule,
} from "../broker/index.ts";
import type { Commands } from "../command/index.ts";
import { isLoopback, type Listener } from "../config/index.ts";
import type { Explainer } from "../explain/index.ts";
import type { Feed } from "../feed/index.ts";
import type { Access } from "../identity/index.ts";
import type { UnsTree } from "../tree/index.ts";
import { addAdapterRoutes, type AdapterRoutes } from "./adapter-routes.ts";
import { addAwareRoutes, type AwareReports } from "./aware-routes.ts";
import { addClientRoutes } from "./client-routes.ts";
import type { HealthSources } from "./health.ts";
import { addExplainRoutes } from "./explain-routes.ts";
import { addHistoryRoutes, type HistoryRoutes } from "./history-routes.ts";
import { watchLoopDelay } from "./loop-delay.ts";
import { addGuardRoutes, type GuardReports } from "./guard-routes.ts";
import { addIdentityRoutes } from "./identity-routes.ts";
import { addNamespaceRoutes } from "./namespace-routes.ts";
import { addOperations, type Operations, operationsOf } from "./operations.ts";
import { type PageFiles, STARTING } from "./page-files.ts";
import { addWho, whoMay } from "./who.ts";

const MAX_BODY_BYTES = 1_048_576;
const MAX_FRAME_BYTES = 65_536;
/** Client identifiers stand in paths; they are bounded elsewhere. */
const MAX_PARAMETER_LETTERS = 65_536;

export interface ApiOptions {
  readonly listeners: {
    readonly http: Listener | undefined;
    readonly metrics: Listener | undefined;
  };
  readonly broker: Broker;
  readonly durability: HealthSources["durability"];
  readonly page: PageFiles;
  readonly tree: UnsTree;
  readonly commands: Commands;
  readonly feed: Feed;
  readonly history: HistoryRoutes["history"];
  readonly guard: GuardReports;
  readonly adapters: AdapterRoutes["adapters"];
  readonly aware: AwareReports;
  readonly explainer: Explainer;
  readonly access: Access;
  readonly auditFile: string;
  readonly now: () => number;
  /** Whether everything that should run does. */
  readonly isReady: () => boolean;
}

interface ApiAddress {
  readonly kind: "http" | "metrics";
  readonly host: string;
  readonly port: number;
}

export interface Api {
  readonly addresses: readonly ApiAddress[];
  stop(): Promise<void>;
}

type Door = Listener & Pick<ApiAddress, "kind">;

/** A listener that could not be opened: which, and what to do. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ListenFaultCode;

  constructor(code: ListenFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** @throws {ApiError} when a port cannot be opened; the other one is closed again. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const loop = watchLoopDelay();
  const operations = operationsOf({
    broker: options.broker,
    durability: options.durability,
    loop,
    history: () => options.history?.history.state(),
    adapters: options.adapters,
    isStarted: options.isReady,
    rebirths: () => options.aware.rebirths(),
  });
  const servers: FastifyInstance[] = [];
  const stop = async (): Promise<void> => {
    loop.stop();
    await Promise.all(servers.map((server) => server.close()));
  };
  const open = async (server: FastifyInstance, door: Door): Promise<ApiAddress> => {
    await listen(server, door);
    servers.push(server);
    return { kind: door.kind, host: door.host, port: boundPort(server, door.port) };
  };
  const addresses: ApiAddress[] = [];
  try {
    const { http, metrics } = options.listeners;
    if (http !== undefined) {
      addresses.push(await open(mainServer(http, options, operations), { kind: "http", ...http }));
    }
    if (metrics !== undefined) {
      const server = newServer({ onLoopback: isLoopback(metrics.host), allowed: [] });
      addOperations(server, operations, "anyone");
      addresses.push(await open(server, { kind: "metrics", ...metrics }));
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { addresses, stop };
}

/** A server that answers to its own pages only. */
function newServer(origins: OriginRule): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAMETER_LETTERS },
  });
  server.removeContentTypeParser("text/plain"); // what a form of a foreign page could send
  server.addHook("onRequest", async (request, reply) => {
    const fault = originFault(request.headers, origins);
    if (fault !== undefined) await reply.code(403).type("text/plain").send(`${fault}\n`);
  });
  return server;
}

function mainServer(
  { host }: Listener,
  options: ApiOptions,
  operations: Operations,
): FastifyInstance {
  const origins: OriginRule = { onLoopback: isLoopback(host), allowed: [] };
  const server = newServer(origins);
  addWho(server, options.access);
  addOperations(server, operations, "this machine");
  addIdentityRoutes(server, options);
  addClientRoutes(server, options);
  addAdapterRoutes(server, options);
  addNamespaceRoutes(server, { ...options, epoch: options.feed.epoch, now: () => options.now() });
  addHistoryRoutes(server, options);
  addExplainRoutes(server, options);
  addGuardRoutes(server, { guard: options.guard, now: () => options.now() });
  addAwareRoutes(server, options);
  addPage(server, options);
  addLive(server, options, origins);
  return server;
}

function addPage(server: FastifyInstance, { page, isReady }: ApiOptions): void {
  server.setNotFoundHandler((request, reply) => {
    const [path = "/"] = request.url.split("?");
    if (path.startsWith("/api/") || (request.method !== "GET" && request.method !== "HEAD")) {
      return reply.code(404).type("text/plain").send(`there is no ${request.method} ${path}\n`);
    }
    const answer = isReady()
      ? page.answer({
          path: decoded(path),
          acceptEncoding: request.headers["accept-encoding"] ?? "",
          ifNoneMatch: request.headers["if-none-match"],
        })
      : STARTING;
    return reply.code(answer.status).headers(answer.headers).send(answer.body);
  });
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // broken percent signs name no file
  }
}

/** `/live` speaks only to pages of this hub, and only `uns.v1`. */
function addLive(
  server: FastifyInstance,
  { feed, access }: Pick<ApiOptions, "feed" | "access">,
  origins: OriginRule,
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: MAX_FRAME_BYTES,
    handleProtocols: (offered) => (offered.has("uns.v1") ? "uns.v1" : false),
  });
  server.server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy()); // Node has let go of it: a reset would end the process
    const [path] = (request.url ?? "").split("?");
    const fault =
      path === "/live" ? originFault(request.headers, origins) : "there is nothing but /live";
    if (fault !== undefined) return turnAway(socket, "403 Forbidden", fault);
    const upgrade = (): void =>
      sockets.handleUpgrade(request, socket, head, (page) => feed.accept(page));
    letIn(access, { request, socket, upgrade }).catch(() => socket.destroy());
  });
  server.addHook("preClose", async () => {
    for (const page of sockets.clients) page.terminate();
  });
}

async function letIn(
  access: Access,
  {
    request,
    socket,
    upgrade,
  }: { readonly request: IncomingMessage; readonly socket: Duplex; readonly upgrade: () => void },
): Promise<void> {
  const ip = request.socket.remoteAddress ?? "";
  const refusal = await whoMay(
    access,
    { raw: request, ip, headers: request.headers },
    "read values",
  );
  if (refusal !== undefined) turnAway(socket, "401 Unauthorized", refusal.because);
  else upgrade();
}

function turnAway(socket: Duplex, status: string, because: string): void {
  socket.once("finish", () => socket.destroy());
  const head = `HTTP/1.1 ${status}\r\ncontent-type: text/plain\r\nconnection: close\r\n`;
  const login = status.startsWith("401") ? 'www-authenticate: Basic realm="UNS Hub"\r\n' : "";
  socket.end(`${head}${login}\r\n${because}\n`);
}

async function listen(server: FastifyInstance, { kind, host, port }: Door): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const attempt = { what: SPOKEN[kind], key: `listeners.${kind}`, host, port };
    const { code, message } = listenFault(cause, attempt);
    throw new ApiError(code, message, { cause });
  }
}

const SPOKEN = { http: "HTTP", metrics: "Metrics" } as const;

function boundPort(server: FastifyInstance, asked: number): number {
  const address: AddressInfo | string | null = server.server.address();
  return typeof address === "object" && address !== null ? address.port : asked;
}
