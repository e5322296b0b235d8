/** `/api/history…`: what metrics were worth. Times are milliseconds since 1970 UTC, or RFC 3339 in questions. */
import { z } from "zod";
import type { History, HistoryReader, MetricThen } from "../history/index.ts";
import { askHistory as ask, instant as time } from "./history-asking.ts";
import { joinPath, type UnsTree } from "../tree/index.ts";
import { addHistoryExport, type HistoryExportRoutes } from "./history-export-route.ts";
import { isSamePast, pastJson, pastWire, pathOf } from "./history-json.ts";
import { problem, type Problem } from "./problem.ts";
import { readsNode } from "./reading.ts";
import type { RouteHead, Routes } from "./routes.ts";
import type { Caller } from "./who.ts";

export interface HistoryRoutes extends HistoryExportRoutes {
  /** `undefined`: nothing is recorded. */
  readonly history:
    | { readonly history: Pick<History, "state" | "findings">; readonly reader: HistoryReader }
    | undefined;
  readonly tree: UnsTree;
  readonly now: () => number;
}

/** Most values in one answer. */
const MOST_VALUES = 10_000;
const MOST_BUCKETS = 10_000;
const MOST_METRICS = 1000;
const DAY_MS = 86_400_000;

const place = {
  path: z.string().max(65_536).optional(),
  id: z.coerce.number().int().min(0).optional(),
};
const range = { from: time, to: time.optional() };
const count = (most: number) => z.coerce.number().int().min(1).max(most);

const valuesQuery = z.object({
  ...place,
  ...range,
  limit: count(MOST_VALUES).default(MOST_VALUES),
  after: time.optional(),
  buckets: count(MOST_BUCKETS).optional(),
  px: count(MOST_BUCKETS).optional(),
  wire: z
    .literal("1")
    .optional()
    .describe("Values as the live feed sends them: exact, long ones cut"),
});
const page = {
  path: z.string().max(65_536).default(""),
  after: z.coerce.number().int().min(0).default(0),
  limit: count(MOST_METRICS).default(MOST_METRICS),
};
const atQuery = z.object({ ...page, at: time });
const differenceQuery = z.object({ ...page, from: time, to: time });
const completenessQuery = z.object(range);
const logQuery = z.object({
  offset: z.coerce.number().int().min(0).optional(),
  since: time.optional(),
  limit: count(MOST_VALUES).default(1000),
});
export function addHistoryRoutes(routes: Routes, rooms: HistoryRoutes): void {
  addValues(routes, rooms);
  addInstants(routes, rooms);
  addLog(routes, rooms);
  addHistoryExport(routes, rooms, sees);
  routes.add({
    ...head("/state", "Whether the history is recorded, and why not"),
    answers: { 200: z.looseObject({ recording: z.boolean() }) },
    handle: () => rooms.history?.history.state() ?? { recording: false },
  });
}

const past = z.looseObject({ time: z.number(), quality: z.string() });
const metricPast = z.looseObject({ path: z.string() });
const next = z.number().optional().describe("`after` of the next page");

function head(path: string, summary: string): Omit<RouteHead, "answers"> {
  const url = `/api/history${path}`;
  return {
    method: "GET",
    path: url,
    tag: "History",
    summary,
    needs: "read values",
    problems: [404],
  };
}

/** What is not in the live tree any more is for those who may read everything. */
function sees({ sight }: Caller, path: string): boolean {
  return sight.seesAll || sight.find(path) !== undefined;
}

function addValues(routes: Routes, rooms: HistoryRoutes): void {
  const { tree } = rooms;
  routes.add({
    ...head("", "What a metric was worth: every value, or a range in parts"),
    query: valuesQuery,
    answers: {
      200: z.looseObject({ path: z.string(), values: z.array(past).optional() }),
    },
    handle: ({ query, caller }) =>
      ask(rooms, async (reader) => {
        const path = query.path ?? pathOfRow(tree, query.id);
        if (path === undefined) return problem(400, "say which metric: path, or the id of its row");
        const { from: since, to: until = rooms.now(), limit, after } = query;
        if (since > until) return problem(400, "from: must not be after to");
        if (!sees(caller, reader.treePath(path))) return nothingAt(path);
        const shown = { path, from: since, to: until };
        const buckets = query.buckets ?? query.px;
        if (buckets !== undefined) {
          const found = await reader.buckets(path, { since, until, buckets });
          return found === undefined ? nothingAt(path) : { ...shown, ...found };
        }
        const found = await reader.values(path, { since, until, limit, after, withEdge: true });
        if (found === undefined) return nothingAt(path);
        const json = query.wire === undefined ? pastJson : pastWire;
        return { ...shown, ...found, values: found.values.map((value) => json(value)) };
      }),
  });
}

function pathOfRow(tree: UnsTree, id: number | undefined): string | undefined {
  return id === undefined || tree.info(id) === undefined ? undefined : joinPath(tree.segments(id));
}

function nothingAt(path: string): Problem {
  return problem(404, `nothing was ever recorded at "${path}"`);
}

function addInstants(routes: Routes, rooms: HistoryRoutes): void {
  routes.add({
    ...head("/at", "What all metrics at or below a path were worth at an instant"),
    query: atQuery,
    answers: { 200: z.object({ metrics: z.array(metricPast), next }) },
    handle: ({ query, caller }) =>
      ask(rooms, async (reader) => {
        const found = await reader.at(query.path, [query.at], query);
        const metrics = found.metrics.flatMap((metric) => {
          const [value] = metric.values;
          const path = pathOf(metric);
          return value === undefined || !sees(caller, path) ? [] : [{ path, ...pastJson(value) }];
        });
        return { metrics, next: found.next };
      }),
  });
  routes.add({
    ...head("/difference", "Which metrics at or below a path differ between two instants"),
    query: differenceQuery,
    answers: { 200: z.object({ metrics: z.array(metricPast), next }) },
    handle: ({ query, caller }) =>
      ask(rooms, async (reader) => {
        const found = await reader.at(query.path, [query.from, query.to], query);
        const own = found.metrics.filter((metric) => sees(caller, pathOf(metric)));
        return { metrics: own.flatMap(differenceOf), next: found.next };
      }),
  });
}

function differenceOf(metric: MetricThen): readonly { readonly path: string }[] {
  const [before, now] = metric.values;
  if (isSamePast(before, now)) return [];
  const change = { before: before && pastJson(before), now: now && pastJson(now) };
  return [{ path: pathOf(metric), ...change }];
}

function addLog(routes: Routes, rooms: HistoryRoutes): void {
  routes.add({
    ...head("/completeness", "What was heard of each edge node, day by day, and what is missing"),
    query: completenessQuery,
    answers: {
      200: z.object({ days: z.array(z.looseObject({})), gaps: z.array(z.looseObject({})) }),
    },
    handle: ({ query: { from, to = rooms.now() }, caller }) =>
      ask(rooms, async (reader) => {
        const { days, gaps } = await reader.completeness(dayOf(from), dayOf(to));
        const own = days.filter(({ groupId, edgeNodeId }) =>
          readsNode(caller, groupId, edgeNodeId),
        );
        const dated = own.map(({ day, ...rest }) => ({
          day: new Date(day * DAY_MS).toISOString().slice(0, 10),
          ...rest,
        }));
        return { days: dated, gaps };
      }),
  });
  routes.add({
    ...head("/log", "Values of all metrics in the order in which they arrived"),
    query: logQuery,
    answers: {
      200: z.object({ entries: z.array(z.looseObject({})), next: z.number(), head: z.number() }),
    },
    handle: ({ query, caller }) =>
      ask(rooms, async (reader) => {
        const { since, limit } = query;
        const offset = query.offset ?? (since === undefined ? 0 : await reader.offsetAt(since));
        const found = await reader.entries(offset, limit);
        const entries = found.entries.flatMap((entry) => {
          const path = pathOf(entry.metric);
          return sees(caller, path) ? [{ offset: entry.offset, path, ...pastJson(entry) }] : [];
        });
        return { entries, next: found.next, head: found.head };
      }),
  });
}

/** Days since 1970 UTC. */
function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}
