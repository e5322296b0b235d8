/**
 * Distinct texts in one long array of bytes, each with a number for life. A name that a thousand devices share is kept
 * once, and a million names are a few arrays, which can be searched without making a string of any of them.
 */
import { bytesOf, FIRST_ROOM, grown, roomFor } from "./columns.ts";

/** No such text. */
export const NO_TEXT = -1;

/** Stands behind every text, so that no search finds the end of one together with the begin of the next. */
const SEPARATOR = 0;

/** UTF-8 of the text that is looked up; larger texts bring memory of their own. */
const SCRATCH = Buffer.alloc(16_384);

/** FNV-1a, 32 bits. */
const HASH_START = 0x811c9dc5;
const HASH_FACTOR = 0x01000193;

export class TextPool {
  #bytes = Buffer.alloc(FIRST_ROOM);
  /** Where each text begins; one more than there are texts. */
  #starts = new Uint32Array(FIRST_ROOM);
  #count = 0;
  /** Open addressing: number of the text + 1, or 0. Its length is a power of two. */
  #table = new Int32Array(FIRST_ROOM * 2);

  /** Number of texts. */
  get size(): number {
    return this.#count;
  }

  /** Bytes of all texts and their separators. */
  get byteLength(): number {
    return this.#starts[this.#count] ?? 0;
  }

  /** All texts, one after the other; a view. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** First byte of a text. */
  start(id: number): number {
    return this.#starts[id] ?? 0;
  }

  /** The byte behind the last one of a text. */
  end(id: number): number {
    return (this.#starts[id + 1] ?? 1) - 1;
  }

  text(id: number): string {
    return this.#bytes.toString("utf8", this.start(id), this.end(id));
  }

  /** The number of a text, `NO_TEXT` when it is not there. */
  find(text: string): number {
    return this.findBytes(encoded(text));
  }

  /** The number of a text; it gets one when it has none. */
  add(text: string): number {
    return this.addBytes(encoded(text));
  }

  findBytes(text: Uint8Array): number {
    return (this.#table[this.#slotOf(text)] ?? 0) - 1;
  }

  addBytes(text: Uint8Array): number {
    const slot = this.#slotOf(text);
    const known = this.#table[slot] ?? 0;
    if (known !== 0) return known - 1;
    const id = this.#append(text);
    this.#table[slot] = id + 1;
    if (this.#count * 3 > this.#table.length * 2) this.#index();
    return id;
  }

  /** What a snapshot keeps: the bytes, and where each text begins. */
  parts(): { readonly bytes: Uint8Array; readonly starts: Uint8Array } {
    return {
      bytes: this.#bytes.subarray(0, this.byteLength),
      starts: bytesOf(this.#starts, 0, this.#count + 1),
    };
  }

  /** Takes what `parts` gave. */
  restore(bytes: Buffer<ArrayBuffer>, starts: Uint32Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#starts = starts;
    this.#count = starts.length - 1;
    this.#index();
  }

  #append(text: Uint8Array): number {
    const start = this.byteLength;
    const end = start + text.length + 1;
    if (end > this.#bytes.length) {
      this.#bytes = grown(Buffer.alloc(roomFor(end, this.#bytes.length)), this.#bytes);
    }
    this.#bytes.set(text, start);
    this.#bytes[end - 1] = SEPARATOR;
    const id = this.#count;
    if (id + 2 > this.#starts.length) {
      this.#starts = grown(new Uint32Array(roomFor(id + 2, this.#starts.length)), this.#starts);
    }
    this.#starts[id + 1] = end;
    this.#count += 1;
    return id;
  }

  /** Where the text stands in the table, or where it would stand. */
  #slotOf(text: Uint8Array): number {
    const mask = this.#table.length - 1;
    let slot = hashOf(text, 0, text.length) & mask;
    for (;;) {
      const entry = this.#table[slot] ?? 0;
      if (entry === 0 || this.#is(entry - 1, text)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #is(id: number, text: Uint8Array): boolean {
    const start = this.start(id);
    if (this.end(id) - start !== text.length) return false;
    for (let at = 0; at < text.length; at += 1) {
      if (this.#bytes[start + at] !== text[at]) return false;
    }
    return true;
  }

  /** Makes the table anew, with room for twice as many. */
  #index(): void {
    let length = FIRST_ROOM * 2;
    while (length < this.#count * 2) length *= 2;
    const table = new Int32Array(length);
    for (let id = 0; id < this.#count; id += 1) {
      let slot = hashOf(this.#bytes, this.start(id), this.end(id)) & (length - 1);
      while (table[slot] !== 0) slot = (slot + 1) & (length - 1);
      table[slot] = id + 1;
    }
    this.#table = table;
  }
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_START;
  for (let at = start; at < end; at += 1) {
    hash = Math.imul(hash ^ (bytes[at] ?? 0), HASH_FACTOR);
  }
  return hash ^ (hash >>> 15);
}

/** UTF-8, valid until the next text. */
function encoded(text: string): Uint8Array {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0x7f || at >= SCRATCH.length) return encodedAny(text);
    SCRATCH[at] = code;
  }
  return SCRATCH.subarray(0, text.length);
}

function encodedAny(text: string): Uint8Array {
  if (text.length * 3 > SCRATCH.length) return Buffer.from(text, "utf8");
  return SCRATCH.subarray(0, SCRATCH.write(text, "utf8"));
}
