/**
 * A tag: one metric and where its value lives, with everything decided that the configuration leaves open. What is
 * optional here was not asked for; the functions at the end say what then holds.
 */
import type { ValueLimits } from "@unshub/adapter";
import type { ArrayDatatype, Datatype } from "@unshub/sparkplug";
import { isBitTable, type Table } from "./address.ts";
import type { ByteOrder } from "./types/byte-order.ts";
import { datatypeOfType, isArrayLength, rawType, type RawTypeName } from "./types/raw-type.ts";

/** `w` is written and never read. */
type Access = "r" | "rw" | "w";
/** Smallest and largest value, both inclusive, after scaling. */
export type Range = readonly [min: number, max: number];

/** How the bits of a register are numbered in the configuration: `lsb0` calls the lowest bit 0, `msb0` the highest. */
export const BIT_ORDERS = ["lsb0", "msb0"] as const;

/** What the bytes of a string mean. */
export const TEXT_ENCODINGS = ["ascii", "utf8", "latin1", "gbk"] as const;
/** What the bytes of a string mean. */
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

/** Which bytes of each register hold characters. */
export const TEXT_BYTES = ["both", "high", "low"] as const;

/** How a string lies in its registers. It ends at the first NUL. */
export interface TextLayout {
  /** Default `utf8`. */
  readonly encoding?: TextEncoding;
  /** Default `both`: two characters a register. */
  readonly byte?: (typeof TEXT_BYTES)[number];
  /** The two bytes of each register are exchanged; default is what the byte order says. */
  readonly swap?: boolean;
  /** White space at both ends is left out when read. */
  readonly trim?: boolean;
}

/** What one field of `date_fields` holds; `skip` is read and not looked at (a weekday, a reserve). */
export const DATE_FIELDS = [
  "year",
  "month",
  "day",
  "hour",
  "minute",
  "second",
  "millisecond",
  "skip",
] as const;
/** What one field of `date_fields` holds. */
export type DateField = (typeof DATE_FIELDS)[number];

/** How a date lies in its registers. Missing: month and day are 1, the rest 0; the year must be there. */
export interface DateLayout {
  /** In the order of the wire. A year below 100 counts from 2000. */
  readonly fields: readonly DateField[];
  /** `register`: one field each; `byte`: two fields a register, the high byte first. Default `register`. */
  readonly size?: "register" | "byte";
  /** Default `binary`. */
  readonly digits?: "binary" | "bcd";
}

/** When a value is worth a message. [adapters §1.5] */
export interface TagPublish {
  readonly publish: "onChange" | "always" | "onChangeOrInterval";
  /** Absolute, after scaling. */
  readonly deadband?: number;
  readonly deadbandPercent?: number;
  /** What the percentage is of: `euRange`, or the last published value. */
  readonly of?: "range" | "value";
  readonly minIntervalMs?: number;
  readonly maxIntervalMs?: number;
}

/** How a write is confirmed. [adapters §1.11] */
interface TagVerify {
  /** `none` for registers that are pulses or commands. Default `readBack`. */
  readonly verify?: "readBack" | "none";
  /** Default 50. */
  readonly verifyAfterMs?: number;
  /** Default 2000. */
  readonly verifyTimeoutMs?: number;
}

/** What a command may do with the tag and how. [adapters §1.11, §2.8] */
export interface TagWrite extends TagVerify {
  /** A write outside is refused. */
  readonly writeRange?: Range;
  /** A value between two steps is rounded to the nearest instead of being refused. */
  readonly round?: boolean;
  /** A write whose fate is unknown may be sent again. */
  readonly idempotent?: boolean;
  /** Tags of one atomic group are written in one request or not at all. */
  readonly writeGroup?: string;
  /** The device knows FC22: a bit of a register is written without reading it before. */
  readonly maskWrite?: boolean;
  /** A bit of a register may be written by reading, changing and writing it; the PLC may change it in between. */
  readonly allowRmw?: boolean;
  /** The device knows FC23: a write and the reading after it are one request. */
  readonly useFc23?: boolean;
  /** How one register is written. Default `fc6`. */
  readonly singleWrite?: "fc6" | "fc16";
}

/** How the raw number becomes the value, after type and order. [adapters §1.6] */
export interface TagTransform {
  /** value = raw × scale + offset. Both are 1 and 0 when `rawRange` and `euRange` say it instead. */
  readonly scale: number;
  readonly offset: number;
  /** With `euRange`: the line through (rawRange[0], euRange[0]) and (rawRange[1], euRange[1]). */
  readonly rawRange?: readonly [from: number, to: number];
  /** Range of the value in engineering units; also what `deadbandPercent` is of, and engLow and engHigh. */
  readonly euRange?: readonly [from: number, to: number];
  /** Values outside `euRange` become its nearer end. */
  readonly clamp?: boolean;
  /** Number (after scaling) to text. A number without text is bad. */
  readonly enum?: ReadonlyMap<number, string>;
  /** A value outside is bad. */
  readonly validRange?: Range;
  /** NaN and infinities are good values. */
  readonly allowNan?: boolean;
  /** Bit patterns (or numbers below 0) by which the device says that it has no value. */
  readonly invalidRaw?: readonly (number | bigint)[];
}

/** One metric of a device. */
export interface Tag extends TagTransform, TagWrite {
  /** The metric's name, e.g. `"Hydraulics/Pressure"`. */
  readonly name: string;
  /** The address as written, e.g. `"40101"`; shown beside the address of the PDU. */
  readonly written?: string;
  readonly table: Table;
  /** Zero-based, as in the PDU. In members of a struct: relative to its first register. */
  readonly start: number;
  /** How many registers, or bits in `co` and `di`. More registers than its type has: an array. */
  readonly length: number;
  /** Bit of the register, 0 is the lowest; only for bools in `hr` and `ir`. `msb0` was converted. */
  readonly bit?: number;
  readonly type: RawTypeName;
  readonly byteOrder: ByteOrder;
  /** What is published: as `output` says, else by `datatypeOfTag`. */
  readonly datatype: Datatype;
  readonly access: Access;
  /** Access allows it and the device is not read-only. */
  readonly writable: boolean;
  /** Of `string`. */
  readonly text?: TextLayout;
  /** Of `date_fields`. */
  readonly date?: DateLayout;
  /** Of `dt_iec870` and `date_fields`: minutes that the clock of the device is ahead of UTC. */
  readonly utcOffsetMinutes?: number;
  /** Of `bitfield`: bit (0 is the lowest of the natural value) to name. */
  readonly bits?: ReadonlyMap<number, string>;
  /** Of `bitfield`: `children` become tags of their own (`expandTag`), `number` keeps it whole. Default `children`. */
  readonly bitsAs?: "children" | "number";
  /** Of `struct`. */
  readonly members?: readonly Tag[];
  /** Of `struct`: `folder` makes tags of its members (`expandTag`), `template` one Template. Default `folder`. */
  readonly membersAs?: "folder" | "template";
  /** Of `struct` as template: the name of its definition. */
  readonly templateRef?: string;
  /** Longer than one request reads: read twice until both are equal. */
  readonly consistent?: boolean;
  readonly publish?: TagPublish;
  /** What is published while the quality is bad. Default `null`. */
  readonly onBad?: "null" | "keepLast";
  readonly unit?: string;
  readonly description?: string;
  /** From which value on somebody should be warned, after scaling; the birth tells. */
  readonly limits?: ValueLimits;
}

/** How many registers or bits a value takes; `count` is the length in the address. */
export function lengthOf(table: Table, type: RawTypeName, count: number | undefined): number {
  return isBitTable(table) ? 1 : (count ?? rawType(type).registers);
}

/** The size of a number in bytes; of arrays, of one element. */
export function numberBytes(
  type: RawTypeName,
  length: number = rawType(type).registers,
): 2 | 4 | 8 {
  const registers = rawType(type).registers || length;
  if (registers > 2) return 8;
  return registers === 2 ? 4 : 2;
}

/** The registers of one number, or of one element of an array. */
export function elementLength({ type, length }: Pick<Tag, "type" | "length">): number {
  return rawType(type).registers || length;
}

/** Whether the tag holds several numbers side by side. */
export function isArrayTag({ type, length }: Pick<Tag, "type" | "length">): boolean {
  return isArrayLength(type, length);
}

/** What a tag becomes in Sparkplug when `output` says nothing. */
export function datatypeOfTag(
  tag: Pick<Tag, "type" | "length"> & Partial<Pick<Tag, "enum">> & TagScaling,
): Datatype {
  if (tag.enum !== undefined) return "String";
  const single = isWholeScaling(tag) ? datatypeOfType(tag.type, tag.length) : "Double";
  return isArrayTag(tag) ? arrayOf(single) : single;
}

/** The four numbers of a linear scaling. */
export type TagScaling = Pick<TagTransform, "scale" | "offset" | "rawRange" | "euRange">;

/** Whether whole raw numbers give whole values, whatever they are. */
export function isWholeScaling({ scale, offset, rawRange, euRange }: TagScaling): boolean {
  if (rawRange !== undefined && euRange !== undefined) return false;
  return Number.isInteger(scale) && Number.isInteger(offset);
}

const ARRAY_DATATYPES: ReadonlyMap<Datatype, ArrayDatatype> = new Map([
  ["Int8", "Int8Array"],
  ["Int16", "Int16Array"],
  ["Int32", "Int32Array"],
  ["Int64", "Int64Array"],
  ["UInt8", "UInt8Array"],
  ["UInt16", "UInt16Array"],
  ["UInt32", "UInt32Array"],
  ["UInt64", "UInt64Array"],
  ["Float", "FloatArray"],
  ["Double", "DoubleArray"],
]);

/** The datatype of an array whose elements are `single`. */
function arrayOf(single: Datatype): Datatype {
  return ARRAY_DATATYPES.get(single) ?? single;
}

/** The datatype of the elements of an array; of anything else, its own. */
export function elementOf(datatype: Datatype): Datatype {
  for (const [single, array] of ARRAY_DATATYPES) if (array === datatype) return single;
  return datatype;
}
