/** What the page asks over HTTP: children of a row, the way to a path, search, one value. Bounded answers only. */
import { ROOT, type UnsTree } from "../tree/index.ts";
import type { ChildrenAnswer, FindAnswer, PathAnswer, TreeRow } from "./protocol.ts";
import { sortedChildren, treeRow, valueEntries } from "./tree-view.ts";

/** Most rows in one answer. */
export const MAX_LIMIT = 5000;

export interface ChildrenQuestion {
  /** The parent; the groups when left out. */
  readonly id: number | undefined;
  /** The last row of the page before. */
  readonly after: number | undefined;
  readonly limit: number;
  /** Milliseconds since 1970 UTC when values are wanted too. */
  readonly valuesAt: number | undefined;
}

/** `undefined` when there is no such row. */
export function children(
  tree: UnsTree,
  epoch: string,
  ask: ChildrenQuestion,
): ChildrenAnswer | undefined {
  const parent = ask.id ?? ROOT;
  if (parent !== ROOT && !tree.rows.has(parent)) return undefined;
  const all = sortedChildren(tree, parent);
  const from = ask.after === undefined ? 0 : all.indexOf(ask.after) + 1;
  const ids = all.slice(from, from + ask.limit);
  const { valuesAt } = ask;
  const answer = {
    epoch,
    rows: ids.map((id) => treeRow(tree, id)),
    more: from + ids.length < all.length,
  };
  if (valuesAt === undefined) return answer;
  return { ...answer, t: valuesAt, u: ids.flatMap((id) => valueEntries(tree, id, valuesAt, 0)) };
}

/** The rows from the group down to `path`; `undefined` when there is none. */
export function pathRows(tree: UnsTree, epoch: string, path: string): PathAnswer | undefined {
  const id = tree.find(path);
  if (id === undefined || id === ROOT) return undefined;
  return { epoch, rows: tree.rows.lineage(id).map((row) => treeRow(tree, row)) };
}

/** Metrics whose path contains every word of `words`, any case, with their ancestors, parents before children. */
export async function find(
  tree: UnsTree,
  epoch: string,
  { words, limit }: { words: string; limit: number },
): Promise<FindAnswer> {
  const { hits, ids } = await tree.search(words, limit);
  const rows = new Map<number, TreeRow>();
  for (const row of ids.flatMap((id) => tree.rows.lineage(id))) {
    if (!rows.has(row)) rows.set(row, treeRow(tree, row));
  }
  return { epoch, hits, rows: [...rows.values()] };
}
