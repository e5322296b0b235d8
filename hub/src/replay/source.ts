/** What a stream is made of: messages in an order, each with a time that is its own, read from any of them on. */
import type { Start } from "./asked.ts";

export interface StreamMessage {
  /** Microseconds since 1970 UTC; greater than that of every message before it. */
  readonly ts: number;
  readonly topic: string;
  /** What it is about; left out: its topic. */
  readonly key?: string | undefined;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  /** Whether it was retained; left out where nothing is known of it. */
  readonly retain?: boolean;
  /** As MQTT 5 has them, without `ts` and `key`. */
  readonly properties: Uint8Array;
  /** User properties besides. */
  readonly user?: readonly (readonly [name: string, value: string])[];
}

/** One reading of a source. */
export interface Cursor {
  /** The next messages that are wanted; empty: there are none now. Never asked twice at once. */
  read(): Promise<readonly StreamMessage[]>;
  /** Resolves when there may be more, or soon enough. */
  more(): Promise<void>;
}

/** What a log no longer has; microseconds since 1970 UTC. */
export interface Gap {
  readonly from: number;
  /** What comes next is there. */
  readonly to: number;
}

/** One reading by those who have to know what they did not get. */
export interface KeptCursor extends Cursor {
  /** All up to this time was read, wanted or not; `undefined`: nothing was read yet. */
  readonly readTo: number | undefined;
  /** What was deleted before it was read, once. */
  takeGap(): Gap | undefined;
}

/** A log of messages, for those who carry it elsewhere. */
export interface KeptStream {
  /** Resolves when what was kept before the start is known. */
  ready(): Promise<void>;
  /** From a time on: microseconds since 1970 UTC. `wants`: which topics are to be given. */
  open(from: number, wants: (topic: string) => boolean): KeptCursor;
  /** Goes up with every message that is written. */
  written(): number;
}

export interface Source {
  /** Why it cannot be read; `undefined`: it can. */
  fault(): string | undefined;
  /** `wants`: which topics are to be given. */
  open(from: Start, wants: (topic: string) => boolean): Cursor;
}
