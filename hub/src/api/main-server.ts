/** The main HTTP server: the page, everything under `/api/`, health, and the live feed, behind one door. */
import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpListener } from "../config/index.ts";
import { addAdapterRoutes } from "./adapter-routes.ts";
import { addAwareRoutes } from "./aware-routes.ts";
import { addBackupRoutes } from "./backup-routes.ts";
import { addBanRoutes } from "./ban-routes.ts";
import { addBlackBoxRoutes } from "./blackbox-routes.ts";
import { addClientRoutes } from "./client-routes.ts";
import { addCommandRoutes } from "./command-routes.ts";
import { addConfigurationRoutes } from "./configuration-routes.ts";
import { addDocs } from "./docs-routes.ts";
import { addNodeRoutes } from "./node-routes.ts";
import { welcomeOthers } from "./cors.ts";
import { doorFault, isForPrograms, type DoorRule } from "./doorman.ts";
import { addExplainRoutes } from "./explain-routes.ts";
import { addGuardRoutes, type GuardReports } from "./guard-routes.ts";
import { addHeardRoutes } from "./heard-routes.ts";
import { addHistoryRoutes } from "./history-routes.ts";
import type { HttpDoor } from "./http-listener.ts";
import type { House } from "./http-room.ts";
import { addIdentityRoutes } from "./identity-routes.ts";
import { addLive, askingOf } from "./live-door.ts";
import { addLookRoutes } from "./look-routes.ts";
import { addMcp } from "./mcp-door.ts";
import { addNamespaceRoutes } from "./namespace-routes.ts";
import { addOperations, type Operations } from "./operations.ts";
import { STARTING } from "./page-files.ts";
import { problem, Problem, sendProblem } from "./problem.ts";
import { addPastRoutes } from "./past-routes.ts";
import { addReplayRoutes } from "./replay-routes.ts";
import { addRetainedRoutes } from "./retained-routes.ts";
import { Routes, type Admit } from "./routes.ts";
import { addErrorHandler, addSafeHeaders } from "./safe-headers.ts";
import type { ApiOptions } from "./server.ts";
import { addRuleRoutes } from "./rule-routes.ts";
import { addSessionRoutes } from "./session-routes.ts";
import { addTagChangeRoutes } from "./tag-change-routes.ts";
import { addTagRoutes } from "./tag-routes.ts";
import { addSinkRoutes } from "./sink-routes.ts";
import { addTopicRoutes } from "./topic-routes.ts";
import { addTrustRoutes } from "./trust-routes.ts";
import { addUnsRoutes } from "./uns-routes.ts";
import { Who, type Asking } from "./who.ts";
import { addWorkRoutes } from "./work-routes.ts";

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
  const asking = (request: FastifyRequest): Asking => askingOf(request.raw, isTls);
  const admit: Admit = (request, needs) => who.admit(asking(request), needs);
  addOperations(server, operations, "this machine");
  const routes = new Routes(server, admit, access.audit);
  addSessionRoutes(routes, { access, signIn, asking });
  addIdentityRoutes(routes, options);
  addClientRoutes(routes, options);
  addBanRoutes(routes, { ...options, now: () => options.now() });
  addAdapterRoutes(routes, options);
  addTagRoutes(routes, options);
  addTagChangeRoutes(routes, options);
  addWorkRoutes(routes, options);
  addLookRoutes(routes, options);
  addNamespaceRoutes(routes, { ...options, epoch: feed.epoch, now: () => options.now() });
  addCommandRoutes(routes, options);
  addHistoryRoutes(routes, options);
  addPastRoutes(routes, { ...options, epoch: feed.epoch });
  addNodeRoutes(routes, { ...options, now: () => options.now() });
  addHeardRoutes(routes, options);
  addTopicRoutes(routes, options);
  addRetainedRoutes(routes, options);
  addExplainRoutes(routes, options);
  addSinkRoutes(routes, options);
  addUnsRoutes(routes, options);
  addGuardRoutes(routes, { guard: allReports(options), now: () => options.now() });
  addRuleRoutes(routes, options);
  addAwareRoutes(routes, options);
  addTrustRoutes(routes, { ...options, hasClients: options.listeners.opcua !== undefined });
  addBackupRoutes(routes, options);
  addBlackBoxRoutes(routes, options);
  addReplayRoutes(routes, options);
  addConfigurationRoutes(routes, options);
  addDocs(routes);
  const sightNow: House["sightNow"] = (caller) => who.sightNow(caller);
  for (const room of options.rooms) room.addTo(server, { admit, sightNow });
  addMcp(server, options, { admit, who, isTls });
  addPage(server, options, admit);
  addLive(server, { feed, who, rule: listener, isTls });
  return server;
}

/** What was found about paths, plain topics, the history and sinks stands with all other findings. */
function allReports({
  guard,
  uns,
  history,
  sinks,
}: Pick<ApiOptions, "guard" | "uns" | "history" | "sinks">): GuardReports {
  return {
    findings: (since) => [
      ...guard.findings(since),
      ...uns.findings.findings(since),
      ...(history?.history.findings.findings(since) ?? []),
      ...(sinks()?.findings.findings(since) ?? []),
    ],
    grades: (since) => guard.grades(since),
  };
}

function addPage(server: FastifyInstance, { page, isReady }: ApiOptions, admit: Admit): void {
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
