/** The six plain values that cells, parameters and properties share, read from and written to their `oneof`. */
import type { DatatypeRow } from "./datatype.ts";
import type { BasicValue, ScalarValue } from "./metric.ts";
import type { WireValue } from "./payload.ts";
import { fitsScalar, shapeFault } from "./wire-fit.ts";
import { misfit } from "./wire-misfit.ts";
import type { WireReader } from "./wire-reader.ts";
import type { WireWriter } from "./wire-writer.ts";

/** `key` counted from that of the first of the six: `(number - first) << 3 | wire`. */
const INT = 0x00;
const LONG = 0x08;
const FLOAT = 0x15;
const DOUBLE = 0x19;
const BOOLEAN = 0x20;
const STRING = 0x2a;
/** Only metrics have it. */
const BYTES = 0x32;

/**
 * The value that `key` announces; `undefined` when it is none of the six, and then nothing was read.
 * `first`: the number of `int_value` in this message. [tck-id-payloads-template-dataset-value]
 * @throws {SparkplugError} PAYLOAD_MALFORMED
 */
export function readBasic(reader: WireReader, key: number, first: number): WireValue | undefined {
  switch (key - (first << 3)) {
    case INT:
      return { field: "int", raw: reader.uint32() };
    case LONG:
      return { field: "long", raw: reader.uint64() };
    case FLOAT:
      return { field: "float", raw: reader.float() };
    case DOUBLE:
      return { field: "double", raw: reader.double() };
    case BOOLEAN:
      return { field: "boolean", raw: reader.bool() };
    case STRING:
      return { field: "string", raw: reader.text() };
    default:
      return undefined;
  }
}

/**
 * A plain value into its field; `first`: the number of `int_value` in this message. `null` writes nothing.
 * @throws {SparkplugError} VALUE_MISFIT when it does not fit its datatype.
 */
export function writeBasic(
  writer: WireWriter,
  first: number,
  row: DatatypeRow,
  value: BasicValue | ScalarValue,
): void {
  if (value === null) return;
  if (!fitsScalar(row, value)) {
    throw misfit(shapeFault(row.name, value) ?? `${row.name} is no plain datatype`);
  }
  const base = first << 3;
  if (typeof value === "number" || typeof value === "bigint") {
    writeNumber(writer, base, row.field, value);
  } else if (typeof value === "boolean") writer.bool(base + BOOLEAN, value);
  else if (typeof value === "string") writer.text(base + STRING, value);
  else writer.bytes(base + BYTES, value);
}

function writeNumber(
  writer: WireWriter,
  base: number,
  field: string,
  value: number | bigint,
): void {
  if (field === "int") writer.uint32(base, Number(value) >>> 0);
  else if (field === "long") writer.long(base + LONG, value);
  else if (field === "float") writer.float(base + FLOAT, Number(value));
  else writer.double(base + DOUBLE, Number(value));
}
