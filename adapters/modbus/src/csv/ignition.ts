/**
 * The tags that Ignition exports as JSON. Only those that read a Modbus address of an OPC item count; the others are
 * listed as ignored. Folders become the parts of the name.
 *
 * Ignition's defaults are one-based addresses and "low word first" (CDAB); devices set otherwise are imported with
 * `zeroBased` and `byteOrder`.
 */
import { z } from "zod";
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
import type { TagFields } from "@unshub/adapter/table";

const number = z.number().optional().catch(undefined);
const text = z.string().optional().catch(undefined);

/** A tag or folder, as much of it as counts here. */
const tagSchema = z.looseObject({
  name: text,
  tagType: text,
  valueSource: text,
  tags: z.array(z.unknown()).optional().catch(undefined),
  opcItemPath: z.unknown().optional(),
  engUnit: text,
  engLow: number,
  engHigh: number,
  documentation: text,
  tagGroup: text,
  readOnly: z.boolean().optional().catch(undefined),
  deadband: number,
  deadbandMode: text,
  scaleMode: text,
  rawLow: number,
  rawHigh: number,
  scaledLow: number,
  scaledHigh: number,
  clampMode: text,
});
type IgnitionTag = z.output<typeof tagSchema>;

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

/** Whether this is such a file. */
export function isIgnition(content: string): boolean {
  return /^\ufeff?\s*[[{]/.test(content) && content.includes('"tagType"');
}

export function importIgnition(content: string, options: ImportOptions = {}): Imported {
  const builder = new ImportBuilder();
  const root = parseJson(content);
  if (root instanceof SyntaxError) builder.problem(1, `this is no JSON: ${root.message}`);
  else for (const tag of Array.isArray(root) ? root : [root]) visit(tag, "", { builder, options });
  return builder.done();
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content.replace(/^\ufeff/, ""));
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}

interface Visit {
  readonly builder: ImportBuilder;
  readonly options: ImportOptions;
}

function visit(input: unknown, folder: string, { builder, options }: Visit): void {
  const parsed = tagSchema.safeParse(input);
  if (!parsed.success)
    return builder.problem(1, `${folder || "the file"}: what stands here is no tag`);
  const tag = parsed.data;
  const name = [folder, tag.name ?? ""].filter((part) => part !== "").join("/");
  if (tag.tags !== undefined) {
    for (const child of tag.tags) visit(child, name, { builder, options });
    return;
  }
  if (tag.tagType === "Folder" || tag.tagType === "Provider") return;
  leaf(name, tag, { builder, options });
}

function leaf(name: string, tag: IgnitionTag, { builder, options }: Visit): void {
  const { tagType = "no tag", valueSource = "opc" } = tag;
  if (tagType !== "AtomicTag" || valueSource !== "opc") {
    return builder.ignore(`${name} (${tagType}, ${valueSource})`);
  }
  const found = fieldsOf(name, tag, options);
  if (typeof found === "string") builder.problem(1, `${name}: ${found}`);
  else builder.tag({ line: 1, ...found });
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
  name: string,
  tag: IgnitionTag,
  options: ImportOptions,
): { unit?: number; fields: TagFields } | string {
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
    name,
    ...place,
    ...scaling,
    ...deadbandOf(tag),
    group: tag.tagGroup,
    access: isReadOnly ? "r" : "rw",
    unit: tag.engUnit,
    description: tag.documentation,
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

function deadbandOf({ deadband, deadbandMode = "Absolute" }: IgnitionTag): TagFields {
  if (deadband === undefined || deadband === 0 || deadbandMode === "Off") return {};
  return deadbandMode === "Percent" ? { deadbandPercent: deadband } : { deadband };
}
