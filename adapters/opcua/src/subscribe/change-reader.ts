/** Reads values of scalar numeric types from bytes (OPC 10000-6, 5.2.2.17 DataValue and 5.2.2.16 Variant), without any object. */

/** Which parts a DataValue has. */
const VALUE = 0x01;
const STATUS = 0x02;
const SOURCE_TIME = 0x04;
const SERVER_TIME = 0x08;
const SOURCE_PICO = 0x10;
const SERVER_PICO = 0x20;
/** An array, or one with dimensions. */
const NO_SCALAR = 0xc0;

/** 100 ns since 1601: 2^32 of them are 429 496 ms and 7 296 units. */
const HIGH_MS = 429_496;
const HIGH_REST = 7_296;
const UNITS_PER_MS = 10_000;
const MS_FROM_1601_TO_1970 = 11_644_473_600_000;
const UPPER = 4_294_967_296;

export class ChangeReader {
  readonly #view: DataView;
  /** When it was true, in ms since 1970 UTC; NaN: it is not said. */
  readonly times = { source: Number.NaN, server: Number.NaN };
  at = 0;
  /** The built-in type of the value that was read last, and the value. */
  type = 0;
  value = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** How many elements follow; -1: none at all. */
  count(): number {
    this.at += 4;
    return this.#view.getInt32(this.at - 4, true);
  }

  uint32(): number {
    this.at += 4;
    return this.#view.getUint32(this.at - 4, true);
  }

  /**
   * Reads a DataValue. `false`: it is no scalar of a numeric type, or its status is another than Good; where the reader stands then is
   * not said. @throws {RangeError} when the bytes end before.
   */
  readNumber(): boolean {
    const mask = this.#view.getUint8(this.at);
    const type = this.#view.getUint8(this.at + 1);
    if ((mask & VALUE) === 0 || (type & NO_SCALAR) !== 0) return false;
    this.at += 2;
    if (!this.#number(type)) return false;
    this.type = type;
    if ((mask & STATUS) !== 0 && this.uint32() !== 0) return false;
    this.times.source = (mask & SOURCE_TIME) === 0 ? Number.NaN : this.#time();
    if ((mask & SOURCE_PICO) !== 0) this.at += 2;
    this.times.server = (mask & SERVER_TIME) === 0 ? Number.NaN : this.#time();
    if ((mask & SERVER_PICO) !== 0) this.at += 2;
    return true;
  }

  #time(): number {
    const low = this.uint32();
    const high = this.uint32();
    const rest = Math.floor((high * HIGH_REST + low) / UNITS_PER_MS);
    return high * HIGH_MS + rest - MS_FROM_1601_TO_1970;
  }

  #number(type: number): boolean {
    const view = this.#view;
    const { at } = this;
    if (type < 8) return this.#short(type);
    switch (type) {
      case 8: // Int64
        return this.#whole(view.getInt32(at + 4, true));
      case 9: // UInt64
        return this.#whole(view.getUint32(at + 4, true));
      case 10:
        this.value = view.getFloat32(at, true);
        return this.#skip(4);
      case 11:
        this.value = view.getFloat64(at, true);
        return this.#skip(8);
      case 13: // DateTime
        this.value = this.#time();
        return true;
      default:
        return false;
    }
  }

  /** Boolean, and integers of up to 32 bits. */
  #short(type: number): boolean {
    const view = this.#view;
    const { at } = this;
    switch (type) {
      case 1: // Boolean
        this.value = view.getUint8(at) === 0 ? 0 : 1;
        return this.#skip(1);
      case 2:
        this.value = view.getInt8(at);
        return this.#skip(1);
      case 3:
        this.value = view.getUint8(at);
        return this.#skip(1);
      case 4:
        this.value = view.getInt16(at, true);
        return this.#skip(2);
      case 5:
        this.value = view.getUint16(at, true);
        return this.#skip(2);
      case 6:
        this.value = view.getInt32(at, true);
        return this.#skip(4);
      case 7:
        this.value = view.getUint32(at, true);
        return this.#skip(4);
      default:
        return false;
    }
  }

  /** A 64-bit integer that a double cannot hold is none for us. */
  #whole(high: number): boolean {
    this.value = high * UPPER + this.#view.getUint32(this.at, true);
    return Number.isSafeInteger(this.value) && this.#skip(8);
  }

  #skip(bytes: number): true {
    this.at += bytes;
    return true;
  }
}
