/**
 * Reads protobuf from bytes: one cursor, no copies, exact 64-bit integers. Every broken input ends in a
 * `SparkplugError` that tells the byte where the field at fault begins and the path to it.
 * Written for speed where it is read for every metric (`npm run bench -- codec`): the first byte of each varint is
 * looked at in place, everything longer goes to a function of its own.
 */
import { SparkplugError, type SparkplugErrorCode } from "./errors.ts";
import { DEFAULT_LIMITS, type DecodeLimits } from "./wire-limits.ts";
import { pathAt } from "./wire-path.ts";
import { keyOf, nameOf, textOf } from "./wire-text.ts";

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

const NOTHING = new Uint8Array(0);
/** In which floating-point numbers are put together from their bytes; half as long as with a DataView. */
export const FLOATS: Float32Array = new Float32Array(1);
export const FLOAT_BITS: Uint32Array = new Uint32Array(FLOATS.buffer);
export const DOUBLES: Float64Array = new Float64Array([1]);
export const DOUBLE_BITS: Uint32Array = new Uint32Array(DOUBLES.buffer);
/** Which half of a double comes first on this machine. */
export const LOW: number = DOUBLE_BITS[0] === 0 ? 0 : 1;
export const HIGH: number = 1 - LOW;

/** The float in the four bytes at `at`, little-endian. */
function floatAt(bytes: Uint8Array, at: number): number {
  FLOAT_BITS[0] = word(bytes, at);
  return FLOATS[0] ?? 0;
}

/** The double in the eight bytes at `at`, little-endian. */
function doubleAt(bytes: Uint8Array, at: number): number {
  DOUBLE_BITS[LOW] = word(bytes, at);
  DOUBLE_BITS[HIGH] = word(bytes, at + 4);
  return DOUBLES[0] ?? 0;
}

/** Bytes of a field with a time of six bytes, key and all. */
export const RECENT_TIME_FIELD = 7;

/** The milliseconds in the varint at `at` when it has six bytes, as every time from 2004 to 2109 has; else −1. */
export function recentTime(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  const third = bytes[at + 2] ?? 0;
  const fourth = bytes[at + 3] ?? 0;
  const fifth = bytes[at + 4] ?? 0;
  const sixth = bytes[at + 5] ?? 0x80;
  if ((first & second & third & fourth & fifth) < 0x80 || sixth > 0x7f) return -1;
  const low = (first & 0x7f) | ((second & 0x7f) << 7) | ((third & 0x7f) << 14);
  const high = (fifth & 0x7f) | (sixth << 7);
  return high * 0x1000_0000 + (low | ((fourth & 0x7f) << 21));
}

export class WireReader {
  bytes: Uint8Array = NOTHING;
  /** The next byte to read. */
  pos = 0;
  /** Where the field that is being read begins. */
  at = 0;
  limits: DecodeLimits = DEFAULT_LIMITS;
  #depth = 0;
  #items = 0;

  constructor(bytes: Uint8Array, limits: DecodeLimits) {
    this.open(bytes, limits);
  }

  /** Begins with other bytes. @throws {SparkplugError} PAYLOAD_TOO_LARGE */
  open(bytes: Uint8Array, limits: DecodeLimits): void {
    this.bytes = bytes;
    this.pos = 0;
    this.at = 0;
    this.limits = limits;
    this.#depth = 0;
    this.#items = 0;
    if (bytes.length > limits.maxBytes)
      this.tooLarge(`${bytes.length} bytes, at most ${limits.maxBytes}`);
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
    return this.textAt(start, end);
  }

  /** The key of a property, the name of a column: a text that comes again and again. */
  name(): string {
    const end = this.end();
    const start = this.pos;
    this.pos = end;
    try {
      return keyOf(this.bytes, start, end);
    } catch (cause) {
      this.at = start - 1;
      return this.malformed("not UTF-8", cause);
    }
  }

  /** The text in `bytes[start]` to `bytes[end]`, which was found before. */
  textAt(start: number, end: number): string {
    try {
      return textOf(this.bytes, start, end);
    } catch (cause) {
      this.at = start - 1;
      return this.malformed("not UTF-8", cause);
    }
  }

  /** As `textAt`, for the name of a metric. */
  nameAt(start: number, end: number): string {
    try {
      return nameOf(this.bytes, start, end);
    } catch (cause) {
      this.at = start - 1;
      return this.malformed("not UTF-8", cause);
    }
  }

  /** Goes to what was found before. What is wrong with the whole of it is told of the length before it. */
  to(pos: number): this {
    this.pos = pos;
    this.at = pos - 1;
    return this;
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

  /** Says that the message which ends at `end` was read whole. */
  finish(end: number): void {
    if (this.pos !== end) this.malformed("a field reaches beyond its message");
  }

  /** So many more of what `maxItems` counts. */
  count(more = 1): void {
    this.#items += more;
    if (this.#items > this.limits.maxItems)
      this.tooLarge(`more than ${this.limits.maxItems} items`);
  }

  /** One level deeper; `leave` goes up again. */
  enter(): void {
    this.#depth += 1;
    if (this.#depth > this.limits.maxDepth) {
      this.tooLarge(`nested deeper than ${this.limits.maxDepth} levels`);
    }
  }

  leave(): void {
    this.#depth -= 1;
  }

  malformed(what: string, cause?: unknown): never {
    throw this.#error("PAYLOAD_MALFORMED", what, cause);
  }

  tooLarge(what: string): never {
    throw this.#error("PAYLOAD_TOO_LARGE", what);
  }

  #error(code: SparkplugErrorCode, what: string, cause?: unknown): SparkplugError {
    const offset = this.at;
    const path = pathAt(this.bytes, offset);
    const where = path === "" ? `byte ${offset}` : `byte ${offset}, ${path}`;
    const options = cause === undefined ? {} : { cause };
    return new SparkplugError(code, `not a Sparkplug payload: ${what} (${where})`, {
      ...options,
      place: { offset, path },
    });
  }

  #pass(length: number): void {
    if (this.pos + length > this.bytes.length) this.#missing(length);
    this.pos += length;
  }

  #missing(length: number): never {
    return this.malformed(`needs ${length} bytes, only ${this.bytes.length - this.pos} are left`);
  }
}

/** Four bytes, little-endian. */
export function word(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}

function longKey(reader: WireReader): number {
  const key = longVarint(reader);
  if (typeof key === "number" && key <= 0xffff_ffff) return key;
  return reader.malformed(`${key} is no field`);
}

function longEnd(reader: WireReader): number {
  const length = reader.uint64();
  const left = reader.bytes.length - reader.pos;
  if (typeof length === "number" && length <= left) return reader.pos + length;
  return reader.malformed(`needs ${length} bytes, only ${left} are left`);
}

/** Five bytes are what negative integers come in; ten are tolerated. */
function longUint32(reader: WireReader): number {
  const start = reader.pos;
  const low = group(reader);
  if (ended(reader)) return low;
  const fifth = reader.bytes[reader.pos] ?? 0xff;
  if (fifth < 0x10) {
    reader.pos += 1;
    return (low | (fifth << 28)) >>> 0;
  }
  reader.pos = start;
  const value = longVarint(reader);
  if (typeof value === "number" && value <= 0xffff_ffff) return value;
  if (typeof value === "bigint" && value >= 0xffff_ffff_8000_0000n) {
    return Number(BigInt.asUintN(32, value));
  }
  return reader.malformed(`${value} does not fit 32 bits`);
}

/** In three parts of 28, 28 and 8 bits, which are all exact as 32-bit integers. */
function longVarint(reader: WireReader): number | bigint {
  const low = group(reader);
  if (ended(reader)) return low;
  const middle = group(reader);
  if (ended(reader)) return joined(low, middle, 0);
  const top = lastGroup(reader);
  return joined(low, middle, top);
}

/** Whether the byte that was read last ends its varint. */
function ended({ bytes, pos }: WireReader): boolean {
  return (bytes[pos - 1] ?? 0) < 0x80;
}

/** Up to four bytes of a varint: 28 bits. Written out, because every time and every integer comes through here. */
function group(reader: WireReader): number {
  const { bytes, pos } = reader;
  const first = bytes[pos] ?? 0x80;
  const second = bytes[pos + 1] ?? 0x80;
  let value = first & 0x7f;
  let length = 1;
  if (first > 0x7f) {
    value |= (second & 0x7f) << 7;
    length = 2;
    if (second > 0x7f) {
      const third = bytes[pos + 2] ?? 0x80;
      value |= (third & 0x7f) << 14;
      length = 3;
      if (third > 0x7f) {
        value |= ((bytes[pos + 3] ?? 0x80) & 0x7f) << 21;
        length = 4;
      }
    }
  }
  reader.pos = pos + length;
  if (reader.pos > bytes.length) return reader.malformed("ends in a varint");
  return value;
}

/** The ninth and tenth byte: eight bits. */
function lastGroup(reader: WireReader): number {
  const ninth = reader.bytes[reader.pos];
  if (ninth === undefined) return reader.malformed("ends in a varint");
  reader.pos += 1;
  if (ninth < 0x80) return ninth;
  const tenth = reader.bytes[reader.pos];
  if (tenth === undefined) return reader.malformed("ends in a varint");
  reader.pos += 1;
  if (tenth > 1) return reader.malformed("a varint beyond 64 bits");
  return (ninth & 0x7f) | (tenth << 7);
}

function joined(low: number, middle: number, top: number): number | bigint {
  if (top === 0 && middle < 0x200_0000) return middle * 0x1000_0000 + low;
  return (BigInt(top) << 56n) | (BigInt(middle) << 28n) | BigInt(low);
}
