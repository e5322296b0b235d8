/** `/api/v1/replays`: parts of the plant that are told again to hosts, or under a prefix of their own. */
import { z } from "zod";
import type { Access } from "../identity/index.ts";
import { RepublishError, type Republisher, type RepublishState } from "../replay/index.ts";
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

/** Neither the hub's own topics nor Sparkplug's. */
const prefix = z
  .string()
  .max(1024)
  .regex(/^(?!\$|spBv1\.0(?:\/|$))[^+#\0]+$/, "is no prefix of topics: replay, or test/replay")
  .refine((text) => !text.startsWith("/") && !text.endsWith("/"), "begins and ends without /");

const body = z.strictObject({
  path: z.string().max(65_536).describe("A part of the plant, or a metric"),
  from: time,
  to: time.optional().describe("Now, when it is left out"),
  speed: z.number().min(1).max(100).default(1),
  as: z.enum(["historical", "sandbox"]).default("historical"),
  prefix: prefix.default("replay").describe("Of the topics, as a sandbox"),
});

const state = z.looseObject({
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
    answers: { 200: z.object({ replays: z.array(state) }) },
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
    answers: { 200: state },
    problems: [404],
    handle: async ({ params: { id }, caller }) => {
      const known = republisher.all().find((one) => one.id === id && sees(caller, one));
      const ended = known && (await republisher.stop(id));
      if (ended === undefined) return problem(404, `there is no replay ${id}`);
      const { published } = ended;
      note(rooms, caller, {
        action: "stop replay",
        object: known?.path ?? "",
        after: { id, published },
      });
      return shown(ended);
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
    answers: { 200: state },
    problems: [404, 409],
    handle: async ({ body: { path, from: since, to: until = now(), speed, ...how }, caller }) => {
      if (since > until) return problem(400, "from: must not be after to");
      const as = how.as === "sandbox" ? { kind: how.as, prefix: how.prefix } : { kind: how.as };
      const { sight } = caller;
      try {
        const started = await republisher.start({ path, since, until, speed, as }, (id) =>
          sight.sees(id),
        );
        const after = { id: started.id, from: since, to: until, speed, ...as };
        note(rooms, caller, { action: "start replay", object: path, after });
        return shown(started);
      } catch (error) {
        return problemOf(error);
      }
    },
  });
}

/** What somebody may not see is none of his replays. */
function sees({ sight }: Caller, { path }: RepublishState): boolean {
  return sight.seesAll || sight.find(path) !== undefined;
}

function shown({ since: from, until: to, as, ...rest }: RepublishState): object {
  return { ...rest, from, to, as: as.kind, ...(as.kind === "sandbox" && { prefix: as.prefix }) };
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof RepublishError)) throw error;
  return problem(error.kind === "not found" ? 404 : 409, error.message);
}

function note(
  { access }: ReplayRoutes,
  { changer }: Caller,
  entry: { readonly action: string; readonly object: string; readonly after: object },
): void {
  access.note(changer, { ...entry, result: "done" });
}
