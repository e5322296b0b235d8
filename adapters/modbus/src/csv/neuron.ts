/**
 * The table of tags that Neuron exports for its Modbus drivers. An address says unit, register, bit, byte order and
 * length in one word: `1!400010`, `1!400010.3`, `1!400010#BL`, `1!400010.20H`. Registers are one-based, six digits.
 */
import {
  defined,
  ImportBuilder,
  NUMBERS,
  orderOf,
  type Imported,
  type TypeName,
  type WordOrder,
} from "./imported.ts";
import { numberIn, readTable, type TableRow, type TagFields } from "@unshub/adapter/table";

const TYPES: ReadonlyMap<string, TypeName> = new Map<string, TypeName>([
  ["int16", NUMBERS.int16],
  ["uint16", NUMBERS.uint16],
  ["word", NUMBERS.uint16],
  ["int32", NUMBERS.int32],
  ["uint32", NUMBERS.uint32],
  ["dword", NUMBERS.uint32],
  ["int64", NUMBERS.int64],
  ["uint64", NUMBERS.uint64],
  ["lword", NUMBERS.uint64],
  ["float", NUMBERS.float32],
  ["double", NUMBERS.float64],
]);

/** As its drivers carry them out; without any the wire is ABCD. */
const ORDERS: ReadonlyMap<string, WordOrder> = new Map<string, WordOrder>([
  ["LL", "ABCD"],
  ["BL", "CDAB"],
  ["LB", "BADC"],
  ["BB", "DCBA"],
  ["L", "ABCD"],
  ["B", "DCBA"],
]);

export const COLUMNS: readonly string[] = [
  "group",
  "interval",
  "name",
  "address",
  "attribute",
  "type",
  "description",
  "decimal",
  "precision",
  "bias",
];
/** How many digits it shows. */
const WITHOUT_MEANING_HERE = "precision";

/** Whether this is the header of such a file. */
export function isNeuron(text: string): boolean {
  const header = text.slice(0, text.search(/\r|\n|$/)).toLowerCase();
  return ["group", "interval", "address", "attribute"].every((column) => header.includes(column));
}

export function importNeuron(text: string): Imported {
  const { columns, rows, problems } = readTable(text, (header) => header.toLowerCase());
  const builder = new ImportBuilder(problems);
  for (const column of columns) {
    if (!COLUMNS.includes(column) || column === WITHOUT_MEANING_HERE) builder.ignore(column);
  }
  for (const row of rows) {
    const found = tagOf(row);
    if (typeof found === "string") builder.problem(row.line, found);
    else builder.tag({ line: row.line, ...found });
    const group = row.cells.get("group");
    const interval = numberIn(row.cells.get("interval") ?? "");
    if (group !== undefined && interval !== undefined) builder.group(group, `${interval}ms`);
  }
  return builder.done();
}

const ADDRESS =
  /^(?<unit>\d{1,3})!(?<number>[0134]\d{4,5})(?:\.(?<bit>\d{1,2}))?(?:#(?<order>[LB]{1,2}))?(?:\.(?<length>\d+)(?<layout>[HLDE])?)?$/i;

function tagOf({ cells }: TableRow): { unit: number; fields: TagFields } | string {
  const name = cells.get("name");
  const address = cells.get("address") ?? "";
  const kind = (cells.get("type") ?? "").toLowerCase();
  if (name === undefined) return "the tag has no name";
  const parts = partsOf(address, kind);
  const place = parts === undefined ? undefined : placeOf(parts, kind);
  if (parts === undefined) return `${name}: "${address}" is not a Modbus address of Neuron`;
  if (typeof place === "string") return `${name}: ${place}`;
  const fields = defined({
    name,
    ...place,
    ...scalingOf(cells),
    group: cells.get("group"),
    access: accessOf(cells.get("attribute") ?? ""),
    description: cells.get("description"),
  });
  return { unit: Number(parts["unit"]), fields };
}

type Parts = Readonly<Record<string, string | undefined>>;

/** A string of Neuron ends in `.20H`, where a short one without a letter looks like a bit. */
function partsOf(address: string, kind: string): Parts | undefined {
  const parts = ADDRESS.exec(address.trim())?.groups;
  if (parts === undefined) return undefined;
  const isString = kind === "string" || kind === "bytes";
  return isString && parts["length"] === undefined ? { ...parts, length: parts["bit"] } : parts;
}

function placeOf(parts: Parts, kind: string): TagFields | string {
  const { number = "", bit, order, length, layout } = parts;
  if (kind === "bit" || kind === "bool") {
    return { at: bit === undefined ? number : `${number}.${bit}`, type: "bool" };
  }
  if (kind === "string" || kind === "bytes") return textAt(number, length, layout, kind);
  return numberAt(number, order, kind);
}

function numberAt(number: string, order: string | undefined, kind: string): TagFields | string {
  const known = TYPES.get(kind);
  if (known === undefined) return `the type "${kind}" has no counterpart here`;
  const words = ORDERS.get(order?.toUpperCase() ?? "LL");
  if (words === undefined) return `the byte order "#${order}" is not known`;
  const swapped = known.registers === 1 && words === "DCBA" ? { byteOrder: "BADC" } : {};
  return { at: number, type: known.type, ...orderOf(known, words), ...swapped };
}

/** `H`: both bytes of a register, the high one first; `L`: the low one first; `D`, `E`: only the high, the low one. */
function textAt(
  number: string,
  bytes: string | undefined,
  layout = "H",
  kind = "string",
): TagFields | string {
  if (bytes === undefined) return `a ${kind} needs a length, e.g. 1!${number}.20H`;
  const letter = layout.toUpperCase();
  const isHalf = letter === "D" || letter === "E";
  const registers = isHalf ? Number(bytes) : Math.ceil(Number(bytes) / 2);
  return defined({
    at: `${number}/${registers}`,
    type: kind,
    swap: letter === "L" ? true : undefined,
    byte: isHalf ? (letter === "D" ? "high" : "low") : undefined,
  });
}

/** value = raw × decimal + bias; a decimal of 0 or nothing means none. */
function scalingOf(cells: TableRow["cells"]): TagFields {
  const decimal = numberIn(cells.get("decimal") ?? "");
  const bias = numberIn(cells.get("bias") ?? "");
  return defined({
    scale: decimal === undefined || decimal === 0 || decimal === 1 ? undefined : decimal,
    offset: bias === undefined || bias === 0 ? undefined : bias,
  });
}

const READABLE = 1;
const WRITABLE = 2;

/** In words (`Read Write Subscribe`) or as the number of its bits. */
function accessOf(attribute: string): string {
  const bits = /^\d+$/.test(attribute) ? Number(attribute) : undefined;
  const isRead = bits === undefined ? /read|subscribe/i.test(attribute) : (bits & ~WRITABLE) !== 0;
  const isWritten = bits === undefined ? /write/i.test(attribute) : (bits & WRITABLE) !== 0;
  if (!isWritten) return "r";
  return isRead || (bits ?? 0) & READABLE ? "rw" : "w";
}
