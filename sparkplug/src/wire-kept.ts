/**
 * What comes again with every message, kept by its bytes: names, keys, units, states, sets of properties. Finding it is
 * faster than decoding it anew, costs no memory, and a text that is the same object is found in a `Map` at once.
 * The size is fixed, whatever arrives; a clash costs time and never gives the wrong value. What comes only once is not
 * kept: of its first coming nothing is noted but a number.
 */

const SLOTS = 2048;

/** Values of one kind, of up to `longest` bytes each. Ask `find` first, and `keep` what was not there. */
export class Kept<Value> {
  readonly #longest: number;
  /** The bytes of each slot, `longest` of them; a copy, because callers use their memory again. */
  readonly #memory: Uint8Array;
  readonly #lengths = new Uint8Array(SLOTS);
  readonly #values: (Value | undefined)[] = Array.from({ length: SLOTS });
  /** What came last to each slot, as a number: worth keeping when it comes again. */
  readonly #seen = new Int32Array(SLOTS);
  /** They come in the same order in every message: the slot that followed, by the slot of the one before. */
  readonly #next = new Uint16Array(SLOTS);
  /** Slot of what was asked for last. */
  #last = 0;
  #lastSeen = 0;

  /** `longest`: up to 255. */
  constructor(longest: number) {
    this.#longest = longest;
    this.#memory = new Uint8Array(SLOTS * longest);
  }

  /** The value whose bytes are those from `start` to `end`; `undefined` when it is not kept. */
  find(bytes: Uint8Array, start: number, end: number): Value | undefined {
    if (end - start > this.#longest) return undefined;
    const expected = this.#next[this.#last] ?? 0;
    if (this.#holds(expected, bytes, start, end)) {
      this.#last = expected;
      return this.#values[expected];
    }
    const seen = hashOf(bytes, start, end);
    const slot = seen >>> 21;
    this.#next[this.#last] = slot;
    this.#last = slot;
    this.#lastSeen = seen;
    return this.#holds(slot, bytes, start, end) ? this.#values[slot] : undefined;
  }

  /** Keeps what `find` has just not found, if it came before. Gives it back. */
  keep(value: Value, bytes: Uint8Array, start: number, end: number): Value {
    const length = end - start;
    if (length > this.#longest) return value;
    const slot = this.#last;
    if (this.#seen[slot] !== this.#lastSeen) {
      this.#seen[slot] = this.#lastSeen;
      return value;
    }
    this.#memory.set(bytes.subarray(start, end), slot * this.#longest);
    this.#lengths[slot] = length;
    this.#values[slot] = value;
    return value;
  }

  #holds(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#lengths[slot] !== end - start) return false;
    const memory = this.#memory;
    let at = slot * this.#longest;
    for (let index = start; index < end; index += 1) {
      if (memory[at] !== bytes[index]) return false;
      at += 1;
    }
    return true;
  }
}

/** Four bytes at a time; the slot is in its uppermost 11 bits. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  let at = start;
  for (; at + 4 <= end; at += 4) {
    const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
    const four = low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
    hash = Math.imul(hash ^ four, 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  for (; at < end; at += 1) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x9e37_79b1);
  return Math.imul(hash ^ (hash >>> 13), 0x85eb_ca6b);
}
