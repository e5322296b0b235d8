/**
 * The writes of one command as requests: neighbouring coils in one FC15, the members of an atomic group in one
 * request or not at all, everything else by itself; in the order of the command.
 */
import type { MetricValue } from "@unshub/sparkplug";
import type { Tag } from "../tag.ts";
import { encodeWrite, registersOf, type EncodedWrite } from "./encode.ts";
import { refused, type Refusal } from "./refusal.ts";
import { registersRequest, WRITE_LIMITS } from "./write-request.ts";

/** One metric of a command. */
export interface TagWriteValue {
  readonly tag: Tag;
  readonly value: MetricValue;
}

/** One request and the writes it carries out. */
export interface CommandStep {
  /** Places in the command. */
  readonly writes: readonly number[];
  readonly encoded: EncodedWrite;
}

/** What is sent for `writes`, one after the other. */
export function encodeCommand(writes: readonly TagWriteValue[]): readonly CommandStep[] {
  const steps: CommandStep[] = [];
  for (const places of bundles(writes)) {
    const members = places.flatMap((place) => writes[place] ?? []);
    const [first] = members;
    if (first === undefined) continue;
    const encoded =
      members.length === 1 ? encodeWrite(first.tag, first.value) : encodeTogether(members);
    steps.push({ writes: places, encoded });
  }
  return steps;
}

/** Which writes go into one request. A bundle stands where its first member stands. */
function bundles(writes: readonly TagWriteValue[]): readonly number[][] {
  const found: number[][] = [];
  const atomic = new Map<string, number[]>();
  for (const [place, write] of writes.entries()) {
    const group = write.tag.writeGroup;
    const open = group === undefined ? coilRun(found.at(-1), writes, write) : atomic.get(group);
    if (open !== undefined) {
      open.push(place);
      continue;
    }
    const bundle = [place];
    found.push(bundle);
    if (group !== undefined) atomic.set(group, bundle);
  }
  return found;
}

/** The last bundle, when it is a run of coils that `next` continues. */
function coilRun(
  last: number[] | undefined,
  writes: readonly TagWriteValue[],
  { tag, value }: TagWriteValue,
): number[] | undefined {
  const before = writes[last?.at(-1) ?? -1];
  if (last === undefined || before === undefined || typeof value !== "boolean") return undefined;
  const isRun =
    tag.table === "co" &&
    before.tag.table === "co" &&
    before.tag.writeGroup === undefined &&
    typeof before.value === "boolean" &&
    tag.start === before.tag.start + 1;
  return isRun && last.length < WRITE_LIMITS.bits ? last : undefined;
}

function encodeTogether(members: readonly TagWriteValue[]): EncodedWrite {
  const sorted = members.toSorted((a, b) => a.tag.start - b.tag.start);
  return gapOf(sorted) ?? (isCoils(sorted) ? coilsOf(sorted) : joinedRegisters(sorted));
}

function isCoils(members: readonly TagWriteValue[]): boolean {
  return members.every(({ tag }) => tag.table === "co");
}

/** One request writes neighbours only: what lies between would be overwritten with nobody knows what. */
function gapOf(members: readonly TagWriteValue[]): Refusal | undefined {
  for (const [index, { tag }] of members.entries()) {
    const before = members[index - 1]?.tag;
    if (before === undefined) continue;
    if (before.table !== tag.table || before.start + before.length !== tag.start) {
      const because = `${before.name} and ${tag.name} are no neighbours: one request cannot write both`;
      return refused("not_atomic", because);
    }
  }
  return undefined;
}

function coilsOf(members: readonly TagWriteValue[]): EncodedWrite {
  const values: boolean[] = [];
  for (const { tag, value } of members) {
    const encoded = encodeWrite(tag, value);
    if (encoded.kind === "problem") return named(tag, encoded);
    values.push(value === true);
  }
  if (values.length > WRITE_LIMITS.bits) {
    return refused("too_long", `${values.length} coils; one request writes ${WRITE_LIMITS.bits}`);
  }
  const start = members[0]?.tag.start ?? 0;
  return { kind: "request", request: { functionCode: 15, start, values } };
}

function joinedRegisters(members: readonly TagWriteValue[]): EncodedWrite {
  const parts: Uint8Array[] = [];
  for (const { tag, value } of members) {
    const alone = encodeWrite(tag, value);
    if (alone.kind === "problem") return named(tag, alone);
    const part = registersOf(tag, value);
    if (!(part instanceof Uint8Array)) return named(tag, part);
    parts.push(part);
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  if (bytes.length > 2 * WRITE_LIMITS.registers) {
    const because = `${bytes.length / 2} registers; one request writes at most ${WRITE_LIMITS.registers}`;
    return refused("too_long", because);
  }
  const [first] = members;
  return {
    kind: "request",
    request: registersRequest(first?.tag.start ?? 0, bytes, first?.tag.singleWrite),
  };
}

function named(tag: Tag, { code, problem }: Refusal): Refusal {
  return refused(code, `${tag.name}: ${problem}`);
}
