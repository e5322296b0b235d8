/** The values of many metrics in the order of their time: fetched metric by metric, for a stretch of time after the other. */
import type { HistoryReader, PastValue } from "../../history/index.ts";
import { joinPath, type UnsTree } from "../../tree/index.ts";

/** A metric that is told again. */
export interface ToldMetric {
  /** Its row in the tree. */
  readonly id: number;
  readonly path: string;
}

export interface PastEvent {
  readonly metric: ToldMetric;
  readonly value: PastValue;
}

type Reader = Pick<HistoryReader, "at" | "values">;

const METRICS_AT_ONCE = 500;
const VALUES_AT_ONCE = 10_000;
const FIRST_SPAN_MS = 60_000;
const LEAST_SPAN_MS = 1000;
/** Fewer events in a stretch, and the next one is longer; more, and it is fetched again in parts. */
const FEW = 2000;
const MANY = 50_000;

/** The metrics at or below a path that are in the tree and may be read; `undefined`: there are more than `most`. */
export async function metricsBelow(
  { reader, tree, mayRead }: { reader: Reader; tree: UnsTree; mayRead: (id: number) => boolean },
  path: string,
  most: number,
): Promise<readonly ToldMetric[] | undefined> {
  const found: ToldMetric[] = [];
  let after: number | undefined = 0;
  while (after !== undefined) {
    const page = await reader.at(path, [], { after, limit: METRICS_AT_ONCE });
    for (const { groupId, edgeNodeId, deviceId, name } of page.metrics) {
      const member = deviceId === "" ? [groupId, edgeNodeId] : [groupId, edgeNodeId, deviceId];
      const own = joinPath([...member, ...name.split("/")]);
      const id = tree.find(own);
      if (id !== undefined && mayRead(id)) found.push({ id, path: own });
    }
    if (found.length > most) return undefined;
    after = page.next;
  }
  return found;
}

/** The events from one time to another, both included, stretch by stretch, each in order. */
export async function* eventsOf(
  reader: Reader,
  metrics: readonly ToldMetric[],
  { since, until }: { readonly since: number; readonly until: number },
): AsyncGenerator<readonly PastEvent[]> {
  let span = FIRST_SPAN_MS;
  let begin = since;
  for (;;) {
    const end = Math.min(until, begin + span);
    const events = await eventsBetween(reader, metrics, { begin, end });
    if (events === "too many" && span > LEAST_SPAN_MS) {
      span = Math.max(LEAST_SPAN_MS, span / 4);
      continue;
    }
    const isLast = end >= until;
    const all = events === "too many" ? [] : events;
    yield isLast ? all : all.filter(({ value }) => value.time < end); // the next one begins there
    if (isLast) return;
    if (all.length < FEW) span *= 4;
    begin = end;
  }
}

async function eventsBetween(
  reader: Reader,
  metrics: readonly ToldMetric[],
  { begin, end }: { readonly begin: number; readonly end: number },
): Promise<readonly PastEvent[] | "too many"> {
  const events: PastEvent[] = [];
  for (const metric of metrics) {
    let after: number | undefined;
    for (let more = true; more;) {
      const range = { since: begin, until: end, limit: VALUES_AT_ONCE, after };
      const page = await reader.values(metric.path, range);
      const values = (page?.values ?? []).filter(({ isGap }) => !isGap);
      events.push(...values.map((value) => ({ metric, value })));
      more = page?.more === true;
      after = page?.values.at(-1)?.time;
      if (events.length > MANY && end - begin > LEAST_SPAN_MS) return "too many";
    }
  }
  return events.toSorted((a, b) => a.value.time - b.value.time);
}
