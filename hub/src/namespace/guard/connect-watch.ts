/** CONNECT and what ends a connection: what a client claims to be, and whether it left as it should. */
import { nextBdSeq, stateTopic } from "@unshub/sparkplug";
import type { ConnectionEnd } from "../../broker/index.ts";
import type { ClientState } from "./client-state.ts";
import type { Faults } from "./faults.ts";
import { hostConflict } from "./host-check.ts";
import { otherHost, type HostStates } from "./host-state.ts";
import { otherOwner, type NodeState, type NodeStates } from "./node-state.ts";
import { conflictOf } from "./order-check.ts";
import { checkConnect } from "./will-check.ts";

export interface ConnectRooms {
  readonly nodes: NodeStates;
  readonly hosts: HostStates;
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
  if (claim?.kind === "host") {
    const host = rooms.hosts.of(claim.hostId);
    const other = otherHost(host, state);
    if (other !== undefined) faults.add("S16", () => hostConflict(host, other, state));
  }
  if (claim?.kind !== "edge") return;
  const node = rooms.nodes.of(claim);
  const other = otherOwner(node, state);
  if (other === undefined) checkBdSeq(node, claim.bdSeq, faults);
  else faults.add("S08", () => `${conflictOf(node, other, state)}, which names it in its Will`);
  node.willBdSeq = claim.bdSeq ?? node.willBdSeq;
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
