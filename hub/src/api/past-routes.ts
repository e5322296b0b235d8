/** `/api/ns/at`, `/api/ns/difference`: the tree of the page as it was at an instant, and what differs between two. */
import { Readable } from "node:stream";
import { z } from "zod";
import { filtered, MAX_LIMIT, rowsDownTo } from "../feed/index.ts";
import { joinPath } from "../tree/index.ts";
import { csvCells } from "./history-json.ts";
import { askHistory, instant, type AskedHistory } from "./history-asking.ts";
import { pastEntries, DIFFERENCE_HEAD, differenceLine, differences } from "./past-tree.ts";
import { factsFor, type FactRooms } from "./metric-facts.ts";
import { problem, Problem } from "./problem.ts";
import type { RouteHead, Routes } from "./routes.ts";

export interface PastRoutes extends AskedHistory, FactRooms {
  /** Of this run of the hub; ids are valid within it. */
  readonly epoch: string;
  readonly now: () => number;
}

const DEFAULT_LIMIT = 500;
/** As many as one page may watch. */
const MOST_IDS = 400;

const READING = {
  method: "GET",
  tag: "Namespace",
  needs: "read values",
  problems: [404],
} as const satisfies Partial<RouteHead>;

const ids = z
  .string()
  .regex(/^\d{1,10}(?:,\d{1,10})*$/, "write ids as 1,2,3")
  .transform((text) => text.split(",").map(Number))
  .refine((all) => all.length <= MOST_IDS, `ask for at most ${MOST_IDS} rows`);

const span = { from: instant, to: instant.optional(), f: z.string().max(500).default("") };
const entries = z.array(z.unknown()).describe("Five a row, as in a `d` frame of the live feed");

export function addPastRoutes(routes: Routes, rooms: PastRoutes): void {
  const { epoch } = rooms;
  routes.add({
    ...READING,
    path: "/api/ns/at",
    summary: "What metrics were worth at an instant, by their rows",
    query: z.object({ at: instant, ids }),
    answers: { 200: z.object({ epoch: z.string(), t: z.number(), u: entries }) },
    handle: ({ query: { at, ids: asked }, caller: { sight } }) =>
      askHistory(rooms, async (reader) => {
        const seen = [...new Set(asked)].filter((id) => sight.tree.rows.has(id) && sight.sees(id));
        return {
          epoch: sight.epochOf(epoch),
          t: at,
          u: await pastEntries(reader, sight.tree, { ids: seen, at }),
        };
      }),
  });
  routes.add({
    ...READING,
    path: "/api/ns/difference",
    summary: "Which metrics differ between two instants, with what they were worth at both",
    query: z.object({
      ...span,
      limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(DEFAULT_LIMIT),
    }),
    answers: {
      200: z.looseObject({
        epoch: z.string(),
        hits: z.int(),
        rows: z.array(z.looseObject({ id: z.int(), name: z.string() })),
        from: z.number(),
        to: z.number(),
        before: entries,
        after: entries,
      }),
    },
    handle: ({ query: { from, to = rooms.now(), f: filter, limit }, caller }) =>
      from > to
        ? backwards()
        : askHistory(rooms, async (reader) => {
            const { sight } = caller;
            const gather = factsFor(rooms, caller);
            const asked = { filter, now: rooms.now(), gather };
            const { fits, marks, faults } = await filtered(sight, asked);
            const found = await differences(reader, sight, { from, to, fits, limit });
            const { hits, before, after } = found;
            const rows = rowsDownTo(sight, found.ids);
            const shown = { hits, rows, from, to, before, after, marks, faults };
            return { epoch: sight.epochOf(epoch), ...shown };
          }),
  });
  addExport(routes, rooms);
}

function addExport(routes: Routes, rooms: PastRoutes): void {
  routes.add({
    ...READING,
    path: "/api/ns/difference/export",
    summary: "The metrics that differ between two instants as CSV, one line a metric",
    query: z.object(span),
    answers: { 200: { type: "text/csv", description: "With what each was worth at both" } },
    handle: async ({ query: { from, to = rooms.now(), f: filter }, caller, reply }) => {
      if (from > to) return backwards();
      const { sight } = caller;
      const asked = { filter, now: rooms.now(), gather: factsFor(rooms, caller) };
      const answer = await askHistory(rooms, async (reader) => {
        const { fits } = await filtered(sight, asked);
        const found = await differences(reader, sight, { from, to, fits, limit: MOST_LINES });
        const lines = found.pairs.map(({ id, before, after }) =>
          differenceLine(joinPath(sight.tree.segments(id)), before, after),
        );
        if (found.hits > lines.length) lines.push(cutLine(lines.length, found.hits));
        return Readable.from([`${DIFFERENCE_HEAD}\n`, ...lines.map((line) => `${line}\n`)]);
      });
      if (answer instanceof Problem) return answer;
      void reply.type("text/csv; charset=utf-8");
      void reply.header("content-disposition", 'attachment; filename="difference.csv"');
      return answer;
    },
  });
}

/** A file that a person reads; what is longer is asked for in parts. */
const MOST_LINES = 100_000;

/** The last line of a file that has not all of them. */
function cutLine(told: number, all: number): string {
  return csvCells([`cut after ${told} of ${all} metrics: ask for a part with a narrower filter`]);
}

function backwards(): Problem {
  return problem(400, "from: must not be after to");
}
