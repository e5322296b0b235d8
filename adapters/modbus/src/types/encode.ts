/**
 * From the value of a command to the request that writes it. Everything is checked before a byte leaves: type,
 * range, whole numbers. Nothing is rounded, clipped or cut silently, and no value is ever written in two requests.
 */
import { isArrayValue, type MetricValue } from "@unshub/sparkplug";
import { isBitTable } from "../address.ts";
import { elementLength, isArrayTag, type Tag } from "../tag.ts";
import { orderMask, swapsBytes } from "./byte-order.ts";
import { encodeNumber } from "./encode-number.ts";
import { encodeStruct } from "./encode-struct.ts";
import { encodeMoment } from "./moment.ts";
import { rawType } from "./raw-type.ts";
import { refused, shown, type Refusal } from "./refusal.ts";
import { encodeText } from "./text.ts";
import { wireBytes } from "./wire-bits.ts";
import {
  registersRequest,
  WRITE_LIMITS,
  type Overlay,
  type ReadModifyWrite,
  type WriteRequest,
} from "./write-request.ts";

/** The request, or what to do with a register first, or why there is none. */
export type EncodedWrite =
  | { readonly kind: "request"; readonly request: WriteRequest }
  | ReadModifyWrite
  | Overlay
  | Refusal;

/** What is written of `tag` so that it becomes `value`. Whether anybody may is not asked here. */
export function encodeWrite(tag: Tag, value: MetricValue): EncodedWrite {
  if (tag.table === "di" || tag.table === "ir") {
    return refused("not_writable", `${tag.table} can only be read`);
  }
  if (tag.type === "struct") {
    return encodeStruct(tag, value, { part: encodeWrite, registers: registersOf });
  }
  if (rawType(tag.type).kind === "bool") return encodeBool(tag, value);
  if (/^u?int8/.test(tag.type)) return encodeByte(tag, value);
  const bytes = registersOf(tag, value);
  if (!(bytes instanceof Uint8Array)) return bytes;
  if (bytes.length > 2 * WRITE_LIMITS.registers) {
    const because = `${bytes.length / 2} registers; one request writes at most ${WRITE_LIMITS.registers}`;
    return refused("too_long", because);
  }
  return { kind: "request", request: registersRequest(tag.start, bytes, tag.singleWrite) };
}

/** The registers of `tag` when it has `value`, in the order of the wire. */
export function registersOf(tag: Tag, value: MetricValue): Uint8Array | Refusal {
  if (isArrayTag(tag)) return arrayRegisters(tag, value);
  switch (rawType(tag.type).kind) {
    case "integer":
    case "float":
      return numberRegisters(tag, value);
    case "string":
      return textRegisters(tag, value);
    case "bytes":
      return byteRegisters(tag, value);
    case "moment":
      return momentRegisters(tag, value);
    case "bool":
    case "struct":
      return refused("not_writable", `a ${tag.type} cannot be written as a whole`);
  }
}

function numberRegisters(tag: Tag, value: MetricValue): Uint8Array | Refusal {
  const bits = encodeNumber(tag, value);
  if (typeof bits !== "bigint") return bits;
  const registers = elementLength(tag);
  if (tag.type === "mod10k") return mod10kRegisters(tag, bits);
  // Numbers have 1, 2 or 4 registers; the mask of their size is exact.
  return wireBytes(bits, 2 * registers, maskOf(tag, registers));
}

function maskOf(tag: Tag, registers: number): number {
  if (registers === 1) return orderMask(tag.byteOrder, 2);
  return orderMask(tag.byteOrder, registers === 2 ? 4 : 8);
}

/** Four digits a register, the highest first; an order that exchanges words sends the lowest first. */
function mod10kRegisters(tag: Tag, bits: bigint): Uint8Array {
  const mask = maskOf(tag, tag.length);
  const words = Array.from({ length: tag.length }, (_, index) =>
    Number((bits >> BigInt(16 * (tag.length - 1 - index))) & 0xffffn),
  );
  const onWire = (mask & 2) === 0 ? words : words.toReversed();
  return Uint8Array.from(
    onWire.flatMap((word) => {
      const pair = [word >> 8, word & 0xff];
      return (mask & 1) === 0 ? pair : pair.toReversed();
    }),
  );
}

function arrayRegisters(tag: Tag, value: MetricValue): Uint8Array | Refusal {
  const size = elementLength(tag);
  const count = Math.floor(tag.length / size);
  if (!isArrayValue(value)) return refused("bad_type", `${shown(value)} is not an array`);
  if (value.length !== count) {
    return refused("bad_type", `${value.length} elements; the array has ${count}`);
  }
  const bytes = new Uint8Array(2 * size * count);
  for (const [index, element] of value.entries()) {
    const part = numberRegisters({ ...tag, length: size }, element);
    if (!(part instanceof Uint8Array)) {
      return refused(part.code, `element ${index}: ${part.problem}`);
    }
    bytes.set(part, 2 * size * index);
  }
  return bytes;
}

function textRegisters(tag: Tag, value: MetricValue): Uint8Array | Refusal {
  if (typeof value !== "string") return refused("bad_type", `${shown(value)} is not a text`);
  const encoded = encodeText(value, tag);
  return typeof encoded === "string" ? refused("bad_text", encoded) : encoded;
}

function byteRegisters(tag: Tag, value: MetricValue): Uint8Array | Refusal {
  if (!(value instanceof Uint8Array)) return refused("bad_type", `${shown(value)} is not bytes`);
  const room = 2 * tag.length;
  return value.length === room
    ? value
    : refused("too_long", `${value.length} bytes; the tag has exactly ${room}`);
}

function momentRegisters(tag: Tag, value: MetricValue): Uint8Array | Refusal {
  if (tag.type === "time32") return numberRegisters(tag, value);
  if (typeof value !== "number") return refused("bad_type", `${shown(value)} is not a DateTime`);
  return (
    encodeMoment(value, tag) ??
    refused("bad_time", `${value} is no moment that the registers can hold exactly`)
  );
}

function encodeBool(tag: Tag, value: MetricValue): EncodedWrite {
  if (typeof value !== "boolean") {
    return refused("bad_type", `${shown(value)} is not true or false`);
  }
  if (isBitTable(tag.table)) {
    return { kind: "request", request: { functionCode: 5, start: tag.start, value } };
  }
  // The byte order comes before the bit, here as in reading.
  const bit = 1 << ((tag.bit ?? 0) ^ (swapsBytes(tag.byteOrder) ? 8 : 0));
  return partOfRegister(tag, bit, value ? bit : 0);
}

/** `int8h` and its like: one byte of a register. */
function encodeByte(tag: Tag, value: MetricValue): EncodedWrite {
  if (isArrayTag(tag)) return refused("not_writable", "an array of bytes cannot be written");
  const bits = encodeNumber(tag, value);
  if (typeof bits !== "bigint") return bits;
  // A device that sends its low byte first has the high one where others have the low.
  const isHigh = tag.type.endsWith("h") !== swapsBytes(tag.byteOrder);
  return isHigh
    ? partOfRegister(tag, 0xff00, Number(bits) << 8)
    : partOfRegister(tag, 0x00ff, Number(bits));
}

function partOfRegister(tag: Tag, field: number, bits: number): EncodedWrite {
  const masks = { start: tag.start, andMask: ~field & 0xffff, orMask: bits };
  if (tag.maskWrite === true) return { kind: "request", request: { functionCode: 22, ...masks } };
  if (tag.allowRmw === true) {
    return { kind: "readModifyWrite", ...masks, single: tag.singleWrite ?? "fc6" };
  }
  const because =
    "part of a register: needs maskWrite (FC22), or allowRmw to read, change and write";
  return refused("not_writable", because);
}
