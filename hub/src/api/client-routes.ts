/** `/api/v1/clients`: who is connected or away, and how to send somebody off. */
import { z } from "zod";
import type { Broker, ClientSession } from "../broker/index.ts";
import type { Access } from "../identity/index.ts";
import { shownBan, showBan } from "./ban-routes.ts";
import { clientDetailsShape, clientFacts, clientFigures, clientShape } from "./client-facts.ts";
import { problem } from "./problem.ts";
import { readsAllClients, readsClient, readsTopic } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { count, pageQuery } from "./shapes.ts";
import type { Caller } from "./who.ts";

export interface ClientRoutes {
  readonly broker: Pick<Broker, "sessions" | "clientDetails" | "kick">;
  readonly access: Access;
}

const idParams = z.object({ id: z.string() });
const kickQuery = z.object({ endSession: z.enum(["true", "false"]).default("false") });
export function addClientRoutes(routes: Routes, { broker, access }: ClientRoutes): void {
  const seenBy = (caller: Caller): readonly ClientSession[] =>
    broker.sessions().filter((session) => readsClient(caller, session));
  const find = (caller: Caller, id: string): ClientSession | undefined =>
    seenBy(caller).find(({ clientId }) => clientId === id);
  addList(routes, { access, seenBy });
  routes.add({
    method: "GET",
    path: "/api/v1/clients/:id",
    tag: "Clients",
    summary: "One client: subscriptions, Will, certificate, last events, and what it publishes",
    needs: "read diagnostics",
    params: idParams,
    answers: { 200: clientDetailsShape },
    problems: [404],
    handle: ({ params: { id }, caller }) => {
      const session = find(caller, id);
      const details = broker.clientDetails(id);
      if (session === undefined || details === undefined) return problem(404, noSuch(id));
      return clientFacts(session, details, (topic) => readsTopic(caller, topic));
    },
  });
  routes.add({
    method: "DELETE",
    path: "/api/v1/clients/:id",
    tag: "Clients",
    summary: "Disconnects a client, and ends its session when asked to",
    needs: "end clients",
    params: idParams,
    query: kickQuery,
    answers: { 200: z.object({ disconnected: z.boolean(), sessionEnded: z.boolean() }) },
    problems: [404, 409],
    handle: ({ params: { id }, query, caller }) => {
      const session = find(caller, id);
      if (session === undefined) return problem(404, noSuch(id));
      const endSession = query.endSession === "true";
      if (!session.isConnected && !endSession) {
        return problem(409, `client "${id}" is not connected; only its session is left`);
      }
      const action = endSession ? "end session" : "disconnect client";
      access.note(caller.changer, { action, object: `client ${id}`, result: "done" });
      broker.kick(id, { endSession });
      return { disconnected: session.isConnected, sessionEnded: endSession || !isKept(session) };
    },
  });
}

interface ClientList {
  readonly access: Pick<Access, "bans">;
  readonly seenBy: (caller: Caller) => readonly ClientSession[];
}

function addList(routes: Routes, { access, seenBy }: ClientList): void {
  routes.add({
    method: "GET",
    path: "/api/v1/clients",
    tag: "Clients",
    summary: "MQTT clients that are connected, or away with a session that is kept",
    needs: "read diagnostics",
    query: pageQuery,
    answers: {
      200: z.object({
        clients: z.array(clientShape.extend({ subscriptions: count })),
        bans: z.array(shownBan).describe("Clients that may not come in for a while"),
        more: z.boolean(),
      }),
    },
    handle: ({ query, caller }) => ({
      ...page(seenBy(caller), query),
      bans: readsAllClients(caller) ? access.bans.all().map(showBan) : [],
    }),
  });
}

function noSuch(id: string): string {
  return `there is no client "${id}"`;
}

/** In the order of their identifiers, so that a page can begin after the last one of the page before. */
function page(
  sessions: readonly ClientSession[],
  { after, limit }: z.output<typeof pageQuery>,
): { readonly clients: readonly object[]; readonly more: boolean } {
  const following = sessions
    .filter(({ clientId }) => after === undefined || clientId > after)
    .toSorted((a, b) => (a.clientId < b.clientId ? -1 : 1));
  const clients = following.slice(0, limit).map((session) => ({
    ...clientFigures(session),
    subscriptions: session.subscriptions.length,
  }));
  return { clients, more: following.length > limit };
}

/** Whether the session outlives its connection. */
function isKept({ expirySeconds }: ClientSession): boolean {
  return expirySeconds > 0;
}
