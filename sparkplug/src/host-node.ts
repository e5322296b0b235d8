/** What a Host Application keeps of one edge node: its session, its devices, aliases and last values. */
import { descriptorOf, type NodeId } from "./command.ts";
import { openHostMember, type HostMember, type HostMemberView } from "./host-member.ts";
import { ReorderBuffer } from "./host-reorder.ts";
import type { Cancel } from "./session-clock.ts";
import { TemplateTypes } from "./template.ts";

/** Where an edge node stands. All times are milliseconds since 1970 UTC. */
export type NodeSession =
  /** Heard of, but no birth of it was seen. */
  | { readonly kind: "unborn" }
  /** Alive, and every message since its birth was seen. */
  | {
      readonly kind: "online";
      readonly server: string;
      readonly bdSeq: number | undefined;
      readonly expectedSeq: number;
    }
  /**
   * Alive as far as we know, but something was missed: only a birth can help. `doubted`: a birth came that may be an
   * old one; the next is taken whatever it says.
   */
  | {
      readonly kind: "outOfStep";
      readonly server: string;
      readonly bdSeq: number | undefined;
      readonly since: number;
      readonly doubted: boolean;
    }
  /** Its death was seen, or the server through which it spoke is gone. */
  | {
      readonly kind: "offline";
      readonly server: string;
      readonly bdSeq: number | undefined;
      readonly since: number;
      readonly because: "death" | "server lost";
    };

/** Devices belong to their node alone. [tck-id-topic-structure-namespace-duplicate-device-id-across-edge-node] */
export interface HostNode extends NodeId {
  session: NodeSession;
  /** The payload timestamp of the last NBIRTH that was taken, ms UTC by the node's clock. */
  bornAt: number;
  /** The newest payload timestamp of what was heard since then, by the node's clock. */
  newestAt: number;
  /** Something came that may have been missed; the Reorder Timeout runs to its end. */
  isSuspect: boolean;
  /** Stops the Reorder Timeout; `undefined` when it does not run. */
  stopTimer: Cancel | undefined;
  readonly own: HostMember;
  readonly devices: Map<string, HostMember>;
  /** Aliases are unique over the whole node; who breaks that is told by this. */
  readonly aliasOwners: Map<number | bigint, HostMember>;
  readonly reorder: ReorderBuffer;
  /** What its births said of templates. */
  readonly templates: TemplateTypes;
  /** Deaths whose birth was not the current one, by `bdSeq`: their birth may still be on its way. Host clock, ms. */
  readonly strayDeaths: Map<number, number>;
}

function openHostNode({ groupId, edgeNodeId }: NodeId): HostNode {
  return {
    groupId,
    edgeNodeId,
    session: { kind: "unborn" },
    bornAt: Number.NEGATIVE_INFINITY,
    newestAt: Number.NEGATIVE_INFINITY,
    isSuspect: false,
    stopTimer: undefined,
    own: openHostMember(undefined),
    devices: new Map(),
    aliasOwners: new Map(),
    reorder: new ReorderBuffer(),
    templates: new TemplateTypes(),
    strayDeaths: new Map(),
  };
}

/** All edge nodes, by group and id. Ids come from the wire, so these are Maps, and they are bounded. */
export class HostNodes implements Iterable<HostNode> {
  readonly #nodes = new Map<string, HostNode>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  find(id: NodeId): HostNode | undefined {
    return this.#nodes.get(descriptorOf(id));
  }

  /** The node, opened on first sight; `undefined` when there are too many. Those without a birth give way. */
  open(id: NodeId): HostNode | undefined {
    const known = this.find(id);
    if (known !== undefined) return known;
    if (this.#nodes.size >= this.#max && !this.#dropUnborn()) return undefined;
    const node = openHostNode(id);
    this.#nodes.set(descriptorOf(id), node);
    return node;
  }

  /** Drops what is known of a node; gives it for the last time. */
  drop(id: NodeId): HostNode | undefined {
    const node = this.find(id);
    this.#nodes.delete(descriptorOf(id));
    return node;
  }

  [Symbol.iterator](): Iterator<HostNode> {
    return this.#nodes.values();
  }

  #dropUnborn(): boolean {
    for (const [descriptor, node] of this.#nodes) {
      if (node.session.kind === "unborn" && node.own.metrics.size === 0)
        return this.#nodes.delete(descriptor);
    }
    return false;
  }
}

/** What a reader may see of an edge node. It changes under the reader's eyes: it is the host's own picture. */
export interface HostNodeView extends NodeId {
  readonly session: NodeSession;
  readonly own: HostMemberView;
  readonly devices: ReadonlyMap<string, HostMemberView>;
}
