/** What an edge node is made of, what it asks of its owner and what it tells. */
import type { MetricValue, Template } from "./metric.ts";
import type { ReadingStore } from "./edge-node-store.ts";
import type { AnnouncedMetric } from "./reading.ts";
import type { Clock } from "./session-clock.ts";
import type { Transport } from "./transport.ts";

/** One metric of a device that somebody asked to be written. */
export interface WriteCommand {
  readonly deviceId: string;
  readonly metric: string;
  readonly value: MetricValue;
  /** When it was asked, by the sender's clock, in milliseconds UTC; left out when it does not say. */
  readonly timestamp?: number;
}

/** One of the edge node's own metrics that somebody asked to be written. */
export interface NodeWrite {
  readonly metric: string;
  readonly value: MetricValue;
}

/** A template definition. Its name is what instances refer to. */
export interface TemplateDefinition {
  readonly name: string;
  /** With `isDefinition` true, all members and all parameters; the values are defaults. */
  readonly template: Template;
}

/** What an edge node says of itself, beside `bdSeq` and `Node Control/Rebirth`. */
export interface OwnMetrics {
  readonly metrics?: readonly AnnouncedMetric[] | undefined;
  /** All definitions that the node or any of its devices uses. */
  readonly templates?: readonly TemplateDefinition[] | undefined;
}

/** What happened that nobody has to act on at once, but somebody may want to know. */
export type EdgeNodeEvent =
  /** Births went out again. */
  | {
      readonly kind: "reborn";
      readonly because: "asked" | "own death seen" | "queue was full" | "redefined";
    }
  /**
   * Live readings were not sent one by one; the births that follow carry the last ones. `kept` ones are in the store
   * and will be sent as historical values.
   */
  | {
      readonly kind: "skipped";
      readonly because: SkipCause;
      readonly readings: number;
      readonly kept: boolean;
    }
  /** Readings for later were lost. */
  | {
      readonly kind: "lost";
      readonly because: "store full" | "metric no longer born";
      readonly deviceId: string | undefined;
      readonly readings: number;
    }
  /** A metric that cannot be announced or a value that cannot be sent as it is. */
  | {
      readonly kind: "refused";
      readonly deviceId: string | undefined;
      readonly metric: string;
      readonly because: string;
    }
  /** Names or ids that some hosts cannot tell apart. */
  | {
      readonly kind: "differOnlyInCase";
      readonly deviceId: string | undefined;
      readonly names: readonly [string, string];
    };

/** Why live readings were not sent one by one. */
export type SkipCause = "queue full" | "rebirth" | "connection lost" | "leaving";

/** What an edge node is made of. Who wants a connection with it takes `EdgeNodeSession`. */
export interface EdgeNodeOptions extends OwnMetrics {
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly transport: Transport;
  /** The `bdSeq` of the last CONNECT, kept across restarts; `undefined` when there was none. */
  readonly lastBdSeq: number | undefined;
  /** Keeps a `bdSeq` before it is used. */
  saveBdSeq(bdSeq: number): void;
  readonly clock: Clock;
  /** A DCMD that names a writable metric of a living device with a value that fits. */
  onWrite(command: WriteCommand): void;
  /** All writes of one DCMD, in its order; when it is here, `onWrite` is not called. */
  onCommand?(writes: readonly WriteCommand[]): void;
  /** As `onWrite`, for the edge node's own metrics. Left out: they are not writable. */
  onNodeWrite?(write: NodeWrite): void;
  /** A command that was not carried out, and why; also anything undecodable. */
  onRefused(topic: string, because: string): void;
  onEvent?(event: EdgeNodeEvent): void;
  /** What is said now need not wait: the transport has room again, or there is no session. Told each time it may be so. */
  onReady?(): void;
  /** Where readings wait while nobody hears them; left out, only the last ones are told, by the next births. */
  readonly store?: ReadingStore;
  /** `dealt` (default): data goes by alias; `none`: by name. */
  readonly aliases?: "dealt" | "none";
  /** Between two rebirths that others bring about, by asking or by a death in our name. Default 2000. */
  readonly rebirthDebounceMs?: number;
  /** How many messages may wait while the transport is full. Default 1000. */
  readonly queueLimit?: number;
}
