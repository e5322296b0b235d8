/**
 * The fields of one metric, found but not decoded: numbers as they are, everything longer as where it begins and
 * ends. Both the visitor and the full decoder read metrics through this, one object for all metrics of a message.
 */
import {
  DOUBLE_BITS,
  DOUBLES,
  FLOAT_BITS,
  FLOATS,
  HIGH,
  LOW,
  word,
  type WireReader,
} from "./wire-reader.ts";

const NAME = 0x0a;
const ALIAS = 0x10;
const TIMESTAMP = 0x18;
const DATATYPE = 0x20;
const IS_HISTORICAL = 0x28;
const IS_TRANSIENT = 0x30;
const IS_NULL = 0x38;
const METADATA = 0x42;
const PROPERTIES = 0x4a;
const INT_KEY = 0x50;
const LONG_KEY = 0x58;
const FLOAT_KEY = 0x65;
const DOUBLE_KEY = 0x69;
const BOOLEAN_KEY = 0x70;
const STRING_KEY = 0x7a;

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
  /** Of int (as a signed one), long up to 2^53, float, double and boolean. A fraction from the start: it is kept without an object. */
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
  #more = false;

  /**
   * Reads the metric in `bytes[start]` to `bytes[end]`. What metrics mostly consist of (name, alias, time, datatype
   * and a plain value, in this order) is tried first, without loops and without a look at what else there could be; what is left
   * is read field by field. Three times as fast as reading all of it so.
   * @throws {SparkplugError} PAYLOAD_MALFORMED
   */
  read(reader: WireReader, start: number, end: number): void {
    const { bytes } = reader;
    if (this.#more) this.#clear();
    this.start = start;
    this.end = end;
    let pos = this.#tryName(bytes, start);
    pos = this.#tryAlias(bytes, pos);
    pos = this.#tryTime(bytes, pos);
    pos = this.#tryDatatype(bytes, pos);
    pos = this.#tryValue(bytes, pos);
    reader.pos = pos;
    if (pos !== end) this.#readRest(reader, pos);
  }

  /** `pos`: how far the tries came; too far when the metric is cut off, then all of it is read again with care. */
  #readRest(reader: WireReader, pos: number): void {
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
    this.#more = true;
    while (reader.pos < end) {
      const key = reader.key();
      if (key < FIRST_VALUE) this.#readHead(reader, key);
      else this.#readValue(reader, key);
    }
    if (this.isNull) this.plain = "";
    reader.finish(end);
  }

  #clear(): void {
    this.#more = false;
    this.isHistorical = false;
    this.isTransient = false;
    this.isNull = false;
    this.metadataStart = 0;
    this.propertiesStart = 0;
  }

  // Each of these reads its field when it stands at `pos`, in the form that data has it, and tells where the next one
  // begins; otherwise it notes that the field is left out. They may read beyond the metric, which `read` finds out.
  // None returns a time or a value: a fraction that is returned is made an object of.

  #tryName(bytes: Uint8Array, pos: number): number {
    this.nameStart = 0;
    const length = bytes[pos + 1] ?? 0x80;
    if (bytes[pos] !== NAME || length > 0x7f) return pos;
    this.nameStart = pos + 2;
    this.nameEnd = pos + 2 + length;
    return this.nameEnd;
  }

  #tryAlias(bytes: Uint8Array, pos: number): number {
    this.alias = undefined;
    if (bytes[pos] !== ALIAS) return pos;
    const first = bytes[pos + 1] ?? 0;
    if (first < 0x80) {
      this.alias = first;
      return pos + 2;
    }
    const second = bytes[pos + 2] ?? 0x80;
    if (second > 0x7f) return pos;
    this.alias = (first & 0x7f) | (second << 7);
    return pos + 3;
  }

  /** Six bytes: a time from 2004 to 2109. */
  #tryTime(bytes: Uint8Array, pos: number): number {
    if (bytes[pos] === TIMESTAMP) {
      const first = bytes[pos + 1] ?? 0;
      const second = bytes[pos + 2] ?? 0;
      const third = bytes[pos + 3] ?? 0;
      const fourth = bytes[pos + 4] ?? 0;
      const fifth = bytes[pos + 5] ?? 0;
      const sixth = bytes[pos + 6] ?? 0x80;
      if ((first & second & third & fourth & fifth) > 0x7f && sixth < 0x80) {
        const low = (first & 0x7f) | ((second & 0x7f) << 7) | ((third & 0x7f) << 14);
        const high = (fifth & 0x7f) | (sixth << 7);
        this.timestampMs = high * 0x1000_0000 + (low | ((fourth & 0x7f) << 21));
        return pos + 7;
      }
    }
    this.timestampMs = -1;
    return pos;
  }

  #tryDatatype(bytes: Uint8Array, pos: number): number {
    const code = bytes[pos + 1] ?? 0x80;
    if (bytes[pos] === DATATYPE && code < 0x80) {
      this.datatypeCode = code;
      return pos + 2;
    }
    this.datatypeCode = -1;
    return pos;
  }

  #tryValue(bytes: Uint8Array, pos: number): number {
    const key = bytes[pos];
    if (key === FLOAT_KEY) return this.#takeFloat(bytes, pos + 1);
    if (key === DOUBLE_KEY) return this.#takeDouble(bytes, pos + 1);
    if (key === INT_KEY) return this.#tryInt(bytes, pos);
    this.plain = "";
    return key === BOOLEAN_KEY ? this.#tryBoolean(bytes, pos) : this.#tryLonger(bytes, pos);
  }

  #takeFloat(bytes: Uint8Array, pos: number): number {
    this.valueField = FLOAT;
    this.plain = "Float";
    FLOAT_BITS[0] = word(bytes, pos);
    this.valueNumber = FLOATS[0] ?? 0;
    return pos + 4;
  }

  #takeDouble(bytes: Uint8Array, pos: number): number {
    this.valueField = DOUBLE;
    this.plain = "Double";
    DOUBLE_BITS[LOW] = word(bytes, pos);
    DOUBLE_BITS[HIGH] = word(bytes, pos + 4);
    this.valueNumber = DOUBLES[0] ?? 0;
    return pos + 8;
  }

  #tryBoolean(bytes: Uint8Array, pos: number): number {
    const value = bytes[pos + 1] ?? 2;
    this.valueField = value < 2 ? BOOLEAN : 0;
    this.valueNumber = value;
    return value < 2 ? pos + 2 : pos;
  }

  /** Texts of up to 127 bytes and counters of up to 49 bits. */
  #tryLonger(bytes: Uint8Array, pos: number): number {
    const key = bytes[pos];
    const length = bytes[pos + 1] ?? 0x80;
    this.valueField = 0;
    if (key === STRING_KEY && length < 0x80) {
      this.valueField = STRING;
      this.valueStart = pos + 2;
      this.valueEnd = pos + 2 + length;
      return this.valueEnd;
    }
    return key === LONG_KEY ? this.#tryLong(bytes, pos) : pos;
  }

  #tryLong(bytes: Uint8Array, pos: number): number {
    let value = 0;
    let factor = 1;
    for (let at = pos + 1; at < pos + 8; at += 1) {
      const byte = bytes[at] ?? 0x80;
      value += (byte & 0x7f) * factor;
      factor *= 0x80;
      if (byte > 0x7f) continue;
      this.valueField = LONG;
      this.valueNumber = value;
      this.valueBig = undefined;
      return at + 1;
    }
    return pos;
  }

  /** One, two, three bytes, or the five of a negative number. */
  #tryInt(bytes: Uint8Array, pos: number): number {
    const first = bytes[pos + 1] ?? 0;
    const second = bytes[pos + 2] ?? 0;
    const third = bytes[pos + 3] ?? 0;
    this.valueField = INT;
    this.plain = "Int32";
    if (first < 0x80) {
      this.valueNumber = first;
      return pos + 2;
    }
    if (second < 0x80) {
      this.valueNumber = (first & 0x7f) | (second << 7);
      return pos + 3;
    }
    const low = (first & 0x7f) | ((second & 0x7f) << 7) | ((third & 0x7f) << 14);
    if (third < 0x80) {
      this.valueNumber = low;
      return pos + 4;
    }
    const fourth = bytes[pos + 4] ?? 0;
    const fifth = bytes[pos + 5] ?? 0x80;
    if (fourth > 0x7f && fifth < 0x10) {
      this.valueNumber = low | ((fourth & 0x7f) << 21) | (fifth << 28);
      return pos + 6;
    }
    this.valueField = 0;
    this.plain = "";
    return pos;
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
  // oxlint-disable-next-line eslint/complexity -- one case per field of the oneof; a split costs a call per metric
  #readValue(reader: WireReader, key: number): void {
    switch (key) {
      case INT_KEY:
        this.valueNumber = reader.uint32() | 0;
        break;
      case LONG_KEY:
        this.#readLong(reader);
        break;
      case FLOAT_KEY:
        this.valueNumber = reader.float();
        break;
      case DOUBLE_KEY:
        this.valueNumber = reader.double();
        break;
      case BOOLEAN_KEY:
        this.valueNumber = reader.bool() ? 1 : 0;
        break;
      case STRING_KEY:
      case 0x82:
      case 0x8a:
      case 0x92:
      case 0x9a:
        this.valueEnd = reader.end();
        this.valueStart = reader.pos;
        reader.pos = this.valueEnd;
        break;
      default:
        reader.passOver(key, KNOWN);
        return;
    }
    this.valueField = key >>> 3;
    this.plain = PLAIN[this.valueField - INT] ?? "";
  }

  #readLong(reader: WireReader): void {
    const value = reader.uint64();
    if (typeof value === "number") {
      this.valueNumber = value;
      this.valueBig = undefined;
    } else this.valueBig = value;
  }
}
