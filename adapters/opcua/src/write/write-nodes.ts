/** Sends prepared writes in one request, says what the server made of each, and reads back what came of it. */
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import {
  ageFault,
  rejected,
  type WriteCommand,
  type WriteOutcome,
  type WriteResult,
} from "@unshub/adapter";
import { isDataSet, type MetricValue } from "@unshub/sparkplug";
import type { DataValue, NodeId, StatusCode, Variant } from "node-opcua-client";
import { answerOver, connectionEnded, type Connection } from "../connection.ts";
import { firstLine } from "../errors.ts";
import type { Library } from "../library.ts";
import type { Live } from "../recover/live.ts";
import type { Item } from "../values/server-values.ts";
import { jsonText } from "../values/json-text.ts";
import { nameOf } from "../values/status.ts";
import type { WireValue } from "./command-value.ts";
import { refusalOf } from "./service-fault.ts";

/** Where a command leads. */
export interface WritePlace {
  readonly command: WriteCommand;
  readonly index: number;
  readonly item: Item;
  /** Which of the item's metrics. */
  readonly offset: number;
  readonly nodeId: NodeId;
}

/** One write that may go out. */
export interface NodeWrite extends WritePlace {
  /** The same one for all that go into one structure: it is written once. */
  readonly variant: Variant;
  /** What the metric shows when it is done, as JSON; left out: what was asked. */
  readonly shows?: string;
}

/** Over what writes go. */
export interface WriteLink {
  readonly live: Live;
  /** The one that there was when the writes had their turn: what waits longer than it lasts ends with it. */
  readonly connection: Connection;
  readonly library: Library;
  /** Older commands are not sent, nor sent again. */
  readonly maxAgeMs: number;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

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
  link: WriteLink,
  writes: readonly NodeWrite[],
): Promise<readonly WriteResult[]> {
  const unsent = tooLate(link, writes);
  if (unsent !== undefined) return unsent;
  const { now } = link;
  const refused = ({ command }: NodeWrite, name: string): WriteResult => ({
    outcome: OUTCOMES.get(name) ?? "rejected_by_device",
    because: `${command.deviceId} ${command.metric}: the server refused it: ${name}`,
    at: now(),
  });
  const statuses = await send(link, writes);
  const refusal = refusalOf(statuses);
  if (refusal !== undefined) return writes.map((write) => refused(write, refusal));
  return await Promise.all(
    writes.map(async (write, index): Promise<WriteResult> => {
      const status = statuses instanceof Error ? undefined : statuses[index];
      if (status !== undefined && isBad(status)) return refused(write, nameOf(status));
      return await readBack(link, write, status === undefined);
    }),
  );
}

/** Why they do not go out any more: they may have waited for others at the same node, or for a structure to be read. */
function tooLate(
  { connection, now, maxAgeMs }: WriteLink,
  writes: readonly NodeWrite[],
): readonly WriteResult[] | undefined {
  const at = now();
  const commands = writes.map(({ command }) => command);
  if (connection.ended.aborted) {
    const because = "the connection ended before it was sent";
    return commands.map((each) => rejected(each, "offline", { because, at }));
  }
  const faults = commands.map((each) => ageFault(each, at, maxAgeMs));
  const old = commands.find((_command, index) => faults[index] !== undefined);
  if (old === undefined) return undefined;
  const because = `its group goes as a whole, and ${old.metric} was rejected`;
  return commands.map(
    (each, index) => faults[index] ?? rejected(each, "group_incomplete", { because, at }),
  );
}

/**
 * The status of each; the error when there was no answer. Writes that may be repeated are sent a second time then, over the
 * same connection and while they are not too old, but no structure: what was read of it is old by then. A second one that is
 * refused says nothing of the first, which may have been done: `undefined`.
 */
async function send(
  link: WriteLink,
  writes: readonly NodeWrite[],
): Promise<readonly (StatusCode | undefined)[] | Error> {
  const mayRepeat = writes.every(
    ({ item: { node } }) => node.tag.write.idempotent && !node.isStructured,
  );
  const first = await sendOnce(link, writes);
  if (!(first instanceof Error) || !mayRepeat || refusalOf(first) !== undefined) return first;
  if (tooLate(link, writes) !== undefined) return first;
  const second = await sendOnce(link, writes);
  if (second instanceof Error) return first;
  return second.map((status) => (isBad(status) ? undefined : status));
}

function isBad({ value }: StatusCode): boolean {
  return value >>> 30 === 2;
}

async function sendOnce(
  { connection }: WriteLink,
  writes: readonly NodeWrite[],
): Promise<readonly StatusCode[] | Error> {
  try {
    const variants = [...new Set(writes.map(({ variant }) => variant))];
    const once = variants.flatMap((each) => writes.find(({ variant }) => variant === each) ?? []);
    const statuses = await answerOver(connection, connection.session.write(once.map(writeRequest)));
    return writes.flatMap(({ variant }) => statuses[variants.indexOf(variant)] ?? []);
  } catch (cause) {
    return cause instanceof Error ? cause : new Error(String(cause));
  }
}

/** The value only: many servers refuse a status or a time. */
function writeRequest({ nodeId, variant, item }: NodeWrite) {
  return { nodeId, attributeId: VALUE, value: { value: variant }, ...rangeOf(item) };
}

/** The library's option wants its own class for a range, but takes and converts a text as well. */
function rangeOf({ node: { tag } }: Item): object {
  return tag.indexRange === undefined ? {} : { indexRange: tag.indexRange };
}

export function variantOf(library: Library, { type, kind, dims, value }: WireValue) {
  return new library.Variant({
    dataType: library.DataType[type.name],
    arrayType: library.VariantArrayType[kind],
    value,
    ...(dims !== undefined && { dimensions: [...dims] }),
  });
}

/** Reads until the node shows what was asked, or the time is over. What was read is told to the devices. */
async function readBack(
  link: WriteLink,
  write: NodeWrite,
  isUnanswered: boolean,
): Promise<WriteResult> {
  const { connection, now } = link;
  const { tag } = write.item.node;
  const { deviceId, metric } = write.command;
  const unknown = (read?: MetricValue): WriteResult => {
    const why = connection.ended.aborted ? "the connection ended" : "no answer";
    const because = `${deviceId} ${metric}: ${why}; it may have been written`;
    return { outcome: "timeout_unknown", because, at: now(), ...(read !== undefined && { read }) };
  };
  const isSilent = tag.write.verify === "none" || tag.access === "w";
  if (isSilent) return isUnanswered ? unknown() : { outcome: "ok_unverified", at: now() };
  try {
    const { isAsAsked, read } = await readUntilSame(link, write);
    if (isAsAsked) return { outcome: "ok", read, at: now() };
    if (isUnanswered) return unknown(read);
    const because = `${deviceId} ${metric}: the server took it, but shows something else`;
    return { outcome: "mismatch", because, read, at: now() };
  } catch (cause) {
    if (isUnanswered) return unknown();
    const because = `${deviceId} ${metric}: not read back: ${firstLine(cause)}`;
    return { outcome: "ok_unverified", because, at: now() };
  }
}

/** Rejects when it cannot be read. */
async function readUntilSame(
  link: WriteLink,
  write: NodeWrite,
): Promise<{ readonly isAsAsked: boolean; readonly read: MetricValue }> {
  const { verifyAfterMs, verifyTimeoutMs } = write.item.node.tag.write;
  await pause(link, verifyAfterMs);
  const until = performance.now() + verifyTimeoutMs;
  for (;;) {
    const read = await readOnce(link, write);
    if (isSame(read, write)) return { isAsAsked: true, read };
    if (performance.now() >= until) return { isAsAsked: false, read };
    await pause(link, Math.max(10, verifyAfterMs));
  }
}

/** Rejects once the connection has ended. */
async function pause({ connection: { ended } }: WriteLink, ms: number): Promise<void> {
  await delay(ms, undefined, { signal: ended }).catch(() => {
    throw connectionEnded();
  });
}

async function readOnce({ live, connection }: WriteLink, write: NodeWrite): Promise<MetricValue> {
  const { index, item, offset, nodeId } = write;
  const data = await readValue(connection, write);
  live.inlet.polled([{ item: index, nodeId }], [data]);
  return item.table.last.get(item.first + offset).value;
}

/** What the node has now. Rejects when there is no answer. */
export async function readValue(
  connection: Connection,
  { nodeId, item }: Pick<WritePlace, "nodeId" | "item">,
): Promise<DataValue> {
  const asked = connection.session.read({ nodeId, attributeId: VALUE, ...rangeOf(item) });
  return await answerOver(connection, asked);
}

/** Whether the node shows what was asked, as far as its type can. */
function isSame(read: MetricValue, { command, item, offset, shows }: NodeWrite): boolean {
  if (shows !== undefined) return jsonText(read) === shows;
  const { tag, leaves } = item.node;
  const isFloat = leaves[offset]?.type.name === "Float";
  const asked = typeof command.value === "boolean" ? Number(command.value) : command.value;
  if (typeof asked === "number" && typeof read === "number" && !isFloat) {
    return asked === read || (tag.write.round && Math.round(asked) === read);
  }
  return isDeepStrictEqual(plain(asked, isFloat), plain(read, isFloat));
}

/** 64-bit integers are numbers while these are exact: both ways mean the same. Floats have 32 bits. */
function plain(value: MetricValue, isFloat: boolean): unknown {
  if (Array.isArray(value)) {
    const list: readonly unknown[] = value;
    return list.map((each) => {
      if (isFloat && typeof each === "number") return Math.fround(each);
      return typeof each === "bigint" ? Number(each) : each;
    });
  }
  if (isDataSet(value)) return value.rows.map((row) => row.map((cell) => plain(cell, isFloat)));
  if (isFloat && typeof value === "number") return Math.fround(value);
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : value;
}
