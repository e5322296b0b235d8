/** An adapter that somebody has stopped: what is said of it, and of the devices that it would ask. */
import {
  NO_DIAGNOSTICS,
  type AdapterDiagnostics,
  type AdapterPlan,
  type DeviceDiagnostics,
} from "@unshub/adapter";
import type { AdapterEntry, StoppedAdapter } from "../config/index.ts";
import { describeAdapter } from "./load.ts";

/** By the entry: it is asked for every few seconds, and a large one takes its time to be read. */
const KEPT = new WeakMap<AdapterEntry, Promise<AdapterDiagnostics>>();

/** `stopped by olga: the press is being rebuilt` */
export function stoppedWords({ by, because }: StoppedAdapter): string {
  if (by === undefined) return "stopped by its configuration";
  return because === undefined ? `stopped by ${by}` : `stopped by ${by}: ${because}`;
}

/** Its links and devices, as its entry names them; none where the entry does not say. Never rejects. */
export async function stoppedDiagnostics(entry: AdapterEntry): Promise<AdapterDiagnostics> {
  const known = KEPT.get(entry) ?? read(entry);
  KEPT.set(entry, known);
  return await known;
}

async function read(entry: AdapterEntry): Promise<AdapterDiagnostics> {
  const plan = await describeAdapter(entry.protocol, entry.input, entry).catch(() => undefined); // its files are gone
  return plan === undefined ? NO_DIAGNOSTICS : shown(plan, entry.stopped);
}

function shown({ links }: AdapterPlan, stopped: StoppedAdapter | undefined): AdapterDiagnostics {
  const since = stopped?.at ?? 0;
  const lastError = stopped === undefined ? "stopped" : stoppedWords(stopped);
  return {
    links: links.map(({ name, address }) => ({
      name,
      address,
      state: "disabled",
      since,
      lastError,
      isTracing: false,
      counters: {},
    })),
    devices: links.flatMap(({ name: link, address, devices }) =>
      devices.map(({ deviceId, tags }): DeviceDiagnostics => ({
        ...AT_REST,
        deviceId,
        link,
        address,
        since,
        lastError,
        tags,
      })),
    ),
  };
}

const AT_REST = {
  state: "disabled",
  isDemoted: false,
  timeouts: 0,
  exceptions: 0,
  overruns: 0,
  coalesced: 0,
  requestsPerSecond: 0,
  badTags: 0,
} as const;
