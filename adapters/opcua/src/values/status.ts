/** What a StatusCode says of a value: its quality, the word for the reason, and what to do about an item that has it. */
import { BAD, GOOD, STALE, type SampleReason } from "@unshub/sparkplug";
import type { StatusCode } from "node-opcua-client";

/** What an uncertain value is taken for. */
export type UncertainAs = "stale" | "good" | "bad";

/**
 * `retry`: the node may come into being. `rest`: nothing helps until identity or configuration changes. `unfiltered`: without
 * the filter it would work. `poll`: the server watches no more items, but can be asked. `none`: all is well.
 */
export type ItemAction = "none" | "retry" | "rest" | "unfiltered" | "poll";

const UNCERTAIN: Readonly<Record<UncertainAs, number>> = { stale: STALE, good: GOOD, bad: BAD };
/** InfoType DataValue together with its Overflow bit, OPC 10000-4 table 176. */
const OVERFLOW = 0x0480;
const NODE_ID_INVALID = 0x8033_0000;
const NODE_ID_UNKNOWN = 0x8034_0000;
/** Servers choose status codes, so what is remembered of them has an end. */
const MOST_REASONS = 256;
const REASONS = new Map<number, SampleReason>();

/** The value fits into no message of the server, or of ours. */
const TOO_LARGE = new Set([
  "BadResponseTooLarge",
  "BadTcpMessageTooLarge",
  "BadEncodingLimitsExceeded",
]);

const ACTIONS: ReadonlyMap<string, ItemAction> = new Map([
  ["BadNodeIdUnknown", "retry"],
  ["BadNodeIdInvalid", "retry"],
  ["BadAttributeIdInvalid", "retry"],
  ["BadUserAccessDenied", "rest"],
  ["BadNotReadable", "rest"],
  ["BadFilterNotAllowed", "unfiltered"],
  ["BadMonitoredItemFilterUnsupported", "unfiltered"],
  ["BadMonitoredItemFilterInvalid", "unfiltered"],
  ["BadDeadbandFilterInvalid", "unfiltered"],
  ["BadTooManyMonitoredItems", "poll"],
  ["BadOutOfMemory", "poll"],
]);

/** Index into `QUALITIES`. Judged by the two severity bits only, since servers set the others as they like. */
export function qualityOfStatus(status: number, uncertainAs: UncertainAs): number {
  const severity = status >>> 30;
  if (severity === 0) return GOOD;
  return severity === 1 ? UNCERTAIN[uncertainAs] : BAD;
}

/** Whether values were lost in the server because its queue was too short. */
export function isOverflow(status: number): boolean {
  return (status & OVERFLOW) === OVERFLOW;
}

/** Whether the node is not there, or no longer. */
export function isGone({ value }: StatusCode): boolean {
  const code = (value & 0xffff_0000) >>> 0;
  return code === NODE_ID_UNKNOWN || code === NODE_ID_INVALID;
}

/** Whether the status itself says more than "good": clamped, overridden. The info bits do not count. */
export function isPlainGood(status: number): boolean {
  return (status & 0xffff_0000) === 0;
}

/** The word and the number for a status, e.g. `opcua_BadNoCommunication`. */
export function reasonOf(status: StatusCode): SampleReason {
  const { value } = status;
  const known = REASONS.get(value);
  if (known !== undefined) return known;
  const name = nameOf(status);
  const reason = { reason: TOO_LARGE.has(name) ? "too_large" : `opcua_${name}`, code: value >>> 0 };
  if (REASONS.size < MOST_REASONS) REASONS.set(value, reason);
  return reason;
}

/** What to do about an item that the server refused, or whose node cannot be read. */
export function actionOf(status: StatusCode): ItemAction {
  if (status.value >>> 30 < 2) return "none";
  return ACTIONS.get(nameOf(status)) ?? "retry";
}

/** The name without what the info bits add to it. */
export function nameOf(status: StatusCode): string {
  return status.name.split("#", 1)[0] ?? status.name;
}
