/** Writes and reads numbers as few bytes: varints of seven bits a byte, signed ones by zigzag. */

const FIRST_BYTES = 4096;
/** A varint of a safe integer is at most so long. */
const MOST_VARINT = 8;
const SMALL = 0x4000_0000;

/** Beyond it a signed varint would not be exact. */
export const MOST_SIGNED = 2 ** 51;

export class ByteWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = value;
    this.#length += 1;
  }

  /** `value`: an integer from 0 to 2^53. */
  varint(value: number): void {
    this.#reserve(MOST_VARINT);
    let rest = value;
    while (rest >= SMALL) {
      this.#bytes[this.#length] = (rest % 128) | 128;
      this.#length += 1;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.#bytes[this.#length] = (rest & 127) | 128;
      this.#length += 1;
      rest >>= 7;
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  /** `value`: an integer within `MOST_SIGNED` of 0. */
  signed(value: number): void {
    this.varint(value < 0 ? -value * 2 - 1 : value * 2);
  }

  bytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The numbers as they stand in memory. */
  floats(values: Float64Array): void {
    this.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  /** A copy of what was written. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(more: number): void {
    const size = this.#length + more;
    if (size <= this.#bytes.length) return;
    const bigger = new Uint8Array(Math.max(size, this.#bytes.length * 2));
    bigger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bigger;
  }
}

/** Bytes that end too early, or say what cannot be. */
export class BrokenBytes extends Error {
  override readonly name = "BrokenBytes";
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  /** @throws {BrokenBytes} at the end. */
  byte(): number {
    const value = this.#bytes[this.#at];
    if (value === undefined) throw new BrokenBytes("the bytes end too early");
    this.#at += 1;
    return value;
  }

  /** @throws {BrokenBytes} */
  varint(): number {
    let byte = this.byte();
    if (byte < 128) return byte;
    let value = byte & 127;
    let scale = 128;
    do {
      byte = this.byte();
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte >= 128);
    return value;
  }

  /** @throws {BrokenBytes} */
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** A view. @throws {BrokenBytes} */
  bytes(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new BrokenBytes("the bytes end too early");
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }

  /** A copy. @throws {BrokenBytes} */
  floats(count: number): Float64Array<ArrayBuffer> {
    const copy = new Float64Array(count);
    new Uint8Array(copy.buffer).set(this.bytes(count * 8));
    return copy;
  }
}
