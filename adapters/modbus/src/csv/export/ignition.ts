/** The tags that Ignition imports as JSON, with the addresses of its Modbus driver as it is set from the start. */
import type { DeviceConfig } from "../../config/config.ts";
import { isArrayTag, type Tag } from "../../tag.ts";
import { importIgnition } from "../ignition.ts";
import {
  groupNotes,
  halfTextProblem,
  intervalsOf,
  noType,
  orderNotes,
  orderProblem,
  plainType,
  type Foreign,
  type OutgoingTag,
  type RegisterOrder,
} from "./foreign.ts";
import { pointLine } from "./line.ts";
import { bitOnWire, isSwapped } from "./tag-difference.ts";

interface Row {
  readonly path: readonly string[];
  readonly tag: object;
}

/** What stands after `HR` and `IR`. */
const SUFFIXES: ReadonlyMap<Tag["type"], string> = new Map<Tag["type"], string>([
  ["int16", ""],
  ["uint16", "US"],
  ["int32", "I"],
  ["uint32", "UI"],
  ["int64", "I_64"],
  ["uint64", "UI_64"],
  ["float32", "F"],
  ["float64", "D"],
  ["bcd16", "BCD"],
  ["bcd32", "BCD_32"],
]);
const TABLES = { co: "C", di: "DI", hr: "HR", ir: "IR" } as const;
/** Its own types, which have no unsigned ones: the next larger holds them. */
const DATA_TYPES: ReadonlyMap<string, string> = new Map([
  ["Boolean", "Boolean"],
  ["Int8", "Int1"],
  ["UInt8", "Int2"],
  ["Int16", "Int2"],
  ["UInt16", "Int4"],
  ["Int32", "Int4"],
  ["UInt32", "Int8"],
  ["Int64", "Int8"],
  ["UInt64", "Int8"],
  ["Float", "Float4"],
  ["Double", "Float8"],
  ["String", "String"],
]);

export const IGNITION: Foreign<Row> = {
  mediaType: "application/json",
  nameThere: (name) => name.split("/").map(partThere).join("/"),
  row,
  text: (rows) => `${JSON.stringify(treeOf(rows), null, 2)}\n`,
  read: importIgnition,
  notes: notesFor,
};

/** Letters, digits, spaces and a few signs; the first is a letter, a digit or an underscore. */
function partThere(part: string): string {
  return part.replaceAll(/[^\p{L}\p{N} _'\-:()]/gu, "_").replace(/^[^\p{L}\p{N}_]/u, "_");
}

function row(outgoing: OutgoingTag): Row | string {
  const { tag, group, unit, deviceName, order, name } = outgoing;
  const item = itemOf(tag, order);
  if (typeof item === "string") return item;
  const path = name.split("/");
  const device = deviceName.replaceAll(/[[\]]/g, "_");
  return {
    path: path.slice(0, -1),
    tag: {
      name: path.at(-1) ?? name,
      tagType: "AtomicTag",
      valueSource: "opc",
      opcServer: "Ignition OPC UA Server",
      opcItemPath: `ns=1;s=[${device}]${unit}.${item.path}`,
      dataType: DATA_TYPES.get(tag.datatype) ?? "String",
      tagGroup: group.name,
      ...(tag.access === "r" && { readOnly: true }),
      ...(tag.unit !== undefined && { engUnit: tag.unit }),
      ...(tag.description !== undefined && { documentation: tag.description }),
      ...scalingOf(tag),
      ...deadbandOf(tag),
    },
  };
}

function itemOf(tag: Tag, order: RegisterOrder): { readonly path: string } | string {
  const table = TABLES[tag.table];
  const address = tag.start + 1;
  if (tag.table === "co" || tag.table === "di") return { path: `${table}${address}` };
  const bit = bitOnWire(tag);
  if (bit !== undefined) return { path: `${table}${address}.${bit}` };
  if (tag.type === "string") return textAt(tag, `${table}S${address}`);
  const suffix = SUFFIXES.get(plainType(tag));
  if (suffix === undefined || isArrayTag(tag)) return noType(tag);
  return orderProblem(tag, order) ?? { path: `${table}${suffix}${address}` };
}

function textAt(tag: Tag, place: string): { readonly path: string } | string {
  if (isSwapped(tag)) return "the order of characters is a setting of the whole device there";
  return halfTextProblem(tag) ?? { path: `${place}:${2 * tag.length}` };
}

function scalingOf(tag: Tag): object {
  const line = pointLine(tag);
  const { euRange, clamp } = tag;
  const range = euRange === undefined ? {} : { engLow: euRange[0], engHigh: euRange[1] };
  if (line === undefined) return range;
  const clampMode = clamp === true ? "Clamp_Both" : "No_Clamp";
  return { ...range, scaleMode: "Linear", ...line, clampMode };
}

function deadbandOf({ publish }: Tag): object {
  const { deadband, deadbandPercent, of } = {
    deadband: 0,
    deadbandPercent: 0,
    of: "range",
    ...publish,
  };
  if (deadband > 0) return { deadband, deadbandMode: "Absolute" };
  if (deadbandPercent === 0 || of !== "range") return {};
  return { deadband: deadbandPercent, deadbandMode: "Percent" };
}

interface Folder {
  readonly name: string;
  readonly tagType: "Folder" | "Provider";
  readonly tags: object[];
}

/** Folders in the order in which they are named first. */
function treeOf(rows: readonly Row[]): Folder {
  const root: Folder = { name: "", tagType: "Provider", tags: [] };
  const folders = new Map<string, Folder>([["", root]]);
  for (const { path, tag } of rows) folderAt(folders, path).tags.push(tag);
  return root;
}

function folderAt(folders: Map<string, Folder>, path: readonly string[]): Folder {
  const key = path.join("/");
  const known = folders.get(key);
  if (known !== undefined) return known;
  const folder: Folder = { name: path.at(-1) ?? "", tagType: "Folder", tags: [] };
  folders.set(key, folder);
  folderAt(folders, path.slice(0, -1)).tags.push(folder);
  return folder;
}

function notesFor(device: DeviceConfig, order: RegisterOrder): readonly string[] {
  const groups = intervalsOf(device).map(({ group, intervalMs }) => `${group} (${intervalMs} ms)`);
  return [
    `the device must be called ${device.name} there, with the settings that it has from the start: addresses from 1`,
    ...(groups.length === 0 ? [] : [`make these tag groups there: ${groups.join(", ")}`]),
    ...groupNotes(device),
    ...orderNotes(device, order, "with Reverse 32-bit Word Order"),
  ];
}
