/** `/api/v1/replays`: parts of the plant that are told again to hosts, or under a prefix of their own. */
import { z } from "zod";
import type { Access } from "../identity/index.ts";
import {
  RepublishError,
  sandboxPrefix,
  type RepublishAsked,
  type Republisher,
  type RepublishState,
} from "../replay/index.ts";
import { problem, type Problem } from "./problem.ts";
import type { Routes } from "./routes.ts";
import type { Caller } from "./who.ts";

export interface ReplayRoutes {
  readonly republisher: Republisher;
  readonly access: Pick<Access, "note">;
  readonly now: () => number;
}

const time = z.union([
  z.number().min(0).max(8.64e15),
  z.iso.datetime({ offset: true, local: true }).transform((text) => Date.parse(text)),
]);

const body = z.strictObject({
  path: z.string().max(65_536).describe("A part of the plant, or a metric"),
  from: time,
  to: time.optional().describe("Now, when it is left out"),
  speed: z.number().min(1).max(100).default(1),
  as: z.enum(["historical", "sandbox"]).default("historical"),
  prefix: sandboxPrefix.default("replay").describe("Of the topics, as a sandbox"),
});

export const replayState = z.looseObject({
  id: z.int(),
  path: z.string(),
  state: z.enum(["running", "done", "stopped", "failed"]),
  metrics: z.int(),
  published: z.int(),
  reached: z.number(),
});

const head = { tag: "History" } as const;

export function addReplayRoutes(routes: Routes, rooms: ReplayRoutes): void {
  const { republisher } = rooms;
  routes.add({
    ...head,
    method: "GET",
    path: "/api/v1/replays",
    summary: "Replays that run, and the last that ended",
    needs: "edit configuration",
    answers: { 200: z.object({ replays: z.array(replayState) }) },
    handle: ({ caller }) => ({
      replays: republisher
        .all()
        .filter((one) => sees(caller, one))
        .map(shown),
    }),
  });
  addStart(routes, rooms);
  routes.add({
    ...head,
    method: "DELETE",
    path: "/api/v1/replays/:id",
    summary: "Ends a replay; its last word is said when this answers",
    needs: "edit configuration",
    params: z.object({ id: z.coerce.number().int().min(1) }),
    answers: { 200: replayState },
    problems: [404],
    handle: async ({ params: { id }, caller }) => {
      const known = republisher.all().find((one) => one.id === id && sees(caller, one));
      if (known === undefined) return problem(404, `there is no replay ${id}`);
      const { path: object, published } = known;
      noteReplay(rooms, caller, { action: "stop replay", object, after: { id, published } });
      return shown((await republisher.stop(id)) ?? known);
    },
  });
}

function addStart(routes: Routes, rooms: ReplayRoutes): void {
  const { republisher, now } = rooms;
  routes.add({
    ...head,
    method: "POST",
    path: "/api/v1/replays",
    summary:
      "Tells a part of the plant again: as historical values to hosts, or as plain topics under a prefix",
    needs: "edit configuration",
    body,
    answers: { 200: replayState },
    problems: [404, 409],
    handle: async ({ body: { path, from: since, to: until = now(), speed, ...how }, caller }) => {
      if (since > until) return problem(400, "from: must not be after to");
      const as = how.as === "sandbox" ? { kind: how.as, prefix: how.prefix } : { kind: how.as };
      const mayRead = (id: number): boolean => caller.sight.sees(id);
      const note = (id: number): void => {
        const after = { id, from: since, to: until, speed, ...as };
        noteReplay(rooms, caller, { action: "start replay", object: path, after });
      };
      try {
        const started = await republisher.start({ path, since, until, speed, as }, mayRead, note);
        return shown(started);
      } catch (error) {
        return problemOf(error);
      }
    },
  });
}

/** What somebody may not see is none of his replays. */
export function sees({ sight }: Caller, { path }: Pick<RepublishState, "path">): boolean {
  return sight.seesAll || sight.find(path) !== undefined;
}

export function shown({ since: from, until: to, as, ...rest }: RepublishAsked): object {
  return { ...rest, from, to, as: as.kind, ...(as.kind === "sandbox" && { prefix: as.prefix }) };
}

export function problemOf(error: unknown): Problem {
  if (!(error instanceof RepublishError)) throw error;
  return problem(error.kind === "not found" ? 404 : 409, error.message);
}

export function noteReplay(
  { access }: Pick<ReplayRoutes, "access">,
  { changer }: Caller,
  entry: { readonly action: string; readonly object: string; readonly after: object },
): void {
  access.note(changer, { ...entry, result: "done" });
}
