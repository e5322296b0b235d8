/** How an adapter and everything below it stands, as plain counters: for metrics, the diagnostic metrics of devices and people. */

import type { Durations } from "./durations.ts";

/** One TCP socket, serial port or OPC UA session. */
export type LinkState = "disabled" | "connecting" | "up" | "degraded" | "backoff";

export type DeviceState = "offline" | "birthing" | "online" | "stale" | "demoted" | "disabled";

/** A moment of one link. */
export interface LinkDiagnostics {
  readonly name: string;
  readonly state: LinkState;
  /** Milliseconds since 1970 UTC. */
  readonly since: number;
  /** Where it leads, e.g. `10.0.1.20:502`; never a secret. */
  readonly address: string;
  readonly lastError?: string;
  /** Whether the trace is on. */
  readonly isTracing: boolean;
  /** Since the start, by a name in snake_case, e.g. `crc_errors`. Only names that the adapter knows beforehand. */
  readonly counters: Readonly<Record<string, number>>;
  /** Left out where nothing is negotiated. */
  readonly agreements?: readonly LinkAgreement[];
}

/** What was asked of the other side for a part of a link, and what that granted. */
export interface LinkAgreement {
  /** What it is for, e.g. `group fast`; once per link. */
  readonly name: string;
  /** How many values it brings. */
  readonly values: number;
  readonly terms: readonly AgreedTerm[];
  /** Sentences: what of the configuration does not hold, because something else was granted. */
  readonly faults: readonly string[];
}

/** One figure of an agreement. */
export interface AgreedTerm {
  /** In snake_case, at its end the unit: `sampling_interval_ms`. Only names that the adapter knows beforehand. */
  readonly name: string;
  readonly asked: number;
  /** Where it is not the same for all values: what is furthest from what was asked. */
  readonly granted: number;
}

/** A moment of one device. Counters are since the start. */
export interface DeviceDiagnostics {
  readonly deviceId: string;
  /** The name of its link. */
  readonly link: string;
  readonly state: DeviceState;
  /** Milliseconds since 1970 UTC. */
  readonly since: number;
  readonly address: string;
  readonly lastError?: string;
  readonly isDemoted: boolean;
  readonly timeouts: number;
  readonly exceptions: number;
  /** Polls that were left out because the one before was still running. */
  readonly overruns: number;
  /** Samples that gave way to a later one of the same metric because the hub was slow. */
  readonly coalesced: number;
  readonly rttP50Ms?: number;
  readonly rttP99Ms?: number;
  /** From a request to its answer, since the start, by `ANSWER_BOUNDS`; left out where nothing is polled. */
  readonly answerTimes?: Durations;
  readonly requestsPerSecond: number;
  /** Answered, or given up, since the start; left out where nobody counts them. */
  readonly requests?: number;
  /** Groups that are read at an interval, the fastest first; left out where nothing is polled. */
  readonly cycles?: readonly PollCycle[];
  readonly tags: number;
  readonly badTags: number;
  /** How far the clock of the device is ahead of ours, when its timestamps are in use. */
  readonly clockSkewSeconds?: number;
}

/** A group that is read again and again. */
export interface PollCycle {
  readonly group: string;
  readonly everyMs: number;
  /** In a round, as they are asked now. */
  readonly requests: number;
  /** How long the last round took, the waiting for other requests of the link included; left out: none has ended yet. */
  readonly tookMs?: number;
}

/** A moment of an adapter. Survives the way to another thread. */
export interface AdapterDiagnostics {
  readonly links: readonly LinkDiagnostics[];
  readonly devices: readonly DeviceDiagnostics[];
}

/** Nothing is known. */
export const NO_DIAGNOSTICS: AdapterDiagnostics = { links: [], devices: [] };

/** One frame of a protocol trace. */
export interface TracedFrame {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly direction: "sent" | "received";
  /** The bytes, two digits each. */
  readonly hex: string;
  /** The decoded header in words. */
  readonly header: string;
  /** The tags behind it. */
  readonly tags: readonly string[];
}
