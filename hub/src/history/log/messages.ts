/** What the main thread and the thread of the log say to each other. */
import type { Columns } from "./columns.ts";
import type { Answer, Question } from "./questions.ts";

/** How long and how much is kept of the metrics of one rule. */
export interface Keeping {
  /** The filter of the rule; empty for all that no rule names. */
  readonly rule: string;
  /** Milliseconds; infinite: for ever. */
  readonly keepMs: number;
  /** Infinite: no limit of its own. */
  readonly maxBytes: number;
}

/** Given to the thread at its start. */
export interface LogSettings {
  readonly file: string;
  /** `power`: what is committed survives a power cut; `process`: a killed process. */
  readonly durability: "power" | "process";
  readonly keeping: readonly Keeping[];
  /** Of everything together; left out: half of the disk. */
  readonly maxBytes: number | undefined;
  /** How long and how much is kept in the order of arrival. */
  readonly replay: { readonly keepMs: number; readonly maxBytes: number };
  /** With less free on the disk recording stops. */
  readonly minFreeBytes: number;
  /** Values that are received from then on reach the log: milliseconds since 1970 UTC. Left out: since it is opened. */
  readonly recordingSince?: number | undefined;
  /** Rows after which they become blocks; tests take few. */
  readonly rollRows?: number | undefined;
  /** Most pages of the file; for tests of a full disk. */
  readonly maxPages?: number | undefined;
  /** Wall clock minus the clock of the process, in milliseconds: tests turn it. */
  readonly wallOffsetMs?: number | undefined;
}

/** A metric that is recorded from now on, under a number of this run. */
export interface Definition {
  readonly slot: number;
  readonly metric: MetricName;
  readonly datatypeCode: number;
  /** The filter of its rule. */
  readonly rule: string;
}

/** What a metric is called on the wire. */
export interface MetricName {
  readonly groupId: string;
  readonly edgeNodeId: string;
  /** Empty for metrics of the edge node itself. */
  readonly deviceId: string;
  readonly name: string;
}

/** A metric that has another name since `at`, in milliseconds since 1970 UTC. */
export interface Renaming {
  readonly before: MetricName;
  readonly now: MetricName;
  readonly at: number;
}

/** Values that are missing, of one edge node or, when none is named, of all. Times in milliseconds since 1970 UTC. */
export interface Gap {
  readonly node: { readonly groupId: string; readonly edgeNodeId: string } | undefined;
  readonly from: number;
  readonly to: number;
  readonly cause: GapCause;
  /** Messages or values, as far as it is known. */
  readonly count: number;
}

/** Append only: their numbers stand on disk. */
export const GAP_CAUSES = ["hub stopped", "disk full", "overload", "messages lost"] as const;
export type GapCause = (typeof GAP_CAUSES)[number];

/** What was heard of one edge node since the last time; a day is counted in UTC. */
export interface Tally {
  readonly groupId: string;
  readonly edgeNodeId: string;
  /** Days since 1970. */
  readonly day: number;
  readonly counts: Counts;
}

export const COUNTS = [
  "messages",
  "births",
  "gaps",
  "lost",
  "late",
  "unborn",
  "undecodable",
  /** Values that could not be recorded. */
  "dropped",
] as const;
export type Counts = Readonly<Record<(typeof COUNTS)[number], number>>;

/** Each figure by what `of` says of its name. */
export function countsBy(of: (name: keyof Counts) => number): Counts {
  return {
    messages: of("messages"),
    births: of("births"),
    gaps: of("gaps"),
    lost: of("lost"),
    late: of("late"),
    unborn: of("unborn"),
    undecodable: of("undecodable"),
    dropped: of("dropped"),
  };
}

export interface Batch {
  readonly number: number;
  readonly rows: Columns;
  readonly slots: Int32Array;
  readonly definitions: readonly Definition[];
  readonly renamings: readonly Renaming[];
  readonly gaps: readonly Gap[];
  readonly tallies: readonly Tally[];
}

export type ToLog =
  | { readonly kind: "append"; readonly batch: Batch }
  | { readonly kind: "ask"; readonly id: number; readonly question: Question }
  | { readonly kind: "close" };

/** How the log does. */
export interface LogState {
  readonly recording: boolean;
  /** Why it does not record. */
  readonly because: string | undefined;
  /** Since the start. */
  readonly recorded: number;
  readonly lost: number;
  /** Rows so far, in all runs: the offset of the next one. */
  readonly head: number;
  /** The offset of the first row that is still there in order of arrival. */
  readonly tail: number;
  /** On disk. */
  readonly bytes: number;
  /** Milliseconds since 1970 UTC; `undefined` when nothing is kept. */
  readonly oldest: number | undefined;
  readonly freeDiskBytes: number | undefined;
}

export type FromLog =
  | { readonly kind: "opened"; readonly state: LogState; readonly damage: string | undefined }
  | { readonly kind: "refused"; readonly message: string }
  | {
      readonly kind: "appended";
      readonly number: number;
      readonly state: LogState;
      /** The slots of its rows, when they could not be written. */
      readonly unwritten: Int32Array | undefined;
    }
  | { readonly kind: "state"; readonly state: LogState }
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
  | { readonly kind: "unanswered"; readonly id: number; readonly because: string }
  | { readonly kind: "closed" };
