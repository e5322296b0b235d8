/**
 * From the bytes of a reply to the value of a tag: byte order, type, scaling, range, in this order. What cannot be a
 * true value is bad with a reason, never a number that looks good.
 */
import type { MetricValue } from "@unshub/sparkplug";
import { isBitTable } from "./address.ts";
import { orderMask, swapsBytes } from "./types/byte-order.ts";
import { wordAt } from "./pdu.ts";
import { rawType, type RawTypeName } from "./types/raw-type.ts";
import { scaled } from "./scaling.ts";
import { numberBytes, rawLimits, type Tag } from "./tag.ts";

/** A value, or a short stable word that says why there is none. */
export type Decoded =
  | { readonly kind: "good"; readonly value: MetricValue }
  | { readonly kind: "bad"; readonly reason: "not_finite" | "out_of_range" | "bad_text" };

/** Reads one tag from the data of a reply; `at` is its distance in registers (or bits) from the first of the block. */
export type Decoder = (data: Uint8Array, at: number) => Decoded;

/** Bytes of one value in natural order, the highest first. Decoding is synchronous, so that one is enough. */
const natural = new DataView(new ArrayBuffer(8));
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The decoder for `tag`: made once, used for every reply. */
export function decoderFor(tag: Tag): Decoder {
  switch (rawType(tag.type).kind) {
    case "bool":
      return boolDecoder(tag);
    case "string":
      return (data, at) => decodeText(data.subarray(2 * at, 2 * (at + tag.length)), tag);
    case "integer":
    case "float":
      return numberDecoder(tag);
    case "moment":
    case "bytes":
    case "struct":
      throw new TypeError(`${tag.type} cannot be configured yet`);
  }
}

function boolDecoder({ table, bit }: Tag): Decoder {
  if (isBitTable(table)) {
    return (data, at) => good(((data[at >> 3] ?? 0) & (1 << (at & 7))) !== 0);
  }
  return (data, at) => good((wordAt(data, 2 * at) & (1 << (bit ?? 0))) !== 0);
}

function numberDecoder(tag: Tag): Decoder {
  const bytes = numberBytes(tag.type);
  const mask = orderMask(tag.byteOrder, bytes);
  return (data, at) => {
    for (let index = 0; index < bytes; index += 1)
      natural.setUint8(index ^ mask, data[2 * at + index] ?? 0);
    return judged(readNatural(tag.type), tag);
  };
}

function readNatural(type: RawTypeName): number | bigint {
  const read = READERS.get(type);
  if (read === undefined) throw new TypeError(`${type} cannot be configured yet`);
  return read();
}

const READERS: ReadonlyMap<RawTypeName, () => number | bigint> = new Map<
  RawTypeName,
  () => number | bigint
>([
  ["int16", () => natural.getInt16(0)],
  ["uint16", () => natural.getUint16(0)],
  ["int32", () => natural.getInt32(0)],
  ["uint32", () => natural.getUint32(0)],
  ["int64", () => natural.getBigInt64(0)],
  ["uint64", () => natural.getBigUint64(0)],
  ["float32", () => natural.getFloat32(0)],
  ["float64", () => natural.getFloat64(0)],
]);

function judged(raw: number | bigint, tag: Tag): Decoded {
  const value = scaled(raw, tag);
  if (typeof value === "number" && !Number.isFinite(value))
    return { kind: "bad", reason: "not_finite" };
  const [min, max] = tag.validRange ?? [value, value];
  if (value < min || value > max || !fitsDatatype(value, tag)) {
    return { kind: "bad", reason: "out_of_range" };
  }
  return good(plain(value));
}

/** Whether the scaled value still fits what was announced; it is never wrapped or clipped. */
function fitsDatatype(value: number | bigint, tag: Tag): boolean {
  if (tag.datatype === "Double") return true;
  if (tag.datatype === "Float") return Number.isFinite(Math.fround(Number(value)));
  const [min, max] = rawLimits(tag.type) ?? [value, value];
  return value >= min && value <= max;
}

/** 64-bit integers are `number` while that is exact. */
function plain(value: number | bigint): number | bigint {
  const number = Number(value);
  return typeof value === "bigint" && Number.isSafeInteger(number) ? number : value;
}

/** Two characters in each register, the first in the high byte; ends at the first NUL. */
function decodeText(bytes: Uint8Array, tag: Tag): Decoded {
  const text = swapsBytes(tag.byteOrder) ? withSwappedBytes(bytes) : bytes;
  const end = text.indexOf(0);
  try {
    return good(utf8.decode(end === -1 ? text : text.subarray(0, end)));
  } catch {
    // The only error a fatal decoder throws: these bytes are no UTF-8.
    return { kind: "bad", reason: "bad_text" };
  }
}

/** A copy with the two bytes of each register exchanged. */
export function withSwappedBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from(bytes, (_, index) => bytes[index ^ 1] ?? 0);
}

function good(value: MetricValue): Decoded {
  return { kind: "good", value };
}
