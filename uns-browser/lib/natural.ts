/** Natural order: `temp_2` before `temp_10`, upper and lower case together. Same names differ in nothing else. */
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** Below zero: `a` stands before `b` among its neighbours. */
export function compareNames(a: string, b: string): number {
  const natural = collator.compare(a, b);
  if (natural !== 0) return natural;
  return a < b ? -1 : Number(a > b);
}

/**
 * Puts `more` into `sorted` (both hold keys of `nameOf`), each in its place; neither is changed. Names that come in
 * order at the end, as pages from the hub do, cost one comparison each.
 */
export function mergeSorted(
  sorted: readonly number[],
  more: readonly number[],
  nameOf: (key: number) => string,
): number[] {
  const compare = (a: number, b: number): number => compareNames(nameOf(a), nameOf(b));
  const fresh = more.toSorted(compare);
  const last = sorted.at(-1);
  const first = fresh[0];
  if (last === undefined || first === undefined || compare(last, first) <= 0)
    return [...sorted, ...fresh];
  const merged: number[] = [];
  let from = 0;
  for (const key of fresh) {
    const to = placeOf(sorted, from, (other) => compare(other, key) <= 0);
    for (; from < to; from += 1) merged.push(sorted[from] ?? key);
    merged.push(key);
  }
  return [...merged, ...sorted.slice(from)];
}

/** The first place from `from` on whose key is no longer `before`. */
function placeOf(
  sorted: readonly number[],
  from: number,
  before: (key: number) => boolean,
): number {
  let low = from;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = sorted[middle];
    if (key !== undefined && before(key)) low = middle + 1;
    else high = middle;
  }
  return low;
}
