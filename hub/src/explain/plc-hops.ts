/** The first two hops: the PLC and the adapter that reads it. Of nodes that are not ours only what they said is known. */
import type { AdapterAccount, DeviceAccount } from "../supervisor/index.ts";
import { REASONS } from "../tree/index.ts";
import type { Facts } from "./facts.ts";
import { evidenceOf, timeOf, type Evidence, type Hop } from "./hop.ts";
import { clientName, nodeName } from "./words.ts";

/** More restarts than this are no accident. */
const MANY_RESTARTS = 2;
/** Devices that are listed. */
const MOST_DEVICES = 10;

type Found = Omit<Hop, "hop" | "evidence">;

export function plcHop(facts: Facts): Hop {
  return saidByItsSource(facts) ?? (facts.adapter === undefined ? foreign(facts) : own(facts));
}

/** The path works, and what comes over it says that the value is no good. */
function saidByItsSource({ metric, member, isBorn, deviceId }: Facts): Hop | undefined {
  if (metric === undefined || member?.state !== "online" || !isBorn) return undefined;
  const { quality, reason, timestamp } = metric;
  if (quality !== "bad" && quality !== "stale" && quality !== "uncertain") return undefined;
  if (isByHub(reason)) return undefined;
  const source = deviceId === undefined ? "Its edge node" : `Device ${deviceId}`;
  return {
    hop: "PLC",
    status: quality === "uncertain" ? "suspect" : "broken",
    since: timestamp,
    says: `${source} itself calls the value ${quality}${reason === undefined ? "" : `: ${reason}`}.`,
    evidence: evidenceOf({ quality, reason, "device time": timeOf(timestamp) }),
    todo: "Look at the sensor, its wiring and the address of this metric; the way from there to the hub works.",
  };
}

/** Whether the hub itself, not the source, thinks no better of the value. */
function isByHub(reason: string | undefined): boolean {
  return reason !== undefined && REASONS.some((one) => one === reason);
}

function own({ kind, adapter, device, deviceId }: Facts): Hop {
  const hop = { hop: "PLC", evidence: deviceEvidence(device) } as const;
  if (adapter?.state === "stopped") {
    const says = "Nobody asks the PLC: its adapter is stopped.";
    return { ...hop, status: "unknown", says };
  }
  if (adapter?.state === "ended" || adapter?.state === "waiting") {
    const says = "Whether the PLC answers is not known while its adapter does not run.";
    return { ...hop, status: "unknown", says };
  }
  if (kind === "edgeNode") return { ...hop, ...ofAll(adapter?.devices ?? []) };
  if (deviceId === undefined) {
    const says = "This belongs to the edge node itself; there is no PLC behind it.";
    return { ...hop, status: "ok", says };
  }
  return { ...hop, ...ofDevice(deviceId, device) };
}

function deviceEvidence(device: DeviceAccount | undefined): readonly Evidence[] {
  if (device === undefined) return [];
  const { lastError, deaths } = device;
  return evidenceOf({ "last error": lastError, deaths: deaths === 0 ? undefined : deaths });
}

/** Of an edge node: how its devices are. */
function ofAll(devices: readonly DeviceAccount[]): Found {
  const dead = devices.filter(({ state }) => state !== "alive");
  const [first] = dead;
  if (first === undefined) {
    return { status: "ok", says: `All its devices answer (${devices.length}).` };
  }
  const { says, ...found } = ofDevice(first.deviceId, first);
  if (devices.length === 1) return { ...found, says };
  const more = `${dead.length} of ${devices.length} devices do not answer`;
  return { ...found, says: `${more}; the first: ${says}` };
}

function ofDevice(deviceId: string, device: DeviceAccount | undefined): Found {
  if (device === undefined) {
    const says = `The adapter has not heard ${deviceId} yet, and has not said why.`;
    const todo = `Look whether ${deviceId} is still in the configuration, and at its address there.`;
    return { status: "suspect", says, todo };
  }
  const { state, since, lastError } = device;
  if (state === "alive") return { status: "ok", since, says: `${deviceId} answers.` };
  return {
    status: "broken",
    since,
    says: silence(deviceId, lastError),
    todo: "Look whether the PLC has power and its address can be reached from here (ping, cable, firewall); the adapter tries again by itself.",
  };
}

/** Errors of adapters mostly begin with the device. */
function silence(deviceId: string, lastError: string | undefined): string {
  if (lastError === undefined) return `${deviceId} does not answer.`;
  return lastError.startsWith(deviceId)
    ? `No answer of ${lastError}.`
    : `${deviceId} does not answer: ${lastError}.`;
}

/** Only what the edge node said of its devices is known. */
function foreign(facts: Facts): Hop {
  const { kind, session } = facts;
  const dead = session?.node.state === "online" ? session.dead : [];
  const evidence = evidenceOf({
    "devices not online": dead.length === 0 ? undefined : dead.slice(0, MOST_DEVICES).join(", "),
  });
  const found = kind === "edgeNode" ? someDead(facts, dead.length) : saidToBeDead(facts);
  const says = `Not ours: only the ${nodeName(facts)} knows the PLC behind it.`;
  return { hop: "PLC", evidence, ...(found ?? { status: "unknown", says }) };
}

function someDead(facts: Facts, count: number): Found | undefined {
  if (count === 0) return undefined;
  return {
    status: "suspect",
    says: `The ${nodeName(facts)} lives, and ${count} of its devices are dead or not born again.`,
    todo: `Ask for one of them: unshub explain ${facts.groupId}/${facts.edgeNodeId}/DEVICE.`,
  };
}

function saidToBeDead(facts: Facts): Found | undefined {
  const { deviceId, session, report } = facts;
  const device = session?.device;
  if (session?.node.state !== "online" || device?.because !== "device died") return undefined;
  if (device.state === "online") return undefined;
  const who = report?.link === undefined ? "" : `, which is ${clientName(report.link)},`;
  return {
    status: "broken",
    since: device.since,
    says: `The ${nodeName(facts)} said that its device ${deviceId} died (DDEATH).`,
    todo: `Ask the gateway${who} why it lost the device: its log, the PLC's power and network.`,
  };
}

export function adapterHop(facts: Facts): Hop {
  const { adapter, report } = facts;
  if (adapter !== undefined) return ofOurs(adapter);
  const link = report?.link;
  const last = link === undefined ? "nothing is known of it" : `last seen as ${clientName(link)}`;
  const says = `Not ours: the ${nodeName(facts)} runs elsewhere; ${last}.`;
  return { hop: "adapter", status: "unknown", says, evidence: [] };
}

function ofOurs({ adapter, protocol, state, since, lastError, restarts }: AdapterAccount): Hop {
  const name = `Adapter ${adapter} (${protocol})`;
  const evidence = evidenceOf({
    restarts: restarts === 0 ? undefined : restarts,
    "last error": lastError,
  });
  const why = lastError === undefined ? "" : `: ${lastError}`;
  const hop = { hop: "adapter", since, evidence } as const;
  switch (state) {
    case "running": {
      if (restarts <= MANY_RESTARTS) return { ...hop, status: "ok", says: `${name} runs.` };
      const says = `${name} runs, after ${restarts} restarts${why}.`;
      return { ...hop, status: "suspect", says, todo: LOOK_INTO_LOG };
    }
    case "stopped":
      return {
        ...hop,
        status: "broken",
        says: `${name} is stopped${why}.`,
        todo: `Start it again on the page of adapters, or with unshub adapters start ${adapter}.`,
      };
    case "waiting":
      return {
        ...hop,
        status: "suspect",
        says: `${name} waits for its PLCs to start.`,
        todo: WAIT,
      };
    case "starting":
      if (restarts === 0) {
        return { ...hop, status: "suspect", says: `${name} is starting.`, todo: WAIT };
      }
      return {
        ...hop,
        status: "broken",
        says: `${name} is being started again after its thread ended${why}.`,
        todo: LOOK_INTO_LOG,
      };
    case "ended":
      return {
        ...hop,
        status: "broken",
        says: `The thread of ${name.toLowerCase()} has ended${why}.`,
        todo: LOOK_INTO_LOG,
      };
  }
}

const WAIT = "Wait a few seconds and ask again.";
const LOOK_INTO_LOG =
  "It is started again by itself; read the hub's log around this time, check its entry with unshub check, and report the error if it comes again.";
