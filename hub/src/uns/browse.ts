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

/** Where somebody looks around, and what he may see there. */
export interface Looking {
  readonly tree: UnsTree;
  readonly paths: UnsPaths;
  /** What it denies is not there. */
  readonly sees: (id: number) => boolean;
}

const NATURAL = new Intl.Collator("en", { numeric: true });

/** What stands just below a path, sorted by name; the tops of the plant when it is empty. `undefined`: there is no such path. */
export function browse(looking: Looking, path: string): readonly PathRow[] | undefined {
  const { paths } = looking;
  const node = path === "" ? paths.places.root : paths.places.at(path.split("/"));
  const branches = path === "" ? [] : paths.branchesAt(path).filter((id) => looking.sees(id));
  const isPlace = node !== undefined && (path === "" || isSeen(node, looking));
  if (!isPlace && branches.length === 0 && !isMetric(looking, path)) return undefined;
  const found = [
    ...(isPlace ? placeRows(looking, node, path) : []),
    ...branches.flatMap((parent) => treeRows(looking, { parent, path })),
  ];
  const rows = new Map(found.map((row) => [keyOf(row), row]));
  return [...rows.values()].toSorted(
    (a, b) => NATURAL.compare(a.name, b.name) || a.kind.localeCompare(b.kind),
  );
}

/** So many levels of a chain are told; beyond them they are rows of their own. */
const LONGEST_CHAIN = 64;

/** The rows below one that are each the only row below the one before it, and above them nothing but plain levels. */
export function chainBelow(looking: Looking, row: PathRow): readonly PathRow[] {
  const chain: PathRow[] = [];
  for (let at = row; chain.length < LONGEST_CHAIN && mayBeAlone(looking, at);) {
    const [only, ...others] = browse(looking, at.path) ?? [];
    if (only === undefined || others.length > 0 || only.kind === "metric") break;
    chain.push(only);
    at = only;
  }
  return chain;
}

/** Spares most levels the look at what is below them. */
function mayBeAlone({ tree, paths }: Looking, { kind, id, path }: PathRow): boolean {
  if (kind === "folder" && id !== undefined) return tree.rows.onlyChild(id) !== undefined;
  return kind === "place" && paths.places.at(path.split("/"))?.children.size === 1;
}

/** Whether somebody who may be seen stands at a place or below it. */
function isSeen(node: PlaceNode, looking: Looking): boolean {
  const { row, displacedRow, children } = node;
  if ([row, displacedRow].some((member) => member >= 0 && looking.sees(member))) return true;
  for (const child of children.values()) if (isSeen(child, looking)) return true;
  return false;
}

function isMetric({ paths, sees }: Looking, path: string): boolean {
  const id = paths.find(path);
  return id !== undefined && sees(id);
}

/** A metric, and a branch of the same name. */
function keyOf({ name, kind }: PathRow): string {
  return `${kind === "metric"} ${name}`;
}

function placeRows(looking: Looking, node: PlaceNode, path: string): readonly PathRow[] {
  const { rows } = looking.tree;
  return Array.from(node.children)
    .filter(([, child]) => isSeen(child, looking))
    .map(([name, { row }]) => {
      const at = { name, path: below(path, name) };
      const isThere = row >= 0 && looking.sees(row);
      return isThere ? { ...at, kind: rows.kind(row), id: row } : { ...at, kind: "place" };
    });
}

/** Folders and metrics; devices of an edge node have places of their own. */
function treeRows(
  { tree: { rows }, paths, sees }: Looking,
  { parent, path }: { readonly parent: number; readonly path: string },
): readonly PathRow[] {
  return [...rows.children(parent)].filter(sees).flatMap((id): readonly PathRow[] => {
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
