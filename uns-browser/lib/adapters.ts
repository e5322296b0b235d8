/** Adapters with their links and devices, as the hub reports them. What is not as expected is left out. */
import { agreementsIn, type Agreement } from "./agreements.ts";
import { isRecord } from "./hub-request.ts";
import { listOf, numberOf, oneOf, textOf, type Json } from "./json-parts.ts";

const STATUSES = ["stopped", "starting", "running", "restarting"] as const;
const LINK_STATES = ["disabled", "connecting", "up", "degraded", "backoff"] as const;
const DEVICE_STATES = ["offline", "birthing", "online", "stale", "demoted", "disabled"] as const;

export type AdapterStatus = (typeof STATUSES)[number];
export type LinkState = (typeof LINK_STATES)[number];
export type DeviceState = (typeof DEVICE_STATES)[number];

/** Times are milliseconds since 1970 UTC, by the hub's clock. */
export interface AdapterLink {
  readonly name: string;
  readonly state: LinkState;
  readonly since: number;
  readonly address: string;
  readonly lastError: string | null;
  readonly isTracing: boolean;
  readonly counters: readonly (readonly [name: string, count: number])[];
  /** What was asked of the other side, and granted. */
  readonly agreements: readonly Agreement[];
}

export interface AdapterDevice {
  readonly id: string;
  readonly link: string;
  readonly state: DeviceState;
  readonly since: number;
  readonly address: string;
  readonly lastError: string | null;
  readonly timeouts: number;
  readonly exceptions: number;
  readonly overruns: number;
  readonly requestsPerSecond: number;
  readonly tags: number;
  readonly badTags: number;
  /** How fast it answers; `null`: it is not polled, or has not answered yet. */
  readonly usualMs: number | null;
  readonly slowMs: number | null;
  readonly clockSkewSeconds: number | null;
  /** Answered, or given up, since the adapter started; `null`: nobody counts them. */
  readonly requests: number | null;
  /** Groups that are read at an interval, the fastest first. */
  readonly cycles: readonly PollCycle[];
}

export interface PollCycle {
  readonly group: string;
  readonly everyMs: number;
  /** In a round. */
  readonly requests: number;
  /** The last round; `null`: none has ended yet. */
  readonly tookMs: number | null;
}

/** How many of all requests were not answered as they should be, 0 to 1; `null`: nobody knows, or there was none. */
export function errorShare({ timeouts, exceptions, requests }: AdapterDevice): number | null {
  return requests === null || requests === 0 ? null : (timeouts + exceptions) / requests;
}

export interface Adapter {
  readonly name: string;
  readonly protocol: string;
  /** As in the tree. */
  readonly group: string;
  readonly edgeNode: string;
  readonly status: AdapterStatus;
  readonly since: number;
  readonly restarts: number;
  /** Why its thread ended the last time. */
  readonly lastEnd: string | null;
  /** The hub cannot take in what it says as fast as it says it. */
  readonly isSlow: boolean;
  /** Who stopped it, when and why; `null`: it shall run. */
  readonly stopped: StoppedAdapter | null;
  readonly links: readonly AdapterLink[];
  readonly devices: readonly AdapterDevice[];
}

export interface StoppedAdapter {
  /** `null`: the file does not say. */
  readonly by: string | null;
  /** Milliseconds since 1970 UTC; `null`: likewise. */
  readonly at: number | null;
  readonly because: string | null;
}

export interface Adapters {
  readonly adapters: readonly Adapter[];
  /** When the hub said so. */
  readonly now: number;
}

export function parseAdapters(value: unknown): Adapters | null {
  if (!isRecord(value) || !Array.isArray(value["adapters"])) return null;
  const adapters = listOf(value["adapters"]).flatMap((json) => adapterIn(json) ?? []);
  return { adapters, now: numberOf(value["now"]) ?? Number.NaN };
}

function adapterIn(json: Json): Adapter | null {
  const status = oneOf(STATUSES, json["status"]);
  const name = textOf(json["name"]);
  if (status === null || name === null) return null;
  return {
    name,
    protocol: textOf(json["protocol"]) ?? "",
    group: textOf(json["groupId"]) ?? "",
    edgeNode: textOf(json["edgeNodeId"]) ?? "",
    status,
    since: timeOf(json["since"]),
    restarts: numberOf(json["restarts"]) ?? 0,
    lastEnd: textOf(json["lastEnd"]),
    isSlow: json["isSlow"] === true,
    stopped: isRecord(json["stopped"]) ? stoppedIn(json["stopped"]) : null,
    links: listOf(json["links"]).flatMap((link) => linkIn(link) ?? []),
    devices: listOf(json["devices"]).flatMap((device) => deviceIn(device) ?? []),
  };
}

function stoppedIn(json: Json): StoppedAdapter {
  return {
    by: textOf(json["by"]),
    at: numberOf(json["at"]),
    because: textOf(json["because"]),
  };
}

function linkIn(json: Json): AdapterLink | null {
  const state = oneOf(LINK_STATES, json["state"]);
  const name = textOf(json["name"]);
  if (state === null || name === null) return null;
  const { counters } = json;
  return {
    name,
    state,
    since: timeOf(json["since"]),
    address: textOf(json["address"]) ?? "",
    lastError: textOf(json["lastError"]),
    isTracing: json["isTracing"] === true,
    counters: isRecord(counters)
      ? Object.entries(counters).flatMap(([key, count]) =>
          typeof count === "number" ? [[key, count] as const] : [],
        )
      : [],
    agreements: agreementsIn(json["agreements"]),
  };
}

function deviceIn(json: Json): AdapterDevice | null {
  const state = oneOf(DEVICE_STATES, json["state"]);
  const id = textOf(json["deviceId"]);
  if (state === null || id === null) return null;
  return {
    id,
    link: textOf(json["link"]) ?? "",
    state,
    since: timeOf(json["since"]),
    address: textOf(json["address"]) ?? "",
    lastError: textOf(json["lastError"]),
    timeouts: numberOf(json["timeouts"]) ?? 0,
    exceptions: numberOf(json["exceptions"]) ?? 0,
    overruns: numberOf(json["overruns"]) ?? 0,
    requestsPerSecond: numberOf(json["requestsPerSecond"]) ?? 0,
    tags: numberOf(json["tags"]) ?? 0,
    badTags: numberOf(json["badTags"]) ?? 0,
    usualMs: numberOf(json["rttP50Ms"]),
    slowMs: numberOf(json["rttP99Ms"]),
    clockSkewSeconds: numberOf(json["clockSkewSeconds"]),
    requests: numberOf(json["requests"]),
    cycles: listOf(json["cycles"]).flatMap((cycle) => {
      const everyMs = numberOf(cycle["everyMs"]);
      if (everyMs === null) return [];
      return [
        {
          group: textOf(cycle["group"]) ?? "",
          everyMs,
          requests: numberOf(cycle["requests"]) ?? 0,
          tookMs: numberOf(cycle["tookMs"]),
        },
      ];
    }),
  };
}

/** How bad a state is, for its colour: `good` is not coloured. */
export type Weight = "good" | "busy" | "stale" | "bad" | "off";

const DEVICE_WEIGHTS: Readonly<Record<DeviceState, Weight>> = {
  online: "good",
  birthing: "busy",
  stale: "stale",
  demoted: "bad",
  offline: "bad",
  disabled: "off",
};
const LINK_WEIGHTS: Readonly<Record<LinkState, Weight>> = {
  up: "good",
  connecting: "busy",
  degraded: "stale",
  backoff: "bad",
  disabled: "off",
};
const STATUS_WEIGHTS: Readonly<Record<AdapterStatus, Weight>> = {
  running: "good",
  starting: "busy",
  restarting: "bad",
  stopped: "off",
};

export function deviceWeight({ state, badTags }: AdapterDevice): Weight {
  return state === "online" && badTags > 0 ? "stale" : DEVICE_WEIGHTS[state];
}

export function linkWeight({ state }: AdapterLink): Weight {
  return LINK_WEIGHTS[state];
}

export function statusWeight({ status, isSlow }: Adapter): Weight {
  return status === "running" && isSlow ? "stale" : STATUS_WEIGHTS[status];
}

/** Adapters and devices with a text in what one can read of them. */
export function fittingAdapters(
  adapters: readonly Adapter[],
  { text, onlyTrouble }: { readonly text: string; readonly onlyTrouble: boolean },
): readonly Adapter[] {
  const wanted = text.trim().toLowerCase();
  return adapters.flatMap((adapter) => {
    const { name, protocol, group, edgeNode } = adapter;
    const isAll = `${name}\n${protocol}\n${group}/${edgeNode}`.toLowerCase().includes(wanted);
    const devices = adapter.devices.filter((device) => {
      const { id, address, lastError } = device;
      const isFound =
        isAll || `${id}\n${address}\n${lastError ?? ""}`.toLowerCase().includes(wanted);
      return isFound && (!onlyTrouble || ["bad", "stale"].includes(deviceWeight(device)));
    });
    const isBroken = adapter.status === "restarting";
    const isShown = devices.length > 0 || (isAll && (!onlyTrouble || isBroken));
    return isShown ? [{ ...adapter, devices }] : [];
  });
}

function timeOf(value: unknown): number {
  return Date.parse(textOf(value) ?? "");
}
