/**
 * Writes the tags of a device as another program has them. What the file says is read again by our own importer and
 * compared with what was meant: so whatever a format cannot say is told, whether or not somebody thought of it.
 */
import { nameOf, type ExportedTags, type TagFields, type TagLoss } from "@unshub/adapter";
import type { DeviceConfig, GroupConfig } from "../../config/config.ts";
import { tagSchema } from "../../config/tag-schema.ts";
import { toTag } from "../../config/to-tag.ts";
import { isArrayTag, numberBytes, elementLength, type Tag } from "../../tag.ts";
import { isNumeric } from "../../types/raw-type.ts";
import type { Imported, ImportOptions } from "../imported.ts";
import { bytesExchanged, keysThatDiffer } from "./tag-difference.ts";

/** Order of the registers of a value, where the other program has one for the whole device. */
export type RegisterOrder = "ABCD" | "CDAB";

/** One tag on its way. */
export interface OutgoingTag {
  readonly tag: Tag;
  readonly group: GroupConfig;
  readonly unit: number;
  readonly deviceName: string;
  /** As it is called there. */
  readonly name: string;
  /** Of the whole device there. */
  readonly order: RegisterOrder;
}

/** How another program writes its tags. */
export interface Foreign<Row> {
  readonly mediaType: string;
  /** A name there; names that fall together are numbered. */
  nameThere(name: string): string;
  /** The tag there; a sentence when it cannot be had. */
  row(tag: OutgoingTag): Row | string;
  text(rows: readonly Row[]): string;
  read(text: string, options: ImportOptions): Imported;
  /** What must be set or made there. */
  notes(device: DeviceConfig, order: RegisterOrder): readonly string[];
}

export function exportWith<Row extends object>(
  foreign: Foreign<Row>,
  device: DeviceConfig,
): ExportedTags {
  const order = commonOrder(device);
  const written = outgoingTags(foreign, device, order).map((outgoing) => ({
    outgoing,
    row: foreign.row(outgoing),
  }));
  const rows = written.flatMap(({ row }) => (typeof row === "string" ? [] : [row]));
  const text = foreign.text(rows);
  const back = new Map(
    foreign.read(text, { byteOrder: order }).tags.map(({ fields }) => [nameOf(fields), fields]),
  );
  const losses = written.flatMap(({ outgoing: { tag, name }, row }) =>
    typeof row === "string" ? leftOut(tag, row) : lossOf(tag, back.get(name)),
  );
  return { text, mediaType: foreign.mediaType, notes: foreign.notes(device, order), losses };
}

function leftOut({ name: tag }: Tag, what: string): readonly TagLoss[] {
  return [{ tag, isLeftOut: true, what }];
}

/** `fields`: the tag as our own importer reads it. */
function lossOf(tag: Tag, fields: TagFields | undefined): readonly TagLoss[] {
  if (fields === undefined) return leftOut(tag, "what stands there of it cannot be read again");
  const back = toTag(tagSchema.parse(fields), { addressBase: 0, mayWrite: () => true });
  const keys = keysThatDiffer(tag, back);
  return keys.length === 0 ? [] : [{ tag: tag.name, isLeftOut: false, what: keys.join(", ") }];
}

function tagsOf({ groups }: DeviceConfig) {
  return groups.flatMap((group) => group.tags.map((tag) => ({ tag, group })));
}

function outgoingTags(
  foreign: Pick<Foreign<object>, "nameThere">,
  device: DeviceConfig,
  order: RegisterOrder,
): readonly OutgoingTag[] {
  const tags = tagsOf(device);
  const names = namesThere(
    foreign,
    tags.map(({ tag }) => tag.name),
  );
  return tags.map(({ tag, group }, at) => ({
    tag,
    group,
    order,
    unit: device.unit,
    deviceName: device.name,
    name: names[at] ?? tag.name,
  }));
}

/** Each by its own; and none is the folder of another. */
function namesThere(
  { nameThere }: Pick<Foreign<object>, "nameThere">,
  names: readonly string[],
): readonly string[] {
  const wished = names.map((name) => nameThere(name));
  const folders = new Set(wished.flatMap(foldersOf));
  const taken = new Set<string>();
  return wished.map((name) => {
    let free = name;
    for (let number = 2; taken.has(free) || folders.has(free); number += 1)
      free = `${name}_${number}`;
    taken.add(free);
    return free;
  });
}

function foldersOf(name: string): readonly string[] {
  const parts = name.split("/");
  return parts.slice(1).map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** The one that most values in several registers have. */
function commonOrder(device: DeviceConfig): RegisterOrder {
  const orders = tagsOf(device).map(({ tag }) => registerOrder(tag));
  const count = (order: RegisterOrder): number => orders.filter((each) => each === order).length;
  return count("ABCD") > count("CDAB") ? "ABCD" : "CDAB";
}

/** `undefined`: there is only one register. `other`: a program that can exchange registers only cannot read it. */
function registerOrder(tag: Tag): RegisterOrder | "other" | undefined {
  if (!isNumeric(tag.type)) return undefined;
  const bytes = numberBytes(tag.type, elementLength(tag));
  const mask = bytesExchanged(tag);
  if (bytes === 2) return mask === 0 ? undefined : "other";
  if (mask === 0) return "ABCD";
  return mask === bytes - 2 ? "CDAB" : "other";
}

/** Why a value cannot be read where all values of a device have the order `order`; `undefined`: it can. */
export function orderProblem(tag: Tag, order: RegisterOrder): string | undefined {
  const own = registerOrder(tag);
  if (own === undefined || own === order) return undefined;
  return own === "other"
    ? `its bytes stand as ${tag.byteOrder}, which exchanges more than whole registers`
    : `its registers stand as ${own}; those of most tags as ${order}, and there it is one setting for the whole device`;
}

/** The number types of the other programs, by ours. */
export function plainType({ type, length }: Tag): Tag["type"] {
  if (type !== "bitfield") return type;
  return length === 1 ? "uint16" : length === 2 ? "uint32" : "uint64";
}

/** Why the type has no counterpart. */
export function noType(tag: Tag): string {
  return isArrayTag(tag) ? `there are no arrays of ${tag.type}` : `there is no type ${tag.type}`;
}

/** `400101`: one-based, six digits. */
export function modicon({ table, start }: Pick<Tag, "table" | "start">): string {
  return `${{ co: 0, di: 1, ir: 3, hr: 4 }[table]}${String(start + 1).padStart(5, "0")}`;
}

/** Why a text cannot be had where each register holds two characters; `undefined`: it can. */
export function halfTextProblem({ text }: Pick<Tag, "text">): string | undefined {
  return text?.byte === undefined || text.byte === "both"
    ? undefined
    : "there are no texts with one character in each register";
}

/** The interval of a group in milliseconds; `undefined`: it has none. */
export function intervalOf({ schedule }: GroupConfig): number | undefined {
  return schedule.mode === "interval" ? schedule.intervalMs : undefined;
}

/** The groups of a device that have an interval, and which. */
export function intervalsOf({
  groups,
}: DeviceConfig): readonly { readonly group: string; readonly intervalMs: number }[] {
  return groups.flatMap((group) => {
    const intervalMs = intervalOf(group);
    return intervalMs === undefined ? [] : [{ group: group.name, intervalMs }];
  });
}

/** What the other program does not know of a group. */
export function groupNotes({ groups }: DeviceConfig): readonly string[] {
  const modes = {
    onDemand: "on demand only",
    onTrigger: "on a trigger only",
    once: "once, at birth",
  };
  return groups.flatMap(({ name, schedule }) =>
    schedule.mode === "interval"
      ? []
      : [`the tags of group ${name} are read ${modes[schedule.mode]}; the file does not say so`],
  );
}

/** How the device must be set there, where its registers do not stand in the usual order. */
export function orderNotes(
  device: DeviceConfig,
  order: RegisterOrder,
  usual: string,
): readonly string[] {
  const isMeant = tagsOf(device).some(({ tag }) => registerOrder(tag) === order);
  if (order === "CDAB" || !isMeant) return [];
  return [
    `the highest register of a value comes first (${order}): set the device so, ${usual}; import with --byte-order ${order}`,
  ];
}
