/** The columns of a table of tags: what of each is written and may be changed there, and what the hub tells. */
import type { TagRow } from "./tag-rows.ts";
import type { Fault } from "./tag-draft.ts";
import { typedText } from "./tag-form.ts";
import { cellText, groupsOf, intervalOf, type TagKey, type TagKeys } from "./tags.ts";

const WRITTEN = {
  name: "name",
  at: "place",
  node: "place",
  type: "type",
  byteOrder: "order",
  scale: "scale",
  access: "access",
  sampling: "sampling",
  unit: "unit",
  deadband: "deadband",
  group: "group",
} as const;
type WrittenName = keyof typeof WRITTEN;

export type ColumnName =
  | (typeof WRITTEN)[WrittenName]
  | "path"
  | "value"
  | "raw"
  | "quality"
  | "age"
  | "more";

export interface TagColumn {
  readonly name: ColumnName;
  /** What is written there; `null`: the hub tells it. */
  readonly key: TagKey | null;
  /** What it means, beside it; left out: it needs no words. */
  readonly meaning?: (written: string) => string | null;
}

/** `type` of OPC UA is the server's. */
const BY_PROTOCOL: ReadonlyMap<string, readonly WrittenName[]> = new Map([
  ["modbus", ["name", "at", "type", "byteOrder", "scale", "unit", "deadband", "group"]],
  ["opcua", ["name", "node", "type", "access", "sampling", "unit", "deadband", "group"]],
]);
const ANY: readonly WrittenName[] = ["name", "at", "type", "unit", "group"];
const TOLD = ["path", "value", "raw", "quality", "age", "more"] as const;
/** How much room there is: that of a phone, what the tree of a server leaves, or a whole screen. */
export type ColumnView = "narrow" | "beside" | "wide";
const FEW: Readonly<Record<Exclude<ColumnView, "wide">, ReadonlySet<ColumnName>>> = {
  narrow: new Set(["name", "value", "quality"]),
  beside: new Set(["name", "place", "type", "group", "value", "raw", "quality"]),
};

export function columnsOf(keys: TagKeys, device: string, view: ColumnView): readonly TagColumn[] {
  const written = (BY_PROTOCOL.get(keys.protocol) ?? ANY).map((name) => ({
    name: WRITTEN[name],
    key: writtenKey(keys, device, name),
    ...(name === "group" && {
      meaning: (group: string) => intervalOf(keys, device, group),
    }),
  }));
  const all: readonly TagColumn[] = [...written, ...TOLD.map((name) => ({ name, key: null }))];
  return view === "wide" ? all : all.filter(({ name }) => FEW[view].has(name));
}

function writtenKey(keys: TagKeys, device: string, name: string): TagKey | null {
  const key = keys.keys.find((each) => each.name === name && each.kind !== "other");
  if (key === undefined) return null;
  const groups = groupsOf(keys, device);
  const isGroup = name === "group" && groups.length > 0;
  return isGroup ? { ...key, kind: "choice", choices: groups } : key;
}

/** What stands in the cell, as somebody would type it. */
export function writtenText(row: TagRow, key: TagKey): string {
  return typedText(row.fields[key.name], key);
}

/** What a cell shows when nobody types in it; empty: nothing is written, and the hub does not tell. */
export function shownText(row: TagRow, { name, key }: TagColumn): string {
  const { fields, tag } = row;
  const written = key === null ? "" : writtenText(row, key);
  if (written !== "") return written;
  if (name === "type") return cellText(fields["type"] ?? tag?.now?.datatype);
  return name === "path" ? (tag?.path ?? "") : "";
}

/** Why nothing can be written in a cell. */
export type CellLock = "told" | "inFile" | "inTemplate" | "removed";

/** `null`: something can. */
export function lockOf({ tag, mark }: TagRow, { key }: Pick<TagColumn, "key">): CellLock | null {
  if (key === null) return "told";
  if (mark === "removed") return "removed";
  if (tag?.from === "table") return "inFile";
  return tag?.from === "template" && key.name === "name" ? "inTemplate" : null;
}

/** What the hub has against what stands in a cell; what is of no key stands at the name. */
export function faultAt(faults: readonly Fault[], { name, key }: TagColumn): Fault | undefined {
  return faults.find(({ field }) => (field === null ? name === "name" : field === key?.name));
}
