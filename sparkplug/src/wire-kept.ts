/**
 * What comes again with every message, kept by its bytes: names, keys, units, states, sets of properties. Finding it is
 * faster than decoding it anew, costs no memory, and a text that is the same object is found in a `Map` at once.
 * The size is fixed, whatever arrives; a clash costs time and never gives the wrong value.
 */

const SLOTS = 2048;
const NOTHING = new Uint8Array(0);

/** Values of one kind, of up to `longest` bytes each. Ask `find` first, and `keep` what was not there. */
export class Kept<Value> {
  readonly #longest: number;
  readonly #bytes: Uint8Array[] = Array.from({ length: SLOTS }, () => NOTHING);
  readonly #values: (Value | undefined)[] = Array.from({ length: SLOTS });
  /** They come in the same order in every message: the slot that followed, by the slot of the one before. */
  readonly #next = new Uint16Array(SLOTS);
  /** Slot of what was asked for last. */
  #last = 0;

  constructor(longest: number) {
    this.#longest = longest;
  }

  /** The value whose bytes are those from `start` to `end`; `undefined` when it is not kept. */
  find(bytes: Uint8Array, start: number, end: number): Value | undefined {
    if (end - start > this.#longest) return undefined;
    const expected = this.#next[this.#last] ?? 0;
    if (isSame(this.#bytes[expected] ?? NOTHING, bytes, start, end)) {
      this.#last = expected;
      return this.#values[expected];
    }
    const slot = slotOf(bytes, start, end);
    this.#next[this.#last] = slot;
    this.#last = slot;
    const isKept = isSame(this.#bytes[slot] ?? NOTHING, bytes, start, end);
    return isKept ? this.#values[slot] : undefined;
  }

  /** Keeps what `find` has just not found; copies its bytes. What is too long is only given back. */
  keep(value: Value, bytes: Uint8Array, start: number, end: number): Value {
    if (end - start > this.#longest) return value;
    const slot = slotOf(bytes, start, end);
    // Not `slice`: that of a Node Buffer copies nothing, and what is kept would change with the caller's memory.
    this.#bytes[slot] = new Uint8Array(bytes.subarray(start, end));
    this.#values[slot] = value;
    return value;
  }
}

function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let index = start; index < end; index += 1) hash = (hash * 31 + (bytes[index] ?? 0)) | 0;
  return (hash ^ (hash >>> 15)) & (SLOTS - 1);
}

function isSame(kept: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  const { length } = kept;
  if (length !== end - start) return false;
  for (let index = 0; index < length; index += 1) {
    if (kept[index] !== bytes[start + index]) return false;
  }
  return true;
}
