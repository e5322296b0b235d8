/** The plant by its paths, level by level, for those who look around: places, devices, folders in names, metrics. */
import type { RowKind, UnsTree } from "../tree/index.ts";
import type { UnsPaths } from "./paths.ts";
import { levelsOfName } from "./placement/index.ts";
import type { PlaceNode } from "./place-tree.ts";

/** What stands at one level below a path. */
export interface PathRow {
  readonly name: string;
  readonly path: string;
  /** A level of the plant where nothing stands by itself is a `place`. */
  readonly kind: "place" | RowKind;
  /** In the tree; left out for places. */
  readonly id?: number;
}

const NATURAL = new Intl.Collator("en", { numeric: true });

/** What stands just below a path, sorted by name; the tops of the plant when it is empty. `undefined`: there is no such path. */
export function browse(
  tree: UnsTree,
  paths: UnsPaths,
  path: string,
): readonly PathRow[] | undefined {
  const node = path === "" ? paths.places.root : paths.places.at(path.split("/"));
  const branches = path === "" ? [] : paths.branchesAt(path);
  if (node === undefined && branches.length === 0 && paths.find(path) === undefined)
    return undefined;
  const rows = new Map<string, PathRow>();
  if (node !== undefined) for (const row of placeRows(tree, node, path)) rows.set(keyOf(row), row);
  for (const parent of branches) {
    for (const row of treeRows(tree, paths, { parent, path })) rows.set(keyOf(row), row);
  }
  return [...rows.values()].toSorted(
    (a, b) => NATURAL.compare(a.name, b.name) || a.kind.localeCompare(b.kind),
  );
}

/** A metric, and a branch of the same name. */
function keyOf({ name, kind }: PathRow): string {
  return `${kind === "metric"} ${name}`;
}

function placeRows({ rows }: UnsTree, node: PlaceNode, path: string): readonly PathRow[] {
  return Array.from(node.children, ([name, { row }]) => {
    const at = { name, path: below(path, name) };
    return row < 0 ? { ...at, kind: "place" } : { ...at, kind: rows.kind(row), id: row };
  });
}

/** Folders and metrics; devices of an edge node have places of their own. */
function treeRows(
  { rows }: UnsTree,
  paths: UnsPaths,
  { parent, path }: { readonly parent: number; readonly path: string },
): readonly PathRow[] {
  return [...rows.children(parent)].flatMap((id): readonly PathRow[] => {
    const kind = rows.kind(id);
    const name = levelsOfName(rows.name(id));
    const at = { name, path: below(path, name), kind, id };
    if (kind === "folder") return [at];
    return kind === "metric" && paths.pathOf(id) === at.path ? [at] : [];
  });
}

function below(path: string, name: string): string {
  return path === "" ? name : `${path}/${name}`;
}
