/** Packets as bytes: found one behind the other, and read as far as a recording needs it. */
import { generate, parser, type Packet } from "mqtt-packet";

export type Version = 3 | 4 | 5;

const NAMES = [
  "",
  "connect",
  "connack",
  "publish",
  "puback",
  "pubrec",
  "pubrel",
  "pubcomp",
  "subscribe",
  "suback",
  "unsubscribe",
  "unsuback",
  "pingreq",
  "pingresp",
  "disconnect",
  "auth",
] as const;

export type PacketName = (typeof NAMES)[number];

export function nameOf(packet: Buffer): PacketName {
  return NAMES[(packet[0] ?? 0) >> 4] ?? "";
}

/** The packets in these bytes; what is not whole at the end is given as it is. */
export function* packetsIn(bytes: Buffer): Generator<Buffer> {
  let at = 0;
  while (at < bytes.length) {
    const end = endOf(bytes, at);
    yield bytes.subarray(at, end);
    at = end;
  }
}

function endOf(bytes: Buffer, start: number): number {
  let length = 0;
  for (let digit = 0; digit < 4; digit += 1) {
    const byte = bytes[start + 1 + digit] ?? 0;
    length += (byte & 0x7f) * 128 ** digit;
    if (byte < 0x80) return Math.min(bytes.length, start + 2 + digit + length);
  }
  return bytes.length;
}

/** `undefined`: it cannot be read. */
export function readPacket(bytes: Buffer, version: Version): Packet | undefined {
  const reader = parser({ protocolVersion: version });
  let packet: Packet | undefined;
  reader.on("packet", (read) => {
    packet = read;
  });
  reader.on("error", () => undefined);
  reader.parse(bytes);
  return packet;
}

export function writePacket(packet: Packet, version: Version): Buffer {
  return generate(packet, { protocolVersion: version });
}

/** The version that a CONNECT speaks; 4 when it is none that we know. */
export function versionOf(packet: Packet): Version {
  const said = packet.cmd === "connect" ? packet.protocolVersion : undefined;
  return said === 5 || said === 3 ? said : 4;
}
