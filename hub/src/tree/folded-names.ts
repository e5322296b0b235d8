/** The names of a pool in small letters, in one array of bytes, made as they are asked for. */
import { grown } from "./columns.ts";
import type { Masks } from "./row-scan.ts";
import type { TextPool } from "./text-pool.ts";

/** Names that are looked at one by one behind a hit. */
const NEIGHBOURS = 64;

export class FoldedNames {
  readonly #names: TextPool;
  /** Each name stands where it stands in the pool. */
  #bytes = Buffer.alloc(0);
  #count = 0;
  /** Names that have another length in small letters; their place holds zeros. */
  readonly #odd = new Map<number, string>();

  constructor(names: TextPool) {
    this.#names = names;
  }

  /** Names that are folded. */
  get count(): number {
    return this.#count;
  }

  /** Folds up to `to` names in all. */
  fold(to: number): void {
    const length = this.#names.start(to);
    if (this.#bytes.length < length) {
      this.#bytes = grown(Buffer.alloc(length + (length >> 2)), this.#bytes);
    }
    for (let id = this.#count; id < to; id += 1) this.#foldName(id);
    this.#count = Math.max(this.#count, to);
  }

  /**
   * Marks names from `from` to `to` that contain `word`; answers whether there are any. Rare words are jumped to, which is
   * quickest by far; where one is, its neighbours are looked at one by one, which is quicker when most of them have it.
   */
  markThoseWith(word: Uint8Array, marks: Marks): boolean {
    const base = this.#names.start(marks.from);
    const run = this.#bytes.subarray(base, this.#names.start(marks.to));
    let id = marks.from;
    let isThere = this.#markOdd(marks, (name) => name.includes(Buffer.from(word).toString()));
    while (id < marks.to) {
      const hit = run.indexOf(word, this.#names.start(id) - base);
      if (hit < 0) break;
      isThere = true;
      id = this.#nameAt(base + hit, id, marks.to);
      const until = Math.min(marks.to, id + NEIGHBOURS);
      for (; id < until; id += 1) {
        if (this.#contains(id, word)) mark(marks, id);
      }
    }
    return isThere;
  }

  /** Marks names from `from` to `to` that begin with `word`; answers whether there are any. */
  markThoseThatBegin(word: Uint8Array, marks: Marks): boolean {
    let isThere = false;
    for (let id = marks.from; id < marks.to; id += 1) {
      if (!this.begins(id, word)) continue;
      mark(marks, id);
      isThere = true;
    }
    return isThere;
  }

  begins(id: number, word: Uint8Array): boolean {
    const odd = this.#odd.size === 0 ? undefined : this.#odd.get(id);
    if (odd !== undefined) return odd.startsWith(Buffer.from(word).toString());
    return this.#lengthOf(id) >= word.length && this.#standsAt(word, this.#names.start(id));
  }

  ends(id: number, word: Uint8Array): boolean {
    const odd = this.#odd.size === 0 ? undefined : this.#odd.get(id);
    if (odd !== undefined) return odd.endsWith(Buffer.from(word).toString());
    const at = this.#names.end(id) - word.length;
    return this.#lengthOf(id) >= word.length && this.#standsAt(word, at);
  }

  is(id: number, word: Uint8Array): boolean {
    const odd = this.#odd.size === 0 ? undefined : this.#odd.get(id);
    if (odd !== undefined) return odd === Buffer.from(word).toString();
    return this.#lengthOf(id) === word.length && this.#standsAt(word, this.#names.start(id));
  }

  #contains(id: number, word: Uint8Array): boolean {
    const first = word[0];
    const last = this.#names.end(id) - word.length;
    for (let at = this.#names.start(id); at <= last; at += 1) {
      if (this.#bytes[at] === first && this.#standsAt(word, at)) return true;
    }
    return false;
  }

  /** The name, from `low` up to, not including, `high`, in which a byte stands. */
  #nameAt(pos: number, low: number, high: number): number {
    let [from, to] = [low, high];
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if (this.#names.start(middle) <= pos) from = middle;
      else to = middle;
    }
    return from;
  }

  #lengthOf(id: number): number {
    return this.#names.end(id) - this.#names.start(id);
  }

  #standsAt(word: Uint8Array, at: number): boolean {
    for (let index = 0; index < word.length; index += 1) {
      if (this.#bytes[at + index] !== word[index]) return false;
    }
    return true;
  }

  #markOdd(marks: Marks, holds: (name: string) => boolean): boolean {
    if (marks.from !== 0) return false; // once for all of them
    let isThere = false;
    for (const [id, name] of this.#odd) {
      if (!holds(name)) continue;
      mark(marks, id);
      isThere = true;
    }
    return isThere;
  }

  #foldName(id: number): void {
    const { bytes } = this.#names;
    const [start, end] = [this.#names.start(id), this.#names.end(id)];
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at] ?? 0;
      if (byte > 0x7f) return this.#foldOther(id, start, end);
      this.#bytes[at] = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
    }
  }

  /** Letters beyond ASCII. */
  #foldOther(id: number, start: number, end: number): void {
    const name = this.#names.text(id).toLowerCase();
    if (Buffer.byteLength(name) === end - start) this.#bytes.write(name, start);
    else {
      this.#bytes.fill(0, start, end);
      this.#odd.set(id, name);
    }
  }
}

/** Which names are looked at, and the bit that those get which are meant. */
export interface Marks {
  readonly in: Masks;
  readonly bit: number;
  readonly from: number;
  readonly to: number;
}

function mark({ in: marks, bit }: Marks, id: number): void {
  marks[id] = (marks[id] ?? 0) | bit;
}
