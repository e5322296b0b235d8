/** `/api/v1/clients/{id}/ban`: a client that may not come in for a while. */
import { z } from "zod";
import type { Broker } from "../broker/index.ts";
import type { Access, ClientBan } from "../identity/index.ts";
import { problem } from "./problem.ts";
import type { Routes } from "./routes.ts";
import { moment } from "./shapes.ts";

const LONGEST_MINUTES = 7 * 24 * 60;
const BANNED = 0x8a;

/** MQTT allows so long identifiers. */
const params = z.object({ id: z.string().min(1).max(65_535) });
const wish = z.object({
  minutes: z.int().min(1).max(LONGEST_MINUTES),
  reason: z.string().max(500).optional(),
});

export const shownBan = z.object({
  clientId: z.string(),
  since: moment,
  until: moment,
  by: z.string(),
  reason: z.string().nullable(),
});

export function showBan({ reason, ...ban }: ClientBan): z.output<typeof shownBan> {
  return { ...ban, reason: reason ?? null };
}

export interface BanRoutes {
  readonly broker: Pick<Broker, "kick">;
  readonly access: Pick<Access, "bans" | "note">;
  readonly now: () => number;
}

export function addBanRoutes(routes: Routes, { broker, access, now }: BanRoutes): void {
  const shared = {
    path: "/api/v1/clients/:id/ban",
    tag: "Clients",
    needs: "end clients",
    params,
  } as const;
  routes.add({
    ...shared,
    method: "PUT",
    summary: "Sends a client off and lets nobody in by its identifier for so many minutes",
    body: wish,
    answers: { 200: shownBan },
    problems: [409],
    handle: ({ params: { id }, body: { minutes, reason }, caller }) => {
      const since = now();
      const until = since + minutes * 60_000;
      const ban = { clientId: id, since, until, by: caller.changer.principal.id, reason };
      if (!access.bans.hasRoomFor(id)) return problem(409, "too many clients are banned already");
      const after = { until: new Date(until).toISOString() };
      access.note(caller.changer, {
        action: "client banned",
        object: `client ${id}`,
        after,
        result: "done",
        ...(reason !== undefined && { reason }),
      });
      access.bans.put(ban);
      const because = access.bans.faultOf(id) ?? "";
      broker.kick(id, { reasonCode: BANNED, because });
      return showBan(ban);
    },
  });
  routes.add({
    ...shared,
    method: "DELETE",
    summary: "Ends the ban of a client before its time",
    answers: { 204: undefined },
    problems: [404],
    handle: ({ params: { id }, caller }) => {
      if (access.bans.of(id) === undefined) return problem(404, `client "${id}" is not banned`);
      access.note(caller.changer, {
        action: "ban lifted",
        object: `client ${id}`,
        result: "done",
      });
      access.bans.lift(id);
      return undefined;
    },
  });
}
