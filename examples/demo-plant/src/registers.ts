/**
 * The memory of a Modbus device as one table: each row says where a value lives, how it is stored, and what a write
 * does. 32- and 64-bit values stand with the high word first (ABCD). Addresses are zero-based.
 */
import { ILLEGAL_ADDRESS, ILLEGAL_VALUE, type Registers } from "@unshub/adapter-modbus/simulator";

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
export class RegisterMemory<Machine> implements Registers {
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

  /** Each table has 200 registers, or coils and inputs. */
  read(table: RegisterTable, start: number, count: number, out: Uint8Array): boolean {
    if (start + count > SIZE) return false;
    const words = this.#words[table];
    if (table === "hr" || table === "ir") {
      out.set(new Uint8Array(words.buffer, start * 2, count * 2));
      return true;
    }
    out.fill(0, 0, Math.ceil(count / 8));
    for (let index = 0; index < count; index += 1) {
      const bit = words.getUint16((start + index) * 2);
      out[index >> 3] = (out[index >> 3] ?? 0) | (bit << (index & 7));
    }
    return true;
  }

  /** Writes whole values; either all of them or none. */
  write(table: "hr" | "co", start: number, bytes: Uint8Array): number | undefined {
    const asked = table === "hr" ? Uint8Array.from(bytes) : wordsOfBits(bytes);
    const words = new DataView(asked.buffer);
    const changes: (() => void)[] = [];
    for (let offset = 0; offset < asked.length / 2;) {
      const row = this.#rows.find(
        (each) => each.table === table && each.address === start + offset,
      );
      const size = row === undefined ? 0 : wordsOf(row);
      if (row?.write === undefined || offset + size > asked.length / 2) return ILLEGAL_ADDRESS;
      const { write } = row;
      const stored = load(words, offset, row.type);
      const [min, max] = write.range;
      if (!(stored >= min && stored <= max)) return ILLEGAL_VALUE;
      changes.push(() => write.apply(this.#machine, stored));
      offset += size;
    }
    for (const change of changes) change();
    this.refresh();
    return undefined;
  }
}

/** Bits as this memory keeps them: a word each. */
function wordsOfBits(bits: Uint8Array): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...bits].flatMap((bit) => [0, bit]));
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
