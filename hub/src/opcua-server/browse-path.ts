/** TranslateBrowsePathsToNodeIds through the UNS: the library walks to its root, from there the names are looked up in the tree. */
import type { BrowsePath, BrowsePathResult, NodeId } from "node-opcua-client";
import { ROOT } from "../tree/index.ts";
import { nodeOf, PROPERTIES, propertiesOf, type UnsNode } from "./node-path.ts";
import {
  browseNameOf,
  findUnsNode,
  isSeen,
  nodeIdOf,
  type Sees,
  type UnsSpace,
} from "./uns-nodes.ts";

/** OPC UA's word for "the path was followed to its end". */
const WHOLE_PATH = 0xffff_ffff;
const ROOT_NODE: UnsNode = { kind: "root" };

/** `undefined`: the path does not enter the UNS; the library answers. */
export function translated(
  space: UnsSpace,
  path: BrowsePath,
  sees: Sees,
): BrowsePathResult | undefined {
  const { StatusCodes, BrowsePathResult } = space.library;
  const names = (path.relativePath.elements ?? []).map(({ targetName }) => targetName);
  const start = findUnsNode(space, path.startingNode, sees);
  const entered = start === undefined ? entryOf(space, path.startingNode, names) : 0;
  if (entered === undefined) return undefined;
  const rest = names.slice(entered);
  if (rest.some((name) => (name.name ?? "") === ""))
    return new BrowsePathResult({ statusCode: StatusCodes.BadBrowseNameInvalid });
  if (names.length === 0) return new BrowsePathResult({ statusCode: StatusCodes.BadNothingToDo });
  let found: readonly UnsNode[] = [start ?? ROOT_NODE];
  for (const name of rest) {
    const below = found.flatMap((node) => childrenNamed(space, node, name));
    found = below.filter((node) => isSeen(node, sees));
  }
  if (found.length === 0) return new BrowsePathResult({ statusCode: StatusCodes.BadNoMatch });
  return new BrowsePathResult({
    statusCode: StatusCodes.Good,
    targets: found.map((node) => ({
      targetId: space.library.makeExpandedNodeId(nodeIdOf(space, node)),
      remainingPathIndex: WHOLE_PATH,
    })),
  });
}

interface Name {
  readonly namespaceIndex: number;
  readonly name: string | null;
}

/** Root and Objects: how many names lead from there into the UNS. */
const ENTRIES: ReadonlyMap<number, readonly string[]> = new Map([
  [84, ["Objects"]],
  [85, []],
]);

function entryOf(
  space: UnsSpace,
  { namespace, value }: NodeId,
  names: readonly Name[],
): number | undefined {
  const way = namespace === 0 && typeof value === "number" ? ENTRIES.get(value) : undefined;
  if (way === undefined || !way.every((name, at) => names[at]?.name === name)) return undefined;
  return isNamed(space, ROOT_NODE, names[way.length]) ? way.length + 1 : undefined;
}

function isNamed(space: UnsSpace, node: UnsNode, name: Name | undefined): boolean {
  const own = browseNameOf(space, node);
  return name?.namespaceIndex === own.namespaceIndex && name.name === own.name;
}

/** A metric and a folder may have the same name. */
function childrenNamed(space: UnsSpace, node: UnsNode, wanted: Name): readonly UnsNode[] {
  const { tree } = space;
  if (node.kind === "property") return [];
  if (node.kind === "metric") {
    const has = propertiesOf(tree, node.row);
    return PROPERTIES.filter((name) => has.includes(name))
      .map((name): UnsNode => ({ kind: "property", row: node.row, name }))
      .filter((property) => isNamed(space, property, wanted));
  }
  if (wanted.namespaceIndex !== space.namespaceIndex) return [];
  const parent = node.kind === "root" ? ROOT : node.row;
  const kinds = ["group", "edgeNode", "device", "folder", "metric"] as const;
  return kinds.flatMap((kind) => {
    const row = tree.rows.child(parent, kind, wanted.name ?? "");
    return row === undefined ? [] : [nodeOf(tree, row)];
  });
}
