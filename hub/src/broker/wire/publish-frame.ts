/**
 * One PUBLISH as it lies in the read buffer: where its parts begin and end, nothing copied.
 * The object is used again for each frame, so it must not be kept.
 */
import { Reason } from "../reason.ts";
import { type Qos, qosOf } from "../message.ts";
import { malformed, protocolError, type Violation } from "../violation.ts";
import { varintLength } from "./fixed-header.ts";
import type { ReceivedFrame } from "./packet-check.ts";
import { checkProperties, Packet, PropertyId } from "./properties.ts";

export class PublishFrame {
  bytes: Buffer = Buffer.alloc(0);
  /** First byte of the fixed header. */
  start = 0;
  end = 0;
  isVersion5 = false;
  qos: Qos = 0;
  dup = false;
  retain = false;
  topicStart = 0;
  topicEnd = 0;
  /** 0 for QoS 0. */
  packetId = 0;
  /** Without their length. */
  propertiesStart = 0;
  propertiesEnd = 0;
  payloadStart = 0;
  /** 0 without one; where its property stands otherwise, three bytes from `aliasAt`. */
  alias = 0;
  aliasAt = -1;
  /** Where the four bytes of the Message Expiry Interval stand; −1 without one. */
  expiryAt = -1;

  /** Finds the parts of this frame. */
  read({ bytes, start, body, end }: ReceivedFrame): Violation | undefined {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    const flags = bytes[start] ?? 0;
    const qos = qosOf((flags >> 1) & 3);
    if (qos === undefined) return malformed("PUBLISH with QoS 3"); // [MQTT5-3.3.1-4] [MQTT311-3.3.1-4]
    this.qos = qos;
    this.dup = (flags & 8) !== 0;
    this.retain = (flags & 1) !== 0;
    if (this.dup && qos === 0) return malformed("PUBLISH with DUP and QoS 0"); // [MQTT5-3.3.1-2] [MQTT311-3.3.1-2]
    this.topicStart = body + 2;
    const topicEnd = this.topicStart + (((bytes[body] ?? 0) << 8) | (bytes[body + 1] ?? 0));
    this.topicEnd = topicEnd;
    this.packetId = 0;
    if (qos > 0) return this.#readPacketId(topicEnd);
    return topicEnd > end ? TOO_SHORT : this.#readProperties(topicEnd);
  }

  #readPacketId(at: number): Violation | undefined {
    if (at + 2 > this.end) return TOO_SHORT;
    this.packetId = this.bytes.readUInt16BE(at);
    if (this.packetId === 0) return protocolError("PUBLISH with packet identifier 0"); // [MQTT5-2.2.1-3] [MQTT311-2.3.1-1]
    return this.#readProperties(at + 2);
  }

  get payload(): Buffer {
    return this.bytes.subarray(this.payloadStart, this.end);
  }

  get topicBytes(): Buffer {
    return this.bytes.subarray(this.topicStart, this.topicEnd);
  }

  #readProperties(at: number): Violation | undefined {
    this.alias = 0;
    this.aliasAt = -1;
    this.expiryAt = -1;
    this.propertiesStart = at;
    this.propertiesEnd = at;
    this.payloadStart = at;
    if (!this.isVersion5) return undefined;
    if (at >= this.end) return malformed("PUBLISH without the length of its properties");
    const length = this.bytes[at] ?? 0;
    if (length < 0x80) return this.#checkProperties(at + 1, length);
    return this.#readLongProperties(at);
  }

  #readLongProperties(at: number): Violation | undefined {
    let length = 0;
    for (let digits = 0; digits < 4; digits++) {
      if (at + digits >= this.end) return malformed("PUBLISH ends within a length");
      const byte = this.bytes[at + digits] ?? 0;
      length += (byte & 0x7f) * 128 ** digits;
      if ((byte & 0x80) !== 0) continue;
      return digits + 1 > varintLength(length)
        ? TOO_WIDE
        : this.#checkProperties(at + digits + 1, length);
    }
    return malformed("the length of the properties has more bytes than it needs or four");
  }

  #checkProperties(start: number, length: number): Violation | undefined {
    const end = start + length;
    this.propertiesStart = start;
    this.propertiesEnd = end;
    this.payloadStart = end;
    if (length === 0) return undefined;
    if (end > this.end) return malformed("PUBLISH is shorter than its properties");
    let violation: Violation | undefined;
    const seen = (identifier: number, from: number): void => {
      if (identifier === PropertyId.messageExpiry) this.expiryAt = from;
      if (identifier === PropertyId.topicAlias) violation = this.#takeAlias(from);
    };
    return checkProperties(this.bytes, { start, end, packet: Packet.publish }, seen) ?? violation;
  }

  #takeAlias(at: number): Violation | undefined {
    this.alias = this.bytes.readUInt16BE(at);
    this.aliasAt = at - 1;
    if (this.alias !== 0) return undefined;
    return { reasonCode: Reason.topicAliasInvalid, because: "topic alias 0" }; // [MQTT5-3.3.2-8]
  }
}

const TOO_SHORT = malformed("PUBLISH is shorter than its topic");
/** [MQTT5-1.5.5-1] */
const TOO_WIDE = malformed("a length has more bytes than it needs");
