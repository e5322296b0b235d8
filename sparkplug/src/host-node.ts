/** What a Host Application keeps of one edge node: its session, its devices, aliases and last values. */
import type { NodeId } from "./command.ts";
import type { HostMetric } from "./host-listener.ts";
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

/** Where a device, or the node as the bearer of its own metrics, stands. */
export type MemberState =
  | { readonly kind: "online"; readonly since: number }
  /** Its metrics keep their last values and are stale since then. */
  | { readonly kind: "stale"; readonly since: number };

/** A device, or the edge node as the bearer of its own metrics. */
export interface HostMember {
  readonly deviceId: string | undefined;
  state: MemberState;
  readonly metrics: Map<string, HostMetric>;
}

/** Which metric an alias stands for. */
interface AliasTarget {
  readonly deviceId: string | undefined;
  readonly name: string;
}

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
  readonly aliases: Map<number | bigint, AliasTarget>;
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
    own: { deviceId: undefined, state: { kind: "stale", since: 0 }, metrics: new Map() },
    devices: new Map(),
    aliases: new Map(),
    reorder: new ReorderBuffer(),
    templates: new TemplateTypes(),
    strayDeaths: new Map(),
  };
}

/** All edge nodes, by group and id. Ids come from the wire, so these are Maps. */
export class HostNodes implements Iterable<HostNode> {
  readonly #groups = new Map<string, Map<string, HostNode>>();

  find({ groupId, edgeNodeId }: NodeId): HostNode | undefined {
    return this.#groups.get(groupId)?.get(edgeNodeId);
  }

  /** The node, opened on first sight. */
  open(id: NodeId): HostNode {
    const known = this.find(id);
    if (known !== undefined) return known;
    const node = openHostNode(id);
    const group = this.#groups.get(id.groupId) ?? new Map<string, HostNode>();
    group.set(id.edgeNodeId, node);
    this.#groups.set(id.groupId, group);
    return node;
  }

  *[Symbol.iterator](): Iterator<HostNode> {
    for (const group of this.#groups.values()) yield* group.values();
  }
}

/** What a reader may see of a device, or of the edge node as the bearer of its own metrics. */
export interface HostMemberView {
  readonly deviceId: string | undefined;
  readonly state: MemberState;
  readonly metrics: ReadonlyMap<string, HostMetric>;
}

/** What a reader may see of an edge node. It changes under the reader's eyes: it is the host's own picture. */
export interface HostNodeView extends NodeId {
  readonly session: NodeSession;
  readonly own: HostMemberView;
  readonly devices: ReadonlyMap<string, HostMemberView>;
}
