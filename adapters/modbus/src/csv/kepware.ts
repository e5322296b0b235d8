/**
 * The table of tags that Kepware's server exports (KEPServerEX, Modbus TCP/IP and Modbus RTU Serial drivers). Its
 * addresses are one-based Modicon numbers with five or six digits.
 *
 * Kepware's default is "first word low": values in two registers are CDAB. A device whose settings differ is
 * imported with `byteOrder`.
 */
import {
  defined,
  ImportBuilder,
  NUMBERS,
  orderOf,
  type Imported,
  type ImportOptions,
  type TypeName,
} from "./imported.ts";
import { numberIn, readTable, type TableRow, type TagFields } from "@unshub/adapter/table";

const TYPES: ReadonlyMap<string, TypeName> = new Map<string, TypeName>([
  ["short", NUMBERS.int16],
  ["word", NUMBERS.uint16],
  ["long", NUMBERS.int32],
  ["dword", NUMBERS.uint32],
  ["llong", NUMBERS.int64],
  ["qword", NUMBERS.uint64],
  ["float", NUMBERS.float32],
  ["double", NUMBERS.float64],
  ["bcd", NUMBERS.bcd16],
  ["lbcd", NUMBERS.bcd32],
]);

const READ = [
  "tag name",
  "address",
  "data type",
  "client access",
  "scan rate",
  "scaling",
  "raw low",
  "raw high",
  "scaled low",
  "scaled high",
  "scaled data type",
  "clamp low",
  "clamp high",
  "eng units",
  "description",
  "negate value",
];
/** Says whether a client may ask for another type; here the type is always that of the tag. */
const WITHOUT_MEANING_HERE = "respect data type";

/** Whether this is the header of such a file. */
export function isKepware(text: string): boolean {
  return /^\ufeff?"?tag name"?[,;\t]"?address"?/i.test(text);
}

export function importKepware(text: string, options: ImportOptions = {}): Imported {
  const { columns, rows, problems } = readTable(text, (it) => it.toLowerCase().replace(".", ""));
  const builder = new ImportBuilder(problems);
  for (const column of columns) {
    if (!READ.includes(column) && column !== WITHOUT_MEANING_HERE) builder.ignore(column);
  }
  for (const row of rows) {
    const fields = fieldsOf(row, options);
    if (typeof fields === "string") builder.problem(row.line, fields);
    else builder.tag({ line: row.line, fields });
    const rate = scanRate(row);
    if (rate !== undefined) builder.group(groupOf(rate), `${rate}ms`);
  }
  return builder.done();
}

/** The tag, or why it cannot be had here. */
function fieldsOf(row: TableRow, options: ImportOptions): TagFields | string {
  const { cells } = row;
  const name = cells.get("tag name");
  const address = cells.get("address");
  if (name === undefined || address === undefined) return "the tag has no name or no address";
  if (cells.get("negate value") === "1") return `${name}: "Negate Value" has no counterpart here`;
  const place = placeOf(address, cells.get("data type") ?? "", options);
  const scaling = scalingOf(cells);
  if (typeof place === "string") return `${name}: ${place}`;
  if (typeof scaling === "string") return `${name}: ${scaling}`;
  const rate = scanRate(row);
  return defined({
    name: name.replaceAll(".", "/"),
    ...place,
    ...scaling,
    group: rate === undefined ? undefined : groupOf(rate),
    access: accessOf(cells.get("client access")),
    unit: cells.get("eng units"),
    description: cells.get("description"),
  });
}

const ADDRESS =
  /^(?<number>[0134]\d{4,5})(?:\.(?<sub>\d+)(?<order>[HL])?)?\s*(?:\[(?<count>\d+)\])?$/i;

/** Address and type, which Kepware mixes: `40010.3` is a bit, `40010.20H` a string of 20 bytes, `40010 [4]` an array. */
function placeOf(address: string, kind: string, options: ImportOptions): TagFields | string {
  const found = ADDRESS.exec(address.trim())?.groups;
  if (found === undefined) return `"${address}" is not a Modbus address of Kepware`;
  const { number = "", sub, order, count } = found;
  const type = kind.toLowerCase().replace(/ array$/, "");
  if (type === "boolean" || number.startsWith("0") || number.startsWith("1")) {
    if (count !== undefined) return "arrays of bits are not supported";
    return { at: sub === undefined ? number : `${number}.${sub}`, type: "bool" };
  }
  if (type === "string") return stringAt(number, sub, order);
  if (sub !== undefined) return `"${address}": ${kind} cannot begin at a bit`;
  const known = TYPES.get(type);
  if (known === undefined) return `the data type "${kind}" has no counterpart here`;
  return numberAt(number, { known, count, options });
}

function numberAt(
  number: string,
  { known, count, options }: { known: TypeName; count: string | undefined; options: ImportOptions },
): TagFields {
  const byteOrder = orderOf(known, options.byteOrder ?? "CDAB");
  if (count === undefined) return { at: number, type: known.type, ...byteOrder };
  const registers = Number(count) * known.registers;
  return { at: `${number}/${registers}`, type: known.type, ...byteOrder };
}

function stringAt(number: string, bytes: string | undefined, order = "H"): TagFields | string {
  if (bytes === undefined) return `a string needs a length, e.g. ${number}.20H`;
  const registers = Math.ceil(Number(bytes) / 2);
  const swap = order.toUpperCase() === "L" ? { swap: true } : {};
  return { at: `${number}/${registers}`, type: "string", ...swap };
}

/** Scaled data types that we can output. */
const OUTPUTS: ReadonlyMap<string, string> = new Map([
  ["short", "Int16"],
  ["word", "UInt16"],
  ["long", "Int32"],
  ["dword", "UInt32"],
  ["float", "Float"],
  ["double", "Double"],
]);

function scalingOf(cells: TableRow["cells"]): TagFields | string {
  const mode = cells.get("scaling");
  if (mode === undefined || /^none$/i.test(mode)) return {};
  if (!/^linear$/i.test(mode)) return `scaling "${mode}" has no counterpart here`;
  const ends = ["raw low", "raw high", "scaled low", "scaled high"].map((column) =>
    numberIn(cells.get(column) ?? ""),
  );
  const [rawLow, rawHigh, low, high] = ends;
  if (ends.includes(undefined))
    return "linear scaling needs Raw Low, Raw High, Scaled Low and Scaled High";
  const clamps = ["clamp low", "clamp high"].map((column) => cells.get(column) === "1");
  if (clamps[0] !== clamps[1]) return "only one end is clamped; here both are or none";
  return defined({
    rawRange: [rawLow, rawHigh],
    euRange: [low, high],
    clamp: clamps[0] === true ? true : undefined,
    output: OUTPUTS.get(cells.get("scaled data type")?.toLowerCase() ?? ""),
  });
}

function accessOf(text: string | undefined): string {
  if (/^(r\/w|rw|read\/write)$/i.test(text ?? "")) return "rw";
  return /^wo$/i.test(text ?? "") ? "w" : "r";
}

/** Milliseconds. */
function scanRate({ cells }: TableRow): number | undefined {
  const rate = numberIn(cells.get("scan rate") ?? "");
  return rate === undefined || rate <= 0 ? undefined : rate;
}

function groupOf(rate: number): string {
  return `every-${rate}ms`;
}
