/** The HTTP listener of the hub: the page, the tree, the live feed, health. */
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance } from "fastify";
import { WebSocketServer } from "ws";
import {
  listenFault,
  originFault,
  type ListenFaultCode,
  type OriginRule,
} from "../broker/index.ts";
import type { Commands } from "../command/index.ts";
import { isLoopback, type Listener } from "../config/index.ts";
import type { Feed } from "../feed/index.ts";
import type { UnsTree } from "../tree/index.ts";
import { addGuardRoutes, type GuardReports } from "./guard-routes.ts";
import { addNamespaceRoutes } from "./namespace-routes.ts";
import { type PageFiles, STARTING } from "./page-files.ts";

const MAX_BODY_BYTES = 1_048_576;
const MAX_FRAME_BYTES = 65_536;

export interface ApiOptions {
  readonly listener: Listener;
  readonly page: PageFiles;
  readonly tree: UnsTree;
  readonly commands: Commands;
  readonly feed: Feed;
  readonly guard: GuardReports;
  now(): number;
  /** Whether everything that should run does; `/readyz`. */
  readonly isReady: () => boolean;
}

export interface Api {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** A listener that could not be opened: which, and what to do. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ListenFaultCode;

  constructor(code: ListenFaultCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** @throws {ApiError} when the port cannot be opened. */
export async function startApi(options: ApiOptions): Promise<Api> {
  const { host, port } = options.listener;
  const server = fastify({ bodyLimit: MAX_BODY_BYTES, forceCloseConnections: true });
  server.removeContentTypeParser("text/plain"); // what a form of a foreign page could send
  const origins: OriginRule = { onLoopback: isLoopback(host), allowed: [] };
  server.addHook("onRequest", async (request, reply) => {
    const fault = originFault(request.headers, origins);
    if (fault !== undefined) await reply.code(403).type("text/plain").send(`${fault}\n`);
  });
  addHealth(server, options);
  addNamespaceRoutes(server, { ...options, epoch: options.feed.epoch, now: () => options.now() });
  addGuardRoutes(server, { guard: options.guard, now: () => options.now() });
  addPage(server, options);
  addLive(server, options.feed, origins);
  await listen(server, options.listener);
  return { host, port: boundPort(server, port), stop: () => server.close() };
}

function addHealth(server: FastifyInstance, options: ApiOptions): void {
  server.get("/healthz", () => ({ status: "up" }));
  server.get("/readyz", (_request, reply) =>
    reply.code(options.isReady() ? 200 : 503).send({ ready: options.isReady() }),
  );
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
function addLive(server: FastifyInstance, feed: Feed, origins: OriginRule): void {
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
    if (fault !== undefined) {
      socket.once("finish", () => socket.destroy());
      socket.end(
        `HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${fault}\n`,
      );
      return;
    }
    sockets.handleUpgrade(request, socket, head, (page) => feed.accept(page));
  });
  server.addHook("preClose", async () => {
    for (const page of sockets.clients) page.terminate();
  });
}

async function listen(server: FastifyInstance, { host, port }: Listener): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const attempt = { what: "HTTP", key: "listeners.http", host, port };
    const { code, message } = listenFault(cause, attempt);
    throw new ApiError(code, message, { cause });
  }
}

function boundPort(server: FastifyInstance, asked: number): number {
  const address: AddressInfo | string | null = server.server.address();
  return typeof address === "object" && address !== null ? address.port : asked;
}
