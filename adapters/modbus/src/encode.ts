/**
 * From the value of a command to the request that writes it. Everything is checked before a byte leaves: type,
 * range, whole numbers. Nothing is rounded, clipped or cut silently.
 */
import type { MetricValue } from "@unshub/sparkplug";
import { orderMask, swapsBytes } from "./types/byte-order.ts";
import { withSwappedBytes } from "./decode.ts";
import { writeRegistersRequest, type ModbusRequest } from "./pdu.ts";
import { rawType, type RawTypeName } from "./types/raw-type.ts";
import { unscaledInteger, unscaledNumber } from "./scaling.ts";
import { numberBytes, rawLimits, type Tag } from "./tag.ts";

/** The request, or a sentence that says why there is none. */
export type EncodedWrite =
  | { readonly kind: "request"; readonly request: ModbusRequest }
  | { readonly kind: "problem"; readonly problem: string };

/** Bytes of one value in natural order, the highest first. Encoding is synchronous, so that one is enough. */
const natural = new DataView(new ArrayBuffer(8));

/** The one request that writes `value` to `tag`. */
export function encodeWrite(tag: Tag, value: MetricValue): EncodedWrite {
  switch (rawType(tag.type).kind) {
    case "bool":
      if (typeof value !== "boolean") return problem(`${shown(value)} is not true or false`);
      return { kind: "request", request: { functionCode: 5, start: tag.start, value } };
    case "string":
      return encodeText(tag, value);
    case "integer":
    case "float":
      return encodeNumber(tag, value);
    case "moment":
    case "bytes":
    case "struct":
      return problem(`${tag.type} cannot be written`);
  }
}

function encodeNumber(tag: Tag, value: MetricValue): EncodedWrite {
  if (typeof value !== "number" && typeof value !== "bigint")
    return problem(`${shown(value)} is not a number`);
  if (typeof value === "number" && !Number.isFinite(value))
    return problem(`${value} is not finite`);
  const [min, max] = tag.writeRange ?? [value, value];
  if (value < min || value > max) return problem(`${value} is outside writeRange ${min} to ${max}`);
  return rawType(tag.type).kind === "integer"
    ? encodeInteger(tag, value)
    : encodeFloat(tag, Number(value));
}

function encodeInteger(tag: Tag, value: number | bigint): EncodedWrite {
  const raw = unscaledInteger(value, tag);
  if (raw === undefined)
    return problem(`${value} is no whole number of steps; scale is ${tag.scale}`);
  const [min, max] = rawLimits(tag.type) ?? [raw, raw];
  if (raw < min || raw > max)
    return problem(`${value} does not fit ${tag.type}: ${min} to ${max} before scaling`);
  natural.setBigInt64(0, BigInt.asIntN(64, raw << BigInt(64 - 16 * tag.length)));
  return registers(tag, naturalToWire(tag));
}

function encodeFloat(tag: Tag, value: number): EncodedWrite {
  const raw = unscaledNumber(value, tag);
  const stored = tag.type === "float32" ? Math.fround(raw) : raw;
  if (!Number.isFinite(stored)) return problem(`${value} does not fit ${tag.type}`);
  setFloat(tag.type, stored);
  return registers(tag, naturalToWire(tag));
}

function setFloat(type: RawTypeName, value: number): void {
  if (type === "float32") natural.setFloat32(0, value);
  else natural.setFloat64(0, value);
}

function naturalToWire(tag: Tag): Uint8Array {
  const bytes = numberBytes(tag.type);
  const mask = orderMask(tag.byteOrder, bytes);
  return Uint8Array.from({ length: bytes }, (_, index) => natural.getUint8(index ^ mask));
}

/** UTF-8, filled up with NUL: what is written is what will be read. */
function encodeText(tag: Tag, value: MetricValue): EncodedWrite {
  if (typeof value !== "string") return problem(`${shown(value)} is not a text`);
  if (value.includes("\0"))
    return problem("a text ends at the first NUL, so that none can be written");
  if (!value.isWellFormed()) return problem("the text is not well-formed Unicode");
  const text = new TextEncoder().encode(value);
  const room = 2 * tag.length;
  if (text.length > room)
    return problem(`the text has ${text.length} bytes; there is room for ${room}`);
  const bytes = new Uint8Array(room);
  bytes.set(text);
  return registers(tag, swapsBytes(tag.byteOrder) ? withSwappedBytes(bytes) : bytes);
}

function registers(tag: Tag, bytes: Uint8Array): EncodedWrite {
  return { kind: "request", request: writeRegistersRequest(tag.start, bytes) };
}

function problem(sentence: string): EncodedWrite {
  return { kind: "problem", problem: sentence };
}

function shown(value: MetricValue): string {
  return value instanceof Uint8Array
    ? `${value.length} bytes`
    : JSON.stringify(value, bigintAsText);
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
