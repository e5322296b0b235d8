/**
 * What a tag says that another does not, in the words of the configuration. What means the same is the same: the order of
 * bytes of a value that has only two, `scale: 0.1` and the line from 0..1000 to 0..100.
 */
import { isDeepStrictEqual } from "node:util";
import { isBitTable } from "../../address.ts";
import { elementLength, isArrayTag, numberBytes, type Tag } from "../../tag.ts";
import { orderMask, swapsBytes } from "../../types/byte-order.ts";
import { linearOf } from "../../types/linear.ts";
import { isNumeric } from "../../types/raw-type.ts";

/** The keys of `tag` that `other` does not have, or has otherwise. What `other` says besides does not count. */
export function keysThatDiffer(tag: Tag, other: Tag): readonly string[] {
  const [own, others] = [wordsOf(tag), wordsOf(other)];
  const isSame = (key: string, value: unknown): boolean =>
    value === undefined || isDeepStrictEqual(value, others.get(key));
  const differing = [...own].filter(([key, value]) => !isSame(key, value)).map(([key]) => key);
  return isSameLine(tag, other) ? differing : [...differing, "scale"];
}

type Words = ReadonlyMap<string, unknown>;

function wordsOf(tag: Tag): Words {
  const { name, type, access, enum: texts, unit, description, datatype } = tag;
  return new Map<string, unknown>([
    ...Object.entries({ name, type, access, unit, description, output: datatype, enum: texts }),
    ["at", placeOf(tag)],
    ["byteOrder", maskOf(tag)],
    ...valueWords(tag),
    ...publishWords(tag),
    ...(access === "r" ? [] : writeWords(tag)),
  ]);
}

function placeOf(tag: Tag): string {
  const { table, start, length } = tag;
  return `${table}:${start}.${bitOnWire(tag) ?? ""}/${length}`;
}

/** Which bit of its register it is, counted as it goes over the wire; `undefined`: it is no bit of a register. */
export function bitOnWire({ bit, byteOrder }: Pick<Tag, "bit" | "byteOrder">): number | undefined {
  return bit !== undefined && swapsBytes(byteOrder) ? bit ^ 8 : bit;
}

/** How the bytes of one value are exchanged; texts say it otherwise, and a bit has its place. */
function maskOf(tag: Tag): number | undefined {
  const isOrdered = !isBitTable(tag.table) && tag.type !== "bool";
  return isOrdered ? bytesExchanged(tag) : undefined;
}

/** The exclusive or of natural place and place on the wire, of a number or of each one of an array. */
export function bytesExchanged(tag: Tag): number {
  if (!isNumeric(tag.type)) return 0;
  return orderMask(tag.byteOrder, numberBytes(tag.type, elementLength(tag)));
}

function valueWords(tag: Tag): Iterable<readonly [string, unknown]> {
  const { validRange, invalidRaw, onBad, euRange, bits, bitsAs, date, utcOffsetMinutes } = tag;
  const { members, membersAs, templateRef, text = {} } = tag;
  return Object.entries({
    validRange,
    invalidRaw,
    onBad,
    euRange,
    bits,
    bitsAs,
    date,
    utcOffset: utcOffsetMinutes,
    members,
    membersAs,
    templateRef,
    ...tag.limits,
    encoding: text.encoding,
    byte: text.byte === "both" ? undefined : text.byte,
    swap: tag.type === "string" ? isSwapped(tag) : undefined,
    ...whereTrue({ trim: text.trim, clamp: tag.clamp, allowNan: tag.allowNan }),
    ...whereTrue({ consistent: tag.consistent }),
  });
}

/** What is false is as good as left out. */
function whereTrue(
  flags: Readonly<Record<string, boolean | undefined>>,
): Readonly<Record<string, true>> {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([key, flag]) => (flag === true ? [[key, flag]] : [])),
  );
}

/** Whether the two characters of a register are exchanged. */
export function isSwapped({ text, byteOrder }: Tag): boolean {
  return text?.swap ?? swapsBytes(byteOrder);
}

function publishWords({ publish: rule }: Tag): Iterable<readonly [string, unknown]> {
  if (rule === undefined) return [];
  const { publish, minIntervalMs, maxIntervalMs, ...deadbands } = rule;
  return Object.entries({
    ...deadbands,
    publish: publish === "onChange" ? undefined : publish,
    minInterval: minIntervalMs,
    maxInterval: maxIntervalMs,
  });
}

function writeWords(tag: Tag): Iterable<readonly [string, unknown]> {
  const { writeRange, writeGroup, verify, verifyAfterMs, verifyTimeoutMs, singleWrite } = tag;
  const { round, idempotent, maskWrite, allowRmw, useFc23 } = tag;
  return Object.entries({
    writeRange,
    writeGroup,
    verify,
    verifyAfter: verifyAfterMs,
    verifyTimeout: verifyTimeoutMs,
    singleWrite: singleWrite === "fc16" ? singleWrite : undefined,
    ...whereTrue({ round, idempotent, maskWrite, allowRmw, useFc23 }),
  });
}

function isSameLine(a: Tag, b: Tag): boolean {
  if (!isNumeric(a.type) && !isArrayTag(a)) return true;
  const [one, other] = [linearOf(a), linearOf(b)];
  return (
    isNear(one.num / one.den, other.num / other.den) &&
    isNear(one.add / one.den, other.add / other.den)
  );
}

function isNear(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
}
