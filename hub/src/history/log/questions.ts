/** What can be asked of the log, and what it answers. Times are milliseconds since 1970 UTC. */
import type { Columns } from "./columns.ts";
import type { Counts, MetricName } from "./messages.ts";

/** Rows of one metric, oldest first. */
export interface RowsQuestion {
  readonly kind: "rows";
  readonly metric: MetricName;
  readonly since: number;
  readonly until: number;
  readonly limit: number;
  /** The row at `since` itself is known already: this is the next page. */
  readonly isNext: boolean;
  /** Whether what held at `since` is wanted too, as a first row with its own time. */
  readonly withEdge: boolean;
}

export interface RowsAnswer {
  readonly kind: "rows";
  /** False: nothing was ever recorded under this name. */
  readonly isKnown: boolean;
  readonly rows: Columns;
  /** For each row which of `datatypes` it has; `undefined`: the first one. */
  readonly origins: Uint8Array | undefined;
  readonly datatypes: readonly number[];
  /** Whether there are more: ask again from the time of the last row on. */
  readonly more: boolean;
  /** Blocks that are damaged on disk and therefore missing. */
  readonly damaged: number;
}

/** A range of one metric in equal parts. */
export interface BucketsQuestion {
  readonly kind: "buckets";
  readonly metric: MetricName;
  readonly since: number;
  readonly until: number;
  readonly buckets: number;
}

export interface Bucket {
  /** Where it begins. */
  readonly time: number;
  /** Rows with a number or truth value that were good; the next six are of them, `undefined` without any. */
  readonly count: number;
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly average: number | undefined;
  /** What held at its begin counts too, each value for as long as it held; `undefined` when nothing good did. */
  readonly timeWeighted: number | undefined;
  /** Rows of any quality. */
  readonly rows: number;
  /** Milliseconds of it in which the metric was good. */
  readonly goodMs: number;
}

/** From here on a metric was worth this, until the next one. */
export interface QualitySpan {
  readonly time: number;
  /** Its number in the tree. */
  readonly quality: number;
}

export interface BucketsAnswer {
  readonly kind: "buckets";
  readonly isKnown: boolean;
  readonly buckets: readonly Bucket[];
  /** How its quality changed; only the first changes when there are very many. */
  readonly spans: readonly QualitySpan[];
  readonly damaged: number;
}

/** What stood at a path at one or two instants, page by page. */
export interface InstantQuestion {
  readonly kind: "instant";
  /** Group, edge node, then device or folders; all of them may be left out. */
  readonly segments: readonly string[];
  /** These metrics and no others, in their order; they are one page, and `segments` counts not. */
  readonly names?: readonly MetricName[] | undefined;
  readonly times: readonly number[];
  /** The last metric of the page before; 0 at first. */
  readonly after: number;
  readonly limit: number;
}

export interface InstantMetric {
  readonly id: number;
  readonly metric: MetricName;
  /** For each time the row that held; `rows` and `datatypes` have its place, −1: there was none. */
  readonly at: readonly number[];
}

export interface InstantAnswer {
  readonly kind: "instant";
  readonly metrics: readonly InstantMetric[];
  readonly rows: Columns;
  readonly datatypes: readonly number[];
  readonly more: boolean;
}

/** Rows in the order of their arrival. */
export interface EntriesQuestion {
  readonly kind: "entries";
  readonly offset: number;
  readonly limit: number;
}

export interface EntriesAnswer {
  readonly kind: "entries";
  /** Of the first row; greater than what was asked for when that is not there any more. */
  readonly offset: number;
  readonly rows: Columns;
  readonly series: Int32Array;
  /** What the numbers in `series` stand for. */
  readonly metrics: readonly SeriesName[];
  /** The offset that the next row will get. */
  readonly head: number;
}

export interface SeriesName {
  readonly id: number;
  readonly metric: MetricName;
  readonly datatypeCode: number;
}

/** The offset of the first row that was received at or after a time. */
interface OffsetQuestion {
  readonly kind: "offset";
  readonly time: number;
}

export interface OffsetAnswer {
  readonly kind: "offset";
  readonly offset: number;
}

/** Days since 1970 UTC, both included. */
export interface CompletenessQuestion {
  readonly kind: "completeness";
  readonly since: number;
  readonly until: number;
}

export interface CompletenessAnswer {
  readonly kind: "completeness";
  readonly days: readonly {
    readonly groupId: string;
    readonly edgeNodeId: string;
    readonly day: number;
    readonly counts: Counts;
  }[];
  /** Spans without any record, of the whole hub. */
  readonly gaps: readonly { readonly from: number; readonly to: number; readonly cause: string }[];
}

/** A copy of the whole file, while everything goes on. */
interface BackupQuestion {
  readonly kind: "backup";
  readonly file: string;
}

interface BackupAnswer {
  readonly kind: "backup";
}

export type Question =
  | RowsQuestion
  | BucketsQuestion
  | InstantQuestion
  | EntriesQuestion
  | OffsetQuestion
  | CompletenessQuestion
  | BackupQuestion;

export type Answer =
  | RowsAnswer
  | BucketsAnswer
  | InstantAnswer
  | EntriesAnswer
  | OffsetAnswer
  | CompletenessAnswer
  | BackupAnswer;
