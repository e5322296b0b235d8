/**
 * What clients monitor. Only for these the library gets nodes, one a metric whoever monitors it, and they go with the last monitored
 * item. The tree tells which of them changed; twenty times a second those, and only those, are handed on. Nothing is polled.
 */
import type { DataValue, ReadValueId } from "node-opcua-client";
import type { MonitoredItem, ServerSession, Subscription } from "node-opcua-server";
import type { Watch } from "../tree/index.ts";
import { FASTEST_MS, readUnsAttribute, VALUE, type AttributeQuestion } from "./attributes.ts";
import type { Namespace } from "./library.ts";
import type { UnsNode } from "./node-path.ts";
import { isNumber } from "./type-table.ts";
import {
  browseNameOf,
  findUnsNode,
  isSeen,
  isVariable,
  nodeIdOf,
  propertyTypeOf,
  propertyValue,
  type Sees,
  type UnsSpace,
} from "./uns-nodes.ts";

type Variable = ReturnType<Namespace["addVariable"]>;
type NodeId = Variable["nodeId"];
/** Whether a row is there for whoever has a session. */
type SessionSees = (session: ServerSession | null, row: number) => boolean;

/** A node that the library has because somebody monitors it. */
interface Monitored {
  readonly node: UnsNode;
  readonly variable: Variable;
  /** How many monitored items there are of it. */
  items: number;
}

/** Changes handed on in one turn of the event loop; the rest waits for the next. */
const PER_TURN = 500;
/** A variable whose values have any shape, as far as the library is concerned: the tree knows better. */
const ANY_RANK = -2;
/** Nobody writes through these nodes; their attributes say what reading says. */
const READ_ONLY: AttributeQuestion["access"] = { server: false, mayWrite: () => false };

export class MonitoredMetrics {
  readonly #space: UnsSpace;
  readonly #namespace: Namespace;
  readonly #sees: SessionSees;
  readonly #byId = new Map<string, Monitored>();
  readonly #byRow = new Map<number, Monitored>();
  readonly #changed = new Set<number>();
  /** A subscription may be handed to another session: it is followed once. */
  readonly #followed = new WeakSet<Subscription>();
  readonly #watch: Watch;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #turn: NodeJS.Immediate | undefined;

  constructor(space: UnsSpace, namespace: Namespace, sees: SessionSees) {
    this.#sees = sees;
    this.#space = space;
    this.#namespace = namespace;
    this.#watch = space.tree.watch((row) => this.#note(row));
  }

  /** Nodes that stand in the library now. */
  get size(): number {
    return this.#byId.size;
  }

  /** Follows what the subscriptions of a session monitor. */
  follow(session: ServerSession): void {
    session.on("new_subscription", (subscription: Subscription) => {
      if (this.#followed.has(subscription)) return;
      this.#followed.add(subscription);
      subscription.on("monitoredItem", (item: MonitoredItem) => this.#added(item, subscription));
      subscription.on("removeMonitoredItem", (item: MonitoredItem) => this.#removed(item));
    });
  }

  /**
   * Somebody is about to monitor these: makes their nodes. Those that nobody does monitor are gone in the next turn. A node
   * may be there for another; for whoever does not see it, the request names none.
   */
  prepare(wanted: readonly ReadValueId[], sees: Sees): void {
    for (const each of wanted) {
      if (each.nodeId.namespace !== this.#space.namespaceIndex) continue;
      const node = findUnsNode(this.#space, each.nodeId, sees);
      if (node === undefined) each.nodeId = this.#space.library.makeNodeId(0, 0);
      else this.#open(each.nodeId, node);
    }
    setImmediate(() => {
      for (const { nodeId } of wanted) this.#closeIdle(nodeId.toString());
    });
  }

  /** The library may still end monitored items afterwards. */
  stop(): void {
    this.#stopped = true;
    this.#watch.stop();
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
  }

  #open(nodeId: NodeId, node: UnsNode): void {
    const id = nodeId.toString();
    if (this.#byId.has(id) || !isVariable(node)) return;
    const monitored: Monitored = { node, variable: this.#addVariable(nodeId, node), items: 0 };
    this.#byId.set(id, monitored);
    if (node.kind !== "metric") return;
    this.#byRow.set(node.row, monitored);
    this.#watch.add(node.row);
  }

  #addVariable(nodeId: NodeId, node: UnsNode): Variable {
    const space = this.#space;
    const datatype = node.kind === "metric" ? space.tree.info(node.row)?.datatype : undefined;
    const variable = this.#namespace.addVariable({
      nodeId,
      browseName: browseNameOf(space, node),
      dataType: isNumber(datatype) ? "Number" : "BaseDataType",
      valueRank: ANY_RANK,
      minimumSamplingInterval: FASTEST_MS,
    });
    variable.setMaxListeners(0); // one for each monitored item, as many as there are
    const read = (attributeId: number): DataValue =>
      readUnsAttribute(space, { node, attributeId, access: READ_ONLY });
    variable.readValue = (_context, indexRange) =>
      space.library.extractRange(read(VALUE), indexRange ?? undefined);
    variable.readAttribute = (_context, attributeId) => read(attributeId);
    if (node.kind === "metric") this.#addRange(variable, node.row);
    return variable;
  }

  /** The library looks here for the range that a deadband in percent is of. */
  #addRange(variable: Variable, row: number): void {
    const { tree, library } = this.#space;
    const info = tree.info(row);
    if (info?.low === undefined || info.high === undefined) return;
    const property: UnsNode = { kind: "property", row, name: "EURange" };
    const range = this.#namespace.addVariable({
      propertyOf: variable,
      nodeId: nodeIdOf(this.#space, property),
      browseName: browseNameOf(this.#space, property),
      dataType: propertyTypeOf(library, "EURange"),
    });
    range.readValue = () => propertyValue(this.#space, tree.info(row) ?? info, "EURange");
  }

  #added(item: MonitoredItem, subscription: Subscription): void {
    const monitored = this.#byId.get(item.itemToMonitor.nodeId?.toString() ?? "");
    if (monitored === undefined) return;
    monitored.items += 1;
    this.#screen(item, { subscription, node: monitored.node });
    if (monitored.node.kind === "metric") becomeEventDriven(item);
  }

  /** A right that is taken away ends at once: from then on the node is unknown. */
  #screen(
    item: MonitoredItem,
    { subscription, node }: { readonly subscription: Subscription; readonly node: UnsNode },
  ): void {
    const { DataValue: Value, StatusCodes } = this.#space.library;
    const record = item.recordValue.bind(item);
    const sees: Sees = (row) => this.#sees(subscription.$session ?? null, row);
    item.recordValue = (value, ...rest) => {
      if (isSeen(node, sees)) return record(value, ...rest);
      return record(new Value({ statusCode: StatusCodes.BadNodeIdUnknown }), true);
    };
  }

  #removed(item: MonitoredItem): void {
    const id = item.itemToMonitor.nodeId?.toString() ?? "";
    const monitored = this.#byId.get(id);
    if (monitored === undefined) return;
    monitored.items -= 1;
    setImmediate(() => this.#closeIdle(id)); // the library is not done with the item yet
  }

  #closeIdle(id: string): void {
    if (this.#stopped) return; // the library has let go of all nodes
    const monitored = this.#byId.get(id);
    if (monitored === undefined || monitored.items > 0) return;
    this.#byId.delete(id);
    this.#namespace.deleteNode(monitored.variable);
    if (monitored.node.kind !== "metric") return;
    this.#byRow.delete(monitored.node.row);
    this.#watch.delete(monitored.node.row);
  }

  /** In the middle of a message: only noted. */
  #note(row: number): void {
    this.#changed.add(row);
    this.#timer ??= setTimeout(() => this.#handOn(), FASTEST_MS);
  }

  #handOn(): void {
    let left = PER_TURN;
    for (const row of this.#changed) {
      if (left === 0) {
        this.#turn = setImmediate(() => this.#handOn());
        return;
      }
      left -= 1;
      this.#changed.delete(row);
      this.#tell(this.#byRow.get(row)?.variable);
    }
    this.#timer = undefined;
  }

  /** What the library does with one value must not end the hub. */
  #tell(variable: Variable | undefined): void {
    try {
      variable?.emit("value_changed", variable.readValue(), null);
    } catch (error) {
      const node = variable?.nodeId.toString();
      this.#space.log.error(
        { node, error },
        "a changed value was not handed to its OPC UA clients",
      );
    }
  }
}

/**
 * The library would look at the value each sampling interval. It can also wait to be told, and then spaces what it reports by the
 * sampling interval; it does so only for clients that ask for an interval of 0, unless this field says so. Were it ever
 * renamed, the library would sample, and all would still be right.
 */
function becomeEventDriven(item: MonitoredItem): void {
  Object.defineProperty(item, "_exceptionBased", {
    get: () => true,
    set() {
      // stays true when a client modifies the item
    },
  });
}
