/** Which lines of a text are others in another one, for a person who wants to see a small change. */

export interface ChangedLine {
  readonly kind: "gone" | "new";
  /** In the text before, or after. From 1. */
  readonly number: number;
  readonly text: string;
}

/** Texts that differ over more lines than this squared are shown as wholly different there. */
const MOST_CELLS = 4_000_000;

/** The lines that are gone and those that are new, in their order; as few as there can be. */
export function changedLines(before: string, after: string): readonly ChangedLine[] {
  const [old, young] = [before.split("\n"), after.split("\n")];
  const most = Math.min(old.length, young.length);
  let head = 0;
  while (head < most && old[head] === young[head]) head += 1;
  let tail = 0;
  while (tail < most - head && old.at(-1 - tail) === young.at(-1 - tail)) tail += 1;
  const [gone, come] = [old, young].map((lines) => lines.slice(head, lines.length - tail));
  return between(gone ?? [], come ?? [], head + 1);
}

/** `first`: the number of the first of them. */
function between(
  gone: readonly string[],
  come: readonly string[],
  first: number,
): readonly ChangedLine[] {
  const common = commonLines(gone, come);
  const changed: ChangedLine[] = [];
  let [at, to] = [0, 0];
  while (at < gone.length || to < come.length) {
    const isSame = at < gone.length && to < come.length && gone[at] === come[to];
    if (isSame) {
      at += 1;
      to += 1;
    } else if (at < gone.length && common(at + 1, to) >= common(at, to + 1)) {
      changed.push({ kind: "gone", number: first + at, text: gone[at] ?? "" });
      at += 1;
    } else {
      changed.push({ kind: "new", number: first + to, text: come[to] ?? "" });
      to += 1;
    }
  }
  return changed;
}

/** How many lines the rest of both have in common, in the same order, from a line on. */
function commonLines(
  gone: readonly string[],
  come: readonly string[],
): (at: number, to: number) => number {
  const width = come.length + 1;
  if (gone.length * come.length > MOST_CELLS) return (at) => (at > gone.length ? -1 : 0);
  const table = new Uint16Array((gone.length + 1) * width);
  const cell = (at: number, to: number): number =>
    at > gone.length || to > come.length ? -1 : (table[at * width + to] ?? 0);
  for (let at = gone.length - 1; at >= 0; at -= 1) {
    for (let to = come.length - 1; to >= 0; to -= 1) {
      table[at * width + to] =
        gone[at] === come[to]
          ? cell(at + 1, to + 1) + 1
          : Math.max(cell(at + 1, to), cell(at, to + 1));
    }
  }
  return cell;
}
