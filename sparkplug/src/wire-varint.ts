/** Varints of more than one byte: those of one byte are read in place by `WireReader`. */
import type { WireReader } from "./wire-reader.ts";

export function longKey(reader: WireReader): number {
  const key = longVarint(reader);
  if (typeof key === "number" && key <= 0xffff_ffff) return key;
  return reader.malformed(`${key} is no field`);
}

export function longEnd(reader: WireReader): number {
  const length = reader.uint64();
  const left = reader.bytes.length - reader.pos;
  if (typeof length === "number" && length <= left) return reader.pos + length;
  return reader.malformed(`needs ${length} bytes, only ${left} are left`);
}

/** Five bytes are what negative integers come in; ten are tolerated. */
export function longUint32(reader: WireReader): number {
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
export function longVarint(reader: WireReader): number | bigint {
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
