/**
 * One number, truth value or text from the wire, seen through its datatype. Tolerates what the field does: 8- and
 * 16-bit integers in one or in four bytes, UInt32 in either integer field, and 64-bit integers in the short one as
 * long as that is unambiguous. Anything else that does not go together is a misfit, never a 0 and never a guess.
 */
import { datatypeRow, type BasicDatatype, type DatatypeRow } from "./datatype.ts";
import type { SparkplugError } from "./errors.ts";
import type { BasicValue } from "./metric.ts";
import type { WireField, WireValue } from "./payload.ts";
import { misfit } from "./wire-misfit.ts";

const UINT32 = 7;
const DATE_TIME = 13;

/** The value of an integer datatype. @throws {SparkplugError} VALUE_MISFIT */
export function integerThrough(
  field: WireField,
  raw: number | bigint,
  row: DatatypeRow,
): number | bigint {
  if (row.bits === 0) return longThrough(field, raw, row);
  const fits = field === "int" || (field === "long" && row.code === UINT32);
  if (!fits) throw wrongField(field, row);
  if (typeof raw !== "number") throw outside(raw, row);
  if (raw <= row.max) return raw;
  if (row.min === 0) throw outside(raw, row);
  return negativeThrough(raw, row);
}

/** Two's complement of as many bits as the datatype has, or of 32: −1 as Int8 comes as 0xFF or as 0xFFFFFFFF. */
function negativeThrough(raw: number, row: DatatypeRow): number {
  const size = 2 * row.max + 2;
  if (raw < size) return raw - size;
  if (raw >= 0x1_0000_0000 + row.min) return raw - 0x1_0000_0000;
  throw outside(raw, row);
}

/** 64 bits. `bdSeq` is also sent in the short field, which says nothing of the sign. */
function longThrough(field: WireField, raw: number | bigint, row: DatatypeRow): number | bigint {
  const signed = row.name === "Int64";
  if (field === "int" && row.code !== DATE_TIME) {
    if (signed && raw > 0x7fff_ffff) throw outside(raw, row);
    return raw;
  }
  if (field !== "long") throw wrongField(field, row);
  if (!signed || typeof raw === "number") return raw; // below 2^53, so the sign bit is clear
  return exactInteger(BigInt.asIntN(64, raw));
}

/** A `number` where that is exact, the `bigint` itself beyond. */
export function exactInteger(value: bigint): number | bigint {
  const small = value >= -0x1f_ffff_ffff_ffffn && value <= 0x1f_ffff_ffff_ffffn;
  return small ? Number(value) : value;
}

/** The value of a cell or parameter; nothing set is a null. @throws {SparkplugError} VALUE_MISFIT */
export function basicThrough(value: WireValue | undefined, datatype: BasicDatatype): BasicValue {
  return value === undefined ? null : throughRow(value, datatypeRow(datatype));
}

/** As `basicThrough`. `row`: of a basic datatype, everything else is a misfit. */
export function throughRow(value: WireValue, row: DatatypeRow): BasicValue {
  if (value.field === "int" || value.field === "long") {
    if (row.range !== undefined) return integerThrough(value.field, value.raw, row);
    throw wrongField(value.field, row);
  }
  if (value.field !== row.field) throw wrongField(value.field, row);
  if (typeof value.raw === "object") throw wrongField(value.field, row);
  return value.raw;
}

export function wrongField(field: WireField, row: DatatypeRow): SparkplugError {
  return misfit(`${row.name} came as ${field}_value`);
}

function outside(raw: number | bigint, row: DatatypeRow): SparkplugError {
  return misfit(`${raw} is no ${row.name}`);
}
