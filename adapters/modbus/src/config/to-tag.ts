/** A checked tag as the adapter runs it. */
import { limitsOf } from "@unshub/adapter";
import { parseAddress, type Address } from "../address.ts";
import {
  datatypeOfTag,
  type Tag,
  type TagPublish,
  type TagTransform,
  type TagWrite,
  type TextLayout,
} from "../tag.ts";
import { bitOfMsb0 } from "../types/index.ts";
import type { HabitsInput } from "./device-schema.ts";
import type { MemberInput, TagInput } from "./tag-schema.ts";
import { typeAt, wordsOf } from "./tag-rules.ts";

/** What a tag takes from its device. */
export interface TagHabits extends Pick<
  HabitsInput,
  "byteOrder" | "bitOrder" | "maskWrite" | "allowRmw" | "singleWrite" | "useFc23"
> {
  readonly addressBase: 0 | 1;
  /** Whether the device lets this tag be written at all. */
  mayWrite(name: string): boolean;
}

/** `tag` has passed `tagProblems`. */
export function toTag(tag: TagInput, habits: TagHabits): Tag {
  const parsed = parseAddress(tag.at, habits.addressBase);
  if (parsed.kind === "problem") throw new TypeError(`${tag.at} was not checked`);
  const access = tag.access ?? "r";
  const common = toCommon(tag, parsed.address, habits);
  return {
    ...common,
    name: tag.name,
    written: tag.at,
    access,
    writable: access !== "r" && habits.mayWrite(tag.name),
    ...writeOf(tag, habits),
    ...publishOf(tag),
    ...pick(tag, ["consistent", "membersAs", "templateRef"]),
    ...(tag.members !== undefined && {
      members: tag.members.map((member) => toMember(member, common.table, habits)),
    }),
  };
}

function toMember(member: MemberInput, table: Tag["table"], habits: TagHabits): Tag {
  const parsed = parseAddress(`${table}:${member.at}`, 0);
  if (parsed.kind === "problem") throw new TypeError(`${member.at} was not checked`);
  return {
    ...toCommon(member, parsed.address, habits),
    name: member.name,
    access: "r",
    writable: false,
  };
}

type Common = Omit<Tag, "name" | "access" | "writable">;

function toCommon(tag: MemberInput, address: Address, habits: TagHabits): Common {
  const type = typeAt(address, tag.type);
  if (type === undefined) throw new TypeError(`${tag.at} was not checked`);
  const length = wordsOf(tag, address, type);
  const transform = transformOf(tag);
  const limits = limitsOf(tag);
  return {
    table: address.table,
    start: address.start,
    length,
    ...bitOf(tag, address, habits),
    type,
    byteOrder: tag.byteOrder ?? habits.byteOrder ?? "ABCD",
    ...transform,
    datatype: tag.output ?? datatypeOfTag({ type, length, ...transform }),
    ...textOf(tag),
    ...bitsOf(tag, length, habits),
    ...(tag.date !== undefined && { date: tag.date }),
    ...(tag.utcOffset !== undefined && { utcOffsetMinutes: tag.utcOffset }),
    ...pick(tag, ["bitsAs", "onBad", "unit", "description"]),
    ...(limits !== undefined && { limits }),
  };
}

function bitOf(
  tag: MemberInput,
  { bit }: Address,
  { bitOrder }: TagHabits,
): { readonly bit?: number } {
  if (bit === undefined) return {};
  return { bit: (tag.bitOrder ?? bitOrder) === "msb0" ? bitOfMsb0(bit, 1) : bit };
}

function bitsOf(
  tag: MemberInput,
  length: number,
  { bitOrder }: TagHabits,
): { readonly bits?: ReadonlyMap<number, string> } {
  if (tag.bits === undefined) return {};
  const isReversed = (tag.bitOrder ?? bitOrder) === "msb0";
  const entries = Object.entries(tag.bits).map(([bit, name]): [number, string] => [
    isReversed ? bitOfMsb0(Number(bit), length) : Number(bit),
    name,
  ]);
  return { bits: new Map(entries) };
}

function transformOf(tag: MemberInput): TagTransform {
  return {
    scale: tag.scale ?? 1,
    offset: tag.offset ?? 0,
    ...pick(tag, ["rawRange", "euRange", "clamp", "validRange", "allowNan", "invalidRaw"]),
    ...(tag.enum !== undefined && {
      enum: new Map(Object.entries(tag.enum).map(([key, text]) => [Number(key), text])),
    }),
  };
}

function textOf(tag: MemberInput): { readonly text?: TextLayout } {
  const text = pick(tag, ["encoding", "byte", "swap", "trim"]);
  return Object.keys(text).length === 0 ? {} : { text };
}

function writeOf(tag: TagInput, habits: TagHabits): TagWrite {
  return {
    ...pick(habits, ["maskWrite", "allowRmw", "singleWrite", "useFc23"]),
    ...pick(tag, [
      "writeRange",
      "round",
      "idempotent",
      "writeGroup",
      "maskWrite",
      "allowRmw",
      "singleWrite",
      "useFc23",
      "verify",
    ]),
    ...(tag.verifyAfter !== undefined && { verifyAfterMs: tag.verifyAfter }),
    ...(tag.verifyTimeout !== undefined && { verifyTimeoutMs: tag.verifyTimeout }),
  };
}

function publishOf(tag: TagInput): { readonly publish?: TagPublish } {
  const { publish, minInterval, maxInterval } = tag;
  const limits = pick(tag, ["deadband", "deadbandPercent", "of"]);
  const rule = {
    ...limits,
    ...(minInterval !== undefined && { minIntervalMs: minInterval }),
    ...(maxInterval !== undefined && { maxIntervalMs: maxInterval }),
  };
  if (publish === undefined && Object.keys(rule).length === 0) return {};
  const usual = maxInterval === undefined ? "onChange" : "onChangeOrInterval";
  return { publish: { publish: publish ?? usual, ...rule } };
}

/** Those of `keys` that are there. */
function pick<From extends object, Key extends keyof From>(
  from: From,
  keys: readonly Key[],
): { [K in Key]?: Exclude<From[K], undefined> } {
  const found: { [K in Key]?: Exclude<From[K], undefined> } = {};
  for (const key of keys) {
    const value = from[key];
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is not undefined has the type without it
    if (value !== undefined) found[key] = value as Exclude<From[Key], undefined>;
  }
  return found;
}
