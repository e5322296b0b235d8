/** Whether a message may come now: who owns the edge node, what was born, which `seq` is next. Judges, changes nothing. */
import {
  BD_SEQ,
  bdSeqOf,
  deviceTopic,
  nextSeq,
  nodeTopic,
  stateTopic,
  type Payload,
  type Property,
} from "@unshub/sparkplug";
import { whoIs, type ClientState } from "./client-state.ts";
import type { Faults } from "./faults.ts";
import { hostOfFilter } from "./filter.ts";
import type { MessageType } from "./head-check.ts";
import { otherOwner, type NodeState } from "./node-state.ts";
import type { Occasion } from "./rule.ts";

/** One message and who sent it. */
export interface OrderAbout {
  readonly type: MessageType;
  readonly deviceId: string | undefined;
  readonly node: NodeState;
  readonly client: ClientState;
  readonly faults: Faults;
}

/** S08. Answers whether somebody else owns the edge node. */
export function checkOwner({ type, node, client, faults }: OrderAbout): boolean {
  const other = otherOwner(node, client);
  if (other === undefined) return false;
  faults.add("S08", () => `${conflictOf(node, other, client)}, which publishes ${type} for it`);
  return true;
}

/** `"g/e" belongs to client "a" (10.0.0.1:5), not to client "b" (10.0.0.2:6)` */
export function conflictOf(node: NodeState, owner: ClientState, other: ClientState): string {
  return `"${node.groupId}/${node.edgeNodeId}" belongs to ${whoIs(owner)}, not to ${whoIs(other)}`;
}

/** Data and DDEATH: is the edge node born in this session, and the device? Answers whether to go on. */
export function checkBorn({ type, deviceId, node, client, faults }: OrderAbout): boolean {
  if (!node.isBorn || node.owner !== client) {
    if (type === "DBIRTH") faults.add("S02", () => "DBIRTH before NBIRTH in this MQTT session");
    else faults.add("S01", () => `${type} before NBIRTH in this MQTT session`);
    return false;
  }
  if (deviceId === undefined || type === "DBIRTH" || node.devices.get(deviceId) === true)
    return true;
  const died = node.devices.get(deviceId) === false;
  faults.add(
    "S03",
    () => `${type} of device "${deviceId}" ${died ? "after its DDEATH" : "without DBIRTH"}`,
  );
  return true;
}

export function checkSeq(node: NodeState, seq: number | undefined, faults: Faults): void {
  const { expectedSeq } = node;
  if (seq === undefined || seq === expectedSeq || seq > 255) return;
  const lost = (seq - expectedSeq + 256) % 256;
  faults.add(
    "S04",
    () =>
      `seq is ${seq}, expected ${expectedSeq} (${lost < 128 ? `${lost} lost` : "an earlier one"}, or out of order)`,
  );
}

/** QoS 1 may bring a message twice, which says nothing of its order. */
export function isRepeated(node: NodeState, seq: number | undefined, sentMs: number): boolean {
  return seq === (node.expectedSeq + 255) % 256 && sentMs >= 0 && sentMs === node.lastSentMs;
}

/** The `seq` that must follow. */
export function seqAfter(node: NodeState, seq: number | undefined): number {
  return nextSeq(seq !== undefined && seq <= 255 ? seq : node.expectedSeq);
}

export function checkNodeBirth(
  about: OrderAbout,
  payload: Payload,
  saw: (occasion: Occasion) => void,
): void {
  const { node, client, faults } = about;
  const { seq } = payload;
  if (seq !== undefined && seq !== 0)
    faults.add("S05", () => `seq of NBIRTH is ${seq}, expected 0`);
  checkWill(about, payload);
  const ncmd = nodeTopic("NCMD", node.groupId, node.edgeNodeId);
  const qos = client.qosOf(ncmd);
  if (qos < 1)
    faults.add(
      "S11",
      () => `no subscription to "${ncmd}"${qos === 0 ? " at QoS 1, only at QoS 0" : ""}`,
    );
  if (node.askedAt > 0 || node.isBorn) saw("rebirth");
}

function checkWill({ node, client, faults }: OrderAbout, payload: Payload): void {
  const { claim } = client;
  const bdSeq = bdSeqOf(payload);
  if (bdSeq === undefined) {
    const isThere = payload.metrics.some(({ name }) => name === BD_SEQ);
    faults.add("S06", () =>
      isThere ? "bdSeq of NBIRTH is no number from 0 to 255" : "NBIRTH has no metric bdSeq",
    );
  }
  const occasion = { occasion: "edge CONNECT" } as const;
  if (client.client.will === undefined) {
    faults.add("C03", () => "the edge node has no Will", occasion);
    return;
  }
  if (
    claim?.kind !== "edge" ||
    claim.groupId !== node.groupId ||
    claim.edgeNodeId !== node.edgeNodeId
  ) {
    const { topic } = client.client.will;
    const wanted = nodeTopic("NDEATH", node.groupId, node.edgeNodeId);
    faults.add("C04", () => `the Will topic is "${topic}", expected "${wanted}"`, occasion);
    return;
  }
  if (bdSeq !== undefined && claim.bdSeq !== undefined && bdSeq !== claim.bdSeq)
    faults.add("S07", () => `bdSeq of NBIRTH is ${bdSeq}, that of the Will ${claim.bdSeq}`, {
      occasion: node.isBorn ? "rebirth" : "NBIRTH",
    });
}

/** The primary host is the one whose STATE alone the edge node reads. */
export function checkPrimary(
  { client, faults }: OrderAbout,
  isOffline: (hostId: string) => boolean,
  saw: (occasion: Occasion) => void,
): void {
  for (const filter of client.filters.keys()) {
    const hostId = hostOfFilter(filter);
    if (hostId === undefined) continue;
    saw("primary host");
    if (isOffline(hostId))
      faults.add("S13", () => `NBIRTH while "${stateTopic(hostId)}" says offline`, {
        occasion: "primary host",
      });
  }
}

export function checkDeviceBirth(about: OrderAbout, payload: Payload): void {
  const { node, client, faults, deviceId = "" } = about;
  const alive = node.devices.get(deviceId);
  if (alive === true) faults.add("S18", () => `DBIRTH of device "${deviceId}", which is alive`);
  else if (alive === undefined && node.hasData)
    faults.add("S19", () => `DBIRTH of device "${deviceId}" after data began`);
  const dcmd = deviceTopic("DCMD", node, deviceId);
  const qos = client.qosOf(dcmd);
  if (qos === 0) faults.add("S12", () => `the subscription to "${dcmd}" has QoS 0, expected 1`);
  else if (qos < 0 && isWritable(payload))
    faults.add(
      "S12",
      () => `device "${deviceId}" has writable metrics and no subscription to "${dcmd}"`,
    );
}

/** Whether its birth says that something of the device can be written. */
function isWritable({ metrics }: Payload): boolean {
  return metrics.some(
    ({ name, properties }) =>
      name?.startsWith("Device Control/") === true || isFalse(properties.get("readOnly")),
  );
}

function isFalse(property: Property | undefined): boolean {
  return property?.value?.field === "boolean" && !property.value.raw;
}

/** A published NDEATH. Hosts decide by its bdSeq; it is never refused for it. */
export function checkNodeDeath({ client, faults }: OrderAbout, payload: Payload): void {
  const bdSeq = bdSeqOf(payload);
  const { claim } = client;
  if (bdSeq === undefined || claim?.kind !== "edge" || claim.bdSeq === undefined) return;
  if (bdSeq !== claim.bdSeq)
    faults.add("S07", () => `bdSeq of NDEATH is ${bdSeq}, that of the Will ${claim.bdSeq}`, {
      isToldOnly: true,
    });
}
