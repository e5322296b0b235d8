/**
 * The memory of a Modbus device as one table: each row says where a value lives, how it is stored, and what a write
 * does. 32- and 64-bit values stand with the high word first (ABCD). Addresses are zero-based.
 */
import { DemoPlantError } from "./errors.ts";

/** Holding registers, input registers, coils, discrete inputs. */
export type RegisterTable = "hr" | "ir" | "co" | "di";

/** `bool` in `co` and `di` is the coil itself, in a register it is one bit. */
type RegisterType =
  | "bool"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float32"
  | "float64"
  | "string";

/** One value of a machine of type `Machine` and the place where a Modbus client finds it. */
export interface RegisterRow<Machine> {
  /** For people; the demo's configuration gives the metric the same name. */
  readonly name: string;
  readonly table: RegisterTable;
  readonly address: number;
  readonly type: RegisterType;
  /** Bit 0 to 15 of the register, for `bool` in `hr` and `ir`. */
  readonly bit?: number;
  /** Registers, for `string`; two characters each. */
  readonly length?: number;
  /** As stored: already multiplied when the table of the demo says `scale`. */
  read(machine: Machine): number | bigint | boolean | string;
  /** Left out for what cannot be written. */
  readonly write?: {
    /** Smallest and largest number as stored, both inclusive; a coil has 0 and 1. */
    readonly range: readonly [min: number, max: number];
    apply(machine: Machine, stored: number): void;
  };
}

/** Registers that clients may read; those without a row read 0, as in many PLCs. */
const SIZE = 200;

const WORDS: Readonly<Record<Exclude<RegisterType, "string">, number>> = {
  bool: 1,
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  int64: 4,
  uint64: 4,
  float32: 2,
  float64: 4,
};

/** The memory of one device: what clients read, and what their writes do to the machine. */
export class RegisterMemory<Machine> {
  readonly #machine: Machine;
  readonly #rows: readonly RegisterRow<Machine>[];
  readonly #words: Readonly<Record<RegisterTable, DataView>> = {
    hr: new DataView(new ArrayBuffer(SIZE * 2)),
    ir: new DataView(new ArrayBuffer(SIZE * 2)),
    co: new DataView(new ArrayBuffer(SIZE * 2)),
    di: new DataView(new ArrayBuffer(SIZE * 2)),
  };

  constructor(machine: Machine, rows: readonly RegisterRow<Machine>[]) {
    this.#machine = machine;
    this.#rows = rows;
    this.refresh();
  }

  /** Copies the machine's values into the registers. Between two calls all reads see the same moment. */
  refresh(): void {
    for (const row of this.#rows) store(this.#words[row.table], row, row.read(this.#machine));
  }

  /**
   * Registers (or coils, as 0 and 1) from `address` on.
   * @throws {DemoPlantError} ILLEGAL_ADDRESS beyond the end of the memory.
   */
  read(table: RegisterTable, address: number, count: number): number[] {
    if (address + count > SIZE) {
      throw new DemoPlantError("ILLEGAL_ADDRESS", `${table}:${address}/${count} does not exist`);
    }
    const words = this.#words[table];
    return Array.from({ length: count }, (_, index) => words.getUint16((address + index) * 2));
  }

  /**
   * Writes whole values; either all of them or none.
   * @throws {DemoPlantError} ILLEGAL_ADDRESS where nothing may be written or only part of a value was given,
   * ILLEGAL_VALUE outside the machine's range.
   */
  write(table: "hr" | "co", address: number, words: readonly number[]): void {
    const asked = new DataView(new ArrayBuffer(words.length * 2));
    words.forEach((word, index) => asked.setUint16(index * 2, word));
    const changes: (() => void)[] = [];
    for (let offset = 0; offset < words.length;) {
      const row = this.#writableAt(table, address + offset);
      const size = wordsOf(row);
      if (row.write === undefined || offset + size > words.length) throw illegal(table, address);
      const { write } = row;
      const stored = load(asked, offset, row.type);
      const [min, max] = write.range;
      if (!(stored >= min && stored <= max)) {
        const message = `${row.name}: ${stored} is not in ${min} to ${max}`;
        throw new DemoPlantError("ILLEGAL_VALUE", message);
      }
      changes.push(() => write.apply(this.#machine, stored));
      offset += size;
    }
    for (const change of changes) change();
    this.refresh();
  }

  #writableAt(table: RegisterTable, address: number): RegisterRow<Machine> {
    const found = this.#rows.find((row) => row.table === table && row.address === address);
    if (found?.write === undefined) throw illegal(table, address);
    return found;
  }
}

function illegal(table: RegisterTable, address: number): DemoPlantError {
  return new DemoPlantError("ILLEGAL_ADDRESS", `${table}:${address} cannot be written`);
}

function wordsOf<Machine>(row: RegisterRow<Machine>): number {
  return row.type === "string" ? (row.length ?? 1) : WORDS[row.type];
}

function store<Machine>(
  words: DataView,
  row: RegisterRow<Machine>,
  value: number | bigint | boolean | string,
): void {
  const at = row.address * 2;
  switch (row.type) {
    case "bool":
      return storeBit(words, row, Boolean(value));
    case "int16":
      return words.setInt16(at, Math.round(Number(value)));
    case "uint16":
      return words.setUint16(at, Math.round(Number(value)));
    case "int32":
      return words.setInt32(at, Math.round(Number(value)));
    case "uint32":
      return words.setUint32(at, Math.round(Number(value)));
    case "int64":
      return words.setBigInt64(at, BigInt(value));
    case "uint64":
      return words.setBigUint64(at, BigInt(value));
    case "float32":
      return words.setFloat32(at, Number(value));
    case "float64":
      return words.setFloat64(at, Number(value));
    case "string":
      return storeText(words, row, String(value));
  }
}

function storeBit<Machine>(words: DataView, row: RegisterRow<Machine>, on: boolean): void {
  const mask = 1 << (row.bit ?? 0);
  const before = words.getUint16(row.address * 2);
  words.setUint16(row.address * 2, on ? before | mask : before & ~mask);
}

function storeText<Machine>(words: DataView, row: RegisterRow<Machine>, text: string): void {
  const bytes = wordsOf(row) * 2;
  for (let index = 0; index < bytes; index += 1) {
    const code = index < text.length ? text.charCodeAt(index) : 0;
    words.setUint8(row.address * 2 + index, code);
  }
}

/** The number that stands at word `offset`; texts and 64-bit integers cannot be written in this plant. */
function load(words: DataView, offset: number, type: RegisterType): number {
  const at = offset * 2;
  switch (type) {
    case "bool":
    case "uint16":
      return words.getUint16(at);
    case "int16":
      return words.getInt16(at);
    case "int32":
      return words.getInt32(at);
    case "uint32":
      return words.getUint32(at);
    case "float32":
      return words.getFloat32(at);
    case "float64":
      return words.getFloat64(at);
    case "int64":
    case "uint64":
    case "string":
      return Number.NaN;
  }
}
