/**
 * The memory that messages are written into, and integers in it. Small messages are handed out as parts of a larger
 * piece of memory, one after the other, as Node does with its Buffers: making an array of its own for each would take
 * a third of the time of encoding it.
 */

/** Bytes of memory that messages share; a larger message gets memory of its own. */
const SHARED = 8192;
const LARGEST_SHARED = 1024;

export class WireMemory {
  protected memory: Uint8Array<ArrayBuffer> = new Uint8Array(SHARED);
  /** Where the message begins; what is before it was handed out and is not ours any more. */
  protected start = 0;
  /** The next byte to write. */
  protected pos = 0;
  protected depth = 0;

  /** Begins a message; one that was left unfinished is forgotten. */
  open(): void {
    if (this.memory.length === 0) this.#begin(); // somebody transferred it to another thread
    this.pos = this.start;
    this.depth = 0;
  }

  /** Bytes written since `open`. */
  get length(): number {
    return this.pos - this.start;
  }

  /** What was written. */
  take(): Uint8Array {
    const [start, end] = [this.start, this.pos];
    if (end - start <= LARGEST_SHARED && this.memory.length === SHARED) {
      this.start = end;
      return this.memory.subarray(start, end);
    }
    const written = this.memory.slice(start, end);
    if (this.memory.length !== SHARED) this.#begin();
    return written;
  }

  #begin(): void {
    this.memory = new Uint8Array(SHARED);
    this.start = 0;
  }

  /** A varint of up to 32 bits. */
  protected short(value: number): void {
    const bytes = this.memory;
    let at = this.pos;
    let rest = value;
    while (rest > 0x7f) {
      bytes[at] = (rest & 0x7f) | 0x80;
      at += 1;
      rest >>>= 7;
    }
    bytes[at] = rest;
    this.pos = at + 1;
  }

  /** A varint of up to 53 bits. */
  protected exact(value: number): void {
    if (value <= 0x7fff_ffff) return this.short(value);
    const high = Math.floor(value / 0x1000_0000);
    this.#group(value - high * 0x1000_0000);
    return this.short(high);
  }

  /** A varint of up to 64 bits. */
  protected wide(value: bigint): void {
    this.#group(Number(value & 0xfff_ffffn));
    const middle = Number((value >> 28n) & 0xfff_ffffn);
    const top = Number(value >> 56n);
    if (top === 0) return this.short(middle);
    this.#group(middle);
    return this.short(top);
  }

  /** 28 bits, and more to come. */
  #group(value: number): void {
    const bytes = this.memory;
    const at = this.pos;
    bytes[at] = (value & 0x7f) | 0x80;
    bytes[at + 1] = ((value >>> 7) & 0x7f) | 0x80;
    bytes[at + 2] = ((value >>> 14) & 0x7f) | 0x80;
    bytes[at + 3] = ((value >>> 21) & 0x7f) | 0x80;
    this.pos = at + 4;
  }

  /** Four bytes, little-endian. */
  protected word(value: number): void {
    const bytes = this.memory;
    const at = this.pos;
    bytes[at] = value & 0xff;
    bytes[at + 1] = (value >>> 8) & 0xff;
    bytes[at + 2] = (value >>> 16) & 0xff;
    bytes[at + 3] = value >>> 24;
    this.pos = at + 4;
  }

  protected reserve(length: number): void {
    if (this.pos + length > this.memory.length) this.#grow(length);
  }

  /** The message moves to the beginning of new memory. */
  #grow(length: number): void {
    const written = this.memory.subarray(this.start, this.pos);
    const needed = written.length + length;
    this.memory = new Uint8Array(needed <= SHARED / 2 ? SHARED : needed * 2);
    this.memory.set(written);
    this.start = 0;
    this.pos = written.length;
  }
}
