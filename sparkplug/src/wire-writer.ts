/**
 * Writes protobuf into one buffer. A message inside a message is written in place: one byte is left for its length,
 * and what follows is moved only when that is not enough. Small messages are handed out as parts of a larger piece of
 * memory, one after the other, as Node does with its Buffers: making an array of its own for each would take a third
 * of the time of encoding it.
 */
import type { DatatypeRow } from "./datatype.ts";
import type { BasicValue, ScalarValue } from "./metric.ts";
import { fitsScalar, shapeFault } from "./wire-fit.ts";
import { misfit } from "./wire-scalar.ts";

/** Every platform we run on has it, but neither Node's types nor the browser's are loaded in this room. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };

const UTF8 = new TextEncoder();
/** Eight bytes in which floating-point numbers are taken apart. */
const SCRATCH = new DataView(new ArrayBuffer(8));
/** Bytes of memory that messages share; a larger message gets memory of its own. */
const SHARED = 8192;
const LARGEST_SHARED = 1024;
/** How deep templates and PropertySets may nest; what is deeper no decoder would read. */
const DEEPEST = 32;

/** A text as UTF-8. @throws {SparkplugError} VALUE_MISFIT when it holds half a character. */
export function utf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw misfit(`${JSON.stringify(text)} holds half a character`);
  return UTF8.encode(text);
}

export class WireWriter {
  #bytes = new Uint8Array(SHARED);
  /** Where the message begins; what is before it was handed out and is not ours any more. */
  #start = 0;
  #pos = 0;
  #depth = 0;

  /** Begins a message; one that was left unfinished is forgotten. */
  open(): void {
    this.#pos = this.#start;
    this.#depth = 0;
  }

  /** What was written. */
  take(): Uint8Array {
    const [start, end] = [this.#start, this.#pos];
    if (end - start <= LARGEST_SHARED && this.#bytes.length === SHARED) {
      this.#start = end;
      return this.#bytes.subarray(start, end);
    }
    const written = this.#bytes.slice(start, end);
    if (this.#bytes.length !== SHARED) {
      this.#bytes = new Uint8Array(SHARED);
      this.#start = 0;
    }
    return written;
  }

  /** Begins a message inside; hand what comes back to `finish`. */
  begin(key: number): number {
    this.#reserve(4);
    this.#key(key);
    this.#pos += 1;
    return this.#pos - this.#start;
  }

  finish(begun: number): void {
    const begin = this.#start + begun;
    const length = this.#pos - begin;
    if (length < 0x80) this.#bytes[begin - 1] = length;
    else this.#finishLong(begun, length);
  }

  #finishLong(begun: number, length: number): void {
    const more = lengthBytes(length) - 1;
    this.#reserve(more);
    const begin = this.#start + begun;
    this.#bytes.copyWithin(begin + more, begin, this.#pos);
    this.#pos = begin - 1;
    this.#short(length);
    this.#pos += length;
  }

  /** One level deeper. @throws {SparkplugError} VALUE_MISFIT */
  enter(): void {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw misfit(`nested deeper than ${DEEPEST} levels`);
  }

  leave(): void {
    this.#depth -= 1;
  }

  bool(key: number, value: boolean): void {
    this.#reserve(4);
    this.#key(key);
    this.#bytes[this.#pos] = value ? 1 : 0;
    this.#pos += 1;
  }

  /** `value`: 0 to 2^32 − 1. */
  uint32(key: number, value: number): void {
    this.#reserve(8);
    this.#key(key);
    this.#short(value);
  }

  /** A time, counter or alias. @throws {SparkplugError} VALUE_MISFIT when it is none. */
  uint64(key: number, value: number | bigint): void {
    const fits =
      typeof value === "number"
        ? Number.isSafeInteger(value) && value >= 0
        : value >= 0n && value < 0x1_0000_0000_0000_0000n;
    if (!fits) throw misfit(`${value} is no unsigned 64-bit integer`);
    this.long(key, value);
  }

  /** 64 bits, two's complement when negative; `value` is a whole number in range. */
  long(key: number, value: number | bigint): void {
    this.#reserve(14);
    this.#key(key);
    if (typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.#exact(value);
    } else this.#wide(BigInt.asUintN(64, BigInt(value)));
  }

  float(key: number, value: number): void {
    this.#reserve(8);
    this.#key(key);
    SCRATCH.setFloat32(0, value);
    this.#word(SCRATCH.getUint32(0));
  }

  double(key: number, value: number): void {
    this.#reserve(12);
    this.#key(key);
    SCRATCH.setFloat64(0, value);
    this.#word(SCRATCH.getUint32(4));
    this.#word(SCRATCH.getUint32(0));
  }

  /** @throws {SparkplugError} VALUE_MISFIT when the text holds half a character. */
  text(key: number, text: string): void {
    if (text.length < 0x80 && this.#plain(key, text)) return;
    this.bytes(key, utf8(text));
  }

  bytes(key: number, bytes: Uint8Array): void {
    this.#reserve(bytes.length + 8);
    this.#key(key);
    this.#short(bytes.length);
    this.#bytes.set(bytes, this.#pos);
    this.#pos += bytes.length;
  }

  optionalBool(key: number, value: boolean | undefined): void {
    if (value !== undefined) this.bool(key, value);
  }

  optionalUint64(key: number, value: number | bigint | undefined): void {
    if (value !== undefined) this.uint64(key, value);
  }

  optionalText(key: number, value: string | undefined): void {
    if (value !== undefined) this.text(key, value);
  }

  /** Letter by letter; false, and nothing written, when one is not ASCII. */
  #plain(key: number, text: string): boolean {
    const { length } = text;
    this.#reserve(length + 4);
    const begin = this.#pos;
    const bytes = this.#bytes;
    this.#key(key);
    let at = this.#pos;
    bytes[at] = length;
    for (let index = 0; index < length; index += 1) {
      const letter = text.charCodeAt(index);
      if (letter > 0x7f) {
        this.#pos = begin;
        return false;
      }
      at += 1;
      bytes[at] = letter;
    }
    this.#pos = at + 1;
    return true;
  }

  /** Fields 16 and up take two bytes. */
  #key(key: number): void {
    if (key < 0x80) {
      this.#bytes[this.#pos] = key;
      this.#pos += 1;
    } else this.#short(key);
  }

  #short(value: number): void {
    const bytes = this.#bytes;
    let at = this.#pos;
    let rest = value;
    while (rest > 0x7f) {
      bytes[at] = (rest & 0x7f) | 0x80;
      at += 1;
      rest >>>= 7;
    }
    bytes[at] = rest;
    this.#pos = at + 1;
  }

  /** Up to 2^53. */
  #exact(value: number): void {
    if (value <= 0x7fff_ffff) return this.#short(value);
    const high = Math.floor(value / 0x1000_0000);
    this.#group(value - high * 0x1000_0000);
    return this.#short(high);
  }

  /** Up to 2^64. */
  #wide(value: bigint): void {
    this.#group(Number(value & 0xfff_ffffn));
    const middle = Number((value >> 28n) & 0xfff_ffffn);
    const top = Number(value >> 56n);
    if (top === 0) return this.#short(middle);
    this.#group(middle);
    return this.#short(top);
  }

  /** 28 bits, and more to come. */
  #group(value: number): void {
    const bytes = this.#bytes;
    const at = this.#pos;
    bytes[at] = (value & 0x7f) | 0x80;
    bytes[at + 1] = ((value >>> 7) & 0x7f) | 0x80;
    bytes[at + 2] = ((value >>> 14) & 0x7f) | 0x80;
    bytes[at + 3] = ((value >>> 21) & 0x7f) | 0x80;
    this.#pos = at + 4;
  }

  /** Four bytes, little-endian. */
  #word(value: number): void {
    const bytes = this.#bytes;
    const at = this.#pos;
    bytes[at] = value & 0xff;
    bytes[at + 1] = (value >>> 8) & 0xff;
    bytes[at + 2] = (value >>> 16) & 0xff;
    bytes[at + 3] = value >>> 24;
    this.#pos = at + 4;
  }

  #reserve(length: number): void {
    if (this.#pos + length > this.#bytes.length) this.#grow(length);
  }

  /** The message moves to the beginning of new memory. */
  #grow(length: number): void {
    const written = this.#bytes.subarray(this.#start, this.#pos);
    const needed = written.length + length;
    this.#bytes = new Uint8Array(needed <= SHARED / 2 ? SHARED : needed * 2);
    this.#bytes.set(written);
    this.#start = 0;
    this.#pos = written.length;
  }
}

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}

/**
 * A plain value into its field; `first`: the number of `int_value` in this message. `null` writes nothing.
 * @throws {SparkplugError} VALUE_MISFIT when it does not fit its datatype.
 */
export function writeBasic(
  writer: WireWriter,
  first: number,
  row: DatatypeRow,
  value: BasicValue | ScalarValue,
): void {
  if (value === null) return;
  if (!fitsScalar(row, value)) {
    throw misfit(shapeFault(row.name, value) ?? `${row.name} is no plain datatype`);
  }
  const base = first << 3;
  if (typeof value === "number" || typeof value === "bigint") {
    writeNumber(writer, base, row.field, value);
  } else if (typeof value === "boolean") writer.bool(base + 0x20, value);
  else if (typeof value === "string") writer.text(base + 0x2a, value);
  else writer.bytes(base + 0x32, value);
}

function writeNumber(
  writer: WireWriter,
  base: number,
  field: string,
  value: number | bigint,
): void {
  if (field === "int") writer.uint32(base, Number(value) >>> 0);
  else if (field === "long") writer.long(base + 0x08, value);
  else if (field === "float") writer.float(base + 0x15, Number(value));
  else writer.double(base + 0x19, Number(value));
}
