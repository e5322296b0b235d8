/**
 * From bytes to a payload. Reads protobuf's fields in any order, passes over what it does not know, and answers
 * every broken input with a `SparkplugError` that says at which byte and in which metric it stopped.
 */
import protobuf from "protobufjs/minimal.js";
import { SparkplugError } from "./errors.ts";
import {
  exactInteger,
  type Metric,
  type Payload,
  type Property,
  type WireField,
  type WireValue,
} from "./payload.ts";

type Reader = protobuf.Reader;

/** What a payload may at most contain before we refuse it. */
const MAX_METRICS = 1_000_000;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/**
 * @throws {SparkplugError} PAYLOAD_MALFORMED with offset and path when the bytes are no Sparkplug payload,
 * PAYLOAD_TOO_LARGE when it holds more than a million metrics.
 */
export function decodePayload(bytes: Uint8Array): Payload {
  const reader = protobuf.Reader.create(bytes);
  const metrics: Metric[] = [];
  const head: { timestamp?: number; seq?: number; uuid?: string; body?: Uint8Array } = {};
  try {
    while (reader.pos < reader.len) {
      const tag = readTag(reader);
      checkCount(metrics.length, reader.pos);
      if (tag.field === 2 && tag.wire === BYTES) {
        metrics.push(readMetric(reader));
      } else readHeadField(reader, tag, head);
    }
  } catch (cause) {
    throw located(cause, reader.pos, `metrics[${metrics.length}]`);
  }
  return {
    timestamp: head.timestamp,
    seq: head.seq,
    metrics,
    uuid: head.uuid,
    body: head.body,
  };
}

interface Tag {
  readonly field: number;
  readonly wire: number;
}

function readHeadField(
  reader: Reader,
  tag: Tag,
  head: { timestamp?: number; seq?: number; uuid?: string; body?: Uint8Array },
): void {
  switch (tag.field) {
    case 1:
      head.timestamp = Number(readUint64(reader, tag));
      return;
    case 3:
      head.seq = Number(readUint64(reader, tag));
      return;
    case 4:
      head.uuid = readString(reader, tag);
      return;
    case 5:
      head.body = readBytes(reader, tag);
      return;
    default:
      skip(reader, tag);
  }
}

interface OpenMetric {
  name?: string;
  alias?: number | bigint;
  timestamp?: number;
  datatype?: number;
  isHistorical: boolean;
  isTransient: boolean;
  isNull: boolean;
  properties: ReadonlyMap<string, Property>;
  value?: WireValue;
}

const NO_PROPERTIES: ReadonlyMap<string, Property> = new Map();

function readMetric(reader: Reader): Metric {
  const end = readEnd(reader);
  const metric: OpenMetric = {
    isHistorical: false,
    isTransient: false,
    isNull: false,
    properties: NO_PROPERTIES,
  };
  while (reader.pos < end) {
    const tag = readTag(reader);
    if (tag.field >= 10 && tag.field <= 19) metric.value = readMetricValue(reader, tag);
    else readMetricField(reader, tag, metric);
  }
  checkEnd(reader, end);
  const { name, alias, timestamp, datatype, value } = metric;
  return { ...metric, name, alias, timestamp, datatype, value };
}

function readMetricField(reader: Reader, tag: Tag, metric: OpenMetric): void {
  switch (tag.field) {
    case 1:
      metric.name = readString(reader, tag);
      return;
    case 2:
      metric.alias = readUint64(reader, tag);
      return;
    case 3:
      metric.timestamp = Number(readUint64(reader, tag));
      return;
    case 4:
      metric.datatype = readUint32(reader, tag);
      return;
    case 5:
      metric.isHistorical = readUint64(reader, tag) !== 0;
      return;
    case 6:
      metric.isTransient = readUint64(reader, tag) !== 0;
      return;
    case 7:
      metric.isNull = readUint64(reader, tag) !== 0;
      return;
    case 9:
      metric.properties = readPropertySet(reader, tag);
      return;
    default:
      skip(reader, tag);
  }
}

const METRIC_FIELDS: readonly WireField[] = [
  "int",
  "long",
  "float",
  "double",
  "boolean",
  "string",
  "bytes",
  "dataset",
  "template",
  "extension",
];

function readMetricValue(reader: Reader, tag: Tag): WireValue {
  const field = METRIC_FIELDS[tag.field - 10] ?? "extension";
  return { field, raw: readRaw(reader, tag, field) };
}

function readRaw(reader: Reader, tag: Tag, field: WireField): WireValue["raw"] {
  switch (field) {
    case "int":
      return readUint32(reader, tag);
    case "long":
      return readUint64(reader, tag);
    case "float":
      expectWire(reader, tag, FIXED32);
      return reader.float();
    case "double":
      expectWire(reader, tag, FIXED64);
      return reader.double();
    case "boolean":
      return readUint64(reader, tag) !== 0;
    case "string":
      return readString(reader, tag);
    case "bytes":
    case "dataset":
    case "template":
    case "extension":
      return readBytes(reader, tag);
  }
}

function readPropertySet(reader: Reader, tag: Tag): ReadonlyMap<string, Property> {
  expectWire(reader, tag, BYTES);
  const end = readEnd(reader);
  const keys: string[] = [];
  const values: Property[] = [];
  while (reader.pos < end) {
    const inner = readTag(reader);
    if (inner.field === 1) keys.push(readString(reader, inner));
    else if (inner.field === 2) values.push(readProperty(reader, inner));
    else skip(reader, inner);
  }
  checkEnd(reader, end);
  if (keys.length !== values.length) {
    throw malformed(`${keys.length} property keys, ${values.length} values`, reader.pos);
  }
  return new Map(keys.map((key, index): [string, Property] => [key, values[index] ?? NO_PROPERTY]));
}

const NO_PROPERTY: Property = { type: undefined, isNull: true, value: undefined };
const PROPERTY_FIELDS: readonly WireField[] = [
  "int",
  "long",
  "float",
  "double",
  "boolean",
  "string",
];

function readProperty(reader: Reader, tag: Tag): Property {
  expectWire(reader, tag, BYTES);
  const end = readEnd(reader);
  let type: number | undefined;
  let isNull = false;
  let value: WireValue | undefined;
  while (reader.pos < end) {
    const inner = readTag(reader);
    const field = PROPERTY_FIELDS[inner.field - 3];
    if (inner.field === 1) type = readUint32(reader, inner);
    else if (inner.field === 2) isNull = readUint64(reader, inner) !== 0;
    else if (field !== undefined) value = { field, raw: readRaw(reader, inner, field) };
    else skip(reader, inner);
  }
  checkEnd(reader, end);
  return { type, isNull, value };
}

// --- protobuf -------------------------------------------------------------------------------------------------

function readTag(reader: Reader): Tag {
  const key = reader.uint32();
  const field = key >>> 3;
  const wire = key & 7;
  if (field === 0) throw malformed("field number 0", reader.pos);
  if (wire !== VARINT && wire !== FIXED64 && wire !== BYTES && wire !== FIXED32) {
    throw malformed(`wire type ${wire} in field ${field}`, reader.pos);
  }
  return { field, wire };
}

/** Where the message that starts here ends. */
function readEnd(reader: Reader): number {
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) {
    throw malformed(`needs ${length} bytes, only ${reader.len - reader.pos} are left`, reader.pos);
  }
  return end;
}

function checkEnd(reader: Reader, end: number): void {
  if (reader.pos !== end) throw malformed("a field reaches beyond its message", reader.pos);
}

function expectWire(reader: Reader, tag: Tag, wire: number): void {
  if (tag.wire === wire) return;
  throw malformed(`field ${tag.field} has wire type ${tag.wire}, expected ${wire}`, reader.pos);
}

/** Negative 32-bit integers may come as ten bytes; the low 32 bits are the value. */
function readUint32(reader: Reader, tag: Tag): number {
  expectWire(reader, tag, VARINT);
  return reader.uint32();
}

/** protobufjs needs a Long class for this; the seven-bit groups are read here instead, exactly. */
function readUint64(reader: Reader, tag: Tag): number | bigint {
  expectWire(reader, tag, VARINT);
  let value = 0;
  let factor = 1;
  for (let count = 0; count < 7; count += 1) {
    const byte = nextByte(reader);
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
    factor *= 128;
  }
  return readHighGroups(reader, BigInt(value));
}

function readHighGroups(reader: Reader, low: bigint): number | bigint {
  let value = low;
  for (let shift = 49n; shift <= 63n; shift += 7n) {
    const byte = nextByte(reader);
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return exactInteger(BigInt.asUintN(64, value));
  }
  throw malformed("a varint longer than ten bytes", reader.pos);
}

function nextByte(reader: Reader): number {
  const byte = reader.buf[reader.pos];
  if (byte === undefined || reader.pos >= reader.len)
    throw malformed("ends in a varint", reader.pos);
  reader.pos += 1;
  return byte;
}

/** Every platform we run on has it, but neither Node's types nor the browser's are loaded in this room. */
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function readString(reader: Reader, tag: Tag): string {
  const bytes = readBytes(reader, tag);
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw new SparkplugError("PAYLOAD_MALFORMED", `field ${tag.field} is not UTF-8`, {
      cause,
      place: { offset: reader.pos - bytes.length },
    });
  }
}

/** A copy, so that a kept value does not keep the whole message alive. */
function readBytes(reader: Reader, tag: Tag): Uint8Array {
  expectWire(reader, tag, BYTES);
  const end = readEnd(reader);
  const bytes = new Uint8Array(reader.buf.subarray(reader.pos, end));
  reader.pos = end;
  return bytes;
}

function skip(reader: Reader, tag: Tag): void {
  reader.skipType(tag.wire);
}

function malformed(what: string, offset: number): SparkplugError {
  return new SparkplugError("PAYLOAD_MALFORMED", what, { place: { offset } });
}

function checkCount(metrics: number, offset: number): void {
  if (metrics < MAX_METRICS) return;
  const message = `more than ${MAX_METRICS} metrics in one message`;
  throw new SparkplugError("PAYLOAD_TOO_LARGE", message, { place: { offset } });
}

/** Whatever went wrong below, as our error with its place. */
function located(cause: unknown, position: number, path: string): SparkplugError {
  const ours = cause instanceof SparkplugError ? cause : undefined;
  const offset = ours?.place.offset ?? position;
  const what = ours?.message ?? "the payload ends too early";
  const code = ours?.code ?? "PAYLOAD_MALFORMED";
  const message = `not a Sparkplug payload: ${what} (byte ${offset}, ${path})`;
  return new SparkplugError(code, message, { cause, place: { offset, path } });
}
