/** The way from one metric in trouble to the next, through the whole namespace. */
import type { TreeRow } from "@unshub/hub/feed";
import type { NamespaceApi } from "./api.ts";
import { compareNames } from "./natural.ts";
import { decodePath, encodePath } from "./path.ts";

const FILTER = "q:bad,stale,offline,uncertain,last-known";
/** The hub tells of no more at once; the way leads through them. */
const MOST = 5000;

/** The path of the next metric in trouble after `path` in the order of the tree, or before it; around the end. */
export async function nextProblem(
  api: Pick<NamespaceApi, "find">,
  path: string | null,
  direction: 1 | -1,
): Promise<string | null> {
  const { rows } = await api.find(FILTER, undefined, MOST);
  const names = pathsOf(rows).toSorted(comparePaths);
  if (direction === -1) names.reverse();
  const here = path === null ? null : decodePath(path);
  const next = here && names.find((one) => comparePaths(one, here) * direction > 0);
  const found = next ?? names[0];
  return found === undefined ? null : encodePath(found);
}

/** The names of each metric, from the group down; parents come before children. */
function pathsOf(rows: readonly TreeRow[]): (readonly string[])[] {
  const paths = new Map<number, readonly string[]>();
  for (const { id, parent, name } of rows) {
    const above = parent === null ? [] : (paths.get(parent) ?? []);
    paths.set(id, [...above, name]);
  }
  return rows.filter(({ kind }) => kind === "metric").map(({ id }) => paths.get(id) ?? []);
}

function comparePaths(a: readonly string[], b: readonly string[]): number {
  for (const [at, name] of a.entries()) {
    const other = b[at];
    if (other === undefined) return 1;
    const order = compareNames(name, other);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}
