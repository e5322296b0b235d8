/**
 * Checks every frame a client may send, except PUBLISH, byte by byte before mqtt-packet turns it into an object:
 * flags, strings, properties, lengths. What passes here is legal in form; what it means is judged by others.
 */
import { Reason } from "../reason.ts";
import { malformed, protocolError, type Violation } from "../violation.ts";
import { type FrameBounds, isWiderThanNeeded, varintLength } from "./fixed-header.ts";
import { checkProperties, isText5, Packet, type PacketBit } from "./properties.ts";

/** Packet types by number. */
export const PacketType = {
  connect: 1,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  unsubscribe: 10,
  pingreq: 12,
  disconnect: 14,
  auth: 15,
} as const;

/** A frame that a client sent: `body` is the first byte after the fixed header, `end` the first after the frame. */
export interface ReceivedFrame extends FrameBounds {
  readonly bytes: Buffer;
}

type Check = (cursor: Cursor, isVersion5: boolean) => void;

/** The reason codes that may stand in a packet, by what it answers. */
const RECEIVED_CODES = new Set([0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);
const RELEASED_CODES = new Set([0, 0x92]);
const AUTH_CODES = new Set([0, 0x18, 0x19]);
/** Also those that only a server has reason to send: the connection ends either way. */
const DISCONNECT_CODES = new Set([
  0, 4, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96,
  0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
]);

const CHECKS: ReadonlyMap<number, readonly [number, Check]> = new Map([
  [PacketType.puback, [0, checkAck(RECEIVED_CODES)]], // [MQTT5-3.4.2-1]
  [PacketType.pubrec, [0, checkAck(RECEIVED_CODES)]], // [MQTT5-3.5.2-1]
  [PacketType.pubrel, [2, checkAck(RELEASED_CODES)]], // [MQTT5-3.6.1-1] [MQTT5-3.6.2-1] [MQTT311-3.6.1-1]
  [PacketType.pubcomp, [0, checkAck(RELEASED_CODES)]], // [MQTT5-3.7.2-1]
  [PacketType.subscribe, [2, checkSubscribe]], // [MQTT5-3.8.1-1] [MQTT311-3.8.1-1]
  [PacketType.unsubscribe, [2, checkUnsubscribe]], // [MQTT5-3.10.1-1] [MQTT311-3.10.1-1]
  [PacketType.pingreq, [0, () => {}]],
  [PacketType.disconnect, [0, checkDisconnect]], // [MQTT5-3.14.1-1] [MQTT311-3.14.1-1]
  [PacketType.auth, [0, checkReasonAndProperties(Packet.auth, AUTH_CODES)]], // [MQTT5-3.15.1-1] [MQTT5-3.15.2-1]
] as const);

const TOO_WIDE = "a length has more bytes than it needs"; // [MQTT5-1.5.5-1]

/** What is wrong with the form of this frame. [MQTT5-2.1.3-1] [MQTT311-2.2.2-1] [MQTT311-2.2.2-2] */
export function frameFault(
  frame: ReceivedFrame,
  version: 3 | 4 | 5,
  maxFilters: number,
): Violation | undefined {
  const first = frame.bytes[frame.start] ?? 0;
  const type = first >> 4;
  if (type === PacketType.connect) return protocolError("a second CONNECT"); // [MQTT5-3.1.0-2] [MQTT311-3.1.0-2]
  const known = type === PacketType.auth && version < 5 ? undefined : CHECKS.get(type);
  if (known === undefined) return protocolError(`a client may not send packet type ${type}`);
  const [flags, check] = known;
  if ((first & 0x0f) !== flags) return malformed(`packet type ${type} with flags ${first & 0x0f}`);
  return faultOf(new Cursor(frame, maxFilters), (cursor) => check(cursor, version === 5));
}

/** What is wrong with the form of a CONNECT, whose first byte was looked at already, and where its Will's properties are. */
export function connectLayout(frame: ReceivedFrame): {
  readonly violation: Violation | undefined;
  readonly willProperties: Buffer;
} {
  let willProperties: Buffer = Buffer.alloc(0);
  const violation = faultOf(new Cursor(frame), (cursor) => {
    willProperties = checkConnect(cursor, isWiderThanNeeded(frame)) ?? willProperties;
  });
  return { violation, willProperties };
}

function faultOf(cursor: Cursor, check: (cursor: Cursor) => void): Violation | undefined {
  try {
    check(cursor);
    cursor.mustBeAtEnd();
    return undefined;
  } catch (error) {
    if (error instanceof FrameFault) return error.violation;
    throw error;
  }
}

class FrameFault extends Error {
  readonly violation: Violation;

  constructor(violation: Violation) {
    super(violation.because);
    this.violation = violation;
  }
}

/** Reads through a frame; throws `FrameFault` at the first thing that is wrong. */
class Cursor {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #filtersLeft: number;

  constructor({ bytes, body, end }: ReceivedFrame, maxFilters = 0) {
    this.#bytes = bytes;
    this.#at = body;
    this.#end = end;
    this.#filtersLeft = maxFilters;
  }

  get left(): number {
    return this.#end - this.#at;
  }

  byte(): number {
    this.#need(1);
    return this.#bytes[this.#at++] ?? 0;
  }

  u16(): number {
    return (this.byte() << 8) | this.byte();
  }

  binary(): Buffer {
    const length = this.u16();
    this.#need(length);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  text(what: string): Buffer {
    const bytes = this.binary();
    if (!isText5(bytes)) throw new FrameFault(malformed(`${what} is not legal UTF-8`));
    return bytes;
  }

  /** [MQTT5-3.8.3-1] [MQTT5-3.10.3-1] [MQTT311-3.8.3-1] [MQTT311-3.10.3-1] */
  filter(): void {
    this.text("a topic filter");
    this.#filtersLeft -= 1;
    if (this.#filtersLeft >= 0) return;
    const because = "the packet has far more topic filters than are taken here";
    this.fail({ reasonCode: Reason.quotaExceeded, because });
  }

  properties(packet: PacketBit): Buffer {
    const length = this.#varint();
    this.#need(length);
    const start = this.#at;
    this.#at += length;
    const violation = checkProperties(this.#bytes, { start, end: this.#at, packet });
    if (violation !== undefined) throw new FrameFault(violation);
    return this.#bytes.subarray(start, this.#at);
  }

  fail(violation: Violation): never {
    throw new FrameFault(violation);
  }

  mustBeAtEnd(): void {
    if (this.left > 0) this.fail(malformed(`${this.left} bytes too many in the packet`));
  }

  #varint(): number {
    let value = 0;
    for (let digit = 0; digit < 4; digit++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 128 ** digit;
      if (byte >= 0x80) continue;
      return digit + 1 > varintLength(value) ? this.fail(malformed(TOO_WIDE)) : value;
    }
    return this.fail(
      malformed("the length of the properties has more bytes than it needs or four"),
    );
  }

  #need(length: number): void {
    if (this.left < length) this.fail(malformed("the packet is shorter than what it holds"));
  }
}

function checkAck(codes: ReadonlySet<number>): Check {
  const checkRest = checkReasonAndProperties(Packet.ack, codes);
  return (cursor, isVersion5) => {
    if (cursor.u16() === 0) cursor.fail(protocolError("packet identifier 0"));
    if (isVersion5) checkRest(cursor);
  };
}

/** A reason code and properties, each of which may be left out. */
function checkReasonAndProperties(packet: PacketBit, codes: ReadonlySet<number>) {
  return (cursor: Cursor): void => {
    if (cursor.left === 0) return;
    const code = cursor.byte();
    if (!codes.has(code))
      cursor.fail(protocolError(`reason code 0x${code.toString(16)} does not belong here`));
    if (cursor.left > 0) cursor.properties(packet);
  };
}

/** [MQTT5-3.14.2-1] */
function checkDisconnect(cursor: Cursor, isVersion5: boolean): void {
  if (isVersion5) checkReasonAndProperties(Packet.disconnect, DISCONNECT_CODES)(cursor);
}

function checkSubscribe(cursor: Cursor, isVersion5: boolean): void {
  if (cursor.u16() === 0) cursor.fail(protocolError("packet identifier 0"));
  if (isVersion5) cursor.properties(Packet.subscribe);
  if (cursor.left === 0) cursor.fail(protocolError("SUBSCRIBE without a topic filter")); // [MQTT5-3.8.3-2] [MQTT311-3.8.3-3]
  while (cursor.left > 0) {
    cursor.filter();
    checkSubscribeOptions(cursor, isVersion5);
  }
}

/** [MQTT5-3.8.3-5] [MQTT311-3.8.3-4] */
function checkSubscribeOptions(cursor: Cursor, isVersion5: boolean): void {
  const options = cursor.byte();
  const reserved = isVersion5 ? 0xc0 : 0xfc;
  if ((options & reserved) !== 0) cursor.fail(malformed("SUBSCRIBE with reserved bits"));
  if ((options & 3) === 3) cursor.fail(malformed("SUBSCRIBE with QoS 3"));
  if (((options >> 4) & 3) === 3) cursor.fail(protocolError("SUBSCRIBE with Retain Handling 3"));
}

function checkUnsubscribe(cursor: Cursor, isVersion5: boolean): void {
  if (cursor.u16() === 0) cursor.fail(protocolError("packet identifier 0"));
  if (isVersion5) cursor.properties(Packet.unsubscribe);
  if (cursor.left === 0) cursor.fail(protocolError("UNSUBSCRIBE without a topic filter")); // [MQTT5-3.10.3-2] [MQTT311-3.10.3-2]
  while (cursor.left > 0) cursor.filter();
}

/** The levels of the protocol by its name. [MQTT5-3.1.2-1] [MQTT311-3.1.2-1] */
const LEVELS: ReadonlyMap<string, readonly number[]> = new Map([
  ["MQTT", [4, 5]],
  ["MQIsdp", [3]],
]);

/** Answers the properties of the Will, if there are any. */
function checkConnect(cursor: Cursor, isWide: boolean): Buffer | undefined {
  const name = cursor.text("the protocol name").toString();
  const levels = LEVELS.get(name);
  if (levels === undefined)
    cursor.fail(unsupported(`the protocol name is ${JSON.stringify(name.slice(0, 20))}, not MQTT`));
  const level = cursor.byte();
  if (!levels.includes(level))
    cursor.fail(unsupported(`protocol level ${level} of ${name} is not served here`));
  if (level === 5 && isWide) cursor.fail(malformed(TOO_WIDE));
  const flags = cursor.byte();
  checkConnectFlags(cursor, flags, level);
  cursor.u16(); // Keep Alive
  if (level === 5) cursor.properties(Packet.connect);
  cursor.text("the client identifier"); // [MQTT5-3.1.3-4] [MQTT311-3.1.3-4]
  const willProperties = (flags & 4) === 0 ? undefined : checkWill(cursor, level);
  if ((flags & 0x80) !== 0) cursor.text("the user name"); // [MQTT5-3.1.3-12] [MQTT311-3.1.3-11]
  if ((flags & 0x40) !== 0) cursor.binary();
  return willProperties;
}

/** [MQTT5-3.1.2-3] [MQTT5-3.1.2-11] [MQTT5-3.1.2-12] [MQTT311-3.1.2-3] [MQTT311-3.1.2-13] [MQTT311-3.1.2-14] [MQTT311-3.1.2-22] */
function checkConnectFlags(cursor: Cursor, flags: number, level: number): void {
  if ((flags & 1) !== 0) cursor.fail(malformed("the reserved flag of CONNECT is set"));
  const hasWill = (flags & 4) !== 0;
  const willQos = (flags >> 3) & 3;
  if (willQos === 3) cursor.fail(malformed("a Will with QoS 3"));
  if (!hasWill && (flags & 0x38) !== 0)
    cursor.fail(malformed("QoS or retain of a Will that is not there"));
  if (level < 5 && (flags & 0xc0) === 0x40)
    cursor.fail(malformed("a password without a user name"));
}

function checkWill(cursor: Cursor, level: number): Buffer | undefined {
  const properties = level === 5 ? cursor.properties(Packet.will) : undefined;
  cursor.text("the topic of the Will"); // [MQTT5-3.1.3-11] [MQTT311-3.1.3-10]
  cursor.binary();
  return properties;
}

function unsupported(because: string): Violation {
  return { reasonCode: Reason.unsupportedProtocolVersion, because };
}
