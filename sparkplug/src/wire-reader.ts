/**
 * Reads protobuf from bytes: no copies, exact 64-bit integers. Written for speed where it is read for every metric
 * (`npm run bench -- codec`): the first byte of each varint is looked at in place, everything longer goes to a function
 * of its own.
 */
import { WireCursor } from "./wire-cursor.ts";
import type { DecodeLimits } from "./wire-limits.ts";
import { doubleAt, floatAt } from "./wire-numbers.ts";
import { KEYS, NAMES, textOf, TEXTS, type KeptTexts } from "./wire-text.ts";
import { longEnd, longKey, longUint32, longVarint } from "./wire-varint.ts";

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

export class WireReader extends WireCursor {
  constructor(bytes: Uint8Array, limits: DecodeLimits) {
    super();
    this.open(bytes, limits);
  }

  /** Number and wire type of the next field, as protobuf writes them: `number << 3 | wire`. */
  key(): number {
    const { pos } = this;
    this.at = pos;
    const byte = this.bytes[pos];
    if (byte !== undefined && byte < 0x80) {
      this.pos = pos + 1;
      return byte;
    }
    return longKey(this);
  }

  /** An unsigned integer of up to 64 bits: `number` where that is exact, else `bigint`. */
  uint64(): number | bigint {
    const byte = this.bytes[this.pos];
    if (byte !== undefined && byte < 0x80) {
      this.pos += 1;
      return byte;
    }
    return longVarint(this);
  }

  /** As `uint64`, for times and counters, which nobody needs beyond 2^53. */
  counter(): number {
    const value = this.uint64();
    if (typeof value === "number") return value;
    return this.malformed(`${value} is beyond 2^53`);
  }

  /** 32 bits, unsigned. Negative numbers may come as ten bytes: the low 32 bits are the value. */
  uint32(): number {
    const byte = this.bytes[this.pos];
    if (byte !== undefined && byte < 0x80) {
      this.pos += 1;
      return byte;
    }
    return longUint32(this);
  }

  bool(): boolean {
    return this.uint64() !== 0;
  }

  float(): number {
    const { bytes, pos } = this;
    if (pos + 4 > bytes.length) this.#missing(4);
    this.pos = pos + 4;
    return floatAt(bytes, pos);
  }

  double(): number {
    const { bytes, pos } = this;
    if (pos + 8 > bytes.length) this.#missing(8);
    this.pos = pos + 8;
    return doubleAt(bytes, pos);
  }

  /** Reads a length and tells where what follows ends. */
  end(): number {
    const byte = this.bytes[this.pos];
    if (byte !== undefined && byte < 0x80) {
      const end = this.pos + 1 + byte;
      if (end <= this.bytes.length) {
        this.pos += 1;
        return end;
      }
    }
    return longEnd(this);
  }

  text(): string {
    const end = this.end();
    const start = this.pos;
    this.pos = end;
    return this.#kept(TEXTS, start, end);
  }

  /** The key of a property, the name of a column: a text that comes again and again. */
  name(): string {
    const end = this.end();
    const start = this.pos;
    this.pos = end;
    return this.#kept(KEYS, start, end);
  }

  /** The text in `bytes[start]` to `bytes[end]`, which was found before. */
  textAt(start: number, end: number): string {
    return this.#kept(TEXTS, start, end);
  }

  /** As `textAt`, for the name of a metric. */
  nameAt(start: number, end: number): string {
    return this.#kept(NAMES, start, end);
  }

  #kept(kept: KeptTexts, start: number, end: number): string {
    try {
      return textOf(kept, this.bytes, start, end);
    } catch (cause) {
      this.at = start - 1;
      return this.malformed("not UTF-8", cause);
    }
  }

  /** A copy, so that a kept value does not keep the whole message alive. */
  copy(): Uint8Array {
    const end = this.end();
    const bytes = new Uint8Array(this.bytes.subarray(this.pos, end));
    this.pos = end;
    return bytes;
  }

  /**
   * Passes over a field that the message does not have; `known`: how many fields it has.
   * A field it does have comes here when its wire type is wrong, which is an error.
   */
  passOver(key: number, known: number): void {
    const number = key >>> 3;
    const wire = key & 7;
    if (number === 0) this.malformed("field number 0");
    if (number <= known) this.malformed(`field ${number} has wire type ${wire}`);
    switch (wire) {
      case VARINT:
        this.uint64();
        return;
      case FIXED64:
        this.#pass(8);
        return;
      case BYTES:
        this.pos = this.end();
        return;
      case FIXED32:
        this.#pass(4);
        return;
      default:
        this.malformed(`wire type ${wire} in field ${number}`);
    }
  }

  #pass(length: number): void {
    if (this.pos + length > this.bytes.length) this.#missing(length);
    this.pos += length;
  }

  #missing(length: number): never {
    return this.malformed(`needs ${length} bytes, only ${this.bytes.length - this.pos} are left`);
  }
}
