/** What the configuration says of values, subscriptions, recovery, events and methods; what connecting needs is elsewhere. */
import type { PublishRule, ValueLimits } from "@unshub/adapter";
import type { BrowsePath } from "./config/browse-path.ts";
import type { NodeAddress } from "./node-id.ts";

/** How often the values of a group arrive. */
export interface GroupConfig {
  /** How often the server sends what it has, in ms. */
  readonly intervalMs: number;
  /** How often the server looks at a value, in ms. */
  readonly samplingMs: number;
  /** How many changes of one value the server keeps until it may send them. */
  readonly queue: number;
  /** `poll`: read at the interval, for servers without subscriptions. */
  readonly mode: "subscribe" | "poll";
  /** Who leaves out small changes. `auto`: the server where it can. */
  readonly deadbandIn: "auto" | "server" | "local";
  /** Whether polled nodes are registered with the server. */
  readonly registeredNodes: boolean;
}

/** How a write is checked. */
interface WriteHabits {
  /** Smallest and largest number a command may give, both inclusive. */
  readonly range?: readonly [min: number, max: number];
  /** Whether 1.7 may become 2 for a whole number. */
  readonly round: boolean;
  readonly verify: "readBack" | "none";
  /** How long after a write the node is read, and how long until it must show the value, in ms. */
  readonly verifyAfterMs: number;
  readonly verifyTimeoutMs: number;
  /** Whether a write without an answer may be sent again. */
  readonly idempotent: boolean;
  /** Tags of the same name are written in one call. */
  readonly writeGroup?: string;
}

/** How values that have no plain form are shown. */
export interface ValueHabits {
  readonly enum: "number" | "text";
  readonly structures: "folder" | "template" | "json";
  /** Of two dimensions; others are always flat. */
  readonly matrices: "flat" | "dataSet";
  readonly allowNan: boolean;
  readonly onBad: "null" | "keepLast";
  /** ByteStrings and texts longer than this are BAD. */
  readonly maxBytes: number;
}

/** Where a node is: by id, or by the names on the way from the root. */
export type NodePlace = NodeAddress | BrowsePath;

/** One tag: one node, and the metric or metrics it becomes. */
export interface TagConfig {
  readonly name: string;
  /** The Sparkplug device that has it. */
  readonly device: string;
  readonly node: NodePlace;
  /** A part of an array, e.g. `3` or `0:7`. */
  readonly indexRange?: string;
  readonly group: string;
  /** `r` reads, `rw` reads and writes, `w` only writes. */
  readonly access: "r" | "rw" | "w";
  /** Left out: those of the group. */
  readonly samplingMs?: number;
  readonly queue?: number;
  readonly rule: PublishRule;
  readonly write: WriteHabits;
  readonly values: ValueHabits;
  readonly unit?: string;
  readonly description?: string;
  /** From which value on somebody should be warned; the birth tells. */
  readonly limits?: ValueLimits;
  /** What the server calls it, where that cannot be the name of a metric. */
  readonly originalName?: string;
  /** What the server calls its values. */
  readonly enumTexts?: ReadonlyMap<number, string>;
}

/** Events and alarms to be told. */
export interface EventConfig {
  /** `undefined`: the Server object. */
  readonly notifier: NodeAddress | undefined;
  /** 1 to 1000. */
  readonly minSeverity: number;
  /** Event types, with all that is derived from them; empty: all. */
  readonly types: readonly NodeAddress[];
  /** Globs over SourceName; empty: all. */
  readonly sources: readonly string[];
  /** Whether Acknowledge and Confirm may be sent. */
  readonly acknowledge: boolean;
  readonly device: string;
}

/** A method that may be called by a command. */
export interface MethodConfig {
  readonly name: string;
  readonly object: NodeAddress;
  readonly method: NodeAddress;
  readonly device: string;
  readonly timeoutMs: number;
}

/** Everything about data, of one server. */
export interface DataConfig {
  readonly readOnly: boolean;
  readonly maxCommandAgeMs: number;
  /** How long the link may be down before the device counts as dead, in ms. */
  readonly offlineGraceMs: number;
  readonly timestamp: "source" | "server" | "received";
  readonly maxSourceSkewMs: number;
  /** Values older than this when they arrive after an outage are told as history, in ms. */
  readonly historicalAfterMs: number;
  readonly historyBackfill: boolean;
  readonly maxBackfill: number;
  readonly uncertainAs: "stale" | "good" | "bad";
  readonly groups: ReadonlyMap<string, GroupConfig>;
  readonly tags: readonly TagConfig[];
  readonly rebirthHoldoffMs: number;
  readonly events: readonly EventConfig[];
  readonly methods: readonly MethodConfig[];
}
