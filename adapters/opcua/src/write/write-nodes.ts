/** Sends prepared writes in one request, says what the server made of each, and reads back what came of it. */
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { WriteCommand, WriteOutcome, WriteResult } from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";
import type { NodeId, StatusCode } from "node-opcua-client";
import { noAnswerInTime, within } from "../deadline.ts";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { RawSession } from "../raw-session.ts";
import type { Live } from "../recover/live.ts";
import type { Item } from "../values/server-values.ts";
import { nameOf } from "../values/status.ts";
import type { WireValue } from "./command-value.ts";

/** One write that may go out. */
export interface NodeWrite {
  readonly command: WriteCommand;
  readonly index: number;
  readonly item: Item;
  readonly nodeId: NodeId;
  readonly wire: WireValue;
}

/** Over what writes go. */
export interface WriteLink {
  readonly live: Live;
  readonly library: Library;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

interface WriteSession {
  readonly session: RawSession;
  readonly library: Library;
}

/** How long the server may take for a write, and for the read after it. */
const ANSWER_WITHIN_MS = 5_000;
const VALUE = 13;

const OUTCOMES: ReadonlyMap<string, WriteOutcome> = new Map([
  ["BadTypeMismatch", "rejected_bad_value"],
  ["BadNotWritable", "rejected_not_writable"],
  ["BadWriteNotSupported", "rejected_not_writable"],
  ["BadUserAccessDenied", "rejected_not_writable"],
  ["BadOutOfRange", "rejected_out_of_range"],
  ["BadIndexRangeInvalid", "rejected_out_of_range"],
  ["BadIndexRangeNoData", "rejected_out_of_range"],
]);

/** One result for each, in their order. */
export async function writeNodes(
  { live, library, now }: WriteLink,
  writes: readonly NodeWrite[],
): Promise<readonly WriteResult[]> {
  const statuses = await send({ session: live.session, library }, writes);
  return await Promise.all(
    writes.map(async (write, index): Promise<WriteResult> => {
      const { deviceId, metric } = write.command;
      const status = statuses instanceof Error ? undefined : statuses[index];
      if (status !== undefined && status.value >>> 30 === 2) {
        const name = nameOf(status);
        const because = `${deviceId} ${metric}: the server refused it: ${name}`;
        return { outcome: OUTCOMES.get(name) ?? "rejected_by_device", because, at: now() };
      }
      return await readBack(live, write, { isAnswered: status !== undefined, now });
    }),
  );
}

/** The status of each; the error when there was no answer. Writes that may be repeated are sent a second time then. */
async function send(
  session: WriteSession,
  writes: readonly NodeWrite[],
): Promise<readonly StatusCode[] | Error> {
  const mayRepeat = writes.every(({ item }) => item.node.tag.write.idempotent);
  const first = await sendOnce(session, writes);
  return first instanceof Error && mayRepeat ? await sendOnce(session, writes) : first;
}

async function sendOnce(
  { session, library }: WriteSession,
  writes: readonly NodeWrite[],
): Promise<readonly StatusCode[] | Error> {
  try {
    const asked = session.write(writes.map((write) => writeRequest(library, write)));
    return await within({ ms: ANSWER_WITHIN_MS, late: noAnswerInTime }, asked);
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause));
  }
}

/** The value only: many servers refuse a status or a time. */
function writeRequest(library: Library, { nodeId, wire, item }: NodeWrite) {
  const { indexRange } = item.node.tag;
  // The library's option wants its own class for a range, but takes and converts a text as well.
  const range: object = indexRange === undefined ? {} : { indexRange };
  return { nodeId, attributeId: VALUE, value: { value: variantOf(library, wire) }, ...range };
}

function variantOf(library: Library, { type, kind, dims, value }: WireValue) {
  return new library.Variant({
    dataType: library.DataType[type.name],
    arrayType: library.VariantArrayType[kind],
    value,
    ...(dims !== undefined && { dimensions: [...dims] }),
  });
}

/** Reads until the node shows what was asked, or the time is over. What was read is told to the devices. */
async function readBack(
  live: Live,
  write: NodeWrite,
  { isAnswered, now }: { readonly isAnswered: boolean; readonly now: () => number },
): Promise<WriteResult> {
  const { tag } = write.item.node;
  const { deviceId, metric } = write.command;
  const isSilent = tag.write.verify === "none" || tag.access === "w";
  const unknown: WriteResult = {
    outcome: "timeout_unknown",
    because: `${deviceId} ${metric}: no answer; it may have been written`,
    at: now(),
  };
  if (isSilent) return isAnswered ? { outcome: "ok_unverified", at: now() } : unknown;
  await delay(tag.write.verifyAfterMs);
  const until = performance.now() + tag.write.verifyTimeoutMs;
  let read: MetricValue | undefined;
  do {
    try {
      read = await readOnce(live, write);
    } catch (cause) {
      const because = `${deviceId} ${metric}: not read back: ${firstLine(cause)}`;
      return isAnswered ? { outcome: "ok_unverified", because, at: now() } : unknown;
    }
    if (isSame(read, write)) return { outcome: "ok", read, at: now() };
    await delay(Math.max(10, tag.write.verifyAfterMs));
  } while (performance.now() < until);
  const because = `${deviceId} ${metric}: the server took it, but shows something else`;
  return { outcome: "mismatch", because, read, at: now() };
}

async function readOnce(live: Live, { index, item, nodeId }: NodeWrite): Promise<MetricValue> {
  const { indexRange } = item.node.tag;
  const range: object = indexRange === undefined ? {} : { indexRange };
  const asked = live.session.read({ nodeId, attributeId: VALUE, ...range });
  const data = await within({ ms: ANSWER_WITHIN_MS, late: noAnswerInTime }, asked);
  live.inlet.polled([{ item: index, nodeId }], [data]);
  return item.table.last.get(item.first).value;
}

/** Whether the node shows what was asked, as far as its type can. */
function isSame(read: MetricValue, { command, item }: NodeWrite): boolean {
  const { tag, writeType } = item.node;
  const asked = typeof command.value === "boolean" ? Number(command.value) : command.value;
  if (typeof asked === "number" && typeof read === "number") {
    if (writeType?.name === "Float") return Math.fround(asked) === Math.fround(read);
    return asked === read || (tag.write.round && Math.round(asked) === read);
  }
  return isDeepStrictEqual(plain(asked), plain(read));
}

/** 64-bit integers are numbers while these are exact: both ways mean the same. */
function plain(value: MetricValue): unknown {
  if (Array.isArray(value))
    return value.map((each: unknown) => (typeof each === "bigint" ? Number(each) : each));
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;
}
