/** What may stand together in one read request, as a device says it: for all tables, or for each. */
import { isBitTable, type Table } from "../address.ts";
import { LIMITS } from "../wire/pdu.ts";
import type { BlockLimits } from "./config.ts";
import type { DeviceInput } from "./device-schema.ts";

const READ_REGISTERS = 125;
/** Many devices that allow 2 000 bits answer so much only slowly. */
const READ_BITS = 2000;
const BITS_PER_REGISTER = 16;

export function limitsOf(device: DeviceInput): BlockLimits {
  const { order = "sorted", oneRequestPerTag = false, splitOn = [2, 3] } = device;
  const { maxBlocksPerBurst = Infinity } = device;
  return {
    maxBlock: mostOf(device.maxBlock),
    maxGap: ofEachTable((table) => gapOf(device.maxGap, table)),
    forbidden: ofEachTable((table) => rangesOf(device.forbidden, table)),
    ranges: ofEachTable((table) => rangesOf(device.ranges, table)),
    order,
    oneRequestPerTag,
    maxBlocksPerBurst,
    splitOn,
  };
}

/** Those of both, table by table. */
export function rangesTogether(
  some: DeviceInput["ranges"],
  others: DeviceInput["ranges"],
): Record<Table, [number, number][]> {
  return ofEachTable((table) => [...rangesOf(some, table), ...rangesOf(others, table)]);
}

function ofEachTable<Value>(of: (table: Table) => Value): Record<Table, Value> {
  return { co: of("co"), di: of("di"), hr: of("hr"), ir: of("ir") };
}

/** A list holds for all tables. */
function rangesOf(given: DeviceInput["ranges"], table: Table): [number, number][] {
  return (Array.isArray(given) ? given : given?.[table]) ?? [];
}

/** One number is registers; 16 bits of `co` and `di` count as one. */
function gapOf(given: DeviceInput["maxGap"], table: Table): number | undefined {
  if (typeof given !== "number") return given?.[table];
  return isBitTable(table) ? given * BITS_PER_REGISTER : given;
}

/** As `gapOf`. */
function mostOf(maxBlock: DeviceInput["maxBlock"]): BlockLimits["maxBlock"] {
  if (typeof maxBlock === "number") {
    const bits = Math.min(maxBlock * BITS_PER_REGISTER, LIMITS.readBits);
    return { hr: maxBlock, ir: maxBlock, co: bits, di: bits };
  }
  const {
    hr = READ_REGISTERS,
    ir = READ_REGISTERS,
    co = READ_BITS,
    di = READ_BITS,
  } = maxBlock ?? {};
  return { hr, ir, co, di };
}
