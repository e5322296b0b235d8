/** How an adapter stands, for those who ask from outside. */
import type { AdapterDiagnostics } from "@unshub/adapter";
import type { StoppedAdapter } from "../config/index.ts";

/** `starting`: its thread is there, it does not yet run. `restarting`: its thread ended and will be started again. */
export type AdapterStatus = "stopped" | "starting" | "running" | "restarting";

export interface AdapterState {
  readonly name: string;
  readonly protocol: string;
  readonly groupId: string;
  readonly edgeNodeId: string;
  readonly status: AdapterStatus;
  /** Milliseconds since 1970 UTC. */
  readonly since: number;
  /** How often its thread was started again because it had ended. */
  readonly restarts: number;
  /** Why it ended the last time. */
  readonly lastEnd: string | undefined;
  /** Whether the edge node has to hold back what the adapter says. */
  readonly isSlow: boolean;
  readonly onlineDevices: readonly string[];
  /** Somebody has stopped it; `undefined`: it shall run. */
  readonly stopped: StoppedAdapter | undefined;
}

/** As `AdapterState`, with what the adapter tells of its links and devices. */
export interface AdapterReport extends AdapterState {
  readonly diagnostics: AdapterDiagnostics;
}
