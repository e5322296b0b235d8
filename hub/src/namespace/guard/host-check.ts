/** STATE as a client publishes it. Judges, changes nothing. STATE is JSON and never read as protobuf. */
import { readState, SparkplugError, stateTopic, type HostState as State } from "@unshub/sparkplug";
import type { MqttMessage } from "../../broker/index.ts";
import { whoIs, type ClientState } from "./client-state.ts";
import type { Faults } from "./faults.ts";
import { readsEdgeNodes } from "./filter.ts";
import { timeFault } from "./head-check.ts";
import { otherHost, type HostState } from "./host-state.ts";

/** What a STATE message says; `undefined` when it cannot be read, which is a fault. */
export function readSaid(
  { payload }: Pick<MqttMessage, "payload">,
  faults: Faults,
): State | undefined {
  try {
    return readState(payload);
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    faults.add("P07", () => error.message);
    return undefined;
  }
}

export function checkStateFlags({ qos, retain }: MqttMessage, faults: Faults): void {
  if (qos !== 1) faults.add("F03", () => `STATE with QoS ${qos}, expected 1`);
  if (!retain) faults.add("F04", () => "STATE without retain, expected set");
}

/** S16. The hub's own host id is never anybody else's. */
// oxlint-disable-next-line max-params -- which host, who says so, and who it may be instead
export function checkHostOwner(
  host: HostState,
  client: ClientState,
  ownHostId: string,
  faults: Faults,
): void {
  const owner = host.hostId === ownHostId ? "this hub" : ownerOf(host, client);
  if (owner === undefined) return;
  const because = (): string =>
    `host id "${host.hostId}" is used by ${owner} and by ${whoIs(client)}`;
  faults.add("S16", because, { isReserved: host.hostId === ownHostId });
}

function ownerOf(host: HostState, client: ClientState): string | undefined {
  const other = otherHost(host, client);
  return other && whoIs(other);
}

/** STATE online: the Will, the order, the timestamp. */
export function checkOnline(
  hostId: string,
  state: State,
  client: ClientState,
  faults: Faults,
): void {
  const topic = stateTopic(hostId);
  checkHostWill(topic, state, client, faults);
  if (client.hostId === hostId) return; // said again
  if (client.hasPublished)
    faults.add("S14", () => "STATE online is not the first message of the host");
  const hasOwn = client.qosOf(topic) >= 0;
  const hasNodes = [...client.filters.keys()].some(readsEdgeNodes);
  if (hasOwn && hasNodes) return;
  const missing = hasOwn ? "messages of edge nodes" : `"${topic}"`;
  faults.add("S14", () => `STATE online before the subscription to ${missing}`);
}

function checkHostWill(
  topic: string,
  state: State,
  { client, claim }: ClientState,
  faults: Faults,
): void {
  const occasion = { occasion: "host CONNECT" } as const;
  if (client.will === undefined) {
    faults.add("C03", () => "the host has no Will", occasion);
    return;
  }
  if (client.will.topic !== topic) {
    const found = client.will.topic;
    faults.add("C04", () => `the Will topic is "${found}", expected "${topic}"`, occasion);
    return;
  }
  if (
    claim?.kind !== "host" ||
    claim.timestamp === undefined ||
    claim.timestamp === state.timestamp
  )
    return;
  const expected = claim.timestamp;
  faults.add("S15", () => `timestamp is ${state.timestamp}, that of the Will ${expected}`);
}

/** STATE offline of a host that leaves: now. */
export function checkOffline({ timestamp }: State, now: number, faults: Faults): void {
  const off = timeFault(timestamp, now);
  if (off !== undefined) faults.add("P06", () => `the timestamp of STATE offline ${off}`);
}
