/** Births that a server kept: what there was, of edge nodes and devices that nobody has heard yet. */
import { bdSeqOf, CERTIFICATES, readTopic, type Payload } from "@unshub/sparkplug";
import { memberBorn } from "./births.ts";
import { memberLastKnown } from "./deaths.ts";
import { decoding } from "./inflate.ts";
import type { NodeOrDevice, TreeMessage } from "./messages.ts";
import type { SessionTable } from "./session-table.ts";
import { isBorn, type NodeSession } from "./session.ts";
import type { UnsTree } from "./tree.ts";

interface Room {
  readonly tree: UnsTree;
  readonly table: SessionTable;
}

/** Of a birth under `$sparkplug/certificates/`. Says whether it told something new. */
export function takeKeptBirth(room: Room, { topic, payload, receivedAt }: TreeMessage): boolean {
  const reading = readTopic(topic.slice(CERTIFICATES.length + 1));
  if (reading.kind !== "sparkplug" || reading.topic.kind === "state") return false;
  const found = reading.topic;
  if (found.type !== "NBIRTH" && found.type !== "DBIRTH") return false;
  if (isKnown(room, found)) return false;
  const decoded = decoding(payload);
  if (decoded === undefined) return false;
  const session = room.table.open(found);
  if (session === undefined) return false;
  return keptBorn(room, session, { topic: found, payload: decoded, receivedAt });
}

/** Whether a birth of this node or device was seen, by us or by the hub before. */
function isKnown({ table }: Room, topic: NodeOrDevice): boolean {
  const session = table.find(topic);
  const member = topic.kind === "node" ? session?.own : session?.devices.get(topic.deviceId);
  return member !== undefined && isBorn(member);
}

interface Kept {
  readonly topic: NodeOrDevice;
  readonly payload: Payload;
  readonly receivedAt: number;
}

/** Of a node whose own certificate is missing it is known at least that it was there. */
function keptBorn(
  { tree, table }: Room,
  session: NodeSession,
  { topic, payload, receivedAt }: Kept,
): boolean {
  const { own } = session;
  session.mayResume = false; // the snapshot missed at least this
  if (topic.kind === "node") session.bdSeq = bdSeqOf(payload);
  else if (own.ids.length === 0) memberLastKnown(tree, own);
  const member = topic.kind === "node" ? own : table.deviceOf(session, topic.deviceId);
  if (member === undefined) return false;
  const heardAt = Math.min(payload.timestamp ?? receivedAt, receivedAt);
  memberBorn(tree, session, member, { payload, receivedAt: heardAt, isKept: true });
  return true;
}
