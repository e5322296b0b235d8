/** The table of tags that Neuron imports for its Modbus drivers. */
import { writeRows } from "@unshub/adapter/table";
import { isBitTable } from "../../address.ts";
import type { DeviceConfig } from "../../config/config.ts";
import { elementLength, isArrayTag, numberBytes, type Tag } from "../../tag.ts";
import { COLUMNS, importNeuron } from "../neuron.ts";
import {
  groupNotes,
  intervalOf,
  modicon,
  noType,
  plainType,
  type Foreign,
  type OutgoingTag,
} from "./foreign.ts";
import { factorLine } from "./line.ts";
import { bitOnWire, bytesExchanged, isSwapped } from "./tag-difference.ts";

type Row = readonly string[];

const TYPES: ReadonlyMap<Tag["type"], string> = new Map<Tag["type"], string>([
  ["int16", "INT16"],
  ["uint16", "UINT16"],
  ["int32", "INT32"],
  ["uint32", "UINT32"],
  ["int64", "INT64"],
  ["uint64", "UINT64"],
  ["float32", "FLOAT"],
  ["float64", "DOUBLE"],
]);
const ATTRIBUTES = { r: "Read", rw: "Read Write", w: "Write" } as const;

export const NEURON: Foreign<Row> = {
  mediaType: "text/csv",
  nameThere: (name) => name,
  row,
  text: (rows) => writeRows([COLUMNS, ...rows]),
  read: (text) => importNeuron(text),
  notes: (device: DeviceConfig) => groupNotes(device),
};

function row({ tag, group, unit, name }: OutgoingTag): Row | string {
  const place = placeOf(tag);
  if (typeof place === "string") return place;
  const interval = intervalOf(group);
  const line = factorLine(tag);
  return [
    group.name,
    interval === undefined ? "" : String(interval),
    name,
    `${unit}!${place.address}`,
    ATTRIBUTES[tag.access],
    place.type,
    tag.description ?? "",
    line === undefined || line.scale === 1 ? "" : String(line.scale),
    "",
    line === undefined || line.offset === 0 ? "" : String(line.offset),
  ];
}

interface Place {
  readonly address: string;
  readonly type: string;
}

function placeOf(tag: Tag): Place | string {
  const number = modicon(tag);
  if (isBitTable(tag.table)) return { address: number, type: "BIT" };
  const bit = bitOnWire(tag);
  if (bit !== undefined) return { address: `${number}.${bit}`, type: "BIT" };
  if (tag.type === "string" || tag.type === "bytes") return textAt(tag, number);
  const type = TYPES.get(plainType(tag));
  if (type === undefined || isArrayTag(tag)) return noType(tag);
  const order = orderMark(tag);
  if (order === undefined) return `there is no byte order ${tag.byteOrder}`;
  return { address: `${number}${order}`, type };
}

/** `H`: both bytes of a register, the high one first; `L`: the low one first; `D`, `E`: only the high, the low one. */
function textAt(tag: Tag, number: string): Place {
  const { byte = "both" } = { byte: undefined, ...tag.text };
  const type = tag.type.toUpperCase();
  if (byte !== "both") {
    return { address: `${number}.${tag.length}${byte === "high" ? "D" : "E"}`, type };
  }
  const isTurned = tag.type === "string" && isSwapped(tag);
  return { address: `${number}.${2 * tag.length}${isTurned ? "L" : "H"}`, type };
}

/** `undefined`: there is no such order there. */
function orderMark(tag: Tag): string | undefined {
  const bytes = numberBytes(tag.type, elementLength(tag));
  const mask = bytesExchanged(tag);
  if (mask === 0) return "";
  if (bytes === 2) return "#B";
  if (mask === 1) return "#LB";
  if (mask === bytes - 1) return "#BB";
  return mask === bytes - 2 ? "#BL" : undefined;
}
