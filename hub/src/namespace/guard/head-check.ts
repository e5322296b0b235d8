/** Flags and head of a message: what shows without decoding a metric. Runs for every message. */
import { SparkplugError, type DeviceMessageType, type NodeMessageType } from "@unshub/sparkplug";
import type { Faults } from "./faults.ts";

export type MessageType = NodeMessageType | DeviceMessageType;

/** As far as the clocks of a plant may differ. Milliseconds. */
const MAX_CLOCK_OFFSET_MS = 300_000;
const HIGHEST_SEQ = 255;

/** What of a message counts here. */
export interface Flags {
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** NDEATH is QoS 1 as Will, and free otherwise. */
export function checkFlags(type: MessageType, { qos, retain }: Flags, faults: Faults): void {
  if (qos === 0 && !retain) return;
  if (qos > 0 && type !== "NDEATH")
    faults.add("F01", () => `${type} with QoS ${qos}, expected 0`, { isCommon: isCommand(type) });
  if (retain)
    faults.add("F02", () => `${type} with retain set, expected clear`, { isCommon: isBirth(type) });
}

/** What counts of a scan, or of what was inside a compressed payload. Times in milliseconds, −1: none. */
export interface Head {
  readonly timestampMs: number;
  readonly seq: number | undefined;
}

/** `now`: milliseconds since 1970 UTC. */
export function checkHead(type: MessageType, head: Head, now: number, faults: Faults): void {
  const { timestampMs, seq } = head;
  if (type === "NDEATH") return; // no seq, and its time is that of the CONNECT or left out
  if (isCommand(type)) {
    if (seq !== undefined) faults.add("P04", () => `${type} has seq ${seq}, expected none`);
  } else if (seq === undefined) faults.add("P02", () => `${type} has no seq`);
  else if (seq > HIGHEST_SEQ)
    faults.add("P03", () => `seq is ${seq}, expected 0 to ${HIGHEST_SEQ}`);
  if (timestampMs < 0) faults.add("P05", () => `${type} has no payload timestamp`);
  else if (Math.abs(timestampMs - now) > MAX_CLOCK_OFFSET_MS)
    faults.add("P06", () => `the payload timestamp ${timeFault(timestampMs, now) ?? ""}`);
}

export function isCommand(type: MessageType): boolean {
  return type === "NCMD" || type === "DCMD";
}

export function isData(type: MessageType): boolean {
  return type === "NDATA" || type === "DDATA";
}

export function isBirth(type: MessageType): boolean {
  return type === "NBIRTH" || type === "DBIRTH";
}

/** What is wrong with a time, as the rest of a sentence; `undefined` when it is close enough. */
export function timeFault(timestampMs: number, now: number): string | undefined {
  const offsetMs = timestampMs - now;
  if (Math.abs(offsetMs) <= MAX_CLOCK_OFFSET_MS) return undefined;
  const seconds = Math.round(Math.abs(offsetMs) / 1000);
  const side = offsetMs > 0 ? "ahead of" : "behind";
  return `is ${seconds} s ${side} the clock of this server${guess(timestampMs, now)}`;
}

const HOUR_MS = 3_600_000;

function guess(timestampMs: number, now: number): string {
  if (Math.abs(timestampMs * 1000 - now) < 24 * HOUR_MS)
    return " (seconds instead of milliseconds?)";
  if (Math.abs(timestampMs / 1000 - now) < 24 * HOUR_MS)
    return " (microseconds instead of milliseconds?)";
  const hours = (timestampMs - now) / HOUR_MS;
  const isWhole = Math.abs(hours - Math.round(hours)) < 0.02;
  return isWhole && Math.abs(hours) <= 14 ? " (local time instead of UTC?)" : "";
}

/** P01, or M13, the one fault of metrics that stops the decoder. */
export function addUndecodable(error: SparkplugError, bytes: Uint8Array, faults: Faults): void {
  const keys = /\d+ property keys, \d+ values/.exec(error.message);
  if (keys !== null) {
    faults.add("M13", () => error.message, { occasion: "properties" });
    return;
  }
  faults.add("P01", () => `not a Sparkplug payload${lookOf(bytes)}: ${error.message}`);
}

function lookOf(bytes: Uint8Array): string {
  const [first = 0, second = 0] = bytes;
  if (first === 0x7b || first === 0x5b) return " (it looks like JSON)";
  if (first === 0x1f && second === 0x8b) return " (it looks like gzip)";
  const isText =
    bytes.length > 0 && bytes.subarray(0, 64).every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText ? " (it looks like text)" : "";
}
