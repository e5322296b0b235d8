/** CONNECT and what ends a connection: what a client claims to be, and whether it left as it should. */
import { nextBdSeq, stateTopic } from "@unshub/sparkplug";
import type { ConnectionEnd } from "../../broker/index.ts";
import { whoIs, type ClientState } from "./client-state.ts";
import type { Faults } from "./faults.ts";
import { checkHostOwner } from "./host-check.ts";
import { otherHost, type HostStates } from "./host-state.ts";
import { otherOwner, type NodeState, type NodeStates } from "./node-state.ts";
import { conflictOf } from "./order-check.ts";
import { checkConnect } from "./will-check.ts";

export interface ConnectRooms {
  readonly nodes: NodeStates;
  readonly hosts: HostStates;
  readonly ownHostId: string;
}

/** What is wrong with a CONNECT, alone and beside those who are there. */
export function checkConnecting(
  rooms: ConnectRooms,
  state: ClientState,
  now: number,
  faults: Faults,
): void {
  const { client, claim } = state;
  checkConnect(client, now, faults);
  if (claim?.kind === "host")
    checkHostOwner(rooms.hosts.of(claim.hostId), state, rooms.ownHostId, faults);
  if (claim?.kind !== "edge") return;
  const node = rooms.nodes.of(claim);
  const other = otherOwner(node, state);
  if (other !== undefined) {
    faults.add("S08", () => `${conflictOf(node, other, state)}, which names it in its Will`);
    return; // its bdSeq says nothing of the owner's next one
  }
  checkTakenInTurn(node, state, now, faults);
  checkBdSeq(node, claim.bdSeq, faults);
  node.willBdSeq = claim.bdSeq ?? node.willBdSeq;
}

/** Longer ago a gateway may well have changed its network and come back. */
const IN_TURN_MS = 600_000;

/**
 * A takeover is how a client comes back whose old connection is half open. But when it goes from one address to another and
 * back within minutes, two gateways have one client id, and each ends the connection of the other.
 */
function checkTakenInTurn(node: NodeState, state: ClientState, now: number, faults: Faults): void {
  const { owner, link } = node;
  const { before } = link ?? {};
  if (owner?.isConnected !== true || before === undefined || now - before.at > IN_TURN_MS) return;
  const host = hostOf(state.client.address);
  if (host === hostOf(owner.client.address) || host !== hostOf(before.address)) return;
  const who = `${whoIs(owner)} and ${whoIs(state)}`;
  faults.add(
    "S08",
    () =>
      `${who} take "${node.groupId}/${node.edgeNodeId}" from each other: two gateways have one client id`,
  );
}

/** `10.0.0.7:40001` → `10.0.0.7` */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(":"));
}

/** One that begins anew at 0 was restarted and forgot it; CONNECTs that never arrived leave gaps. */
function checkBdSeq({ willBdSeq }: NodeState, bdSeq: number | undefined, faults: Faults): void {
  if (bdSeq === undefined || willBdSeq === undefined || bdSeq === nextBdSeq(willBdSeq)) return;
  faults.add(
    "C09",
    () => `bdSeq of the Will is ${bdSeq} after ${willBdSeq}, expected ${nextBdSeq(willBdSeq)}`,
    {
      isCommon: bdSeq !== willBdSeq,
    },
  );
}

/** From now on this connection speaks for whom it claims to be, unless somebody else does. */
export function claimOwnership({ nodes, hosts }: ConnectRooms, state: ClientState): void {
  const { claim } = state;
  if (claim?.kind === "edge") {
    const node = nodes.of(claim);
    if (otherOwner(node, state) === undefined) nodes.own(node, state);
  }
  if (claim?.kind === "host") {
    const host = hosts.of(claim.hostId);
    if (otherHost(host, state) === undefined) host.owner = state;
  }
}

/** MQTT 5: the server sends the Will all the same. */
const WITH_WILL = 0x04;

/** Whether an edge node left in order. `born`: it was, and has not said NDEATH. */
export function checkNodeLeft(
  state: ClientState,
  end: ConnectionEnd,
  born: boolean,
  faults: Faults,
): void {
  if (end.by !== "client" || end.reasonCode === WITH_WILL) return;
  if (born) faults.add("S09", () => "DISCONNECT without a published NDEATH");
  if (state.client.protocol === "5")
    faults.add(
      "S10",
      () =>
        `DISCONNECT with reason 0x${end.reasonCode.toString(16).padStart(2, "0")}, expected 0x04`,
    );
}

/** Whether a host left in order. */
export function checkHostLeft(hostId: string, end: ConnectionEnd, faults: Faults): void {
  if (end.by === "client" && end.reasonCode !== WITH_WILL)
    faults.add("S09", () => `DISCONNECT without offline on "${stateTopic(hostId)}"`);
}
