/** What the tree hands to one who keeps every value, not only the last one. */
import type { MetricValue } from "@unshub/sparkplug";
import type { OwnReason, TreeQuality } from "./quality.ts";

/**
 * Who keeps every value, not only the last one. Called in the middle of a message, before the tree changes: note it, do
 * the work later. Times are milliseconds since 1970 UTC.
 */
export interface ValueRecorder {
  /** A good number. */
  number(id: number, value: number, timestamp: number, receivedAt: number): void;
  /** A good truth value, as 0 or 1. */
  truth(id: number, value: number, timestamp: number, receivedAt: number): void;
  reading(id: number, reading: TreeReading): void;
  /** A value of the past, which the tree does not show. */
  past(id: number, reading: TreeReading): void;
  /** Value and times stay, what they are worth does not. `at`: by the clock of its edge node. */
  downgraded(id: number, quality: TreeQuality, reason: OwnReason, at: number): void;
  lost(nodeRow: number, loss: Loss): void;
}

/** Messages of an edge node that never came. Times by the hub's clock; `from` is 0 when it was not heard before. */
export interface Loss {
  /** How many, as far as it is known. */
  readonly messages: number;
  readonly from: number;
  readonly to: number;
}

/** What a message says of one metric. */
export interface TreeReading {
  readonly value: MetricValue;
  readonly quality: TreeQuality;
  readonly reason: string | undefined;
  readonly timestamp: number;
  readonly receivedAt: number;
  /** Of a birth, which also says again what was known: when it was sent, by the clock of its edge node. */
  readonly bornAt?: number;
}
