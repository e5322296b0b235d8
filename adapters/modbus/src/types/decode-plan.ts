/**
 * From the bytes of a reply to the values of its tags. A block is compiled once; then each reply runs through typed
 * arrays. Nearly every number is done after one multiplication and one comparison; what fails that comparison goes
 * the long way (`chain.ts`), which also finds out why. No numeric tag costs an object.
 */
import type { MetricValue } from "@unshub/sparkplug";
import { isBitTable } from "../address.ts";
import { isArrayTag, type Tag } from "../tag.ts";
import { isBad, type BadReason, type BadValue } from "./bad-value.ts";
import { otherDecoder, type OtherDecoder } from "./decode-other.ts";
import { isPlain, numberKind, scaled, type NumberKind } from "./number-kind.ts";
import { numberAt, numberReader, type NumberReader } from "./number-reader.ts";
import { readFast } from "./raw-number.ts";

/** A tag in a block. */
export interface PlannedTag {
  readonly tag: Tag;
  /** The number under which its values are reported: its place among the metrics of the birth. */
  readonly index: number;
  /** It is looked at in every so many passes; more than 1 when a slower group rides along. */
  readonly every: number;
}

/** Where values go. Booleans are the numbers 0 and 1. */
export interface DecodeSink {
  number(tag: number, value: number): void;
  other(tag: number, value: MetricValue): void;
  bad(tag: number, reason: BadReason): void;
}

/** The data of one reply. The same object may be used for every reply. */
export interface BlockReply {
  readonly data: Uint8Array;
  /** How many registers (or bits) of `data` stand before the block; 0 unless more was asked for. */
  readonly offset: number;
  /** Counts the passes over the block. */
  readonly pass: number;
}

/** Numbers of one kind, each behind the one before, in the registers as well as among the metrics. */
interface TagLine {
  readonly kind: NumberKind;
  /** Where the first one begins, and how far apart they are; as `at` of the plan. */
  readonly at: number;
  readonly step: number;
  /** The metric of the first one. */
  readonly index: number;
}

/** A block, compiled. */
export interface DecodePlan {
  readonly count: number;
  /** Bytes that a reply must have at least, beginning at the block; in bit tables: bits. */
  readonly extent: number;
  /** Bytes of one register, or 1 where every entry is a bit. */
  readonly entry: 1 | 2;
  readonly hasRiders: boolean;
  /** When all tags are alike and in line: nothing has to be looked up for each. */
  readonly line: TagLine | undefined;
  readonly index: Uint32Array;
  readonly every: Uint32Array;
  /** Where the number begins: bytes, or bits in bit tables. */
  readonly at: Uint32Array;
  /** `undefined`: no number; `others` has it. */
  readonly kinds: readonly (NumberKind | undefined)[];
  readonly readers: readonly (NumberReader | undefined)[];
  readonly others: readonly (OtherDecoder | undefined)[];
  readonly tags: readonly Tag[];
}

/** The plan that decodes `tags` out of replies whose first register (or bit) is `block.start`. */
export function compileBlock(
  tags: readonly PlannedTag[],
  block: { readonly start: number },
): DecodePlan {
  const isBits = tags[0] !== undefined && isBitTable(tags[0].tag.table);
  const entry = isBits ? 1 : 2;
  const place = ({ tag }: PlannedTag): number => (tag.start - block.start) * entry;
  const readers = tags.map(({ tag }) => (isArrayTag(tag) ? undefined : numberReader(tag)));
  const kinds = readers.map((reader) => reader && numberKind(reader));
  const index = Uint32Array.from(tags, (planned) => planned.index);
  const at = Uint32Array.from(tags, place);
  const hasRiders = tags.some(({ every }) => every > 1);
  return {
    count: tags.length,
    extent: tags.reduce(
      (most, planned) => Math.max(most, place(planned) + planned.tag.length * entry),
      0,
    ),
    entry,
    hasRiders,
    line: hasRiders ? undefined : lineOf(kinds, index, at),
    index,
    every: Uint32Array.from(tags, ({ every }) => every),
    at,
    kinds,
    readers,
    others: tags.map(({ tag }, number) => (readers[number] ? undefined : otherDecoder(tag))),
    tags: tags.map(({ tag }) => tag),
  };
}

function lineOf(
  kinds: DecodePlan["kinds"],
  index: Uint32Array,
  at: Uint32Array,
): TagLine | undefined {
  const [kind] = kinds;
  const [firstIndex = 0] = index;
  const [firstAt = 0, secondAt = 0] = at;
  const step = secondAt - firstAt;
  const isInLine = kinds.every(
    (each, number) =>
      each === kind &&
      index[number] === firstIndex + number &&
      at[number] === firstAt + number * step,
  );
  return kind !== undefined && isInLine
    ? { kind, at: firstAt, step, index: firstIndex }
    : undefined;
}

/** Says every tag of the block that is due in this pass, once each. A reply that is too short is bad as a whole. */
export function decodeBlock(plan: DecodePlan, reply: BlockReply, sink: DecodeSink): void {
  const has = reply.data.length * (plan.entry === 1 ? 8 : 1);
  const isShort = reply.offset * plan.entry + plan.extent > has;
  if (plan.line !== undefined && !isShort) {
    decodeLine(plan, plan.line, reply, sink);
    return;
  }
  for (let index = 0; index < plan.count; index += 1) {
    if (plan.hasRiders && reply.pass % (plan.every[index] ?? 1) !== 0) continue;
    if (isShort) sink.bad(plan.index[index] ?? 0, "short_reply");
    else decodeOne(plan, index, reply, sink);
  }
}

function decodeLine(plan: DecodePlan, line: TagLine, reply: BlockReply, sink: DecodeSink): void {
  const { kind, step } = line;
  const { data } = reply;
  let at = reply.offset * plan.entry + line.at;
  for (let index = 0; index < plan.count; index += 1) {
    const value = scaled(kind, readFast(kind.shape, data, at));
    if (isPlain(kind, value)) sink.number(line.index + index, value);
    else tellSlowly(plan, index, reply, sink);
    at += step;
  }
}

// Four places that the hot path has at hand; an object would be made for each tag.
function decodeOne(plan: DecodePlan, index: number, reply: BlockReply, sink: DecodeSink): void {
  const kind = plan.kinds[index];
  if (kind === undefined) {
    tellOther(plan, index, reply, sink);
    return;
  }
  const at = reply.offset * plan.entry + (plan.at[index] ?? 0);
  const value = scaled(kind, readFast(kind.shape, reply.data, at));
  if (isPlain(kind, value)) sink.number(plan.index[index] ?? 0, value);
  else tellSlowly(plan, index, reply, sink);
}

/** Numbers that the hot path does not decide: out of a range, with enum or clamp, beyond 2^53, sentinels. */
function tellSlowly(plan: DecodePlan, index: number, reply: BlockReply, sink: DecodeSink): void {
  const reader = plan.readers[index];
  if (reader === undefined) return;
  const at = reply.offset * plan.entry + (plan.at[index] ?? 0);
  tell(plan.index[index] ?? 0, numberAt(reader, reply.data, at), sink);
}

function tellOther(plan: DecodePlan, index: number, reply: BlockReply, sink: DecodeSink): void {
  const decode = plan.others[index];
  const tag = plan.tags[index];
  if (decode === undefined || tag === undefined) return;
  const at = reply.offset * plan.entry + (plan.at[index] ?? 0);
  const registers = reply.data.subarray(at, at + 2 * tag.length);
  tell(plan.index[index] ?? 0, decode(registers), sink);
}

function tell(tag: number, value: MetricValue | BadValue, sink: DecodeSink): void {
  if (isBad(value)) sink.bad(tag, value.reason);
  else if (typeof value === "number") sink.number(tag, value);
  else sink.other(tag, value);
}
