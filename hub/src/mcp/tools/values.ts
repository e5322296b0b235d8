/** Tools that read values: now, in the past, for a while, and those that are old. */
import { setImmediate as nextTurn } from "node:timers/promises";
import { z } from "zod";
import { HistoryError, type HistoryReader, type PastValue } from "../../history/index.ts";
import { QUALITIES, timeText, valueJson } from "../../tree/index.ts";
import { worthOf } from "../../uns/index.ts";
import type { Vqt } from "../elements.ts";
import { timeIn } from "../elements.ts";
import { ToolFault } from "../rooms.ts";
import { cut, cutValue, quoted } from "../texts.ts";
import { countsNow, tool, type Call } from "../tool.ts";

const MAX_COMPONENTS = 1000;
const MAX_RAW = 500;
const MAX_STALE = 200;
/** Rows between two turns of the event loop. */
const SLICE = 20_000;

const ids = (most: number) => z.array(z.string().min(1).max(65_536)).min(1).max(most);

export const readTool = tool({
  name: "uns_read",
  title: "Read values",
  description:
    "Value, quality and time of elements as they are now. A device or folder answers its metrics as components when maxDepth is not 1; 0 is everything below.",
  needs: "read values",
  input: z.object({
    elementIds: ids(100),
    maxDepth: z.number().int().min(0).max(8).default(1),
  }),
  run: async ({ elementIds, maxDepth }, call) => ({
    result: {
      values: await Promise.all(elementIds.map((elementId) => valueOf(call, elementId, maxDepth))),
    },
    list: "values",
  }),
});

async function valueOf(call: Call, elementId: string, maxDepth: number): Promise<object> {
  const { elements } = call;
  const { tree } = call.rooms;
  const row = elements.find(elementId);
  if (row === undefined) {
    if (!elements.isPlace(elementId)) return { elementId, error: "there is no such element" };
    return { elementId, value: null, quality: "GoodNoData", timestamp: null };
  }
  if (tree.rows.isMetric(row)) return { ...elements.vqt(row), elementId };
  if (maxDepth === 1) return { elementId, isComposition: true, counts: await countsNow(call, row) };
  const found = elements.metricsBelow(row, maxDepth === 0 ? 0 : maxDepth - 1, MAX_COMPONENTS);
  return {
    elementId,
    isComposition: true,
    components: found.map((id) => elements.vqt(id)),
    ...(found.length >= MAX_COMPONENTS && { more: true }),
  };
}

export const historyTool = tool({
  name: "uns_history",
  title: "Read the past",
  description:
    "What metrics were worth between two times. `raw` answers single values, at most 500 each, and says when there are more; the others answer a range in equal parts.",
  needs: "read values",
  input: z.object({
    elementIds: ids(20),
    start: z.string().max(40).describe("RFC 3339"),
    end: z.string().max(40).optional().describe("RFC 3339; now when left out"),
    aggregate: z.enum(["raw", "avg", "min", "max", "count"]).default("raw"),
    buckets: z.number().int().min(1).max(500).default(100),
  }),
  run: async ({ elementIds, start, end, aggregate, buckets }, call) => {
    const { history } = call.rooms;
    if (history === undefined) throw new ToolFault("nothing is recorded: history.record is false");
    const since = timeIn(start, "start");
    const until = end === undefined ? call.rooms.now() : timeIn(end, "end");
    if (since > until) throw new ToolFault("start must not be after end");
    const series = [];
    for (const elementId of elementIds) {
      const range = { since, until, aggregate, buckets };
      series.push(await pastOf(call, history, elementId, range));
    }
    return {
      result: { start: timeText(since), end: timeText(until), aggregate, series },
      list: "series",
    };
  },
});

interface Range {
  readonly since: number;
  readonly until: number;
  readonly aggregate: "raw" | "avg" | "min" | "max" | "count";
  readonly buckets: number;
}

// oxlint-disable-next-line max-params -- who asks, whom, of what, in which range
async function pastOf(
  { elements }: Call,
  history: HistoryReader,
  elementId: string,
  { since, until, aggregate, buckets }: Range,
): Promise<object> {
  const row = elements.find(elementId);
  if (row === undefined) return { elementId, error: "there is no such element" };
  const path = elements.treePath(row);
  try {
    if (aggregate === "raw") {
      const found = await history.values(path, { since, until, limit: MAX_RAW });
      if (found === undefined) return { elementId, rows: [] };
      return { elementId, rows: found.values.map(pastRow), ...(found.more && { more: true }) };
    }
    const found = await history.buckets(path, { since, until, buckets });
    const rows = found?.buckets.map((bucket) => ({
      time: timeText(bucket.time),
      value: { avg: bucket.average, min: bucket.min, max: bucket.max, count: bucket.count }[
        aggregate
      ],
    }));
    return { elementId, rows: rows ?? [] };
  } catch (error) {
    if (error instanceof HistoryError) throw new ToolFault(error.message);
    throw error;
  }
}

function pastRow({ time, value, datatype, quality, isGap, reason }: PastValue): object {
  const worth = worthOf(value, quality);
  return {
    time: timeText(time),
    value: cutValue(valueJson(worth.value, datatype)),
    quality: isGap ? "gap" : worth.quality,
    ...(reason !== undefined && { reason: cut(reason) }),
  };
}

export const watchTool = tool({
  name: "uns_watch",
  title: "Watch values",
  description:
    "Watches metrics for some seconds and answers what came: how many changes, first and last value, lowest and highest.",
  needs: "read values",
  input: z.object({
    elementIds: ids(20),
    seconds: z.number().min(0.1).max(60).default(10),
  }),
  run: async ({ elementIds, seconds }, call) => {
    const watched = new Map<number, Watched>();
    for (const elementId of elementIds) {
      const row = call.elements.row(elementId);
      if (!call.rooms.tree.rows.isMetric(row)) {
        throw new ToolFault(`${quoted(elementId)} is no metric: only metrics can be watched`);
      }
      watched.set(row, new Watched(call.elements.vqt(row)));
    }
    const watch = call.rooms.tree.watch((row) => watched.get(row)?.changed(call.elements.vqt(row)));
    for (const row of watched.keys()) watch.add(row);
    await waited(seconds * 1000, call.signal);
    watch.stop();
    const now = call.caller.sightNow();
    if (now?.key !== call.caller.sight.key) {
      throw new ToolFault("your rights have changed meanwhile: ask again");
    }
    return {
      result: { seconds, watched: [...watched.values()].map((each) => each.told) },
      list: "watched",
    };
  },
});

class Watched {
  readonly #first: Vqt;
  #last: Vqt;
  #count = 0;
  #min: number | undefined;
  #max: number | undefined;

  constructor(first: Vqt) {
    this.#first = first;
    this.#last = first;
    this.#note(first);
  }

  changed(now: Vqt): void {
    this.#count += 1;
    this.#last = now;
    this.#note(now);
  }

  get told(): object {
    const { elementId } = this.#first;
    const range = { min: this.#min, max: this.#max };
    return { elementId, count: this.#count, first: this.#first, last: this.#last, ...range };
  }

  #note({ value }: Vqt): void {
    if (typeof value !== "number") return;
    this.#min = Math.min(this.#min ?? value, value);
    this.#max = Math.max(this.#max ?? value, value);
  }
}

/** Resolves early when nobody waits any more. */
async function waited(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });
}

export const staleTool = tool({
  name: "uns_stale",
  title: "Old values",
  description:
    "Metrics that were not heard for so many seconds, or are worth no more than said: bad, stale, offline, last-known, uncertain, none.",
  needs: "read values",
  input: z.object({
    olderThanSeconds: z.number().min(0).max(1e9).optional(),
    quality: z.enum(QUALITIES).optional(),
    limit: z.number().int().min(1).max(MAX_STALE).default(50),
  }),
  run: async ({ olderThanSeconds, quality, limit }, call) => {
    const { rooms } = call;
    const { tree } = rooms;
    if (olderThanSeconds === undefined && quality === undefined) {
      throw new ToolFault("say olderThanSeconds, quality, or both");
    }
    const latest =
      olderThanSeconds === undefined ? Infinity : rooms.now() - olderThanSeconds * 1000;
    const isOld = (id: number): boolean =>
      tree.definitions.has(id) &&
      tree.values.receivedAt(id) <= latest &&
      (quality === undefined || tree.values.quality(id) === quality) &&
      call.caller.sight.sees(id);
    const { count, found } = await scanned(call, isOld, limit);
    return { result: { count, found: found.map((id) => call.elements.vqt(id)) }, list: "found" };
  },
});

async function scanned(
  { rooms: { tree }, signal }: Call,
  fits: (id: number) => boolean,
  limit: number,
): Promise<{ readonly count: number; readonly found: readonly number[] }> {
  const found: number[] = [];
  let count = 0;
  for (let id = 1; id < tree.rows.size && !signal.aborted; id += 1) {
    if (id % SLICE === 0) await nextTurn();
    if (!tree.rows.isMetric(id) || !fits(id)) continue;
    count += 1;
    if (found.length < limit) found.push(id);
  }
  return { count, found };
}
