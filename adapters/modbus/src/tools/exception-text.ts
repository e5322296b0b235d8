/** What an exception means, in the words of the standard. */
const WORDS: ReadonlyMap<number, string> = new Map([
  [1, "illegal function"],
  [2, "illegal address"],
  [3, "illegal value"],
  [4, "device failure"],
  [5, "acknowledge"],
  [6, "busy"],
  [8, "parity error"],
  [10, "gateway: no path to the unit"],
  [11, "gateway: the unit does not answer"],
]);

/** `exception 2, illegal address`. */
export function exceptionText(code: number): string {
  const words = WORDS.get(code);
  return words === undefined ? `exception ${code}` : `exception ${code}, ${words}`;
}
