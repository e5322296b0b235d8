/** The table of tags that Kepware's server imports. */
import { writeRows } from "@unshub/adapter/table";
import { isBitTable } from "../../address.ts";
import type { DeviceConfig } from "../../config/config.ts";
import { elementLength, isArrayTag, type Tag } from "../../tag.ts";
import { importKepware } from "../kepware.ts";
import {
  groupNotes,
  halfTextProblem,
  intervalOf,
  intervalsOf,
  modicon,
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

type Row = ReadonlyMap<string, string>;

const COLUMNS = [
  "Tag Name",
  "Address",
  "Data Type",
  "Respect Data Type",
  "Client Access",
  "Scan Rate",
  "Scaling",
  "Raw Low",
  "Raw High",
  "Scaled Low",
  "Scaled High",
  "Scaled Data Type",
  "Clamp Low",
  "Clamp High",
  "Eng Units",
  "Description",
  "Negate Value",
];

const TYPES: ReadonlyMap<Tag["type"], string> = new Map<Tag["type"], string>([
  ["int16", "Short"],
  ["uint16", "Word"],
  ["int32", "Long"],
  ["uint32", "DWord"],
  ["int64", "LLong"],
  ["uint64", "QWord"],
  ["float32", "Float"],
  ["float64", "Double"],
  ["bcd16", "BCD"],
  ["bcd32", "LBCD"],
]);
const ACCESS = { r: "RO", rw: "R/W", w: "WO" } as const;
const SCALED: ReadonlyMap<string, string> = new Map([
  ["Int16", "Short"],
  ["UInt16", "Word"],
  ["Int32", "Long"],
  ["UInt32", "DWord"],
  ["Float", "Float"],
]);
const MOST_TEXT_BYTES = 240;

export const KEPWARE: Foreign<Row> = {
  mediaType: "text/csv",
  // A point stands between groups there, and a name begins with no underscore.
  nameThere: (name) => name.replaceAll(/[."]/g, "_").replaceAll(/(^|\/)_/g, "$1u_"),
  row,
  text: (rows) =>
    writeRows([COLUMNS, ...rows.map((cells) => COLUMNS.map((column) => cells.get(column) ?? ""))]),
  read: importKepware,
  notes: notesFor,
};

function row(outgoing: OutgoingTag): Row | string {
  const { tag, group, name, order } = outgoing;
  const place = placeOf(tag, order);
  if (typeof place === "string") return place;
  const scaling = scalingOf(tag);
  if (typeof scaling === "string") return scaling;
  const rate = intervalOf(group);
  return new Map<string, string>([
    ["Tag Name", name.replaceAll("/", ".")],
    ["Address", place.address],
    ["Data Type", place.type],
    ["Respect Data Type", "1"],
    ["Client Access", ACCESS[tag.access]],
    ["Scan Rate", rate === undefined ? "" : String(rate)],
    ...scaling,
    ["Eng Units", tag.unit ?? ""],
    ["Description", tag.description ?? ""],
  ]);
}

function placeOf(
  tag: Tag,
  order: RegisterOrder,
): { readonly address: string; readonly type: string } | string {
  const number = modicon(tag);
  if (isBitTable(tag.table)) return { address: number, type: "Boolean" };
  const bit = bitOnWire(tag);
  if (bit !== undefined) return { address: `${number}.${bit}`, type: "Boolean" };
  if (tag.type === "string") return textAt(tag, number);
  const type = TYPES.get(plainType(tag));
  if (type === undefined) return noType(tag);
  const problem = orderProblem(tag, order);
  if (problem !== undefined) return problem;
  if (!isArrayTag(tag)) return { address: number, type };
  const count = tag.length / elementLength(tag);
  return { address: `${number} [${count}]`, type: `${type} Array` };
}

function textAt(
  tag: Tag,
  number: string,
): { readonly address: string; readonly type: string } | string {
  const bytes = 2 * tag.length;
  if (bytes > MOST_TEXT_BYTES) return `a text has at most ${MOST_TEXT_BYTES} bytes there`;
  const address = `${number}.${bytes}${isSwapped(tag) ? "L" : "H"}`;
  return halfTextProblem(tag) ?? { address, type: "String" };
}

function scalingOf(tag: Tag): readonly (readonly [string, string])[] | string {
  const line = pointLine(tag);
  if (line === undefined) return [];
  if (isArrayTag(tag)) return "arrays are not scaled there";
  return [
    ["Scaling", "Linear"],
    ["Raw Low", String(line.rawLow)],
    ["Raw High", String(line.rawHigh)],
    ["Scaled Low", String(line.scaledLow)],
    ["Scaled High", String(line.scaledHigh)],
    ["Scaled Data Type", SCALED.get(tag.datatype) ?? "Double"],
    ["Clamp Low", tag.clamp === true ? "1" : "0"],
    ["Clamp High", tag.clamp === true ? "1" : "0"],
  ];
}

function notesFor(device: DeviceConfig, order: RegisterOrder): readonly string[] {
  const rates = intervalsOf(device).map(({ group, intervalMs }) => `${group} ${intervalMs} ms`);
  return [
    `the unit is a setting of the device there: ${device.unit}`,
    ...(rates.length === 0
      ? []
      : [`groups have no names there, only scan rates: ${rates.join(", ")}`]),
    ...groupNotes(device),
    ...orderNotes(device, order, "Data Encoding without First Word Low and First DWord Low"),
  ];
}
