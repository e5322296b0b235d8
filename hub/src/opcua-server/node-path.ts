/**
 * Identifiers of nodes: the path of a row, as everywhere in the hub, and what stands behind it. Nothing is kept: a path is looked
 * up in the tree when somebody asks for it, so a million metrics cost nothing here.
 *
 *     ns=2;s=/                                   the folder UNS
 *     ns=2;s=Plant1/gw-press/press-01            a group, edge node, device or folder
 *     ns=2;s=Plant1/gw-press/press-01/Pressure   a metric
 *     ns=2;s=Plant1/gw-press/press-01/Pressure?EURange
 *
 * Segments are percent-encoded, so `?` and `#` are never part of a name. A name that is used twice among siblings, by a metric and a
 * folder or by a device and a folder, is told apart by `#folder` or `#device`; metrics need no mark.
 */
import { joinPath, ROOT, type RowKind, type UnsTree } from "../tree/index.ts";

/** Properties that a metric may have as nodes. */
export const PROPERTIES = ["EngineeringUnits", "EURange"] as const;
export type PropertyName = (typeof PROPERTIES)[number];

/** A node of the UNS. */
export type UnsNode =
  | { readonly kind: "root" }
  | { readonly kind: "branch"; readonly row: number }
  | { readonly kind: "metric"; readonly row: number }
  | { readonly kind: "property"; readonly row: number; readonly name: PropertyName };

export const ROOT_PATH = "/";
const ROOT_NODE: UnsNode = { kind: "root" };

/** In the order in which a segment without a mark is looked up. */
const BRANCHES = ["group", "edgeNode", "device", "folder"] as const;
const KINDS = ["metric", ...BRANCHES] as const;
const NAMES = new Map<string, PropertyName>(PROPERTIES.map((name) => [name, name]));

/** The identifier of a node. */
export function pathOf(tree: UnsTree, node: UnsNode): string {
  if (node.kind === "root") return ROOT_PATH;
  const line = tree.rows.lineage(node.row);
  const path = line.map((row) => segmentOf(tree, row, row === node.row)).join("/");
  return node.kind === "property" ? `${path}?${node.name}` : path;
}

/** What stands behind an identifier; `undefined` when there is no such node. */
export function nodeAt(tree: UnsTree, path: string): UnsNode | undefined {
  if (path === ROOT_PATH) return ROOT_NODE;
  const [rowPath = "", property] = path.split("?", 2);
  const row = rowAt(tree, rowPath);
  if (row === undefined) return undefined;
  if (property === undefined) return nodeOf(tree, row);
  const name = NAMES.get(property);
  if (name === undefined || !propertiesOf(tree, row).includes(name)) return undefined;
  return { kind: "property", row, name };
}

export function nodeOf(tree: UnsTree, row: number): UnsNode {
  if (row === ROOT) return ROOT_NODE;
  return { kind: tree.rows.isMetric(row) ? "metric" : "branch", row };
}

/** The node above; `undefined` for the root. */
export function parentOf(tree: UnsTree, node: UnsNode): UnsNode | undefined {
  if (node.kind === "root") return undefined;
  return nodeOf(tree, node.kind === "property" ? node.row : tree.rows.parent(node.row));
}

/** Those of a metric that its birth gave it. */
export function propertiesOf(tree: UnsTree, row: number): readonly PropertyName[] {
  const info = tree.info(row);
  if (info === undefined) return [];
  const hasRange = info.low !== undefined && info.high !== undefined;
  return PROPERTIES.filter((name) => (name === "EURange" ? hasRange : info.unit !== undefined));
}

function segmentOf(tree: UnsTree, row: number, isLast: boolean): string {
  const { rows } = tree;
  const [parent, name] = [rows.parent(row), rows.name(row)];
  const segment = joinPath([name]);
  return unmarked(tree, parent, { name, isLast }) === row
    ? segment
    : `${segment}#${rows.kind(row)}`;
}

interface Wanted {
  readonly name: string;
  readonly isLast: boolean;
}

function unmarked({ rows }: UnsTree, parent: number, wanted: Wanted): number | undefined {
  for (const kind of wanted.isLast ? KINDS : BRANCHES) {
    const row = rows.child(parent, kind, wanted.name);
    if (row !== undefined) return row;
  }
  return undefined;
}

function rowAt(tree: UnsTree, path: string): number | undefined {
  const segments = path.split("/");
  let row: number = ROOT;
  for (const [index, segment] of segments.entries()) {
    const next = childAt(tree, row, { name: segment, isLast: index === segments.length - 1 });
    if (next === undefined) return undefined;
    row = next;
  }
  return row;
}

function childAt(tree: UnsTree, parent: number, segment: Wanted): number | undefined {
  const [encoded = "", mark] = segment.name.split("#", 2);
  const name = decoded(encoded);
  if (name === undefined) return undefined;
  if (mark === undefined) return unmarked(tree, parent, { name, isLast: segment.isLast });
  const kind = KINDS.find((each): each is RowKind & typeof each => each === mark);
  return kind === undefined ? undefined : tree.rows.child(parent, kind, name);
}

function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined; // broken percent signs name nothing
  }
}
