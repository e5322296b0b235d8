/** The sessions of all edge nodes that were ever heard, and the rows of the tree that nodes and devices stand in. */
import { NO_ROW, ROOT } from "./rows.ts";
import { newMember, newSession, type Member, type NodeId, type NodeSession } from "./session.ts";
import type { UnsTree } from "./tree.ts";

export class SessionTable {
  readonly #tree: UnsTree;
  readonly #groups = new Map<string, Map<string, NodeSession>>();

  constructor(tree: UnsTree) {
    this.#tree = tree;
  }

  /** By group and edge node id. */
  get groups(): ReadonlyMap<string, ReadonlyMap<string, NodeSession>> {
    return this.#groups;
  }

  *all(): Generator<NodeSession> {
    for (const nodes of this.#groups.values()) yield* nodes.values();
  }

  find({ groupId, edgeNodeId }: NodeId): NodeSession | undefined {
    return this.#groups.get(groupId)?.get(edgeNodeId);
  }

  /** The one that is there, or a new one; `undefined` when the tree has no room for it. */
  open(node: NodeId): NodeSession | undefined {
    return this.find(node) ?? this.#openNew(node);
  }

  /** As `open`, of a device. */
  deviceOf(session: NodeSession, deviceId: string): Member | undefined {
    const known = session.devices.get(deviceId);
    if (known !== undefined) return known;
    const rowId = this.#tree.openRow(session.own.rowId, "device", deviceId);
    if (rowId === NO_ROW) return undefined;
    const device = newMember(rowId);
    session.devices.set(deviceId, device);
    return device;
  }

  keep(session: NodeSession): void {
    const { groupId, edgeNodeId } = session;
    const nodes = this.#groups.get(groupId) ?? new Map<string, NodeSession>();
    this.#groups.set(groupId, nodes.set(edgeNodeId, session));
  }

  #openNew({ groupId, edgeNodeId }: NodeId): NodeSession | undefined {
    const groupRow = this.#tree.openRow(ROOT, "group", groupId);
    const rowId =
      groupRow === NO_ROW ? NO_ROW : this.#tree.openRow(groupRow, "edgeNode", edgeNodeId);
    if (rowId === NO_ROW) return undefined;
    const session = newSession({ groupId, edgeNodeId }, rowId);
    this.keep(session);
    return session;
  }
}

/** An edge node and all its devices. */
export function membersOf({ own, devices }: NodeSession): readonly Member[] {
  return [own, ...devices.values()];
}
