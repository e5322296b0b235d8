/**
 * Finds metrics whose path contains every word, any case. Each word is looked for in the distinct names only, in one
 * array of bytes; then one pass over the rows hands on what the rows above already contain. Works in slices of a few
 * milliseconds, one search after the other, so that the broker goes on meanwhile.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { FoldedNames } from "./folded-names.ts";
import { newMasks, RowScan, type Masks } from "./row-scan.ts";
import type { TreeRows } from "./rows.ts";

export interface SearchResult {
  /** How many metrics match in all. */
  readonly hits: number;
  /** The first of them, in the order in which they came. */
  readonly ids: readonly number[];
}

type IsSeen = (id: number) => boolean;

/** Each word is one bit; what is typed beyond that does not count. */
const MAX_WORDS = 30;
const SLICE_MS = 4;
/** Names or rows between two looks at the clock. */
const STEP = 4096;

/** One way in which a path can contain a word. */
interface Pattern {
  readonly word: number;
  /** One: some name contains it. Several: a name ends with the first, one below it begins with the last. */
  readonly parts: readonly Uint8Array[];
}

interface NameMarks {
  /** For each name, by the bits of the words, what it contains. */
  readonly contained: Masks;
  /** 1 for each name in which a word with `/` may end. */
  readonly begun: Masks;
}

export class Search {
  readonly #rows: TreeRows;
  readonly #names: FoldedNames;
  #last: Promise<unknown> = Promise.resolve();

  constructor(rows: TreeRows) {
    this.#rows = rows;
    this.#names = new FoldedNames(rows.names);
  }

  /** `words`: what somebody typed; `limit`: most ids; `isSeen`: which metrics count, all when left out. */
  async find(words: string, limit: number, isSeen?: IsSeen): Promise<SearchResult> {
    const search = this.#last.then(() => this.#find(words, limit, isSeen));
    this.#last = search.catch(() => undefined); // whoever asked hears of it
    return await search;
  }

  async #find(typed: string, limit: number, isSeen: IsSeen | undefined): Promise<SearchResult> {
    const slices = new Slices();
    const rows = this.#rows;
    const { size } = rows;
    const words = wordsOf(typed);
    const patterns = words.flatMap((text, word) => patternsOf(text, word));
    const marks = await this.#markNames(patterns, words.length, slices);
    if (marks === undefined) return { hits: 0, ids: [] };
    const crossing = patterns.filter(({ parts }) => parts.length > 1);
    const crossed = (row: number): number => this.#crossed(row, crossing);
    const { contained } = marks;
    const begun = crossing.length === 0 ? undefined : marks.begun;
    const wanted = { words: words.length, contained, begun, crossed, limit, isSeen };
    const scan = new RowScan({ rows, size, ...wanted });
    for (let from = 1; from < size; from += STEP) {
      scan.take(from, Math.min(size, from + STEP));
      if (slices.isOver()) await slices.next();
    }
    return { hits: scan.hits, ids: scan.ids };
  }

  /** `undefined` when some word is in no name at all. */
  async #markNames(
    patterns: readonly Pattern[],
    words: number,
    slices: Slices,
  ): Promise<NameMarks | undefined> {
    const { size } = this.#rows.names;
    while (this.#names.count < size) {
      this.#names.fold(Math.min(size, this.#names.count + STEP));
      if (slices.isOver()) await slices.next();
    }
    const contained = newMasks(size, words);
    const begun = newMasks(size, 1);
    const found = new Set<number>();
    for (const { word, parts } of patterns) {
      const last = parts.at(-1) ?? new Uint8Array();
      const names = this.#names;
      for (let from = 0; from < size; from += STEP) {
        const range = { from, to: Math.min(size, from + STEP) };
        const isThere =
          parts.length > 1
            ? names.markThoseThatBegin(last, { ...range, bit: 1, in: begun })
            : names.markThoseWith(last, { ...range, bit: 1 << word, in: contained });
        if (isThere) found.add(word);
        if (slices.isOver()) await slices.next();
      }
    }
    return found.size < words ? undefined : { contained, begun };
  }

  /** The words with `/` that end in the name of `id`, as bits. */
  #crossed(id: number, crossing: readonly Pattern[]): number {
    let words = 0;
    for (const { word, parts } of crossing) {
      if (this.#endsIn(id, parts)) words |= 1 << word;
    }
    return words;
  }

  #endsIn(id: number, parts: readonly Uint8Array[]): boolean {
    const rows = this.#rows;
    const last = parts.at(-1);
    if (last === undefined || !this.#names.begins(rows.nameId(id), last)) return false;
    let row = id;
    for (let at = parts.length - 2; at >= 0; at -= 1) {
      row = rows.parent(row);
      const part = parts[at];
      if (!rows.has(row) || part === undefined) return false;
      const name = rows.nameId(row);
      if (at === 0 ? !this.#names.ends(name, part) : !this.#names.is(name, part)) return false;
    }
    return true;
  }
}

function wordsOf(typed: string): readonly string[] {
  const words = typed.toLowerCase().split(/\s+/);
  return [...new Set(words)].filter((word) => word !== "").slice(0, MAX_WORDS);
}

/** A path may be pasted as it stands in an address, percent signs and all. */
function patternsOf(text: string, word: number): readonly Pattern[] {
  const parts = text.split("/");
  const plain = parts.map((part) => decoded(part).toLowerCase());
  const ways = [[text], parts, plain].filter(
    (way, at, all) => all.findIndex((other) => other.join("\0") === way.join("\0")) === at,
  );
  return ways.map((way) => ({ word, parts: way.map((part) => Buffer.from(part)) }));
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // percent signs that stand for themselves
  }
}

/** Lets others go first when a slice has lasted long enough. */
class Slices {
  #began = performance.now();

  isOver(): boolean {
    return performance.now() - this.#began >= SLICE_MS;
  }

  async next(): Promise<void> {
    await nextTurn();
    this.#began = performance.now();
  }
}
