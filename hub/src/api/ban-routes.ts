/** `/api/v1/clients/{id}/ban`: a client that may not come in, for a while or until somebody lets it in again. */
import { z } from "zod";
import type { Broker, ClientSession } from "../broker/index.ts";
import type { Access, ClientBan } from "../identity/index.ts";
import { problem, type Problem } from "./problem.ts";
import { readsAllClients, readsClient } from "./reading.ts";
import type { Routes } from "./routes.ts";
import { moment } from "./shapes.ts";
import type { Caller } from "./who.ts";

const LONGEST_MINUTES = 7 * 24 * 60;
const BANNED = 0x8a;
/** Whose sessions are those of the hub itself, as of its adapters: no ban stops them. */
const HUB_OWNER = "hub";

/** MQTT allows so long identifiers. */
const params = z.object({ id: z.string().min(1).max(65_535) });
const wish = z.object({
  minutes: z
    .int()
    .min(1)
    .max(LONGEST_MINUTES)
    .nullable()
    .describe("null: until somebody lets it in again"),
  reason: z.string().max(500).optional(),
});

export const shownBan = z.object({
  clientId: z.string(),
  since: moment,
  until: moment.nullable().describe("null: when somebody lets it in again"),
  by: z.string(),
  reason: z.string().nullable(),
});

export function showBan({ reason, until, ...ban }: ClientBan): z.output<typeof shownBan> {
  return { ...ban, until: until ?? null, reason: reason ?? null };
}

export interface BanRoutes {
  readonly broker: Pick<Broker, "kick" | "sessions">;
  readonly access: Pick<Access, "bans" | "carryOut">;
  readonly now: () => number;
}

const shared = {
  path: "/api/v1/clients/:id/ban",
  tag: "Clients",
  needs: "end clients",
  params,
} as const;

export function addBanRoutes(routes: Routes, rooms: BanRoutes): void {
  addBan(routes, rooms);
  addLift(routes, rooms);
}

function addBan(routes: Routes, rooms: BanRoutes): void {
  const { broker, access, now } = rooms;
  routes.add({
    ...shared,
    method: "PUT",
    summary:
      "Sends a client off and lets nobody in by its identifier for so many minutes, also after a restart",
    body: wish,
    answers: { 200: shownBan },
    problems: [404, 409],
    handle: ({ params: { id }, body: { minutes, reason }, caller }) => {
      const fault = faultOf(id, caller, rooms);
      if (fault !== undefined) return fault;
      const since = now();
      const ban: ClientBan = {
        clientId: id,
        since,
        by: caller.changer.principal.id,
        ...(minutes !== null && { until: since + minutes * 60_000 }),
        ...(reason !== undefined && { reason }),
      };
      if (!access.bans.hasRoomFor(id)) return problem(409, "too many clients are banned already");
      const { until } = ban;
      const after = { until: until === undefined ? "lifted" : new Date(until).toISOString() };
      const deed = { action: "client banned", object: `client ${id}`, after, reason };
      access.carryOut(caller.changer, deed, () => access.bans.put(ban));
      const because = access.bans.faultOf(id) ?? "";
      broker.kick(id, { reasonCode: BANNED, because });
      return showBan(ban);
    },
  });
}

function addLift(routes: Routes, rooms: BanRoutes): void {
  const { access } = rooms;
  routes.add({
    ...shared,
    method: "DELETE",
    summary: "Ends the ban of a client before its time",
    answers: { 204: undefined },
    problems: [404],
    handle: ({ params: { id }, caller }) => {
      const isThere = hiddenFault(id, caller, rooms) === undefined;
      if (!isThere || access.bans.of(id) === undefined)
        return problem(404, `client "${id}" is not banned`);
      const deed = { action: "ban lifted", object: `client ${id}` };
      access.carryOut(caller.changer, deed, () => access.bans.lift(id));
      return undefined;
    },
  });
}

type Sights = Pick<BanRoutes, "broker" | "access">;

/** Why somebody may not keep a client out; `undefined`: he may. */
function faultOf(id: string, caller: Caller, rooms: Sights): Problem | undefined {
  const hidden = hiddenFault(id, caller, rooms);
  if (hidden !== undefined) return hidden;
  return sessionOf(id, rooms)?.owner === HUB_OWNER
    ? problem(409, `"${id}" is an edge node of the hub itself, which no ban keeps out`)
    : undefined;
}

/** A client that may not be read does not exist; nor does an unknown one, but for those who read all, and who banned it. */
function hiddenFault(id: string, caller: Caller, rooms: Sights): Problem | undefined {
  const session = sessionOf(id, rooms);
  const isSeen =
    session === undefined
      ? readsAllClients(caller) || rooms.access.bans.of(id)?.by === caller.principal.id
      : readsClient(caller, session);
  return isSeen ? undefined : problem(404, `there is no client "${id}"`);
}

function sessionOf(id: string, { broker }: Sights): ClientSession | undefined {
  return broker.sessions().find(({ clientId }) => clientId === id);
}
