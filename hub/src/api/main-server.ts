/** The main HTTP server: the page, everything under `/api/`, health, and the live feed, behind one door. */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import type { HttpListener } from "../config/index.ts";
import type { AboutRoutes } from "./about-routes.ts";
import { addDocs } from "./docs-routes.ts";
import { welcomeOthers } from "./cors.ts";
import { doorFault, isForPrograms, type DoorRule } from "./doorman.ts";
import type { HttpDoor } from "./http-listener.ts";
import type { House } from "./http-room.ts";
import { addLive, askingOf } from "./live-door.ts";
import { addMcp } from "./mcp-door.ts";
import { addOperations, type Operations } from "./operations.ts";
import { addRoutes } from "./every-route.ts";
import { redirect, STARTING, type PageAnswer } from "./page-files.ts";
import { problem, Problem, sendProblem } from "./problem.ts";
import { Routes, type Admit } from "./routes.ts";
import { addErrorHandler, addSafeHeaders } from "./safe-headers.ts";
import type { ApiOptions } from "./server.ts";
import { Who, type Asking } from "./who.ts";

const MAX_BODY_BYTES = 1_048_576;
/** Client identifiers stand in paths; they are bounded elsewhere. */
const MAX_PARAMETER_LETTERS = 65_536;

/** Routes check what comes with zod; without this, Fastify loads compilers of JSON Schema that nobody needs. */
const NO_SCHEMAS = {
  buildValidator: () => noSchema,
  buildSerializer: () => noSchema,
};

function noSchema(): never {
  throw new TypeError("routes have no JSON Schema: hand a zod schema to Routes.add");
}

/** A server that answers to its own pages only. */
export function newServer(
  rule: DoorRule,
  door: Pick<HttpDoor, "serverFactory">,
  { log }: Pick<ApiOptions, "log">,
): FastifyInstance {
  const server = fastify({
    bodyLimit: MAX_BODY_BYTES,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_PARAMETER_LETTERS },
    schemaController: { compilersFactory: NO_SCHEMAS },
    serverFactory: (handler: (request: IncomingMessage, response: ServerResponse) => void) =>
      door.serverFactory(handler),
    frameworkErrors: (_error, _request, reply) => {
      void sendProblem(reply, problem(400, "the address has a percent sign that means nothing"));
    },
  });
  server.removeContentTypeParser("text/plain"); // what a form of a foreign page could send
  addSafeHeaders(server);
  addErrorHandler(server, log);
  server.addHook("onRequest", async (request, reply) => {
    const { method, headers } = request;
    const knock = { method, path: pathOf(request), headers };
    const fault = doorFault(knock, rule);
    if (fault !== undefined) await sendProblem(reply, problem(403, fault));
    else await welcomeOthers(knock, rule, reply);
  });
  return server;
}

export function mainServer(
  listener: HttpListener,
  door: HttpDoor,
  options: ApiOptions,
  operations: Operations,
): FastifyInstance {
  const { access, signIn, tree, feed } = options;
  const { isTls } = door;
  const server = newServer(listener, door, options);
  const who = new Who({ access, signIn, tree, beside: options.uns });
  addCatchingUp(server, options);
  const asking = (request: FastifyRequest): Asking => askingOf(request.raw, isTls);
  const admit: Admit = (request, needs) => who.admit(asking(request), needs);
  addOperations(server, operations, "this machine");
  const routes = new Routes(server, admit, access.audit);
  const http = { certificate: door.certificate, address: () => boundAt(server) };
  addRoutes(routes, { ...options, now: () => options.now(), asking, http });
  addDocs(routes);
  const sightNow: House["sightNow"] = (caller) => who.sightNow(caller);
  for (const room of options.rooms) room.addTo(server, { admit, sightNow });
  addMcp(server, options, { admit, who, isTls });
  addPage(server, options, admit);
  addLive(server, { feed, who, rule: listener, isTls });
  return server;
}

/** Counts of silent metrics stand still while nobody looks: whoever asks for rows gets them as they are now. */
function addCatchingUp(server: FastifyInstance, { tree, now }: ApiOptions): void {
  server.addHook("preHandler", async ({ routeOptions: { url = "" } }) => {
    if (COUNTING.has(url)) await tree.silences.catchUp(now);
  });
}

/** Routes that answer rows with their counts. */
const COUNTING = new Set(
  ["children", "path", "find", "uns", "uns/line", "topics", "topics/line"].map(
    (what) => `/api/ns/${what}`,
  ),
);

const boundAddress = z
  .object({ address: z.string(), port: z.int() })
  .transform(({ address: host, port }) => ({ host, port }));

function boundAt(server: FastifyInstance): ReturnType<AboutRoutes["http"]["address"]> {
  return boundAddress.parse(server.server.address());
}

function addPage(server: FastifyInstance, options: ApiOptions, admit: Admit): void {
  const { page, isReady } = options;
  server.setNotFoundHandler(async (request, reply) => {
    const path = pathOf(request);
    const { method } = request;
    if (isForPrograms(path)) {
      const caller = await admit(request, "read values"); // what is there, only those learn who may come in
      if (caller instanceof Problem && caller.status === 401) return sendProblem(reply, caller);
    }
    if (isForPrograms(path) || (method !== "GET" && method !== "HEAD")) {
      return sendProblem(reply, problem(404, `there is no ${method} ${path}`));
    }
    if (!isReady()) return sendPage(reply, STARTING);
    if (path === "/" && (await isForFirstSteps(request, options, admit)))
      return sendPage(reply, redirect("/welcome/", 302));
    const answer = page.answer({
      path: decoded(path),
      acceptEncoding: request.headers["accept-encoding"] ?? "",
      ifNoneMatch: request.headers["if-none-match"],
    });
    return sendPage(reply, answer);
  });
}

/** As long as no edge node was heard and nothing is retained, for those who may look; the others are led to the login. */
async function isForFirstSteps(
  request: FastifyRequest,
  { page, tree, broker }: ApiOptions,
  admit: Admit,
): Promise<boolean> {
  if (!page.isReady || !tree.isEmpty) return false;
  for (const kept of broker.retained("#")) if (kept && isOfOthers(kept.topic)) return false;
  return !((await admit(request, "read values")) instanceof Problem);
}

/** Whether somebody but the hub and its hosts says something there. */
function isOfOthers(topic: string): boolean {
  return !topic.startsWith("$") && !topic.startsWith("spBv1.0/STATE/");
}

function sendPage(reply: FastifyReply, { status, headers, body }: PageAnswer): FastifyReply {
  return reply.code(status).headers(headers).send(body);
}

function pathOf({ url }: FastifyRequest): string {
  const [path = "/"] = url.split("?");
  return path;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // broken percent signs name no file
  }
}
