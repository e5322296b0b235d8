/** How the adapter stands, for metrics and for people. */
import type { AdapterDiagnostics, DeviceDiagnostics, LinkState } from "@unshub/adapter";
import type { OpcUaDevice } from "./device.ts";
import type { Recovery, RecoveryState } from "./recover/recovery.ts";
import type { SourceTime } from "./values/source-time.ts";

/** What is looked at. */
export interface DiagnosticsParts {
  readonly endpoint: string;
  readonly recovery: Recovery | undefined;
  readonly devices: readonly OpcUaDevice[];
  readonly time: SourceTime;
}

const LINK_STATES: Readonly<Record<RecoveryState, LinkState>> = {
  connected: "up",
  suspect: "degraded",
  reconnecting: "backoff",
  resyncing: "connecting",
  stopped: "disabled",
};

export function diagnosticsOf(parts: DiagnosticsParts): AdapterDiagnostics {
  const { endpoint, recovery, devices } = parts;
  const lastError = recovery?.lastError;
  const link = {
    name: endpoint,
    state: LINK_STATES[recovery?.state ?? "stopped"],
    since: recovery?.since ?? 0,
    address: endpoint,
    isTracing: false,
    counters: countersOf(parts),
    ...(lastError !== undefined && { lastError }),
  };
  return { links: [link], devices: devices.map((device) => deviceOf(device, parts)) };
}

function countersOf({ recovery, time }: DiagnosticsParts): Readonly<Record<string, number>> {
  const values = recovery?.live?.values;
  return {
    ...recovery?.counters,
    values: values?.taken ?? 0,
    queue_overflow: values?.overflows ?? 0,
    implausible_times: time.implausible,
  };
}

function deviceOf(
  device: OpcUaDevice,
  { endpoint, recovery, time }: DiagnosticsParts,
): DeviceDiagnostics {
  const lastError = recovery?.lastError;
  const skew = time.skewSeconds;
  return {
    deviceId: device.id,
    link: endpoint,
    state: device.state,
    since: device.since,
    address: endpoint,
    isDemoted: false,
    timeouts: 0,
    exceptions: 0,
    overruns: recovery?.live?.overruns ?? 0,
    coalesced: 0,
    requestsPerSecond: 0,
    tags: device.table?.metrics.length ?? 0,
    badTags: device.table?.last.bad ?? 0,
    ...(lastError !== undefined && { lastError }),
    ...(skew !== undefined && { clockSkewSeconds: skew }),
  };
}
