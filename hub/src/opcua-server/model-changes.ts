/**
 * Tells clients that the address space changed: a GeneralModelChangeEvent on the Server object, at most once a second, with the new
 * rows and the metrics that have another type. More than fit are told as "look below the UNS again",
 * and so is each change while somebody is in who does not see everything: an event goes to all alike.
 */
import type { AddressSpace } from "./library.ts";
import { nodeOf, type UnsNode } from "./node-path.ts";
import { nodeIdOf, typeDefinitionOf, type UnsSpace } from "./uns-nodes.ts";

/** Bits of ModelChangeStructureDataType.Verb. */
const NODE_ADDED = 1;
const REFERENCE_ADDED = 4;
const DATA_TYPE_CHANGED = 16;

const EVERY_MS = 1000;
const MOST_CHANGES = 1000;
/** ModelChangeStructureDataType in namespace 0. */
const MODEL_CHANGE = 877;
const ROOT_NODE: UnsNode = { kind: "root" };
/** Instead of names: look below the UNS again. */
const EVERYWHERE = "everywhere";

type ServerNode = AddressSpace["rootFolder"]["objects"]["server"];

/** Watches the tree until the answer is called. `mayName`: whether all who hear it see every node. */
export function tellModelChanges(
  space: UnsSpace,
  server: ServerNode,
  mayName: () => boolean,
): () => void {
  const verbs = new Map<number, number>();
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    timer = undefined;
    try {
      raise(space, server, mayName() ? verbs : EVERYWHERE);
    } catch (error) {
      space.log.error({ error }, "OPC UA clients were not told of changes of the tree");
    }
    verbs.clear();
  };
  const note = (row: number, verb: number): void => {
    if (verbs.size <= MOST_CHANGES) verbs.set(row, (verbs.get(row) ?? 0) | verb);
    timer ??= setTimeout(tell, EVERY_MS);
  };
  const stop = space.tree.observe({
    rowAdded: (row) => note(row, NODE_ADDED),
    metricRetyped: (row) => note(row, DATA_TYPE_CHANGED),
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}

function raise(
  space: UnsSpace,
  server: ServerNode,
  verbs: ReadonlyMap<number, number> | typeof EVERYWHERE,
): void {
  const { DataType, Variant, VariantArrayType } = space.library;
  const change = (node: UnsNode, verb: number): object =>
    space.addressSpace.constructExtensionObject(space.library.makeNodeId(MODEL_CHANGE, 0), {
      affected: nodeIdOf(space, node),
      affectedType: typeDefinitionOf(space, node),
      verb,
    });
  const value =
    verbs === EVERYWHERE || verbs.size > MOST_CHANGES
      ? [change(ROOT_NODE, REFERENCE_ADDED)]
      : Array.from(verbs, ([row, verb]) => change(nodeOf(space.tree, row), verb));
  const changes = new Variant({
    dataType: DataType.ExtensionObject,
    arrayType: VariantArrayType.Array,
    value,
  });
  server.raiseEvent("GeneralModelChangeEventType", { changes });
}
