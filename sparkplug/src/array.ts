/**
 * Arrays, datatypes 22 to 34: many values of one kind in the bytes of a metric. Numbers stand little-endian one after
 * the other, truth values as bits after their count, texts each with a zero byte behind.
 * [tck-id-payloads-metric-datatype-value]
 */
import type { ArrayDatatype } from "./datatype.ts";
import type { ArrayValue } from "./metric.ts";
import { SparkplugError } from "./errors.ts";
import { misfit } from "./wire-misfit.ts";
import { exactInteger } from "./wire-scalar.ts";
import { TEXTS, textOf, utf8 } from "./wire-text.ts";

type NumberArray = Exclude<ArrayDatatype, "BooleanArray" | "StringArray">;

interface Element {
  /** Bytes of one element. */
  readonly size: number;
  readonly get: (view: DataView, at: number) => number | bigint;
  readonly set: (view: DataView, at: number, value: number | bigint) => void;
}

const setLong = (view: DataView, at: number, value: number | bigint): void =>
  view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true);
const unsignedLong: Element = {
  size: 8,
  get: (view, at) => exactInteger(view.getBigUint64(at, true)),
  set: setLong,
};

/** How one element is read and written; all little-endian. */
const ELEMENTS: Readonly<Record<NumberArray, Element>> = {
  Int8Array: {
    size: 1,
    get: (view, at) => view.getInt8(at),
    set: (view, at, value) => view.setInt8(at, Number(value)),
  },
  Int16Array: {
    size: 2,
    get: (view, at) => view.getInt16(at, true),
    set: (view, at, value) => view.setInt16(at, Number(value), true),
  },
  Int32Array: {
    size: 4,
    get: (view, at) => view.getInt32(at, true),
    set: (view, at, value) => view.setInt32(at, Number(value), true),
  },
  Int64Array: {
    size: 8,
    get: (view, at) => exactInteger(view.getBigInt64(at, true)),
    set: setLong,
  },
  UInt8Array: {
    size: 1,
    get: (view, at) => view.getUint8(at),
    set: (view, at, value) => view.setUint8(at, Number(value)),
  },
  UInt16Array: {
    size: 2,
    get: (view, at) => view.getUint16(at, true),
    set: (view, at, value) => view.setUint16(at, Number(value), true),
  },
  UInt32Array: {
    size: 4,
    get: (view, at) => view.getUint32(at, true),
    set: (view, at, value) => view.setUint32(at, Number(value), true),
  },
  UInt64Array: unsignedLong,
  FloatArray: {
    size: 4,
    get: (view, at) => view.getFloat32(at, true),
    set: (view, at, value) => view.setFloat32(at, Number(value), true),
  },
  DoubleArray: {
    size: 8,
    get: (view, at) => view.getFloat64(at, true),
    set: (view, at, value) => view.setFloat64(at, Number(value), true),
  },
  DateTimeArray: unsignedLong,
};

/** Bytes of the count before the bits of a BooleanArray. */
const COUNT_BYTES = 4;

/** Elements of one array: each costs eight bytes of memory, and may have cost its sender a bit. */
const MAX_ELEMENTS = 4_000_000;

/**
 * The values in `bytes`. @throws {SparkplugError} VALUE_MISFIT when the length does not go with the datatype,
 * PAYLOAD_TOO_LARGE beyond four million elements.
 */
export function readArray(datatype: ArrayDatatype, bytes: Uint8Array): ArrayValue {
  if (datatype === "BooleanArray") return readBooleans(bytes);
  if (datatype === "StringArray") return readTexts(bytes);
  const { size, get } = ELEMENTS[datatype];
  if (bytes.length % size !== 0) {
    throw misfit(`${datatype}: ${bytes.length} bytes are no multiple of ${size}`);
  }
  checkCount(datatype, bytes.length / size);
  const view = viewOf(bytes);
  const values: (number | bigint)[] = [];
  for (let at = 0; at < bytes.length; at += size) values.push(get(view, at));
  return values;
}

/** Bits from the most significant one on; what fills the last byte means nothing. */
function readBooleans(bytes: Uint8Array): readonly boolean[] {
  if (bytes.length < COUNT_BYTES) throw misfit("BooleanArray: its count is cut off");
  const count = viewOf(bytes).getUint32(0, true);
  const wanted = COUNT_BYTES + Math.ceil(count / 8);
  if (bytes.length !== wanted) {
    throw misfit(`BooleanArray: ${count} values need ${wanted} bytes, not ${bytes.length}`);
  }
  checkCount("BooleanArray", count);
  const values: boolean[] = [];
  for (let index = 0; index < count; index += 1) {
    const byte = bytes[COUNT_BYTES + (index >> 3)] ?? 0;
    values.push((byte & (0x80 >> (index & 7))) !== 0);
  }
  return values;
}

function readTexts(bytes: Uint8Array): readonly string[] {
  if (bytes.length > 0 && bytes.at(-1) !== 0) {
    throw misfit("StringArray: no zero byte after the last text");
  }
  const texts: string[] = [];
  let start = 0;
  while (start < bytes.length) {
    const end = bytes.indexOf(0, start);
    checkCount("StringArray", texts.length + 1);
    texts.push(readText(bytes, start, end));
    start = end + 1;
  }
  return texts;
}

function readText(bytes: Uint8Array, start: number, end: number): string {
  try {
    return textOf(TEXTS, bytes, start, end);
  } catch {
    throw misfit(`StringArray: what begins at byte ${start} is not UTF-8`);
  }
}

function checkCount(datatype: ArrayDatatype, count: number): void {
  if (count <= MAX_ELEMENTS) return;
  const message = `${datatype}: more than ${MAX_ELEMENTS} elements`;
  throw new SparkplugError("PAYLOAD_TOO_LARGE", message);
}

/** The bytes of `value`, which fits the datatype. */
export function arrayBytes(datatype: ArrayDatatype, value: ArrayValue): Uint8Array {
  if (datatype === "BooleanArray") return booleanBytes(value);
  if (datatype === "StringArray") return textsBytes(value);
  const { size, set } = ELEMENTS[datatype];
  const bytes = new Uint8Array(value.length * size);
  const view = viewOf(bytes);
  let at = 0;
  for (const element of value) {
    if (typeof element === "number" || typeof element === "bigint") set(view, at, element);
    at += size;
  }
  return bytes;
}

function booleanBytes(value: ArrayValue): Uint8Array {
  const bytes = new Uint8Array(COUNT_BYTES + Math.ceil(value.length / 8));
  viewOf(bytes).setUint32(0, value.length, true);
  value.forEach((element: unknown, index: number) => {
    const at = COUNT_BYTES + (index >> 3);
    if (element === true) bytes[at] = (bytes[at] ?? 0) | (0x80 >> (index & 7));
  });
  return bytes;
}

function textsBytes(value: ArrayValue): Uint8Array {
  const texts = value.map((element: unknown) => utf8(String(element)));
  const bytes = new Uint8Array(texts.reduce((sum, text) => sum + text.length + 1, 0));
  let at = 0;
  for (const text of texts) {
    bytes.set(text, at);
    at += text.length + 1;
  }
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
