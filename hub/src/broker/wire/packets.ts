/** Packets other than PUBLISH, as objects: read and written by mqtt-packet. Frames must have passed `packet-check.ts`. */
import { generate, parser, type Packet } from "mqtt-packet";

export type Version = 3 | 4 | 5;

/** The packet in these bytes, which are one whole frame. */
export function readPacket(frame: Buffer, version: Version): Packet {
  const reader = parser({ protocolVersion: version });
  let packet: Packet | undefined;
  let fault: unknown;
  reader.on("packet", (read) => {
    packet = read;
  });
  reader.on("error", (error) => {
    fault = error;
  });
  reader.parse(frame);
  if (packet !== undefined) return packet;
  throw fault instanceof Error ? fault : new Error("the frame holds no packet");
}

/** The bytes of a packet. */
export function writePacket(packet: Packet, version: Version): Buffer {
  return generate(packet, { protocolVersion: version });
}
