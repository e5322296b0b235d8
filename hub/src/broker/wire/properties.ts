/**
 * The properties of MQTT 5 as bytes: which may stand where, how long each is, and whether each stands there once.
 * Values are checked as far as the standard fixes them; nothing is decoded into objects.
 */
import { isUtf8 } from "node:buffer";
import { malformed, protocolError, type Violation } from "../violation.ts";

/** Packets that carry properties, as bits, for the table below. */
export const Packet = {
  connect: 1,
  will: 2,
  publish: 4,
  ack: 8, // PUBACK, PUBREC, PUBREL, PUBCOMP
  subscribe: 16,
  unsubscribe: 32,
  disconnect: 64,
  auth: 128,
} as const;

export type PacketBit = (typeof Packet)[keyof typeof Packet];

type Shape =
  | "flag"
  | "byte"
  | "u16"
  | "u16NotZero"
  | "u32"
  | "u32NotZero"
  | "varint"
  | "text"
  | "topic"
  | "bytes"
  | "pair";

/** The identifiers that matter outside this file. */
export const PropertyId = { messageExpiry: 0x02, topicAlias: 0x23 } as const;

const { connect, will, publish, ack, subscribe, unsubscribe, disconnect, auth } = Packet;

/** What a client may send, by identifier. [MQTT5-2.2.2-1] and the tables of chapter 3 */
const KNOWN: ReadonlyMap<number, readonly [Shape, number]> = new Map([
  [0x01, ["flag", publish | will]], // Payload Format Indicator
  [0x02, ["u32", publish | will]], // Message Expiry Interval
  [0x03, ["text", publish | will]], // Content Type
  [0x08, ["topic", publish | will]], // Response Topic
  [0x09, ["bytes", publish | will]], // Correlation Data
  [0x0b, ["varint", subscribe]], // Subscription Identifier; a client may not send it in PUBLISH [MQTT5-3.3.4-6]
  [0x11, ["u32", connect | disconnect]], // Session Expiry Interval
  [0x15, ["text", connect | auth]], // Authentication Method
  [0x16, ["bytes", connect | auth]], // Authentication Data
  [0x17, ["flag", connect]], // Request Problem Information
  [0x18, ["u32", will]], // Will Delay Interval
  [0x19, ["flag", connect]], // Request Response Information
  [0x1f, ["text", ack | disconnect | auth]], // Reason String
  [0x21, ["u16NotZero", connect]], // Receive Maximum
  [0x22, ["u16", connect]], // Topic Alias Maximum
  [0x23, ["u16", publish]], // Topic Alias; 0 is answered with 0x94
  [0x26, ["pair", connect | will | publish | ack | subscribe | unsubscribe | disconnect | auth]], // User Property
  [0x27, ["u32NotZero", connect]], // Maximum Packet Size
] as const);

const USER_PROPERTY = 0x26;

/** Told of each property: identifier, where its value begins, where it ends. */
export type PropertySeen = (identifier: number, start: number, end: number) => void;

/** Checks the properties between `start` and `end` (without their length) of a packet. */
export function checkProperties(
  bytes: Uint8Array,
  {
    start,
    end,
    packet,
  }: { readonly start: number; readonly end: number; readonly packet: PacketBit },
  seen?: PropertySeen,
): Violation | undefined {
  const before = new Set<number>();
  let at = start;
  while (at < end) {
    const identifier = bytes[at] ?? 0; // all known ones have one byte
    const known = KNOWN.get(identifier);
    if (known === undefined)
      return malformed(`property 0x${identifier.toString(16)} does not exist`);
    const [shape, where] = known;
    if ((where & packet) === 0)
      return malformed(`property 0x${identifier.toString(16)} does not belong in this packet`);
    if (identifier !== USER_PROPERTY && before.has(identifier)) {
      return protocolError(`property 0x${identifier.toString(16)} stands there twice`);
    }
    before.add(identifier);
    const next = valueEnd(bytes, at + 1, end, shape);
    if (typeof next !== "number") return next;
    seen?.(identifier, at + 1, next);
    at = next;
  }
  return undefined;
}

const FIXED: Partial<Record<Shape, number>> = {
  flag: 1,
  byte: 1,
  u16: 2,
  u16NotZero: 2,
  u32: 4,
  u32NotZero: 4,
};

/** Where the value ends that begins at `at`. */
// oxlint-disable-next-line max-params -- bytes, place and kind; an object would be made per property
function valueEnd(bytes: Uint8Array, at: number, end: number, shape: Shape): number | Violation {
  const fixed = FIXED[shape];
  if (fixed !== undefined) return fixedEnd(bytes, at, { end, length: fixed, shape });
  if (shape === "varint") return varintEnd(bytes, at, end);
  const first = lengthPrefixedEnd(bytes, at, end, shape !== "bytes");
  if (typeof first !== "number") return first;
  if (shape === "topic") return responseTopicFault(bytes.subarray(at + 2, first)) ?? first;
  return shape === "pair" ? lengthPrefixedEnd(bytes, first, end, true) : first; // [MQTT5-1.5.7-1]
}

/** [MQTT5-3.3.2-14] */
function responseTopicFault(topic: Uint8Array): Violation | undefined {
  const isTopicName = topic.length > 0 && !topic.includes(0x23) && !topic.includes(0x2b);
  return isTopicName ? undefined : protocolError("the response topic is empty or has wildcards");
}

function fixedEnd(
  bytes: Uint8Array,
  at: number,
  { end, length, shape }: { readonly end: number; readonly length: number; readonly shape: Shape },
): number | Violation {
  if (at + length > end) return malformed("a property is cut off");
  if (shape === "flag" && (bytes[at] ?? 0) > 1)
    return protocolError("a property that is 0 or 1 has another value");
  const isZero = bytes.subarray(at, at + length).every((byte) => byte === 0);
  if (shape.endsWith("NotZero") && isZero)
    return protocolError("a property that may not be 0 is 0");
  return at + length;
}

/** The Subscription Identifier: 1 to 268 435 455, in as few bytes as it needs. [MQTT5-1.5.5-1] */
function varintEnd(bytes: Uint8Array, at: number, end: number): number | Violation {
  for (let length = 1; length <= 4; length++) {
    const byte = bytes[at + length - 1] ?? 0;
    if (at + length > end) return malformed("a property is cut off");
    if ((byte & 0x80) !== 0) continue;
    if (byte !== 0) return at + length;
    return length === 1
      ? protocolError("a subscription identifier is 0")
      : malformed("a number has more bytes than it needs");
  }
  return malformed("a number has more than four bytes");
}

// oxlint-disable-next-line max-params -- see valueEnd
function lengthPrefixedEnd(
  bytes: Uint8Array,
  at: number,
  end: number,
  isText: boolean,
): number | Violation {
  const start = at + 2;
  const last = start + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  if (start > end || last > end) return malformed("a property is cut off");
  if (isText && !isText5(bytes.subarray(start, last)))
    // [MQTT5-3.3.2-13] [MQTT5-3.3.2-19]
    return malformed("a text of a property is not legal UTF-8");
  return last;
}

/** Whether these bytes are a string as MQTT wants it. [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT311-1.5.3-1] [MQTT311-1.5.3-2] */
export function isText5(bytes: Uint8Array): boolean {
  return isUtf8(bytes) && !bytes.includes(0);
}
