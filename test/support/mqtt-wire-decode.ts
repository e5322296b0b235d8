/**
 * What a server sends, read without mercy: a wrong flag, a reason code that is not listed, a property in the wrong place
 * or a byte too many is a WireFault, and with it the end of the test that received it.
 */
import { WireFault, WireReader } from "./mqtt-wire-bytes.ts";
import type { QoS, Version } from "./mqtt-wire-encode.ts";
import { decodeProperties, type HasProperties } from "./mqtt-wire-properties.ts";

export interface ConnackPacket extends HasProperties {
  readonly type: "connack";
  readonly sessionPresent: boolean;
  readonly reasonCode: number;
}

export interface ReceivedPublish extends HasProperties {
  readonly type: "publish";
  readonly topic: string;
  readonly payload: string;
  readonly bytes: Buffer;
  readonly qos: QoS;
  readonly dup: boolean;
  readonly retain: boolean;
  readonly packetId: number | undefined;
}

export interface ReceivedAck extends HasProperties {
  readonly type: "puback" | "pubrec" | "pubrel" | "pubcomp";
  readonly packetId: number;
  readonly reasonCode: number;
}

export interface SubAck extends HasProperties {
  readonly type: "suback" | "unsuback";
  readonly packetId: number;
  /** Empty in an UNSUBACK of MQTT 3. */
  readonly reasonCodes: readonly number[];
}

export interface ReceivedPlain extends HasProperties {
  readonly type: "pingresp" | "disconnect" | "auth";
  readonly reasonCode: number;
}

type PacketBody = ConnackPacket | ReceivedPublish | ReceivedAck | SubAck | ReceivedPlain;

/** `size`: how many bytes it took on the wire. */
export type ServerPacket = PacketBody & { readonly size: number };

export type ServerPacketType = ServerPacket["type"];

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
  readonly size: number;
}

const NAMES: Readonly<Record<number, ServerPacketType>> = {
  2: "connack",
  3: "publish",
  4: "puback",
  5: "pubrec",
  6: "pubrel",
  7: "pubcomp",
  9: "suback",
  11: "unsuback",
  13: "pingresp",
  14: "disconnect",
  15: "auth",
};

/** The reason codes that the standard lists for a server. */
const REASONS: Readonly<Record<ServerPacketType, readonly number[]>> = {
  connack: [
    0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97,
    0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9f,
  ],
  publish: [],
  puback: [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  pubrec: [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  pubrel: [0x00, 0x92],
  pubcomp: [0x00, 0x92],
  suback: [0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
  unsuback: [0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91],
  pingresp: [0x00],
  disconnect: [
    0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96,
    0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
  ],
  auth: [0x00, 0x18],
};

const REASONS_3: Partial<Record<ServerPacketType, readonly number[]>> = {
  connack: [0, 1, 2, 3, 4, 5],
  suback: [0, 1, 2, 0x80],
};

/** Cuts a stream of bytes into frames, whatever pieces it comes in. */
export class FrameSplitter {
  #bytes = Buffer.alloc(0);

  /** The frames that are complete now. @throws {WireFault} */
  push(chunk: Uint8Array): readonly Frame[] {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const frames: Frame[] = [];
    for (let next = this.#shift(); next !== undefined; next = this.#shift()) frames.push(next);
    return frames;
  }

  #shift(): Frame | undefined {
    const end = this.#bytes.subarray(1, 5).findIndex((each) => each < 0x80);
    if (end < 0) {
      if (this.#bytes.length >= 5) throw new WireFault("a length of more than four bytes");
      return undefined;
    }
    const reader = new WireReader(this.#bytes);
    const first = reader.byte();
    const length = reader.varint();
    if (reader.left < length) return undefined;
    const size = this.#bytes.length - reader.left + length;
    const body = reader.take(length);
    this.#bytes = this.#bytes.subarray(size);
    return { type: first >> 4, flags: first & 15, body, size };
  }
}

/** @throws {WireFault} when it is not what a server may send in this version. */
export function decode(version: Version, frame: Frame): ServerPacket {
  const name = NAMES[frame.type];
  if (name === undefined) throw new WireFault(`packet type ${frame.type} from a server`);
  if (version < 5 && (name === "disconnect" || name === "auth")) {
    throw new WireFault(`${name} from a server of MQTT 3`);
  }
  const reader = new WireReader(frame.body);
  const packet = name === "publish" ? publish(version, frame, reader) : other(version, name, frame);
  return { ...packet, size: frame.size };
}

function publish(version: Version, { flags }: Frame, reader: WireReader): ReceivedPublish {
  const qos = (flags >> 1) & 3;
  if (qos === 3) throw new WireFault("PUBLISH with both QoS bits set"); // [MQTT5-3.3.1-4]
  const dup = (flags & 8) > 0;
  if (qos === 0 && dup) throw new WireFault("PUBLISH of QoS 0 with DUP"); // [MQTT5-3.3.1-2]
  const topic = reader.text();
  if (/[+#]/.test(topic)) throw new WireFault(`PUBLISH to ${topic}`); // [MQTT5-3.3.2-2]
  const packetId = qos > 0 ? idOf(reader) : undefined;
  const properties = version === 5 ? decodeProperties("publish", reader) : [];
  const bytes = reader.rest();
  const retain = (flags & 1) > 0;
  const payload = bytes.toString();
  const checked = qos === 2 ? 2 : qos === 1 ? 1 : 0;
  return {
    type: "publish",
    topic,
    payload,
    bytes,
    qos: checked,
    dup,
    retain,
    packetId,
    properties,
  };
}

function other(
  version: Version,
  name: Exclude<ServerPacketType, "publish">,
  { flags, body }: Frame,
): PacketBody {
  assertFlags(name, flags);
  const reader = new WireReader(body);
  switch (name) {
    case "connack":
      return connack(version, reader);
    case "suback":
    case "unsuback":
      return subAck(version, name, reader);
    case "pingresp":
      reader.end();
      return { type: name, reasonCode: 0, properties: [] };
    case "disconnect":
    case "auth":
      return { type: name, ...reason(version, name, reader) };
    case "puback":
    case "pubrec":
    case "pubrel":
    case "pubcomp":
      return { type: name, packetId: idOf(reader), ...reason(version, name, reader) };
  }
}

/** [MQTT5-2.1.3-1] */
function assertFlags(name: ServerPacketType, flags: number): void {
  if (flags !== (name === "pubrel" ? 2 : 0)) throw new WireFault(`${name} with flags ${flags}`);
}

function connack(version: Version, reader: WireReader): ConnackPacket {
  const flags = reader.byte();
  if (flags > 1) throw new WireFault(`CONNACK with acknowledge flags ${flags}`);
  // Without a property length it is a CONNACK of MQTT 3: so a version that is not spoken may be refused.
  const form = version === 5 && reader.left === 1 ? 4 : version;
  const reasonCode = listed(form, "connack", reader.byte());
  const properties = form === 5 ? decodeProperties("connack", reader) : [];
  reader.end();
  if (flags > 0 && reasonCode > 0) throw new WireFault("CONNACK refuses with Session Present");
  return { type: "connack", sessionPresent: flags === 1, reasonCode, properties };
}

function subAck(version: Version, type: "suback" | "unsuback", reader: WireReader): SubAck {
  const packetId = idOf(reader);
  const properties = version === 5 ? decodeProperties(type, reader) : [];
  const reasonCodes = [...reader.rest()].map((code) => listed(version, type, code));
  const isBare = version < 5 && type === "unsuback";
  if (isBare !== (reasonCodes.length === 0))
    throw new WireFault(`${type} with codes ${reasonCodes.join(", ")}`);
  return { type, packetId, reasonCodes, properties };
}

function reason(
  version: Version,
  type: ServerPacketType,
  reader: WireReader,
): HasProperties & { readonly reasonCode: number } {
  if (reader.left === 0) return { reasonCode: 0, properties: [] };
  if (version < 5) throw new WireFault(`${type} of MQTT 3 with ${reader.left} bytes too many`);
  const reasonCode = listed(version, type, reader.byte());
  const properties = reader.left > 0 ? decodeProperties(type, reader) : [];
  reader.end();
  return { reasonCode, properties };
}

function listed(version: Version, type: ServerPacketType, code: number): number {
  const codes = version === 5 ? REASONS[type] : (REASONS_3[type] ?? []);
  if (!codes.includes(code)) throw new WireFault(`${type} with code 0x${code.toString(16)}`);
  return code;
}

function idOf(reader: WireReader): number {
  const id = reader.twoBytes();
  if (id === 0) throw new WireFault("packet identifier 0");
  return id;
}
