/** What a device answers to a request: function codes 1 to 6, 15, 16, 22 and 23. Pure but for the memory it is given. */
import type { Table } from "../address.ts";
import { LIMITS } from "../wire/pdu.ts";
import { ILLEGAL_ADDRESS, ILLEGAL_VALUE, type Registers } from "./registers.ts";

const ILLEGAL_FUNCTION = 1;
const TABLES: ReadonlyMap<number, Table> = new Map<number, Table>([
  [1, "co"],
  [2, "di"],
  [3, "hr"],
  [4, "ir"],
]);
const HEAD = 5;

/** The longest answer: a PDU has 253 bytes. */
export const LONGEST_PDU = 253;

/** Writes the answer to `pdu` at the beginning of `out`; its length. */
export function answer(memory: Registers, pdu: Uint8Array, out: Uint8Array): number {
  const functionCode = pdu[0] ?? 0;
  if (functionCode === 23) return writeAndRead(memory, pdu, out);
  const table = TABLES.get(functionCode);
  const code = table === undefined ? write(memory, pdu) : readInto(memory, { table, pdu, out });
  if (code !== undefined) return exception(functionCode, code, out);
  if (table !== undefined) return 2 + (out[1] ?? 0);
  const echo = functionCode === 15 || functionCode === 16 ? pdu.subarray(0, HEAD) : pdu;
  out.set(echo);
  return echo.length;
}

/** Writes an exception; its length. */
export function exception(functionCode: number, code: number, out: Uint8Array): number {
  out[0] = functionCode | 0x80;
  out[1] = code;
  return 2;
}

interface Read {
  readonly table: Table;
  readonly pdu: Uint8Array;
  readonly out: Uint8Array;
}

function readInto(memory: Registers, { table, pdu, out }: Read): number | undefined {
  const count = wordAt(pdu, 3);
  const isBits = table === "co" || table === "di";
  const most = isBits ? LIMITS.readBits : LIMITS.readRegisters;
  if (pdu.length !== HEAD || count < 1 || count > most) return ILLEGAL_VALUE;
  if (!memory.read(table, wordAt(pdu, 1), count, out.subarray(2))) return ILLEGAL_ADDRESS;
  out[0] = pdu[0] ?? 0;
  out[1] = isBits ? Math.ceil(count / 8) : 2 * count;
  return undefined;
}

function write(memory: Registers, pdu: Uint8Array): number | undefined {
  const start = wordAt(pdu, 1);
  switch (pdu[0] ?? 0) {
    case 5:
      return writeCoil(memory, pdu);
    case 6:
      return pdu.length === HEAD ? memory.write("hr", start, pdu.slice(3)) : ILLEGAL_VALUE;
    case 15:
      return writeCoils(memory, pdu);
    case 16:
      return writeRegisters(memory, pdu);
    case 22:
      return maskWrite(memory, pdu);
    default:
      return ILLEGAL_FUNCTION;
  }
}

function writeCoil(memory: Registers, pdu: Uint8Array): number | undefined {
  const value = wordAt(pdu, 3);
  if (pdu.length !== HEAD || (value !== 0 && value !== 0xff00)) return ILLEGAL_VALUE;
  return memory.write("co", wordAt(pdu, 1), Uint8Array.of(value === 0 ? 0 : 1));
}

function writeCoils(memory: Registers, pdu: Uint8Array): number | undefined {
  const count = wordAt(pdu, 3);
  const packed = pdu.subarray(HEAD + 1);
  const isWhole = pdu[HEAD] === packed.length && packed.length === Math.ceil(count / 8);
  if (count < 1 || count > LIMITS.writeBits || !isWhole) return ILLEGAL_VALUE;
  const bits = Uint8Array.from(
    { length: count },
    (_, index) => ((packed[index >> 3] ?? 0) >> (index & 7)) & 1,
  );
  return memory.write("co", wordAt(pdu, 1), bits);
}

function writeRegisters(memory: Registers, pdu: Uint8Array): number | undefined {
  const count = wordAt(pdu, 3);
  const bytes = pdu.subarray(HEAD + 1);
  const isWhole = pdu[HEAD] === bytes.length && bytes.length === 2 * count;
  if (count < 1 || count > LIMITS.writeRegisters || !isWhole) return ILLEGAL_VALUE;
  return memory.write("hr", wordAt(pdu, 1), bytes);
}

/** As the standard says: first it writes, then it reads; and it does neither when one of them is not possible. */
function writeAndRead(memory: Registers, pdu: Uint8Array, out: Uint8Array): number {
  const read = Uint8Array.of(3, ...pdu.subarray(1, HEAD));
  const written = Uint8Array.of(16, ...pdu.subarray(HEAD));
  const isTooLong = wordAt(written, 3) > LIMITS.writeAndReadRegisters;
  const code =
    readInto(memory, { table: "hr", pdu: read, out }) ??
    (isTooLong ? ILLEGAL_VALUE : write(memory, written)) ??
    readInto(memory, { table: "hr", pdu: read, out });
  if (code !== undefined) return exception(23, code, out);
  out[0] = 23;
  return 2 + (out[1] ?? 0);
}

function maskWrite(memory: Registers, pdu: Uint8Array): number | undefined {
  if (pdu.length !== 7) return ILLEGAL_VALUE;
  const start = wordAt(pdu, 1);
  const word = new Uint8Array(2);
  if (!memory.read("hr", start, 1, word)) return ILLEGAL_ADDRESS;
  const [andMask, orMask] = [wordAt(pdu, 3), wordAt(pdu, 5)];
  const next = (wordAt(word, 0) & andMask) | (orMask & ~andMask & 0xffff);
  return memory.write("hr", start, Uint8Array.of(next >> 8, next & 0xff));
}

function wordAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
