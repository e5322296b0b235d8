/**
 * The fields of one metric, found but not decoded: numbers as they are, everything longer as where it begins and
 * ends. Both the visitor and the full decoder read metrics through this, one object for all metrics of a message.
 */
import type { WireReader } from "./wire-reader.ts";

/** Number and wire type of each field. */
const NAME = 0x0a;
const ALIAS = 0x10;
const TIMESTAMP = 0x18;
const DATATYPE = 0x20;
const INT_KEY = 0x50;
const LONG_KEY = 0x58;
const FLOAT_KEY = 0x65;
const DOUBLE_KEY = 0x69;
const BOOLEAN_KEY = 0x70;
const STRING_KEY = 0x7a;
const IS_HISTORICAL = 0x28;
const IS_TRANSIENT = 0x30;
const IS_NULL = 0x38;
const METADATA = 0x42;
const PROPERTIES = 0x4a;

/** Numbers of the value fields in a metric. */
export const INT = 10;
export const LONG = 11;
export const FLOAT = 12;
export const DOUBLE = 13;
export const BOOLEAN = 14;
export const STRING = 15;
export const DATASET = 17;
export const TEMPLATE = 18;
export const EXTENSION = 19;

/** The lowest key of a value field: number 10, any wire type. */
const FIRST_VALUE = INT << 3;
/** By the number of the value field, from int on. */
const PLAIN = ["Int32", "", "Float", "Double"] as const;
/** Number and wire type of each value field, from int on. */
const VALUE_KEYS = [
  INT_KEY,
  LONG_KEY,
  FLOAT_KEY,
  DOUBLE_KEY,
  BOOLEAN_KEY,
  STRING_KEY,
  0x82,
  0x8a,
  0x92,
  0x9a,
];
/** How many fields a metric has. */
const KNOWN = 19;

export class MetricFields {
  /** Where the metric begins and ends. */
  start = 0;
  end = 0;
  alias: number | bigint | undefined = undefined;
  /** Code; −1 when it was left out. */
  datatypeCode = -1;
  isHistorical = false;
  isTransient = false;
  isNull = false;
  /** Number of the value field, 0 when there is none. */
  valueField = 0;
  /** The datatype whose value `valueNumber` is as it stands; empty when there is none. Compared for every metric. */
  plain: "Int32" | "Float" | "Double" | "" = "";
  /**
   * Of int (as a signed one), long up to 2^53, float, double and boolean. A fraction from the start, as `timestampMs`:
   * so the engine keeps both as they are instead of making an object of each number.
   */
  valueNumber = 0.5;
  /** Of long beyond 2^53. */
  valueBig: bigint | undefined = undefined;
  /** What is longer stands in `bytes[…Start]` to `bytes[…End]`; a start of 0 means that it was left out. */
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  metadataStart = 0;
  metadataEnd = 0;
  propertiesStart = 0;
  propertiesEnd = 0;
  /** Milliseconds since 1970 UTC; −1 when it was left out. */
  timestampMs = -0.5;
  /** Whether anything is set that plain data has not. */
  protected more = false;

  /** `pos`: how far the tries came; too far when the metric is cut off, then all of it is read again with care. */
  protected readRest(reader: WireReader, pos: number): void {
    const { start, end } = this;
    if (pos > end) {
      reader.pos = start;
      this.nameStart = 0;
      this.alias = undefined;
      this.timestampMs = -1;
      this.datatypeCode = -1;
      this.valueField = 0;
      this.plain = "";
    }
    this.more = true;
    while (reader.pos < end) {
      const key = reader.key();
      if (key < FIRST_VALUE) this.#readHead(reader, key);
      else this.#readValue(reader, key);
    }
    if (this.isNull) this.plain = "";
    reader.finish(end);
  }

  protected clear(): void {
    this.more = false;
    this.isHistorical = false;
    this.isTransient = false;
    this.isNull = false;
    this.metadataStart = 0;
    this.propertiesStart = 0;
  }

  #readHead(reader: WireReader, key: number): void {
    switch (key) {
      case NAME:
        this.nameEnd = reader.end();
        this.nameStart = reader.pos;
        reader.pos = this.nameEnd;
        return;
      case ALIAS:
        this.alias = reader.uint64();
        return;
      case TIMESTAMP:
        this.timestampMs = reader.counter();
        return;
      case DATATYPE:
        this.datatypeCode = reader.uint32();
        return;
      case IS_HISTORICAL:
        this.isHistorical = reader.bool();
        return;
      case IS_TRANSIENT:
        this.isTransient = reader.bool();
        return;
      case IS_NULL:
        this.isNull = reader.bool();
        return;
      case METADATA:
        this.metadataEnd = reader.end();
        this.metadataStart = reader.pos;
        reader.pos = this.metadataEnd;
        return;
      case PROPERTIES:
        this.propertiesEnd = reader.end();
        this.propertiesStart = reader.pos;
        reader.pos = this.propertiesEnd;
        return;
      default:
        reader.passOver(key, KNOWN);
    }
  }

  /** Of several value fields the last one holds, as protobuf's `oneof` wants it. */
  #readValue(reader: WireReader, key: number): void {
    const field = key >>> 3;
    if (field > KNOWN || key !== VALUE_KEYS[field - INT]) {
      reader.passOver(key, KNOWN);
      return;
    }
    if (field === LONG) this.#readLong(reader);
    else if (field < STRING) this.valueNumber = readNumber(reader, field);
    else {
      this.valueEnd = reader.end();
      this.valueStart = reader.pos;
      reader.pos = this.valueEnd;
    }
    this.valueField = field;
    this.plain = PLAIN[field - INT] ?? "";
  }

  #readLong(reader: WireReader): void {
    const value = reader.uint64();
    if (typeof value === "number") {
      this.valueNumber = value;
      this.valueBig = undefined;
    } else this.valueBig = value;
  }
}

function readNumber(reader: WireReader, field: number): number {
  if (field === INT) return reader.uint32() | 0;
  if (field === FLOAT) return reader.float();
  return field === DOUBLE ? reader.double() : Number(reader.bool());
}
