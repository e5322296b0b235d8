/** `/api/history…`: what metrics were worth. Times are milliseconds since 1970 UTC, or RFC 3339 in questions. */
import { Readable } from "node:stream";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import {
  HistoryError,
  type History,
  type HistoryReader,
  type MetricThen,
  type PastValue,
} from "../history/index.ts";
import { joinPath, valueJson, type UnsTree } from "../tree/index.ts";
import { parsed, problem } from "./answers.ts";
import { exportLines } from "./history-export.ts";
import { pastJson, pathOf } from "./history-json.ts";

export interface HistoryRoutes {
  /** `undefined`: nothing is recorded. */
  readonly history:
    | { readonly history: Pick<History, "state">; readonly reader: HistoryReader }
    | undefined;
  readonly tree: UnsTree;
  readonly now: () => number;
}

/** Most values in one answer. */
const MOST_VALUES = 10_000;
const MOST_BUCKETS = 10_000;
const MOST_METRICS = 1000;
const DAY_MS = 86_400_000;

const time = z.union([
  z.coerce.number().min(-8.64e15).max(8.64e15),
  z.iso.datetime({ offset: true, local: true }).transform((text) => Date.parse(text)),
]);
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
const exportQuery = z.object({
  path: z.string().max(65_536).default(""),
  ...range,
  format: z.enum(["csv", "jsonl"]).default("csv"),
});

export function addHistoryRoutes(server: FastifyInstance, rooms: HistoryRoutes): void {
  const answer = (
    url: string,
    of: (reader: HistoryReader, question: unknown, reply: FastifyReply) => Promise<unknown>,
  ): void => {
    server.get(url, async (request, reply) => {
      if (rooms.history === undefined) return problem(reply, 404, OFF);
      try {
        return await of(rooms.history.reader, request.query, reply);
      } catch (error) {
        if (!(error instanceof HistoryError)) throw error;
        return problem(reply, 503, error.message);
      }
    });
  };
  answer("/api/history", (reader, query, reply) => values(rooms, reader, { query, reply }));
  answer("/api/history/at", async (reader, question, reply) => {
    const query = parsed(atQuery, question, reply);
    if (query === undefined) return reply;
    const found = await reader.at(query.path, [query.at], query);
    const metrics = found.metrics.flatMap((metric) => {
      const [past] = metric.values;
      return past === undefined ? [] : [{ path: pathOf(metric), ...pastJson(past) }];
    });
    return { metrics, next: found.next };
  });
  answer("/api/history/difference", async (reader, question, reply) => {
    const query = parsed(differenceQuery, question, reply);
    if (query === undefined) return reply;
    const found = await reader.at(query.path, [query.from, query.to], query);
    return { metrics: found.metrics.flatMap(differenceOf), next: found.next };
  });
  answer("/api/history/completeness", (reader, query, reply) =>
    completeness(rooms, reader, { query, reply }),
  );
  answer("/api/history/log", (reader, query, reply) => entries(reader, { query, reply }));
  answer("/api/history/export", async (reader, question, reply) => {
    const query = parsed(exportQuery, question, reply);
    if (query === undefined) return reply;
    const { path, format, from, to = rooms.now() } = query;
    const asked = { path, format, since: from, until: to };
    const type = format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
    const text = Readable.from(exportLines({ reader, tree: rooms.tree }, asked));
    return await reply.type(type).send(text);
  });
  server.get("/api/history/state", () => rooms.history?.history.state() ?? { recording: false });
}

const OFF = "nothing is recorded: history.record is false, and no rule says otherwise";

interface Asked {
  readonly query: unknown;
  readonly reply: FastifyReply;
}

async function values(
  { tree, now }: HistoryRoutes,
  reader: HistoryReader,
  { query, reply }: Asked,
): Promise<unknown> {
  const asked = parsed(valuesQuery, query, reply);
  if (asked === undefined) return reply;
  const path = asked.path ?? pathOfRow(tree, asked.id);
  if (path === undefined)
    return problem(reply, 400, "say which metric: path, or the id of its row");
  const { from: since, to: until = now(), limit, after } = asked;
  if (since > until) return problem(reply, 400, "from: must not be after to");
  const buckets = asked.buckets ?? asked.px;
  if (buckets !== undefined) {
    const found = await reader.buckets(path, { since, until, buckets });
    return found === undefined
      ? nothingAt(reply, path)
      : { path, from: since, to: until, ...found };
  }
  const found = await reader.values(path, { since, until, limit, after, withEdge: true });
  if (found === undefined) return nothingAt(reply, path);
  return { path, from: since, to: until, ...found, values: found.values.map(pastJson) };
}

function pathOfRow(tree: UnsTree, id: number | undefined): string | undefined {
  return id === undefined || tree.info(id) === undefined ? undefined : joinPath(tree.segments(id));
}

function nothingAt(reply: FastifyReply, path: string): FastifyReply {
  return problem(reply, 404, `nothing was ever recorded at "${path}"`);
}

function differenceOf(metric: MetricThen): readonly object[] {
  const [before, now] = metric.values;
  if (isSame(before, now)) return [];
  return [{ path: pathOf(metric), before: before && pastJson(before), now: now && pastJson(now) }];
}

/** Whether a metric was worth the same; when it was heard does not count. */
function isSame(before: PastValue | undefined, now: PastValue | undefined): boolean {
  if (before === undefined || now === undefined) return before === now;
  if (before.quality !== now.quality || before.isGap !== now.isGap) return false;
  return JSON.stringify(valueJson(before.value)) === JSON.stringify(valueJson(now.value));
}

async function completeness(
  { now }: HistoryRoutes,
  reader: HistoryReader,
  { query, reply }: Asked,
): Promise<unknown> {
  const asked = parsed(completenessQuery, query, reply);
  if (asked === undefined) return reply;
  const { days, gaps } = await reader.completeness(dayOf(asked.from), dayOf(asked.to ?? now()));
  const dated = days.map(({ day: number, ...rest }) => ({
    day: new Date(number * DAY_MS).toISOString().slice(0, 10),
    ...rest,
  }));
  return { days: dated, gaps };
}

/** Days since 1970 UTC. */
function dayOf(at: number): number {
  return Math.floor(at / DAY_MS);
}

async function entries(reader: HistoryReader, { query, reply }: Asked): Promise<unknown> {
  const asked = parsed(logQuery, query, reply);
  if (asked === undefined) return reply;
  const { since, limit } = asked;
  const offset = asked.offset ?? (since === undefined ? 0 : await reader.offsetAt(since));
  const found = await reader.entries(offset, limit);
  const shown = found.entries.map((entry) => ({
    offset: entry.offset,
    path: pathOf(entry.metric),
    ...pastJson(entry),
  }));
  return { entries: shown, next: found.next, head: found.head };
}
