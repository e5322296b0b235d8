/** What the hub and an adapter's thread say to each other. Everything here survives the structured clone. */
import type {
  AdapterDiagnostics,
  ConfigPlace,
  DeviceEvent,
  Logger,
  LookAnswer,
  LookQuestion,
  PlannedBirth,
  ReloadReport,
  TracedFrame,
  WriteCommand,
  WriteResult,
} from "@unshub/adapter";
import type { BornMetric, MetricReading, TemplateDefinition } from "@unshub/sparkplug";
import type { SentPacket } from "./sample-packet.ts";

/** What a thread is started with. */
export interface ThreadStart {
  readonly protocol: string;
  /** The adapter's part of the configuration, as written. */
  readonly input: unknown;
  /** Where the configuration stands. */
  readonly place: ConfigPlace;
  /** A folder of this adapter's own. */
  readonly dataDir: string;
  /** A folder that all adapters of the protocol share. */
  readonly sharedDir: string;
  /** What the thread may keep in memory, in MiB. */
  readonly memoryMb: number;
}

/** What the hub asks of an adapter; each gets one answer. */
export type Question =
  | { readonly kind: "write"; readonly commands: readonly WriteCommand[] }
  /** `input`: the new part of the configuration, as written. */
  | { readonly kind: "reload"; readonly input: unknown }
  /** What `reload` with the same would do; the files that it names are read as they are now. Changes nothing. */
  | { readonly kind: "plan"; readonly input: unknown }
  | { readonly kind: "rescan"; readonly deviceId: string | undefined }
  | { readonly kind: "diagnostics" }
  | { readonly kind: "look"; readonly look: LookQuestion }
  | { readonly kind: "trace"; readonly link: string }
  | { readonly kind: "setTrace"; readonly link: string; readonly isOn: boolean };

export type Answer =
  | { readonly kind: "write"; readonly results: readonly WriteResult[] }
  /** `undefined`: the adapter has to be started anew. */
  | {
      readonly kind: "reload";
      readonly report: ReloadReport | undefined;
      readonly devices: DevicesOf;
    }
  | { readonly kind: "plan"; readonly plan: ReloadPlan }
  | { readonly kind: "rescan" }
  | { readonly kind: "diagnostics"; readonly diagnostics: AdapterDiagnostics }
  | { readonly kind: "look"; readonly found: LookAnswer }
  /** `undefined`: no such link, or an adapter without traces. */
  | { readonly kind: "trace"; readonly frames: readonly TracedFrame[] | undefined }
  | { readonly kind: "setTrace"; readonly isKnown: boolean }
  /** It cannot be done; a sentence. */
  | { readonly kind: "failed"; readonly because: string };

/** All that the configuration of an adapter names; `undefined`: some are only found by asking. */
type DevicesOf = readonly string[] | undefined;

/** A device with its metrics, as far as a configuration tells. */
export type DeviceBirth = Pick<PlannedBirth, "deviceId" | "metrics">;

export interface ReloadPlan {
  /** As the adapter runs. */
  readonly before: readonly DeviceBirth[];
  readonly after: readonly DeviceBirth[];
  /** Devices that are there before and after, and are born anew. */
  readonly reborn: readonly string[];
  /** Likewise, whose connection is closed and opened. */
  readonly reconnected: readonly string[];
}

export type ToThread =
  | { readonly kind: "ask"; readonly id: number; readonly question: Question }
  /** A packet was taken; its memory comes back. */
  | { readonly kind: "taken"; readonly memory: ArrayBuffer }
  | { readonly kind: "stop"; readonly deadlineMs: number };

export type FromThread =
  | { readonly kind: "started"; readonly devices: DevicesOf }
  | { readonly kind: "startFailed"; readonly message: string }
  /** The thread's event loop turns. `externalBytes`: what it keeps outside of its heap, in buffers. */
  | { readonly kind: "alive"; readonly externalBytes: number }
  | { readonly kind: "born"; readonly deviceId: string; readonly metrics: readonly BornMetric[] }
  | {
      readonly kind: "changed";
      readonly deviceId: string;
      readonly readings: readonly MetricReading[];
    }
  | { readonly kind: "samples"; readonly packet: SentPacket }
  | { readonly kind: "defined"; readonly templates: readonly TemplateDefinition[] }
  | { readonly kind: "happened"; readonly deviceId: string; readonly event: DeviceEvent }
  | { readonly kind: "died"; readonly deviceId: string; readonly message: string }
  | { readonly kind: "answer"; readonly id: number; readonly answer: Answer }
  | {
      readonly kind: "log";
      readonly level: keyof Logger;
      readonly fields: object;
      readonly message: string;
    }
  | { readonly kind: "stopped" };
