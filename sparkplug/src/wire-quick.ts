/**
 * The way through a metric that has what metrics mostly have, in the order in which encoders write it: no loop, no look
 * at what else there could be. What is left over is read field by field, as any other metric is.
 *
 * Written for V8 (`npm run bench -- codec`): `read` is one function because each call costs as much as a field, and all
 * constants are of this module because those of another one are fetched and checked each time they are used.
 */
import { MetricFields } from "./wire-fields.ts";
import type { WireReader } from "./wire-reader.ts";

/** In which floating-point numbers are put together from their bytes. */
const FLOATS = new Float32Array(1);
const FLOAT_BITS = new Uint32Array(FLOATS.buffer);
const DOUBLES = new Float64Array([1]);
const DOUBLE_BITS = new Uint32Array(DOUBLES.buffer);
/** Which half of a double comes first on this machine. */
const LOW = DOUBLE_BITS[0] === 0 ? 0 : 1;
const HIGH = 1 - LOW;

/** Number and wire type of the fields that metrics mostly have. */
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
/** Numbers of the value fields. */
const INT = 10;
const LONG = 11;
const FLOAT = 12;
const DOUBLE = 13;
const BOOLEAN = 14;
const STRING = 15;

export class QuickFields extends MetricFields {
  /**
   * Reads the metric in `bytes[start]` to `bytes[end]`: name, alias, time, datatype and a plain value if they come in
   * this order, then what is left. What is read here may lie beyond the metric, which shows at the end.
   * @throws {SparkplugError} PAYLOAD_MALFORMED
   */
  // oxlint-disable-next-line complexity -- in pieces it takes a third longer
  read(reader: WireReader, start: number, end: number): void {
    const { bytes } = reader;
    if (this.more) this.clear();
    this.start = start;
    this.end = end;
    let pos = start;
    this.nameStart = 0;
    if (bytes[pos] === NAME) pos = this.tryName(bytes, pos);
    const alias = bytes[pos + 1] ?? 0x80;
    if (bytes[pos] !== ALIAS) this.alias = undefined;
    else if (alias < 0x80) {
      this.alias = alias;
      pos += 2;
    } else pos = this.tryLongAlias(bytes, pos);
    // Six bytes: a time from 2004 to 2109.
    if (bytes[pos] !== TIMESTAMP) this.timestampMs = -1;
    else {
      const first = bytes[pos + 1] ?? 0;
      const second = bytes[pos + 2] ?? 0;
      const third = bytes[pos + 3] ?? 0;
      const fourth = bytes[pos + 4] ?? 0;
      const fifth = bytes[pos + 5] ?? 0;
      const sixth = bytes[pos + 6] ?? 0x80;
      if ((first & second & third & fourth & fifth) > 0x7f && sixth < 0x80) {
        const low = (first & 0x7f) | ((second & 0x7f) << 7) | ((third & 0x7f) << 14);
        const high = (fifth & 0x7f) | (sixth << 7);
        // In halves: what was only ever whole V8 adds by way of 64-bit integers, which takes longer than all the rest.
        this.timestampMs = high * 0x1000_0000 + 0.5 + ((low | ((fourth & 0x7f) << 21)) - 0.5);
        pos += 7;
      } else this.timestampMs = -1;
    }
    const code = bytes[pos + 1] ?? 0x80;
    if (bytes[pos] === DATATYPE && code < 0x80) {
      this.datatypeCode = code;
      pos += 2;
    } else this.datatypeCode = -1;
    pos = this.tryValue(bytes, pos);
    reader.pos = pos;
    if (pos !== end) this.readRest(reader, pos);
  }

  // Each of these reads its field when it stands at `pos`, in the form that data has it, and tells where the next one
  // begins. None returns a time or a value: a fraction that is returned is made an object of.

  protected tryName(bytes: Uint8Array, pos: number): number {
    const length = bytes[pos + 1] ?? 0x80;
    if (length > 0x7f) return pos;
    this.nameStart = pos + 2;
    this.nameEnd = pos + 2 + length;
    return this.nameEnd;
  }

  protected tryLongAlias(bytes: Uint8Array, pos: number): number {
    const first = bytes[pos + 1] ?? 0x80;
    const second = bytes[pos + 2] ?? 0x80;
    this.alias = undefined;
    if (second > 0x7f) return pos;
    this.alias = (first & 0x7f) | (second << 7);
    return pos + 3;
  }

  protected tryValue(bytes: Uint8Array, pos: number): number {
    const key = bytes[pos];
    if (key === FLOAT_KEY) {
      this.valueField = FLOAT;
      this.plain = "Float";
      FLOAT_BITS[0] = word(bytes, pos + 1);
      this.valueNumber = FLOATS[0] ?? 0;
      return pos + 5;
    }
    if (key === DOUBLE_KEY) {
      this.valueField = DOUBLE;
      this.plain = "Double";
      DOUBLE_BITS[LOW] = word(bytes, pos + 1);
      DOUBLE_BITS[HIGH] = word(bytes, pos + 5);
      this.valueNumber = DOUBLES[0] ?? 0;
      return pos + 9;
    }
    if (key === INT_KEY) return this.tryInt(bytes, pos);
    this.plain = "";
    return key === BOOLEAN_KEY ? this.tryBoolean(bytes, pos) : this.tryLonger(bytes, pos);
  }

  protected tryBoolean(bytes: Uint8Array, pos: number): number {
    const value = bytes[pos + 1] ?? 2;
    this.valueField = value < 2 ? BOOLEAN : 0;
    this.valueNumber = value;
    return value < 2 ? pos + 2 : pos;
  }

  /** Texts of up to 127 bytes and counters of up to 49 bits. */
  protected tryLonger(bytes: Uint8Array, pos: number): number {
    const key = bytes[pos];
    const length = bytes[pos + 1] ?? 0x80;
    this.valueField = 0;
    if (key === STRING_KEY && length < 0x80) {
      this.valueField = STRING;
      this.valueStart = pos + 2;
      this.valueEnd = pos + 2 + length;
      return this.valueEnd;
    }
    return key === LONG_KEY ? this.tryLong(bytes, pos) : pos;
  }

  protected tryLong(bytes: Uint8Array, pos: number): number {
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

  /** One to three bytes, or the five of a negative number. */
  protected tryInt(bytes: Uint8Array, pos: number): number {
    const first = bytes[pos + 1] ?? 0;
    const second = bytes[pos + 2] ?? 0;
    this.valueField = INT;
    this.plain = "Int32";
    if (first < 0x80) {
      this.valueNumber = first;
      return pos + 2;
    }
    this.valueNumber = (first & 0x7f) | ((second & 0x7f) << 7);
    return second < 0x80 ? pos + 3 : this.tryLongInt(bytes, pos);
  }

  /** Completes what `tryInt` began. */
  protected tryLongInt(bytes: Uint8Array, pos: number): number {
    const third = bytes[pos + 3] ?? 0;
    const fourth = bytes[pos + 4] ?? 0;
    const fifth = bytes[pos + 5] ?? 0x80;
    const low = this.valueNumber | ((third & 0x7f) << 14);
    if (third < 0x80) {
      this.valueNumber = low;
      return pos + 4;
    }
    if (fourth > 0x7f && fifth < 0x10) {
      this.valueNumber = low | ((fourth & 0x7f) << 21) | (fifth << 28);
      return pos + 6;
    }
    this.valueField = 0;
    this.plain = "";
    return pos;
  }
}

/** Four bytes, little-endian. */
function word(bytes: Uint8Array, at: number): number {
  const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return low | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
}
