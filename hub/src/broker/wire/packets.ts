/** Packets other than PUBLISH, as objects: read and written by mqtt-packet. Frames must have passed `packet-check.ts`. */
import { generate, parser, type Packet } from "mqtt-packet";
import { malformed, type Violation } from "../violation.ts";

export type Version = 3 | 4 | 5;

/** The packet in these bytes, which are one whole frame; or what mqtt-packet has against it: it must not throw here. */
export function readPacket(frame: Buffer, version: Version): Packet | Violation {
  const reader = parser({ protocolVersion: version });
  let packet: Packet | undefined;
  let fault = "the frame holds no packet";
  reader.on("packet", (read) => {
    packet = read;
  });
  reader.on("error", (error) => {
    fault = error.message;
  });
  reader.parse(frame);
  return packet ?? malformed(fault);
}

/** The bytes of a packet. */
export function writePacket(packet: Packet, version: Version): Buffer {
  return generate(packet, { protocolVersion: version });
}
