/**
 * What the page and the hub say to each other: the WebSocket `/live` (subprotocol `uns.v1`, JSON text frames) and the
 * tree over HTTP. Types only; the page imports this file and nothing else of the hub.
 *
 * Ids are integers, valid within one `epoch` (one run of the hub). Every list below is flat where it is long.
 */

/** The WebSocket subprotocol that both sides must name. */
export type Subprotocol = "uns.v1";

/**
 * Quality on the wire: 0 bad, 1 stale, 2 good, 3 nothing yet, 4 offline (its device or edge node died), 5 uncertain,
 * 6 last known (kept from before the hub started, not heard since), 7 silent (good, but it usually speaks more often).
 * The numbers are ours.
 */
export type WireQuality = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/**
 * A value as JSON can carry it: number, boolean, string and null as they are; 64-bit integers beyond 2^53 as
 * `{i64}`, NaN and infinities as `{f}`, bytes as their length `{b}`, anything else as a summary `{o}`.
 * Strings over 200 characters are cut and end in `…`.
 */
export type WireValue =
  | number
  | boolean
  | string
  | null
  | { readonly i64: string }
  | { readonly f: "NaN" | "Infinity" | "-Infinity" }
  | { readonly b: number }
  | { readonly o: string };

/** `place` and `topic` stand in trees of the page that cut the plant in other ways; no row of the hub's tree has them. */
export type NodeKind = "group" | "edgeNode" | "device" | "folder" | "metric" | "place" | "topic";

/** One row of the tree. `state` only on edge nodes and devices; `counts` only on rows that have children. */
export interface TreeRow {
  readonly id: number;
  readonly parent: number | null;
  readonly name: string;
  readonly kind: NodeKind;
  /** Whether it has rows below it. */
  readonly branch: boolean;
  readonly unit?: string;
  readonly datatype?: string;
  readonly writable?: boolean;
  /** A message of its topic, or of its plain topic, is retained; left out: none is. */
  readonly retained?: boolean;
  /** `last-known`: online when the hub stopped, not heard since. */
  readonly state?: "online" | "offline" | "last-known";
  readonly counts?: RowCounts;
}

/** Metrics below a row: all, with bad quality, and those that are not live: stale, offline or last known. */
export interface RowCounts {
  readonly metrics: number;
  readonly bad: number;
  readonly stale: number;
  /** Good, but they usually speak more often; left out: none. Counted while a page is open, some seconds late. */
  readonly silent?: number;
}

/** `GET /api/ns/children?id=&after=&limit=` — `id` left out: the groups. Sorted by name; `more` when the list was cut. */
export interface ChildrenAnswer {
  readonly epoch: string;
  readonly rows: readonly TreeRow[];
  /** Rows below these that are the only one below their parent, parents first: chains of folders, which are one row on screen. */
  readonly only?: readonly TreeRow[];
  readonly more: boolean;
  /** With `&values=1`: the hub's clock and the values of the metrics among `rows`, as in a `d` frame. */
  readonly t?: number;
  readonly u?: readonly WireValue[];
}

/** `GET /api/ns/path?p=` — the rows from the root to the path, for deep links. 404 when there is none. */
export interface PathAnswer {
  readonly epoch: string;
  readonly rows: readonly TreeRow[];
}

/** `GET /api/ns/find?f=&limit=` — metrics that fit the filter, with all their ancestors. */
export interface FindAnswer {
  readonly epoch: string;
  /** How many metrics match in all; `rows` holds the first of them and their ancestors, parents before children. */
  readonly hits: number;
  readonly rows: readonly TreeRow[];
  /** What is to be marked in names. */
  readonly marks: readonly string[];
  /** Parts of the filter that were not understood; the rest held. */
  readonly faults: readonly {
    readonly at: number;
    readonly length: number;
    readonly says: string;
  }[];
}

/** What a birth announces of the values of a metric, in its unit; what was not announced is left out. */
export interface ValueBounds {
  readonly rangeLow?: number;
  readonly rangeHigh?: number;
  readonly highHigh?: number;
  readonly high?: number;
  readonly low?: number;
  readonly lowLow?: number;
}

/** `GET /api/ns/value?id=` — one metric with everything the hub knows of it. */
export interface ValueAnswer {
  readonly epoch: string;
  readonly row: TreeRow;
  /** `group/edge node/device/metric`, each part encoded so that `/` separates only parts. */
  readonly path: string;
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly deviceId: string | null;
  readonly metric: string;
  /** Where it stands in the plant, by ISA-95. */
  readonly unsPath?: string | undefined;
  /** The topic at its place in the plant, below the root of the plain topics if there is one. */
  readonly plainTopic?: string | undefined;
  /** The topic of its data messages. */
  readonly topic: string;
  readonly alias: string | null;
  readonly description: string | null;
  readonly bounds: ValueBounds;
  readonly value: WireValue;
  readonly quality: WireQuality;
  readonly reason: string | null;
  /** Milliseconds since 1970 UTC by the source's clock; `null` when it was never heard. */
  readonly timestamp: number | null;
  /** Milliseconds since 1970 UTC at which the hub received it. */
  readonly receivedAt: number | null;
  /** Milliseconds between two values, of a metric that speaks by the clock; left out: it does not, or is not known yet. */
  readonly usualMs?: number | undefined;
}

/** Page → hub. */
export type ClientMessage =
  | {
      readonly op: "hello";
      readonly v: 1;
      readonly ui: string;
      readonly resume?: { readonly epoch: string; readonly seq: number } | undefined;
    }
  /** Replaces the whole set of watched rows, metrics and branches; `g` is a generation that the answers carry. */
  | { readonly op: "view"; readonly g: number; readonly rows: readonly number[] }
  /** Every frame up to `s` was applied: credit for three more. */
  | { readonly op: "ack"; readonly s: number }
  | { readonly op: "pause" }
  | { readonly op: "resume" }
  /** The tab is in the background: only `stat`, every 10 s, until the next `view` or `resume`. */
  | { readonly op: "hide" };

/** Hub → page. `s` grows by one per frame that carries it; a hole means: say hello and view again. */
export type HubMessage =
  | WelcomeMessage
  | DeltaMessage
  | NamesMessage
  | StatMessage
  | { readonly op: "reset"; readonly why: "epoch" | "gap" | "slow" };

export interface WelcomeMessage {
  readonly op: "welcome";
  readonly v: 1;
  readonly epoch: string;
  /** Most `d` frames a second. */
  readonly hz: number;
  /** The hub's clock, milliseconds since 1970 UTC. */
  readonly now: number;
  readonly maxRows: number;
  readonly build: string;
  /** The id of this hub from its configuration. */
  readonly hub: string;
}

/** Values of watched metric rows: everything once after a `view`, then what changed, merged. */
export interface DeltaMessage {
  readonly op: "d";
  readonly s: number;
  readonly g: number;
  /** The hub's clock when the frame was made. */
  readonly t: number;
  /**
   * Five entries a row: id, value, quality, source time − `t` in milliseconds (`null` when never heard), number of
   * changes merged into this one.
   */
  readonly u: readonly WireValue[];
}

/** The tree itself changed. The page asks `children` for what it shows; `cnt` carries counts of watched branches. */
export interface NamesMessage {
  readonly op: "n";
  readonly s: number;
  /** Rows under watched or top-level parents that are new or whose state, unit or type changed. */
  readonly add: readonly TreeRow[];
  /**
   * Five entries a row: id, metrics below, bad, not live, and its state: online (1), offline (0), last known (2), or −1
   * where it does not apply.
   */
  readonly cnt: readonly number[];
  /** Two entries a row of `cnt`: id, and how many metrics below are silent; left out: none was since the hub started. */
  readonly sil?: readonly number[];
}

/** Once a second: MQTT messages a second into the hub, rows shown to this page a second, event-loop lag, open pages. */
export interface StatMessage {
  readonly op: "stat";
  /** The hub's time, milliseconds since 1970 UTC: how late the line is shows also where no value changes. */
  readonly t?: number;
  readonly in: number;
  /** Values of all metrics that changed since the last one, or since this page paused, also those that it does not see. */
  readonly changes?: number;
  readonly shown: number;
  /** Milliseconds. */
  readonly lag: number;
  readonly clients: number;
}
