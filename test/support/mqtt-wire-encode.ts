/** What a client sends, as bytes. Every field can be given as it must not be: wrong flags, wrong lengths, missing parts. */
import { byte, counted, type Text, twoBytes, varint } from "./mqtt-wire-bytes.ts";
import { encodeProperties, type Property } from "./mqtt-wire-properties.ts";

/** The protocol level: 3 is MQTT 3.1, 4 is MQTT 3.1.1, 5 is MQTT 5. */
export type Version = 3 | 4 | 5;
export type QoS = 0 | 1 | 2;

interface AnyPacket {
  /** The low half of the first byte, instead of the right one. */
  readonly flags?: number;
  /** Of MQTT 5; in other versions nothing is written. Bytes are written as they are, after their length. */
  readonly properties?: readonly Property[] | Uint8Array;
}

export interface WillFields {
  readonly topic: Text;
  readonly payload?: Text;
  readonly qos?: QoS;
  readonly retain?: boolean;
  readonly properties?: readonly Property[] | Uint8Array;
}

export interface ConnectPacket extends AnyPacket {
  readonly type: "connect";
  readonly protocolName?: Text;
  readonly protocolLevel?: number;
  readonly clientId?: Text;
  /** Clean Start, or Clean Session of MQTT 3. Default: true. */
  readonly clean?: boolean;
  /** Seconds; 0, the default, is none. */
  readonly keepAlive?: number;
  readonly will?: WillFields;
  readonly username?: Text;
  readonly password?: Text;
  /** The byte of connect flags, instead of the one that fits the fields. */
  readonly connectFlags?: number;
}

export interface PublishPacket extends AnyPacket {
  readonly type: "publish";
  readonly topic: Text;
  readonly payload?: Text;
  readonly qos?: QoS;
  readonly packetId?: number;
  readonly dup?: boolean;
  readonly retain?: boolean;
}

export interface AckPacket extends AnyPacket {
  readonly type: "puback" | "pubrec" | "pubrel" | "pubcomp";
  readonly packetId: number;
  readonly reasonCode?: number;
}

export interface FilterRequest {
  readonly filter: Text;
  readonly qos?: QoS;
  readonly noLocal?: boolean;
  readonly retainAsPublished?: boolean;
  readonly retainHandling?: 0 | 1 | 2;
  /** The byte of options, instead of the one that fits the fields. */
  readonly options?: number;
}

export interface SubscribePacket extends AnyPacket {
  readonly type: "subscribe";
  readonly packetId: number;
  readonly filters: readonly FilterRequest[];
}

export interface UnsubscribePacket extends AnyPacket {
  readonly type: "unsubscribe";
  readonly packetId: number;
  readonly filters: readonly Text[];
}

export interface PlainPacket extends AnyPacket {
  readonly type: "pingreq" | "disconnect" | "auth";
  /** Of DISCONNECT and AUTH; without it the packet ends after its first two bytes. */
  readonly reasonCode?: number;
}

export type ClientPacket =
  | ConnectPacket
  | PublishPacket
  | AckPacket
  | SubscribePacket
  | UnsubscribePacket
  | PlainPacket;

const TYPES = {
  connect: [1, 0],
  publish: [3, 0],
  puback: [4, 0],
  pubrec: [5, 0],
  pubrel: [6, 2],
  pubcomp: [7, 0],
  subscribe: [8, 2],
  unsubscribe: [10, 2],
  pingreq: [12, 0],
  disconnect: [14, 0],
  auth: [15, 0],
} as const;

/** A packet of any first byte. `lengthWidth`: how many bytes its length takes at least. */
export function frame(firstByte: number, body: Uint8Array, lengthWidth = 1): Buffer {
  return Buffer.concat([byte(firstByte), varint(body.length, lengthWidth), body]);
}

export function encode(version: Version, packet: ClientPacket): Buffer {
  const [type, flags] = TYPES[packet.type];
  const low = packet.type === "publish" ? publishFlags(packet) : flags;
  return frame((type << 4) | (packet.flags ?? low), encodeBody(version, packet));
}

function encodeBody(version: Version, packet: ClientPacket): Buffer {
  switch (packet.type) {
    case "connect":
      return connectBody(version, packet);
    case "publish":
      return publishBody(version, packet);
    case "subscribe":
      return subscribeBody(version, packet);
    case "unsubscribe":
      return Buffer.concat([
        twoBytes(packet.packetId),
        propertiesOf(version, packet),
        ...packet.filters.map(counted),
      ]);
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return Buffer.concat([twoBytes(packet.packetId), reasonOf(packet)]);
    case "pingreq":
    case "disconnect":
    case "auth":
      return reasonOf(packet);
  }
}

function propertiesOf(version: Version, { properties }: AnyPacket): Buffer {
  return version === 5 ? encodeProperties(properties) : Buffer.alloc(0);
}

function reasonOf({ reasonCode, properties }: AckPacket | PlainPacket): Buffer {
  if (reasonCode === undefined && properties === undefined) return Buffer.alloc(0);
  const code = byte(reasonCode ?? 0);
  return properties === undefined ? code : Buffer.concat([code, encodeProperties(properties)]);
}

function connectBody(version: Version, packet: ConnectPacket): Buffer {
  const { protocolName, protocolLevel, clientId = "", keepAlive = 0 } = packet;
  return Buffer.concat([
    counted(protocolName ?? (version === 3 ? "MQIsdp" : "MQTT")),
    byte(protocolLevel ?? version),
    byte(packet.connectFlags ?? connectFlags(packet)),
    twoBytes(keepAlive),
    propertiesOf(version, packet),
    counted(clientId),
    ...willOf(version, packet.will),
    ...(packet.username === undefined ? [] : [counted(packet.username)]),
    ...(packet.password === undefined ? [] : [counted(packet.password)]),
  ]);
}

function willOf(version: Version, will: WillFields | undefined): Buffer[] {
  if (will === undefined) return [];
  return [propertiesOf(version, will), counted(will.topic), counted(will.payload ?? "")];
}

function connectFlags({ will, username, password, clean = true }: ConnectPacket): number {
  return (
    (clean ? 0x02 : 0) |
    (will === undefined ? 0 : 0x04 | ((will.qos ?? 0) << 3) | (will.retain === true ? 0x20 : 0)) |
    (password === undefined ? 0 : 0x40) |
    (username === undefined ? 0 : 0x80)
  );
}

function publishFlags({ qos = 0, dup = false, retain = false }: PublishPacket): number {
  return (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
}

function publishBody(version: Version, packet: PublishPacket): Buffer {
  return Buffer.concat([
    counted(packet.topic),
    ...(packet.packetId === undefined ? [] : [twoBytes(packet.packetId)]),
    propertiesOf(version, packet),
    Buffer.from(packet.payload ?? ""),
  ]);
}

function subscribeBody(version: Version, packet: SubscribePacket): Buffer {
  return Buffer.concat([
    twoBytes(packet.packetId),
    propertiesOf(version, packet),
    ...packet.filters.flatMap((each) => [counted(each.filter), byte(optionsOf(each))]),
  ]);
}

function optionsOf(request: FilterRequest): number {
  return (
    request.options ??
    (request.qos ?? 0) |
      (request.noLocal === true ? 4 : 0) |
      (request.retainAsPublished === true ? 8 : 0) |
      ((request.retainHandling ?? 0) << 4)
  );
}
