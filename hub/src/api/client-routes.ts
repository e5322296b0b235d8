/** `/api/v1/clients`: who is connected or away, and how to send somebody off. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Broker, ClientSession } from "../broker/index.ts";
import { parsed, problem } from "./answers.ts";

export interface ClientRoutes {
  readonly broker: Pick<Broker, "sessions" | "kick">;
}

const MAX_LIMIT = 1000;

const listQuery = z.object({
  after: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(MAX_LIMIT),
});
const idParams = z.object({ id: z.string() });
const kickQuery = z.object({ endSession: z.enum(["true", "false"]).default("false") });

export function addClientRoutes(server: FastifyInstance, { broker }: ClientRoutes): void {
  const find = (id: string): ClientSession | undefined =>
    broker.sessions().find(({ clientId }) => clientId === id);
  server.get("/api/v1/clients", (request, reply) => {
    const query = parsed(listQuery, request.query, reply);
    return query === undefined ? reply : page(broker.sessions(), query);
  });
  server.get("/api/v1/clients/:id", (request, reply) => {
    const { id } = idParams.parse(request.params);
    const session = find(id);
    return session === undefined ? problem(reply, 404, noSuch(id)) : details(session);
  });
  server.delete("/api/v1/clients/:id", (request, reply) => {
    const { id } = idParams.parse(request.params);
    const query = parsed(kickQuery, request.query, reply);
    if (query === undefined) return reply;
    const session = find(id);
    if (session === undefined) return problem(reply, 404, noSuch(id));
    const endSession = query.endSession === "true";
    if (!session.isConnected && !endSession) {
      return problem(reply, 409, `client "${id}" is not connected; only its session is left`);
    }
    broker.kick(id, { endSession });
    return { disconnected: session.isConnected, sessionEnded: endSession || !isKept(session) };
  });
}

function noSuch(id: string): string {
  return `there is no client "${id}"`;
}

/** In the order of their identifiers, so that a page can begin after the last one of the page before. */
function page(
  sessions: readonly ClientSession[],
  { after, limit }: z.output<typeof listQuery>,
): { readonly clients: readonly object[]; readonly more: boolean } {
  const following = sessions
    .filter(({ clientId }) => after === undefined || clientId > after)
    .toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1));
  const clients = following.slice(0, limit).map((session) => ({
    ...figures(session),
    subscriptions: session.subscriptions.length,
  }));
  return { clients, more: following.length > limit };
}

function details(session: ClientSession): object {
  const { subscriptions, will, clean, keepAliveSeconds, expirySeconds, inFlight, outgoingBytes } =
    session;
  return {
    ...figures(session),
    clean,
    keepAliveSeconds,
    expirySeconds,
    inFlight,
    outgoingBytes,
    will: will && { topic: will.topic, qos: will.qos, retain: will.retain },
    subscriptions,
  };
}

function figures(session: ClientSession): object {
  const { clientId, username, address, protocol, isConnected, queued, received, sent, dropped } =
    session;
  const since = new Date(session.since).toISOString();
  return {
    clientId,
    username,
    address,
    protocol,
    connected: isConnected,
    since,
    received,
    sent,
    queued,
    dropped,
  };
}

/** Whether the session outlives its connection. */
function isKept({ expirySeconds }: ClientSession): boolean {
  return expirySeconds > 0;
}
