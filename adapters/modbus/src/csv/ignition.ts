/**
 * The tags that Ignition exports as JSON, with the addresses of its Modbus driver.
 *
 * Ignition's defaults are one-based addresses and "low word first" (CDAB); devices set otherwise are imported with
 * `zeroBased` and `byteOrder`.
 */
import {
  defined,
  ImportBuilder,
  NUMBERS,
  orderOf,
  type Imported,
  type ImportOptions,
  type TypeName,
  type WordOrder,
} from "./imported.ts";
import {
  commonFields,
  readIgnition,
  type IgnitionLeaf,
  type IgnitionTag,
  type TagFields,
} from "@unshub/adapter/table";

/** What stands after `HR` and `IR`. */
const SUFFIXES: ReadonlyMap<string, TypeName> = new Map<string, TypeName>([
  ["", NUMBERS.int16],
  ["US", NUMBERS.uint16],
  ["I", NUMBERS.int32],
  ["UI", NUMBERS.uint32],
  ["I_64", NUMBERS.int64],
  ["UI_64", NUMBERS.uint64],
  ["F", NUMBERS.float32],
  ["D", NUMBERS.float64],
  ["BCD", NUMBERS.bcd16],
  ["BCD_32", NUMBERS.bcd32],
]);

export function importIgnition(content: string, options: ImportOptions = {}): Imported {
  const { leaves, ignored, problems } = readIgnition(content);
  const builder = new ImportBuilder(problems);
  for (const what of ignored) builder.ignore(what);
  for (const leaf of leaves) {
    const found = fieldsOf(leaf, options);
    if (typeof found === "string") builder.problem(1, `${leaf.name}: ${found}`);
    else builder.tag({ line: 1, ...found });
  }
  return builder.done();
}

/** `[device]`, perhaps a unit, table, type, address, perhaps a bit or the length of a string. */
const ITEM =
  /^(?:ns=\d+;s=)?\[[^\]]*\](?:(?<unit>\d{1,3})\.)?(?<table>C|DI|HR|IR)(?<suffix>UI_64|I_64|BCD_32|BCD|US|UI|I|F|D|S)?(?<address>\d+)(?:\.(?<bit>\d{1,2})|:(?<length>\d+))?$/i;

const TABLES: ReadonlyMap<string, string> = new Map([
  ["C", "co"],
  ["DI", "di"],
  ["HR", "hr"],
  ["IR", "ir"],
]);

function fieldsOf(
  leaf: IgnitionLeaf,
  options: ImportOptions,
): { unit?: number; fields: TagFields } | string {
  const { tag } = leaf;
  if (typeof tag.opcItemPath !== "string")
    return "its OPC item path is bound to something; resolve it first";
  const item = ITEM.exec(tag.opcItemPath)?.groups;
  if (item === undefined) return `"${tag.opcItemPath}" is not a Modbus item of Ignition`;
  const place = placeOf(item, options);
  const scaling = scalingOf(tag);
  if (typeof place === "string") return place;
  if (typeof scaling === "string") return scaling;
  const isReadOnly = tag.readOnly === true || /^(DI|IR)$/i.test(item["table"] ?? "");
  const fields = defined({
    ...commonFields(leaf),
    ...place,
    ...scaling,
    access: isReadOnly ? "r" : "rw",
  });
  return { ...(item["unit"] !== undefined && { unit: Number(item["unit"]) }), fields };
}

function placeOf(
  item: Readonly<Record<string, string | undefined>>,
  options: ImportOptions,
): TagFields | string {
  const table = TABLES.get((item["table"] ?? "").toUpperCase()) ?? "hr";
  const suffix = (item["suffix"] ?? "").toUpperCase();
  const start = Number(item["address"]) - (options.zeroBased === true ? 0 : 1);
  if (start < 0) return `address ${item["address"]} does not exist where the first one is 1`;
  if (table === "co" || table === "di") return { at: `${table}:${start}`, type: "bool" };
  if (item["bit"] !== undefined) return { at: `${table}:${start}.${item["bit"]}`, type: "bool" };
  return wordsAt(`${table}:${start}`, { ...item, suffix }, options.byteOrder ?? "CDAB");
}

function wordsAt(
  place: string,
  { suffix = "", length }: Readonly<Record<string, string | undefined>>,
  order: WordOrder,
): TagFields | string {
  if (suffix === "S") {
    const registers = Math.ceil(Number(length ?? 0) / 2);
    if (registers === 0) return "a string needs a length, e.g. HRS100:20";
    return { at: `${place}/${registers}`, type: "string" };
  }
  const known = SUFFIXES.get(suffix);
  if (known === undefined) return `the type "${suffix}" has no counterpart here`;
  return { at: place, type: known.type, ...orderOf(known, order) };
}

function scalingOf(tag: IgnitionTag): TagFields | string {
  const { scaleMode = "Off", engLow, engHigh, clampMode = "No_Clamp" } = tag;
  if (scaleMode === "Off") {
    return engLow === undefined || engHigh === undefined ? {} : { euRange: [engLow, engHigh] };
  }
  if (scaleMode !== "Linear") return `scaling "${scaleMode}" has no counterpart here`;
  if (clampMode !== "No_Clamp" && clampMode !== "Clamp_Both") {
    return "only one end is clamped; here both are or none";
  }
  return { ...linear(tag), ...(clampMode === "Clamp_Both" && { clamp: true }) };
}

/** Ends that Ignition does not write are its defaults. */
function linear({
  rawLow = 0,
  rawHigh = 10,
  scaledLow = 0,
  scaledHigh = 10,
}: IgnitionTag): TagFields {
  return { rawRange: [rawLow, rawHigh], euRange: [scaledLow, scaledHigh] };
}
