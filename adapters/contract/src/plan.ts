/** What an adapter would do with a configuration: printed by `unshub check`, computed without opening anything. */
import type { Datatype } from "@unshub/sparkplug";
import type { ConfigProblem } from "./config.ts";

/** One request that serves many tags, or one subscription. */
export interface PlannedRequest {
  /** In the protocol's words, e.g. `FC3 hr:100..220`. */
  readonly what: string;
  /** How the configuration writes the first and last address, where that is otherwise: `400101..400221`. */
  readonly written?: string;
  /** One of several requests for one value, `1 of 3`: its parts may be of different moments. */
  readonly part?: string;
  readonly group: string;
  /** Left out when it is asked on demand only. */
  readonly intervalMs?: number;
  readonly tags: number;
  /** Bytes of answer, and how many of them no tag asked for. */
  readonly bytes?: number;
  readonly unusedBytes?: number;
  /** Request and answer on the wire, in milliseconds; of serial links. */
  readonly wireMs?: number;
}

export interface PlannedDevice {
  readonly deviceId: string;
  readonly tags: number;
  readonly requests: readonly PlannedRequest[];
}

export interface PlannedLink {
  readonly name: string;
  readonly address: string;
  readonly requestsPerSecond: number;
  /** How busy the bus will be, 0 to 1 and above; of serial links. */
  readonly busLoad?: number;
  readonly devices: readonly PlannedDevice[];
}

/** Somebody on the other side of a link whom one entry alone should ask. */
export interface PlannedPeer {
  /** E.g. `10.0.1.20:502`, or `unit 1 at 10.0.1.20:502`. */
  readonly name: string;
  /** What it costs when several entries have it, as a sentence. */
  readonly because: string;
  /** Where the entry names it. */
  readonly path: ConfigProblem["path"];
  /** So many times it may be named; left out: once. */
  readonly most?: number;
}

/** A device as it will be born, as far as the configuration tells. */
export interface PlannedBirth {
  readonly deviceId: string;
  readonly metrics: readonly {
    readonly name: string;
    /** Left out where only the device knows it. */
    readonly datatype?: Datatype;
  }[];
  /** A running device is born anew when this differs. Only compared; it may hold secrets. */
  readonly basis: unknown;
  /** Likewise, its connection is closed and opened. */
  readonly link: unknown;
}

/** The whole plan, and what is allowed but probably not meant. */
export interface AdapterPlan {
  readonly links: readonly PlannedLink[];
  readonly warnings: readonly ConfigProblem[];
  /** What can never work as it is asked for, e.g. more than a line can carry. */
  readonly problems?: readonly ConfigProblem[];
}
