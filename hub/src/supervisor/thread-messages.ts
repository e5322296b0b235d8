/** What the hub and an adapter's thread say to each other. Everything here survives the structured clone. */
import type { WriteCommand, WriteResult } from "@unshub/adapter";
import type { BornMetric, MetricReading, SampleBatch } from "@unshub/sparkplug";

/** What a thread is started with. */
export interface ThreadStart {
  readonly protocol: string;
  /** The adapter's part of the configuration, as written. */
  readonly input: unknown;
  /** A folder of this adapter's own. */
  readonly dataDir: string;
}

export type ToThread =
  | {
      readonly kind: "write";
      readonly id: number;
      readonly commands: readonly WriteCommand[];
    }
  | { readonly kind: "stop" };

export type FromThread =
  | { readonly kind: "started" }
  | { readonly kind: "startFailed"; readonly message: string }
  /** The thread's event loop turns. */
  | { readonly kind: "alive" }
  | { readonly kind: "born"; readonly deviceId: string; readonly metrics: readonly BornMetric[] }
  | {
      readonly kind: "changed";
      readonly deviceId: string;
      readonly readings: readonly MetricReading[];
    }
  | { readonly kind: "samples"; readonly deviceId: string; readonly batch: SampleBatch }
  | { readonly kind: "died"; readonly deviceId: string; readonly message: string }
  | { readonly kind: "written"; readonly id: number; readonly results: readonly WriteResult[] }
  | {
      readonly kind: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly fields: object;
      readonly message: string;
    }
  | { readonly kind: "stopped" };
