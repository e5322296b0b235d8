/**
 * The way through a metric that has what metrics mostly have, in the order in which encoders write it: no loop, no look
 * at what else there could be. What is left over is read field by field, as any other metric is.
 */
import {
  ALIAS,
  BOOLEAN,
  BOOLEAN_KEY,
  DATATYPE,
  DOUBLE,
  DOUBLE_KEY,
  FLOAT,
  FLOAT_KEY,
  INT,
  INT_KEY,
  LONG,
  LONG_KEY,
  MetricFields,
  NAME,
  STRING,
  STRING_KEY,
  TIMESTAMP,
} from "./wire-fields.ts";
import { DOUBLE_BITS, DOUBLES, FLOAT_BITS, FLOATS, HIGH, LOW, word } from "./wire-numbers.ts";
import type { WireReader } from "./wire-reader.ts";

export class QuickFields extends MetricFields {
  /**
   * Reads the metric in `bytes[start]` to `bytes[end]`: name, alias, time, datatype and a plain value if they come in
   * this order, then what is left. Nearly twice as fast as reading all of it field by field.
   * @throws {SparkplugError} PAYLOAD_MALFORMED
   */
  read(reader: WireReader, start: number, end: number): void {
    const { bytes } = reader;
    if (this.more) this.clear();
    this.start = start;
    this.end = end;
    let pos = this.#tryName(bytes, start);
    pos = this.#tryAlias(bytes, pos);
    pos = this.#tryTime(bytes, pos);
    pos = this.#tryDatatype(bytes, pos);
    pos = this.#tryValue(bytes, pos);
    reader.pos = pos;
    if (pos !== end) this.readRest(reader, pos);
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
}
