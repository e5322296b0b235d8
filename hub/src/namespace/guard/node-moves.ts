/** What a message that passed changes in the session of its edge node. */
import { bdSeqOf, nextSeq, type Payload } from "@unshub/sparkplug";
import { isData } from "./head-check.ts";
import { MAX_DEVICES, nodeDied, type NodeState } from "./node-state.ts";
import type { OrderAbout } from "./order-check.ts";
import { isRebirth } from "./rebirth.ts";
import { definitionsIn } from "./template-check.ts";
import type { WatchRooms } from "./watch.ts";

/** A message that passed. */
export interface Passed {
  /** When it was decoded. */
  readonly payload: Payload | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  /** It came from the owner, after the births that it needs. */
  readonly isInOrder: boolean;
}

export function move(rooms: WatchRooms, about: OrderAbout, passed: Passed): void {
  const { payload } = passed;
  if (isData(about.type) || about.type === "DDEATH" || about.type === "DBIRTH") {
    if (passed.isInOrder) memberMoves(about);
  } else if (payload !== undefined) nodeMoves(rooms, about, payload, passed.at);
}

function nodeMoves(rooms: WatchRooms, about: OrderAbout, payload: Payload, at: number): void {
  const { type, node, client } = about;
  if (type === "NBIRTH") nodeBorn(rooms, about, payload, at);
  else if (type !== "NDEATH") {
    if (isRebirth(payload))
      rooms.rebirthAsked(node, { at, by: `client "${client.client.clientId}"` });
  } else if (node.owner === client) diedBy(node, payload);
}

function memberMoves({ type, node, deviceId }: OrderAbout): void {
  if (isData(type)) {
    dataPassed(node);
    return;
  }
  const isKnown =
    deviceId !== undefined && (node.devices.has(deviceId) || node.devices.size < MAX_DEVICES);
  if (isKnown) node.devices.set(deviceId, type === "DBIRTH");
}

export function dataPassed(node: NodeState): void {
  if (!node.hasData) node.hasData = true;
  if (node.askedAt > 0) node.dataSinceAsked += 1;
}

function nodeBorn(
  rooms: WatchRooms,
  { node, client }: OrderAbout,
  payload: Payload,
  at: number,
): void {
  const { seq = 0 } = payload;
  nodeDied(node);
  rooms.nodes.own(node, client);
  node.isBorn = true;
  node.bdSeq = bdSeqOf(payload);
  node.expectedSeq = nextSeq(seq <= 255 ? seq : 0);
  node.lastSentMs = -1;
  node.definitions = definitionsIn(payload);
  node.bornAt = at;
  node.births += 1;
  node.askedAt = 0;
  client.hasBorn = true;
}

/** An NDEATH of another session says nothing of this one: an old Will, or a repetition. */
export function diedBy(node: NodeState, death: Payload): void {
  if (bdSeqOf(death) === node.bdSeq) nodeDied(node);
}
