/**
 * Writes protobuf's fields into one piece of memory. A message inside a message is written in place: one byte is left
 * for its length, and what follows is moved only when that is not enough.
 */
import { WireMemory } from "./wire-memory.ts";
import { misfit } from "./wire-misfit.ts";
import { utf8 } from "./wire-text.ts";

/** Eight bytes in which floating-point numbers are taken apart. */
const SCRATCH = new DataView(new ArrayBuffer(8));
/** How deep templates and PropertySets may nest; what is deeper no decoder would read. */
const DEEPEST = 32;

export class WireWriter extends WireMemory {
  /** Begins a message inside; hand what comes back to `finish`. */
  begin(key: number): number {
    this.reserve(4);
    this.#key(key);
    this.pos += 1;
    return this.pos - this.start;
  }

  finish(begun: number): void {
    const begin = this.start + begun;
    const length = this.pos - begin;
    if (length < 0x80) this.memory[begin - 1] = length;
    else this.#finishLong(begun, length);
  }

  #finishLong(begun: number, length: number): void {
    const more = lengthBytes(length) - 1;
    this.reserve(more);
    const begin = this.start + begun;
    this.memory.copyWithin(begin + more, begin, this.pos);
    this.pos = begin - 1;
    this.short(length);
    this.pos += length;
  }

  /** One level deeper. @throws {SparkplugError} VALUE_MISFIT */
  enter(): void {
    this.depth += 1;
    if (this.depth > DEEPEST) throw misfit(`nested deeper than ${DEEPEST} levels`);
  }

  leave(): void {
    this.depth -= 1;
  }

  bool(key: number, value: boolean): void {
    this.reserve(4);
    this.#key(key);
    this.memory[this.pos] = value ? 1 : 0;
    this.pos += 1;
  }

  /** `value`: 0 to 2^32 − 1. */
  uint32(key: number, value: number): void {
    this.reserve(8);
    this.#key(key);
    this.short(value);
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
    this.reserve(14);
    this.#key(key);
    if (typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER) {
      this.exact(value);
    } else this.wide(BigInt.asUintN(64, BigInt(value)));
  }

  float(key: number, value: number): void {
    this.reserve(8);
    this.#key(key);
    SCRATCH.setFloat32(0, value);
    this.word(SCRATCH.getUint32(0));
  }

  double(key: number, value: number): void {
    this.reserve(12);
    this.#key(key);
    SCRATCH.setFloat64(0, value);
    this.word(SCRATCH.getUint32(4));
    this.word(SCRATCH.getUint32(0));
  }

  /** @throws {SparkplugError} VALUE_MISFIT when the text holds half a character. */
  text(key: number, text: string): void {
    if (text.length < 0x80 && this.#plain(key, text)) return;
    this.bytes(key, utf8(text));
  }

  bytes(key: number, bytes: Uint8Array): void {
    this.reserve(bytes.length + 8);
    this.#key(key);
    this.short(bytes.length);
    this.memory.set(bytes, this.pos);
    this.pos += bytes.length;
  }

  /** Fields that were written before. */
  copy(bytes: Uint8Array, begin: number, end: number): void {
    this.reserve(end - begin);
    const { memory } = this;
    let at = this.pos;
    for (let index = begin; index < end; index += 1) {
      memory[at] = bytes[index] ?? 0;
      at += 1;
    }
    this.pos = at;
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
    this.reserve(length + 4);
    const begin = this.pos;
    const bytes = this.memory;
    this.#key(key);
    let at = this.pos;
    bytes[at] = length;
    for (let index = 0; index < length; index += 1) {
      const letter = text.charCodeAt(index);
      if (letter > 0x7f) {
        this.pos = begin;
        return false;
      }
      at += 1;
      bytes[at] = letter;
    }
    this.pos = at + 1;
    return true;
  }

  /** Fields 16 and up take two bytes. */
  #key(key: number): void {
    if (key < 0x80) {
      this.memory[this.pos] = key;
      this.pos += 1;
    } else this.short(key);
  }
}

function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length; rest > 0x7f; rest = Math.floor(rest / 128)) bytes += 1;
  return bytes;
}
