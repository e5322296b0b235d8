/** Packets other than PUBLISH, as objects: read and written by mqtt-packet. Frames must have passed `packet-check.ts`. */
import { generate, parser, type Packet, writeToStream } from "mqtt-packet";
import { shortened } from "../reason-text.ts";
import { malformed, type Violation } from "../violation.ts";

/** With its first packet it would make 65 536 buffers, one for each number: 10 MB, for packets that are written rarely. */
writeToStream.cacheNumbers = false;

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

type Explained = Extract<
  Packet,
  { cmd: "connack" | "disconnect" | "puback" | "pubrec" | "pubrel" | "pubcomp" | "suback" }
>;

/**
 * A packet of MQTT 5 that says why; without the words when it would be larger than `maxBytes`, which its receiver takes.
 * It has no user properties. [MQTT5-3.4.2-3] [MQTT5-3.5.2-3] [MQTT5-3.6.2-3] [MQTT5-3.7.2-3] [MQTT5-3.14.2-4]
 * [MQTT5-3.2.2-19] [MQTT5-3.4.2-2] [MQTT5-3.5.2-2] [MQTT5-3.6.2-2] [MQTT5-3.7.2-2] [MQTT5-3.14.2-3]
 */
export function writeExplained(packet: Explained, because: string, maxBytes: number): Buffer {
  const bytes = writePacket({ ...packet, properties: { reasonString: shortened(because) } }, 5);
  return bytes.length <= maxBytes ? bytes : writePacket(packet, 5);
}

/** The bytes of a packet. */
export function writePacket(packet: Packet, version: Version): Buffer {
  return generate(packet, { protocolVersion: version });
}
