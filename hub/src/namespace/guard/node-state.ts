/** The Sparkplug session of each edge node, as far as order and identity need it. What births said is in the tree. */
import type { NodeId } from "@unshub/sparkplug";
import type { ClientState } from "./client-state.ts";
import type { Definitions } from "./metric-about.ts";
import { linkOf, oneMore, type LinkEnd, type NodeLink, type Repeated } from "./node-link.ts";

export interface NodeState extends NodeId {
  /** The connection that speaks for it. */
  owner: ClientState | undefined;
  isBorn: boolean;
  /** Of its current birth. */
  bdSeq: number | undefined;
  /** Of the last CONNECT that named it in its Will. */
  willBdSeq: number | undefined;
  expectedSeq: number;
  /** Of the last message with a `seq`, in milliseconds: the same `seq` and time again is a repetition. */
  lastSentMs: number;
  /** Whether data came since the birth. */
  hasData: boolean;
  /** By id: whether it is alive. Those of an earlier birth count as dead. */
  readonly devices: Map<string, boolean>;
  definitions: Definitions;
  /** Milliseconds since 1970 UTC. */
  bornAt: number;
  /** Counts its births, so that data after a new one is looked at closely. */
  births: number;
  /** When it was asked for a rebirth that has not come; 0: it was not. */
  askedAt: number;
  dataSinceAsked: number;
  /** Something in a message could not be explained: it is looked at whole. */
  isSuspect: boolean;
  /** The connection that speaks for it, or did last. */
  link: NodeLink | undefined;
  /** Messages and connections of it that were refused. */
  refused: Repeated | undefined;
  /** Rebirth requests that passed; `what`: who asked. */
  asks: Repeated | undefined;
}

/** `at`: milliseconds since 1970 UTC; `by`: the client, or the hub. */
export interface Ask {
  readonly at: number;
  readonly by: string;
}

const MAX_NODES = 50_000;
/** Devices of one edge node that are remembered. */
export const MAX_DEVICES = 20_000;
const NO_DEFINITIONS: Definitions = new Map();

export class NodeStates {
  readonly #nodes = new Map<string, NodeState>();
  readonly #owned = new Map<ClientState, Set<NodeState>>();
  /** Those that were asked for a rebirth. */
  readonly #asked = new Set<NodeState>();

  /** The one of this name; it is made when it is new. No id contains a slash. */
  of({ groupId, edgeNodeId }: NodeId): NodeState {
    const key = `${groupId}/${edgeNodeId}`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    if (this.#nodes.size >= MAX_NODES) this.#forgetOne();
    const node = newNode(groupId, edgeNodeId);
    this.#nodes.set(key, node);
    return node;
  }

  /** The one of this name when it was ever heard. */
  find({ groupId, edgeNodeId }: NodeId): NodeState | undefined {
    return this.#nodes.get(`${groupId}/${edgeNodeId}`);
  }

  /** From now on this connection speaks for it. */
  own(node: NodeState, client: ClientState): void {
    if (node.owner === client) return;
    if (node.owner !== undefined) this.#owned.get(node.owner)?.delete(node);
    node.owner = client;
    node.link = linkOf(client.client, client.connectedAt, node.link);
    const owned = this.#owned.get(client) ?? new Set<NodeState>();
    this.#owned.set(client, owned);
    owned.add(node);
  }

  /** Those that a connection that has ended spoke for; nobody does now. */
  release(client: ClientState, left: Omit<LinkEnd, "address">): readonly NodeState[] {
    const owned = [...(this.#owned.get(client) ?? [])];
    this.#owned.delete(client);
    for (const node of owned) {
      node.owner = undefined;
      const { link } = node;
      if (link !== undefined) node.link = { ...link, left: { ...left, address: link.address } };
    }
    return owned;
  }

  /** A rebirth request passed. One soon after a birth may be held back, which is not wrong. */
  asked(node: NodeState, { at: now, by }: Ask, pauseMs: number): void {
    node.asks = oneMore(node.asks, now, by);
    if (!node.isBorn || node.askedAt > 0 || now - node.bornAt < pauseMs) return;
    node.askedAt = now;
    node.dataSinceAsked = 0;
    this.#asked.add(node);
  }

  /** Those whose rebirth has not come in time; each is told once. */
  overdue(now: number, withinMs: number): readonly NodeState[] {
    const late: NodeState[] = [];
    for (const node of this.#asked) {
      if (node.askedAt > 0 && node.isBorn && now - node.askedAt < withinMs) continue;
      this.#asked.delete(node);
      if (node.askedAt > 0 && node.isBorn) late.push(node);
      node.askedAt = 0;
    }
    return late;
  }

  #forgetOne(): void {
    for (const [key, node] of this.#nodes) {
      if (node.owner !== undefined) continue;
      this.#nodes.delete(key);
      return;
    }
    const [oldest] = this.#nodes.keys();
    if (oldest !== undefined) this.#nodes.delete(oldest);
  }
}

function newNode(groupId: string, edgeNodeId: string): NodeState {
  return {
    groupId,
    edgeNodeId,
    owner: undefined,
    isBorn: false,
    bdSeq: undefined,
    willBdSeq: undefined,
    expectedSeq: 0,
    lastSentMs: -1,
    hasData: false,
    devices: new Map(),
    definitions: NO_DEFINITIONS,
    bornAt: 0,
    births: 0,
    askedAt: 0,
    dataSinceAsked: 0,
    isSuspect: false,
    link: undefined,
    refused: undefined,
    asks: undefined,
  };
}

/** Dead, with all its devices. */
export function nodeDied(node: NodeState): void {
  node.isBorn = false;
  node.hasData = false;
  node.devices.clear();
  node.definitions = NO_DEFINITIONS;
}

/** The other connection that owns an edge node, if one that lives does. */
export function otherOwner(node: NodeState, client: ClientState): ClientState | undefined {
  const { owner } = node;
  if (owner === undefined || owner === client || !owner.isConnected) return undefined;
  return owner.client.clientId === client.client.clientId ? undefined : owner; // a takeover is no conflict
}
