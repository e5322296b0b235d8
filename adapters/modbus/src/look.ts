/** What stands in registers of a running device, in every way to read them: for whoever makes tags. */
import {
  AdapterError,
  type RegisterLook,
  type RegistersAnswer,
  type RegistersQuestion,
} from "@unshub/adapter";
import { isBitTable, LAST_ADDRESS, parseAddress, type Address } from "./address.ts";
import type { Answer, Question } from "./tools/asker.ts";
import { exceptionText } from "./tools/exception-text.ts";
import { jsonValue } from "./tools/show-value.ts";
import { suspectsOf } from "./tools/suspects.ts";
import { decodeAll } from "./types/index.ts";
import type { ModbusLink, WireResult } from "./wire/index.ts";
import { encodeRequest, expectedReply, readRequest } from "./wire/pdu.ts";

/** Where the device is. */
export interface LookPlace {
  readonly link: Pick<ModbusLink, "send">;
  readonly unit: number;
  readonly timeoutMs: number;
  /** By when a request is as urgent as a poll that is due then; milliseconds of the link's clock. */
  readonly deadline: () => number;
}

/** What one request may ask for. */
const MOST_REGISTERS = 125;
/** The longest number. */
const LONGEST = 4;
const MOST_SUSPECTS = 100;

/** @throws {AdapterError} with a sentence, when the question or the device says no. */
export async function lookAtRegisters(
  place: LookPlace,
  asked: RegistersQuestion,
): Promise<RegistersAnswer> {
  const { table, start } = addressIn(asked);
  const count = Math.min(asked.count, MOST_REGISTERS, LAST_ADDRESS + 1 - start);
  const data = await read(place, { table, start, count });
  if (isBitTable(table)) return { kind: "registers", words: bitsIn(data, count), readings: [] };
  const words = Array.from({ length: count }, (_, at) => data.getUint16(at * 2));
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const readings = asked.seen === undefined ? waysToRead(bytes) : thoseThatGive(bytes, asked);
  return {
    kind: "registers",
    words,
    readings: readings.map(({ at, ...rest }) => ({ at: `${table}:${start + at}`, ...rest })),
  };
}

/** `at`: from the first register that was read. */
type Reading = Omit<RegisterLook, "at"> & { readonly at: number };

function waysToRead(bytes: Uint8Array): readonly Reading[] {
  const first = bytes.subarray(0, Math.min(bytes.length, LONGEST * 2));
  return decodeAll(first).map(({ at, type, byteOrder, registers, decoded }) => ({
    at,
    type,
    byteOrder,
    registers,
    ...jsonValue(decoded),
  }));
}

function thoseThatGive(
  data: Uint8Array,
  { seen = 0, tolerance }: RegistersQuestion,
): readonly Reading[] {
  const looks = [{ seen, tolerance, parts: [{ start: 0, data }] }];
  return suspectsOf(looks)
    .slice(0, MOST_SUSPECTS)
    .map(({ at, type, byteOrder, registers, value, scale }) => ({
      at,
      type,
      byteOrder,
      registers,
      value,
      scale,
    }));
}

function addressIn({ at, count, seen }: RegistersQuestion): Pick<Address, "table" | "start"> {
  const parsed = parseAddress(at);
  if (parsed.kind === "problem") throw new AdapterError("BAD_VALUE", `${at}: ${parsed.problem}`);
  if (isBitTable(parsed.address.table) && seen !== undefined) {
    throw new AdapterError("BAD_VALUE", `${at} is one bit: there is only one way to read it`);
  }
  if (!Number.isInteger(count) || count < 1) {
    throw new AdapterError("BAD_VALUE", "at least one register must be read");
  }
  return parsed.address;
}

/** The first bit of an answer is the lowest of its first byte. */
function bitsIn(data: DataView, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => (data.getUint8(at >> 3) >> (at & 7)) & 1);
}

async function read(
  place: LookPlace,
  { table, start, count }: Pick<Address, "table" | "start"> & { readonly count: number },
): Promise<DataView> {
  const result = await askOnce(place, { unit: place.unit, table, start, count });
  if (result.kind === "data") return new DataView(result.data.buffer);
  const where = `${table}:${start}..${start + count - 1}`;
  if (result.kind === "exception") {
    const says = exceptionText(result.code);
    throw new AdapterError("DEVICE_REFUSED", `${where}: the device says ${says}`);
  }
  throw new AdapterError("NO_ANSWER", `${where}: the device does not answer`);
}

/** One read besides the polls. @throws {AdapterError} when there is no connection. */
export async function askOnce(
  { link, timeoutMs, deadline }: LookPlace,
  { unit, table, start, count }: Question,
): Promise<Answer> {
  const pdu = encodeRequest(readRequest(table, start, count));
  const { promise, resolve } = Promise.withResolvers<WireResult>();
  link.send({
    unit,
    pdu,
    reply: expectedReply(pdu),
    timeoutMs,
    priority: "poll",
    deadline: deadline(),
    tags: ["(looked at)"],
    done: (result) =>
      resolve(result.kind === "data" ? { ...result, data: result.data.slice() } : result),
  });
  const result = await promise;
  if (result.kind === "data" || result.kind === "exception") return result;
  if (result.kind !== "linkDown") return { kind: "silent" };
  throw new AdapterError("NO_ANSWER", result.cause.message, { cause: result.cause });
}
