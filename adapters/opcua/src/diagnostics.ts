/** How the adapter stands, for metrics and for people. */
import type { AdapterDiagnostics, DeviceDiagnostics, LinkState } from "@unshub/adapter";
import type { LinkTap } from "./connect/link-tap.ts";
import type { OpcUaDevice } from "./device.ts";
import type { Recovery, RecoveryState } from "./recover/recovery.ts";
import { agreementsOf, type WatchedPart } from "./subscribe/agreements.ts";
import type { ItemWatch } from "./subscribe/item-watch.ts";
import { lackText } from "./subscribe/room.ts";
import type { SourceTime } from "./values/source-time.ts";

/** What is looked at. */
export interface DiagnosticsParts {
  readonly endpoint: string;
  readonly recovery: Recovery | undefined;
  readonly tap: LinkTap;
  readonly time: SourceTime;
  /** Events that were not told one by one. */
  readonly untoldEvents: number;
  /** What else than values is watched. */
  readonly watchedBeside: readonly WatchedPart[];
}

const LINK_STATES: Readonly<Record<RecoveryState, LinkState>> = {
  connected: "up",
  suspect: "degraded",
  reconnecting: "backoff",
  resyncing: "connecting",
  stopped: "disabled",
};

export function diagnosticsOf(
  parts: DiagnosticsParts,
  devices: readonly OpcUaDevice[],
): AdapterDiagnostics {
  const { endpoint, recovery, tap } = parts;
  const watch = recovery?.live?.watch;
  const lack = lackOf(watch);
  const lastError = lack ?? recovery?.lastError;
  const state = LINK_STATES[recovery?.state ?? "stopped"];
  const link = {
    name: endpoint,
    state: stateWith(lack, state),
    since: recovery?.since ?? 0,
    address: endpoint,
    isTracing: tap.isTracing,
    counters: countersOf(parts),
    agreements:
      watch === undefined ? [] : [...watch.agreements, ...agreementsOf(parts.watchedBeside)],
    ...(lastError !== undefined && { lastError }),
  };
  return { links: [link], devices: devices.map((device) => deviceDiagnostics(device, parts)) };
}

function stateWith(lack: string | undefined, state: LinkState): LinkState {
  return lack !== undefined && state === "up" ? "degraded" : state;
}

/** A link that is up, but without room for everything. */
function lackOf(watch: ItemWatch | undefined): string | undefined {
  if (watch?.lack === undefined) return undefined;
  return `${watch.lack}: ${watch.demoted} items are polled: ${lackText(watch.lack)}`;
}

function countersOf(parts: DiagnosticsParts): Readonly<Record<string, number>> {
  const { recovery, time, tap, untoldEvents } = parts;
  const values = recovery?.live?.values;
  const { requests, timeouts, faults } = tap.figures();
  return {
    ...recovery?.counters,
    values: values?.taken ?? 0,
    queue_overflow: values?.overflows ?? 0,
    implausible_times: time.implausible,
    events_untold: untoldEvents,
    requests,
    timeouts,
    service_faults: faults,
  };
}

/** The figures of requests are those of the link: all its devices share one session. */
export function deviceDiagnostics(
  device: OpcUaDevice,
  { endpoint, recovery, tap, time }: DiagnosticsParts,
): DeviceDiagnostics {
  // What went wrong before all was well again is the link's history, no trouble of the device.
  const lastError = device.state === "online" ? undefined : recovery?.lastError;
  const skew = time.skewSeconds;
  const { requests, timeouts, faults: exceptions, ...rates } = tap.figures();
  return {
    deviceId: device.id,
    link: endpoint,
    state: device.state,
    since: device.since,
    address: endpoint,
    isDemoted: false,
    requests,
    timeouts,
    exceptions,
    overruns: recovery?.live?.overruns ?? 0,
    coalesced: 0, // the hub counts it: nothing is kept back here
    ...rates,
    tags: device.table?.metrics.length ?? 0,
    badTags: device.table?.last.bad ?? 0,
    ...(lastError !== undefined && { lastError }),
    ...(skew !== undefined && { clockSkewSeconds: skew }),
  };
}
