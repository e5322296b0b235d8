/**
 * Checks every frame a client may send, except PUBLISH, byte by byte before mqtt-packet turns it into an object:
 * flags, strings, properties, lengths. What passes here is legal in form; what it means is judged by others.
 */
import { Reason } from "../reason.ts";
import { malformed, protocolError, type Violation } from "../violation.ts";
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
export interface ReceivedFrame {
  readonly bytes: Buffer;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

type Check = (cursor: Cursor, isVersion5: boolean) => void;

const CHECKS: ReadonlyMap<number, readonly [number, Check]> = new Map([
  [PacketType.puback, [0, checkAck]],
  [PacketType.pubrec, [0, checkAck]],
  [PacketType.pubrel, [2, checkAck]], // [MQTT5-3.6.1-1] [MQTT311-3.6.1-1]
  [PacketType.pubcomp, [0, checkAck]],
  [PacketType.subscribe, [2, checkSubscribe]], // [MQTT5-3.8.1-1] [MQTT311-3.8.1-1]
  [PacketType.unsubscribe, [2, checkUnsubscribe]], // [MQTT5-3.10.1-1] [MQTT311-3.10.1-1]
  [PacketType.pingreq, [0, () => {}]],
  [PacketType.disconnect, [0, checkDisconnect]], // [MQTT5-3.14.1-1] [MQTT311-3.14.1-1]
  [PacketType.auth, [0, checkReasonAndProperties(Packet.auth)]], // [MQTT5-3.15.1-1]
] as const);

/** What is wrong with the form of this frame. [MQTT5-2.1.3-1] [MQTT311-2.2.2-1] [MQTT311-2.2.2-2] */
export function frameFault(frame: ReceivedFrame, version: 3 | 4 | 5): Violation | undefined {
  const first = frame.bytes[frame.start] ?? 0;
  const type = first >> 4;
  if (type === PacketType.connect) return protocolError("a second CONNECT"); // [MQTT5-3.1.0-2] [MQTT311-3.1.0-2]
  const known = type === PacketType.auth && version < 5 ? undefined : CHECKS.get(type);
  if (known === undefined) return protocolError(`a client may not send packet type ${type}`);
  const [flags, check] = known;
  if ((first & 0x0f) !== flags) return malformed(`packet type ${type} with flags ${first & 0x0f}`);
  return faultOf(new Cursor(frame), (cursor) => check(cursor, version === 5));
}

/** What is wrong with the form of a CONNECT, whose first byte was looked at already, and where its Will's properties are. */
export function connectLayout(frame: ReceivedFrame): {
  readonly violation: Violation | undefined;
  readonly willProperties: Buffer;
} {
  let willProperties: Buffer = Buffer.alloc(0);
  const violation = faultOf(new Cursor(frame), (cursor) => {
    willProperties = checkConnect(cursor) ?? willProperties;
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

  constructor({ bytes, body, end }: ReceivedFrame) {
    this.#bytes = bytes;
    this.#at = body;
    this.#end = end;
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
      if (byte === 0 && digit > 0) break;
      if (byte < 0x80) return value;
    }
    return this.fail(
      malformed("the length of the properties has more bytes than it needs or four"),
    );
  }

  #need(length: number): void {
    if (this.left < length) this.fail(malformed("the packet is shorter than what it holds"));
  }
}

function checkAck(cursor: Cursor, isVersion5: boolean): void {
  if (cursor.u16() === 0) cursor.fail(protocolError("packet identifier 0"));
  if (isVersion5) checkReasonAndProperties(Packet.ack)(cursor);
}

/** A reason code and properties, each of which may be left out. */
function checkReasonAndProperties(packet: PacketBit) {
  return (cursor: Cursor): void => {
    if (cursor.left === 0) return;
    cursor.byte();
    if (cursor.left > 0) cursor.properties(packet);
  };
}

function checkDisconnect(cursor: Cursor, isVersion5: boolean): void {
  if (isVersion5) checkReasonAndProperties(Packet.disconnect)(cursor);
}

function checkSubscribe(cursor: Cursor, isVersion5: boolean): void {
  if (cursor.u16() === 0) cursor.fail(protocolError("packet identifier 0"));
  if (isVersion5) cursor.properties(Packet.subscribe);
  if (cursor.left === 0) cursor.fail(protocolError("SUBSCRIBE without a topic filter")); // [MQTT5-3.8.3-2] [MQTT311-3.8.3-3]
  while (cursor.left > 0) {
    cursor.text("a topic filter"); // [MQTT5-3.8.3-1] [MQTT311-3.8.3-1]
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
  while (cursor.left > 0) cursor.text("a topic filter"); // [MQTT5-3.10.3-1] [MQTT311-3.10.3-1]
}

/** The levels of the protocol by its name. [MQTT5-3.1.2-1] [MQTT311-3.1.2-1] */
const LEVELS: ReadonlyMap<string, readonly number[]> = new Map([
  ["MQTT", [4, 5]],
  ["MQIsdp", [3]],
]);

/** Answers the properties of the Will, if there are any. */
function checkConnect(cursor: Cursor): Buffer | undefined {
  const name = cursor.text("the protocol name").toString();
  const levels = LEVELS.get(name);
  if (levels === undefined)
    cursor.fail(unsupported(`the protocol name is ${JSON.stringify(name)}, not MQTT`));
  const level = cursor.byte();
  if (!levels.includes(level))
    cursor.fail(unsupported(`protocol level ${level} of ${name} is not served here`));
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
