/** MQTT packets as bytes for the model test: shares no line with the hub, and has only what that test needs. */

export type Version = 3 | 4 | 5;
export type Qos = 0 | 1 | 2;
export type AckKind = "puback" | "pubrec" | "pubrel" | "pubcomp";

export interface ReceivedPublish {
  readonly kind: "publish";
  readonly topic: string;
  readonly payload: string;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly packetId: number;
  readonly identifiers: readonly number[];
  /** 0 without one. */
  readonly alias: number;
}

export type ReceivedPacket =
  | ReceivedPublish
  | {
      readonly kind: "connack";
      readonly sessionPresent: boolean;
      readonly code: number;
      readonly topicAliasMaximum: number;
    }
  | { readonly kind: AckKind; readonly packetId: number; readonly code: number }
  | { readonly kind: "suback" | "unsuback"; readonly packetId: number; readonly codes: number[] }
  | { readonly kind: "pingresp" }
  | { readonly kind: "disconnect"; readonly code: number };

export interface WireWill {
  readonly topic: string;
  readonly payload: string;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly delaySeconds: number;
}

export interface WireConnect {
  readonly version: Version;
  readonly clientId: string;
  readonly clean: boolean;
  readonly expirySeconds: number;
  /** Of these three, 0 leaves it out. */
  readonly receiveMaximum: number;
  readonly maxPacketBytes: number;
  readonly topicAliasMaximum: number;
  readonly will: WireWill | undefined;
}

export interface WireFilter {
  readonly filter: string;
  readonly qos: Qos;
  readonly noLocal: boolean;
  readonly retainAsPublished: boolean;
  readonly retainHandling: 0 | 1 | 2;
}

export interface WirePublish {
  readonly version: Version;
  readonly topic: string;
  readonly payload: string;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly packetId: number;
  /** 0 without one. */
  readonly alias: number;
}

const ACKS: Readonly<Record<AckKind, number>> = {
  puback: 0x40,
  pubrec: 0x50,
  pubrel: 0x62,
  pubcomp: 0x70,
};

export const PINGREQ = Buffer.from([0xc0, 0]);

function byte(value: number): Buffer {
  return Buffer.from([value]);
}

function int16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  do {
    const digit = rest % 128;
    rest = Math.floor(rest / 128);
    digits.push(rest > 0 ? digit | 0x80 : digit);
  } while (rest > 0);
  return Buffer.from(digits);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int16(bytes.length), bytes]);
}

function packet(first: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([byte(first), varint(body.length), body]);
}

/** Nothing at all before MQTT 5. */
function properties(version: Version, ...parts: readonly Buffer[]): Buffer {
  if (version < 5) return Buffer.alloc(0);
  const all = Buffer.concat(parts);
  return Buffer.concat([varint(all.length), all]);
}

function property(identifier: number, value: Buffer, isThere: boolean): Buffer {
  return isThere ? Buffer.concat([byte(identifier), value]) : Buffer.alloc(0);
}

export function encodeConnect(connect: WireConnect): Buffer {
  const { version, will, expirySeconds, receiveMaximum, maxPacketBytes } = connect;
  const { topicAliasMaximum } = connect;
  const willFlags = will === undefined ? 0 : 4 | (will.qos << 3) | (will.retain ? 0x20 : 0);
  const parts = [
    text(version === 3 ? "MQIsdp" : "MQTT"),
    Buffer.from([version, willFlags | (connect.clean ? 2 : 0), 0, 0]),
    properties(
      version,
      property(0x11, int32(expirySeconds), expirySeconds > 0),
      property(0x21, int16(receiveMaximum), receiveMaximum > 0),
      property(0x27, int32(maxPacketBytes), maxPacketBytes > 0),
      property(0x22, int16(topicAliasMaximum), topicAliasMaximum > 0),
    ),
    text(connect.clientId),
  ];
  if (will !== undefined) {
    const { delaySeconds } = will;
    parts.push(properties(version, property(0x18, int32(delaySeconds), delaySeconds > 0)));
    parts.push(text(will.topic), text(will.payload));
  }
  return packet(0x10, ...parts);
}

export function encodePublish(publish: WirePublish): Buffer {
  const { version, topic, payload, qos, retain, dup, packetId, alias } = publish;
  return packet(
    0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0),
    text(topic),
    qos > 0 ? int16(packetId) : Buffer.alloc(0),
    properties(version, property(0x23, int16(alias), alias > 0)),
    Buffer.from(payload),
  );
}

export function encodeAck(kind: AckKind, packetId: number): Buffer {
  return packet(ACKS[kind], int16(packetId));
}

export function encodeSubscribe(
  version: Version,
  packetId: number,
  { filters, identifier }: { readonly filters: readonly WireFilter[]; readonly identifier: number },
): Buffer {
  const wanted = filters.map(({ filter, qos, noLocal, retainAsPublished, retainHandling }) => {
    const options5 = (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4);
    return Buffer.concat([text(filter), byte(version === 5 ? qos | options5 : qos)]);
  });
  const props = properties(version, property(0x0b, varint(identifier), identifier > 0));
  return packet(0x82, int16(packetId), props, ...wanted);
}

export function encodeUnsubscribe(
  version: Version,
  packetId: number,
  filters: readonly string[],
): Buffer {
  return packet(0xa2, int16(packetId), properties(version), ...filters.map(text));
}

/** `code`: MQTT 5 only. */
export function encodeDisconnect(version: Version, code: number): Buffer {
  return version === 5 && code > 0 ? packet(0xe0, byte(code)) : packet(0xe0);
}

/** Finds the packets in what a server sends. */
export class PacketReader {
  readonly #version: Version;
  readonly #take: (packet: ReceivedPacket) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(version: Version, take: (packet: ReceivedPacket) => void) {
    this.#version = version;
    this.#take = take;
  }

  read(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    for (;;) {
      const length = this.#rest.length < 2 ? undefined : readVarint(this.#rest, 1);
      if (length === undefined || length.end + length.value > this.#rest.length) return;
      const end = length.end + length.value;
      const body = this.#rest.subarray(length.end, end);
      const first = this.#rest[0] ?? 0;
      this.#rest = this.#rest.subarray(end);
      this.#take(decode(this.#version, first, body));
    }
  }
}

function readVarint(bytes: Buffer, start: number): { value: number; end: number } | undefined {
  let value = 0;
  for (let at = start; at < Math.min(bytes.length, start + 4); at += 1) {
    const digit = bytes[at] ?? 0;
    value += (digit & 0x7f) * 128 ** (at - start);
    if (digit < 0x80) return { value, end: at + 1 };
  }
  return undefined;
}

const ACK_KINDS: ReadonlyMap<number, AckKind> = new Map([
  [4, "puback"],
  [5, "pubrec"],
  [6, "pubrel"],
  [7, "pubcomp"],
]);

function decode(version: Version, first: number, body: Buffer): ReceivedPacket {
  const type = first >> 4;
  const [code = 0, , reason = 0] = body;
  const ack = ACK_KINDS.get(type);
  if (ack !== undefined) return { kind: ack, packetId: body.readUInt16BE(0), code: reason };
  switch (type) {
    case 2:
      return decodeConnack(version, body);
    case 3:
      return decodePublish(version, first, body);
    case 9:
    case 11:
      return decodeAnswer(version, type === 9 ? "suback" : "unsuback", body);
    case 13:
      return { kind: "pingresp" };
    case 14:
      return { kind: "disconnect", code };
    default:
      throw new Error(`a server does not send a packet that begins with ${first}`);
  }
}

function decodeConnack(version: Version, body: Buffer): ReceivedPacket {
  const [flags, code = 0] = body;
  const { topicAliasMaximum } = version === 5 ? readProperties(body, 2) : NO_PROPERTIES;
  return { kind: "connack", sessionPresent: flags === 1, code, topicAliasMaximum };
}

function decodeAnswer(version: Version, kind: "suback" | "unsuback", body: Buffer): ReceivedPacket {
  const start = version === 5 ? readProperties(body, 2).end : 2;
  return { kind, packetId: body.readUInt16BE(0), codes: [...body.subarray(start)] };
}

function decodePublish(version: Version, first: number, body: Buffer): ReceivedPublish {
  const topicEnd = 2 + body.readUInt16BE(0);
  const qos = ([0, 1, 2] as const)[(first >> 1) & 3];
  if (qos === undefined) throw new Error("a server sent QoS 3");
  const idEnd = qos > 0 ? topicEnd + 2 : topicEnd;
  const props = version === 5 ? readProperties(body, idEnd) : { ...NO_PROPERTIES, end: idEnd };
  return {
    kind: "publish",
    topic: body.toString("utf8", 2, topicEnd),
    payload: body.toString("utf8", props.end),
    qos,
    retain: (first & 1) === 1,
    dup: (first & 8) === 8,
    packetId: qos > 0 ? body.readUInt16BE(topicEnd) : 0,
    identifiers: props.identifiers,
    alias: props.alias,
  };
}

interface ReadProperties {
  readonly end: number;
  readonly identifiers: readonly number[];
  readonly alias: number;
  readonly topicAliasMaximum: number;
}

const NO_PROPERTIES: ReadProperties = { end: 0, identifiers: [], alias: 0, topicAliasMaximum: 0 };
const BYTES = new Set([0x01, 0x17, 0x19, 0x24, 0x25, 0x28, 0x29, 0x2a]);
const WORDS = new Set([0x13, 0x21, 0x22, 0x23]);
const LONGS = new Set([0x02, 0x11, 0x18, 0x27]);

function readProperties(body: Buffer, start: number): ReadProperties {
  const length = readVarint(body, start);
  if (length === undefined) throw new Error("properties without a length");
  const end = length.end + length.value;
  const identifiers: number[] = [];
  let alias = 0;
  let topicAliasMaximum = 0;
  let at = length.end;
  while (at < end) {
    const identifier = body[at] ?? 0;
    at += 1;
    if (identifier === 0x0b) identifiers.push(readVarint(body, at)?.value ?? 0);
    if (identifier === 0x23) alias = body.readUInt16BE(at);
    if (identifier === 0x22) topicAliasMaximum = body.readUInt16BE(at);
    at = propertyEnd(body, identifier, at);
  }
  return { end, identifiers, alias, topicAliasMaximum };
}

function propertyEnd(body: Buffer, identifier: number, at: number): number {
  if (identifier === 0x0b) return readVarint(body, at)?.end ?? body.length;
  if (BYTES.has(identifier)) return at + 1;
  if (WORDS.has(identifier)) return at + 2;
  if (LONGS.has(identifier)) return at + 4;
  const end = at + 2 + body.readUInt16BE(at);
  return identifier === 0x26 ? end + 2 + body.readUInt16BE(end) : end;
}
