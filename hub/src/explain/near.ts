/** What somebody may have meant by a path that is not there. */
import { joinPath, ROOT, splitPath, type UnsTree } from "../tree/index.ts";

const MOST = 5;
/** Children of one row that are compared. */
const MAX_COMPARED = 5000;
/** Letters of a name that are compared. */
const MAX_LETTERS = 64;

/** Paths that are there and look like `path`, the best first. */
export async function nearPaths(tree: UnsTree, path: string): Promise<readonly string[]> {
  const segments = splitPath(path) ?? path.split("/");
  const { ids } = await tree.search(segments.at(-1) ?? path, MOST);
  const paths = [...alike(tree, segments), ...ids].map((id) => joinPath(tree.segments(id)));
  return [...new Set(paths)].slice(0, MOST);
}

/** Walks down by the name that is most alike; gives the rows beside the last name that led on. */
function alike(tree: UnsTree, segments: readonly string[]): readonly number[] {
  let row = ROOT;
  let found: readonly number[] = [];
  for (const segment of segments) {
    const next = childrenLike(tree, row, segment);
    const [best] = next;
    if (best === undefined) return found;
    found = next;
    row = best;
  }
  return found;
}

function childrenLike(tree: UnsTree, row: number, wanted: string): readonly number[] {
  const scored: { readonly id: number; readonly distance: number }[] = [];
  for (const id of tree.rows.children(row)) {
    if (scored.length >= MAX_COMPARED) break;
    scored.push({ id, distance: distanceOf(tree.rows.name(id), wanted) });
  }
  const most = Math.max(2, wanted.length / 2);
  return scored
    .filter(({ distance }) => distance <= most)
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, MOST)
    .map(({ id }) => id);
}

/** Letters to add, leave out or change, any case; a name that contains the other is near. */
function distanceOf(name: string, wanted: string): number {
  const a = name.slice(0, MAX_LETTERS).toLowerCase();
  const b = wanted.slice(0, MAX_LETTERS).toLowerCase();
  if (a === b) return 0;
  if (b !== "" && (a.includes(b) || b.includes(a))) return 1;
  let before = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 0; row < a.length; row += 1) {
    const now = [row + 1];
    for (let at = 1; at <= b.length; at += 1) {
      const change = (before[at - 1] ?? 0) + Number(a[row] !== b[at - 1]);
      now.push(Math.min(change, (before[at] ?? 0) + 1, (now[at - 1] ?? 0) + 1));
    }
    before = now;
  }
  return before[b.length] ?? 0;
}
