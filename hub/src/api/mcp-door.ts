/**
 * `/mcp`: the way of AI assistants into the hub. Who asks is found out as at every other route; what he may is asked by the
 * room behind. Whoever is not known learns where tokens come from. [RFC 9728]
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { mayDo } from "../identity/index.ts";
import type { Mcp, McpCaller } from "../mcp/index.ts";
import { Problem, sendProblem } from "./problem.ts";
import { readsNode, readsTopic } from "./reading.ts";
import type { Admit } from "./routes.ts";
import { SAFE_HEADERS } from "./safe-headers.ts";
import { READING, type Caller, type Who } from "./who.ts";

export interface McpRoutes {
  /** `undefined`: the configuration does not open it. */
  readonly mcp: Mcp | undefined;
  /** Whose tokens (JWT) let in, besides those of the hub. */
  readonly issuers: readonly string[];
}

interface McpGate {
  readonly admit: Admit;
  readonly who: Pick<Who, "sightNow" | "mayNow">;
  readonly isTls: boolean;
}

const METADATA = "/.well-known/oauth-protected-resource/mcp";

export function addMcp(
  server: FastifyInstance,
  { mcp, issuers }: McpRoutes,
  { admit, who, isTls }: McpGate,
): void {
  if (mcp === undefined) return;
  const baseOf = ({ headers: { host = "localhost" } }: FastifyRequest): string =>
    `${isTls ? "https" : "http"}://${host}`;
  server.get(METADATA, (request) => ({
    resource: `${baseOf(request)}/mcp`,
    resource_name: "UNS Hub",
    bearer_methods_supported: ["header"],
    ...(issuers.length > 0 && { authorization_servers: issuers }),
  }));
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const caller = await admit(request, "read values");
    if (caller instanceof Problem) {
      const answer = sendProblem(reply, caller);
      const where = `Bearer realm="UNS Hub", resource_metadata="${baseOf(request)}${METADATA}"`;
      return caller.status === 401 ? answer.header("www-authenticate", where) : answer;
    }
    reply.hijack();
    for (const [name, value] of Object.entries(SAFE_HEADERS)) reply.raw.setHeader(name, value);
    reply.raw.setHeader("cache-control", "no-store");
    await mcp.handle(request.raw, reply.raw, mcpCaller(caller, who));
    return undefined;
  };
  void server.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers(); // the SDK reads the body, and bounds it
    scope.addContentTypeParser("*", (_request, payload, parsed) => parsed(null, payload));
    scope.route({ method: ["GET", "POST", "DELETE"], url: "/mcp", handler: handle });
    done();
  });
  server.addHook("preClose", async () => await mcp.close());
}

function mcpCaller(caller: Caller, who: McpGate["who"]): McpCaller {
  const { principal, rights, sight, changer } = caller;
  return {
    actor: principal.id,
    address: changer.address,
    sight,
    sightNow: () => who.sightNow(caller),
    may: (action) =>
      principal.source === "anonymous" ? READING.has(action) : mayDo(principal, action),
    mayNow: (action) => who.mayNow(caller, action),
    readsTopic: (topic) => readsTopic(caller, topic),
    readsNode: (group, edgeNode) => readsNode(caller, group, edgeNode),
    commandFault: ({ groupId, edgeNodeId, deviceId, name }) => {
      const topic =
        deviceId === undefined
          ? `spBv1.0/${groupId}/NCMD/${edgeNodeId}`
          : `spBv1.0/${groupId}/DCMD/${edgeNodeId}/${deviceId}`;
      const isAllowed = rights === undefined || rights.mayCommand(topic, name);
      return isAllowed ? undefined : `no grant of ${principal.name} allows to command "${name}"`;
    },
  };
}
