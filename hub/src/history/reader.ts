/** Reads the history in the words of the tree: paths instead of series, values instead of columns. */
import { datatypeOf, type Datatype, type MetricValue } from "@unshub/sparkplug";
import { QUALITIES, REASONS, splitPath, type TreeQuality, type UnsTree } from "../tree/index.ts";
import type { History } from "./history.ts";
import {
  CORRECTED,
  HISTORICAL,
  KIND_BITS,
  NOTHING,
  NUMBER,
  QUALITY_BITS,
  RESTATED,
  TRUTH,
  type Columns,
} from "./log/columns.ts";
import type { MetricName } from "./log/messages.ts";
import type { Bucket, CompletenessAnswer, InstantAnswer, SeriesName } from "./log/questions.ts";
import { OTHER_REASON, readSide } from "./log/side-record.ts";
import { valueOfBytes } from "./value-bytes.ts";

/** One value as it stands in the history. Times are milliseconds since 1970 UTC. */
export interface PastValue {
  /** By the clock of its source. */
  readonly time: number;
  /** When the hub received it; of a gap when it began. */
  readonly receivedAt: number;
  readonly value: MetricValue;
  /** `undefined` when the code is none of the standard's. */
  readonly datatype: Datatype | undefined;
  readonly quality: TreeQuality;
  readonly reason: string | undefined;
  /** From here on nothing is known, until the next value; `reason` says why. */
  readonly isGap: boolean;
  /** It came later, flagged as a value of the past. */
  readonly isHistorical: boolean;
  /** A birth, or the hub after a gap, said again what was known. */
  readonly isRestated: boolean;
  /** Somebody wrote it into the history. */
  readonly isCorrected: boolean;
}

/** A stretch of time, both ends included: milliseconds since 1970 UTC. */
export interface TimeRange {
  readonly since: number;
  readonly until: number;
}

/** What was found at a path. */
export interface PastValues {
  readonly values: readonly PastValue[];
  /** There are more: ask again with `after`, the time of the last one. */
  readonly more: boolean;
  /** Blocks that are damaged on the disk; their values are missing. */
  readonly damaged: number;
}

export interface PastBuckets {
  readonly buckets: readonly Bucket[];
  /** What the metric was worth from when on. */
  readonly spans: readonly { readonly time: number; readonly quality: TreeQuality }[];
  readonly damaged: number;
}

/** A metric at one or two instants. */
export interface MetricThen extends MetricName {
  readonly values: readonly (PastValue | undefined)[];
}

export interface InstantPage {
  readonly metrics: readonly MetricThen[];
  /** Where the next page begins; `undefined`: this was the last one. */
  readonly next: number | undefined;
}

/** A value in the order of arrival. */
export interface LogEntry extends PastValue {
  readonly offset: number;
  readonly metric: MetricName;
}

export interface LogPage {
  readonly entries: readonly LogEntry[];
  /** Where to go on. */
  readonly next: number;
  /** The offset that the next value of the hub will get: what is behind it has been read. */
  readonly head: number;
}

export interface ReaderOptions {
  readonly history: Pick<History, "ask">;
  readonly tree: UnsTree;
  /** The path in the tree of something that is also called otherwise; `undefined`: it is not. */
  readonly treePathOf?: ((path: string) => string | undefined) | undefined;
}

export class HistoryReader {
  readonly #history: Pick<History, "ask">;
  readonly #tree: UnsTree;
  readonly #treePathOf: ReaderOptions["treePathOf"];

  constructor({ history, tree, treePathOf }: ReaderOptions) {
    this.#history = history;
    this.#tree = tree;
    this.#treePathOf = treePathOf;
  }

  /** The path in the tree of what may be called otherwise. */
  treePath(path: string): string {
    return this.#treePathOf?.(path) ?? path;
  }

  /**
   * The values at a path of the tree, oldest first; `undefined`: nothing was ever recorded there. `withEdge`: what held
   * at the begin comes first, with its own time.
   */
  async values(
    path: string,
    {
      since,
      until,
      limit,
      after,
      withEdge = false,
    }: TimeRange & {
      readonly limit: number;
      readonly after?: number | undefined;
      readonly withEdge?: boolean;
    },
  ): Promise<PastValues | undefined> {
    const isNext = after !== undefined;
    const range = { since: after ?? since, until, limit, isNext, withEdge: withEdge && !isNext };
    for (const metric of this.#namesAt(path)) {
      const answer = await this.#history.ask<"rows">({ kind: "rows", metric, ...range });
      if (!answer.isKnown) continue;
      const { rows, origins, datatypes, more, damaged } = answer;
      const code = (row: number): number => datatypes[origins?.[row] ?? 0] ?? 0;
      const values = Array.from({ length: rows.count }, (_, row) => valueAt(rows, row, code(row)));
      return { values, more, damaged };
    }
    return undefined;
  }

  /** A range in equal parts; `undefined`: nothing was ever recorded there. */
  async buckets(
    path: string,
    range: TimeRange & { readonly buckets: number },
  ): Promise<PastBuckets | undefined> {
    for (const metric of this.#namesAt(path)) {
      const answer = await this.#history.ask<"buckets">({ kind: "buckets", metric, ...range });
      if (!answer.isKnown) continue;
      const { buckets, damaged } = answer;
      const spans = answer.spans.map(({ time, quality }) => ({
        time,
        quality: QUALITIES[quality] ?? "none",
      }));
      return { buckets, spans, damaged };
    }
    return undefined;
  }

  /** The metrics at or below a path as they were at one or more instants, page by page. */
  async at(
    path: string,
    times: readonly number[],
    { after = 0, limit }: { readonly after?: number | undefined; readonly limit: number },
  ): Promise<InstantPage> {
    const own = this.treePath(path);
    const segments = own === "" ? [] : (splitPath(own) ?? []);
    const answer = await this.#history.ask<"instant">({
      kind: "instant",
      segments,
      times,
      after,
      limit,
    });
    return {
      metrics: metricsOf(answer),
      next: answer.more ? answer.metrics.at(-1)?.id : undefined,
    };
  }

  /** These metrics as they were at one or more instants, in their order. */
  async ofMetrics(
    names: readonly MetricName[],
    times: readonly number[],
  ): Promise<readonly MetricThen[]> {
    const asked = { segments: [], names, times, after: 0, limit: names.length };
    return metricsOf(await this.#history.ask<"instant">({ kind: "instant", ...asked }));
  }

  /** Values in the order in which they arrived, of all metrics: for replay and for those who carry them elsewhere. */
  async entries(offset: number, limit: number): Promise<LogPage> {
    const answer = await this.#history.ask<"entries">({ kind: "entries", offset, limit });
    const { rows, series, head } = answer;
    const names = new Map(answer.metrics.map((name) => [name.id, name]));
    const entries = Array.from({ length: rows.count }, (_, row) =>
      entryAt(rows, row, { offset: answer.offset + row, name: names.get(series[row] ?? 0) }),
    );
    const next = rows.count > 0 ? answer.offset + rows.count : Math.max(answer.offset, offset);
    return { entries: entries.filter((entry) => entry !== undefined), next, head };
  }

  /** The offset of the first value that was received at or after a time. */
  async offsetAt(time: number): Promise<number> {
    return (await this.#history.ask<"offset">({ kind: "offset", time })).offset;
  }

  /** What was heard and what is missing, by edge node and day. Days since 1970 UTC, both included. */
  async completeness(since: number, until: number): Promise<Omit<CompletenessAnswer, "kind">> {
    const { days, gaps } = await this.#history.ask<"completeness">({
      kind: "completeness",
      since,
      until,
    });
    return { days, gaps };
  }

  /** Copies the whole log while everything goes on. */
  async backup(file: string): Promise<void> {
    await this.#history.ask<"backup">({ kind: "backup", file });
  }

  /** The live tree knows it; of metrics that are gone a path says not whether its third name is a device. */
  #namesAt(asked: string): readonly MetricName[] {
    const path = this.treePath(asked);
    const id = this.#tree.find(path);
    const info = id === undefined ? undefined : this.#tree.info(id);
    if (info !== undefined) {
      const { groupId, edgeNodeId, deviceId = "", name } = info;
      return [{ groupId, edgeNodeId, deviceId, name }];
    }
    const [groupId, edgeNodeId, third, ...rest] = splitPath(path) ?? [];
    if (groupId === undefined || edgeNodeId === undefined || third === undefined) return [];
    const own = { groupId, edgeNodeId, deviceId: "", name: [third, ...rest].join("/") };
    if (rest.length === 0) return [own];
    return [{ groupId, edgeNodeId, deviceId: third, name: rest.join("/") }, own];
  }
}

function metricsOf({ rows, datatypes, metrics }: InstantAnswer): readonly MetricThen[] {
  const read = (at: number): PastValue | undefined =>
    at < 0 ? undefined : valueAt(rows, at, datatypes[at] ?? 0);
  return metrics.map(({ metric, at }) => ({ ...metric, values: at.map(read) }));
}

function entryAt(
  rows: Columns,
  row: number,
  { offset, name }: { readonly offset: number; readonly name: SeriesName | undefined },
): LogEntry | undefined {
  if (name === undefined) return undefined;
  return { offset, metric: name.metric, ...valueAt(rows, row, name.datatypeCode) };
}

/** The quality of rows that say that nothing is known; the tree gives it to no value that is recorded. */
const GAP_QUALITY = "last-known";

function valueAt(rows: Columns, row: number, datatypeCode: number): PastValue {
  const meta = rows.metas[row] ?? 0;
  const quality = QUALITIES[meta & QUALITY_BITS] ?? "none";
  return {
    time: rows.times[row] ?? 0,
    receivedAt: rows.received[row] ?? 0,
    ...contentAt(rows, row, datatypeCode),
    datatype: datatypeOf(datatypeCode),
    quality,
    isGap: quality === GAP_QUALITY,
    isHistorical: (meta & HISTORICAL) !== 0,
    isRestated: (meta & RESTATED) !== 0,
    isCorrected: (meta & CORRECTED) !== 0,
  };
}

function contentAt(
  { numbers, metas, sides }: Columns,
  row: number,
  datatypeCode: number,
): Pick<PastValue, "value" | "reason"> {
  const number = numbers[row] ?? 0;
  switch ((metas[row] ?? 0) & KIND_BITS) {
    case NUMBER:
      return { value: number, reason: undefined };
    case TRUTH:
      return { value: number === 1, reason: undefined };
    case NOTHING:
      return { value: null, reason: undefined };
    default: {
      const record = readSide(sides, number);
      const own = record.reasonCode === OTHER_REASON;
      const reason = own ? record.reason : REASONS[record.reasonCode];
      return { value: valueOfBytes(record, datatypeCode), reason };
    }
  }
}
