/** What goes out to one client: messages in the form it needs, acknowledgements, whole packets. */
import { type CurrentPublish, publishByte } from "./current-publish.ts";
import type { BrokerLimits } from "./limits.ts";
import type { QueuedItem } from "./memory-queue.ts";
import type { Qos } from "./message.ts";
import type { Outbox } from "./outbox.ts";
import { OutgoingAliases } from "./outgoing-aliases.ts";
import { Reason } from "./reason.ts";
import { type Version, writeExplained, writePacket } from "./wire/packets.ts";
import {
  publishLength,
  type PublishHow,
  type PublishParts,
  writePublish,
} from "./wire/publish-writer.ts";

/** How a message goes to a client. */
export interface SendHow {
  readonly qos: Qos;
  readonly retain: boolean;
  readonly identifiers: readonly number[];
}

/** What the client said about what it takes. */
export interface SenderTerms {
  readonly version: Version;
  readonly maxPacketBytes: number;
  readonly topicAliasMaximum: number;
  /** Whether reason strings may be sent besides in CONNACK and DISCONNECT. [MQTT5-3.1.2-29] */
  readonly wantsProblemInformation: boolean;
}

export interface SenderOwner {
  readonly limits: BrokerLimits;
  readonly monotonic: () => number;
  readonly countSent: (qos: Qos, count: number, payloadBytes: number) => void;
  /** QoS 0 messages are dropped because the client does not read. */
  readonly tooSlow: (count: number) => void;
  /** The client takes no packet of this size; the standard says to go on as if it had been sent. [MQTT5-3.1.2-25] */
  readonly tooLarge: (qos: Qos, packetId: number) => void;
}

/** Neighbouring frames in a buffer. */
export interface Run {
  readonly start: number;
  readonly end: number;
  readonly count: number;
  /** Of all of them together. */
  readonly payloadBytes: number;
}

export type AckKind = "puback" | "pubrec" | "pubrel" | "pubcomp";

const ACK_BYTES: Readonly<Record<AckKind, number>> = {
  puback: 0x40,
  pubrec: 0x50,
  pubrel: 0x62,
  pubcomp: 0x70,
};

const NONE = Buffer.alloc(0);

export class Sender {
  version: Version = 4;
  /** The largest packet that the client takes. */
  maxPacketBytes = Number.POSITIVE_INFINITY;
  /** Whether neighbouring QoS 0 messages may be copied to it as one piece; asked once per message and receiver. */
  isPlain = true;
  readonly #outbox: Outbox;
  readonly #owner: SenderOwner;
  #wantsProblemInformation = true;
  #aliases: OutgoingAliases | undefined;

  constructor(outbox: Outbox, owner: SenderOwner) {
    this.#outbox = outbox;
    this.#owner = owner;
  }

  agree(terms: SenderTerms): void {
    this.version = terms.version;
    this.maxPacketBytes = terms.maxPacketBytes;
    this.#wantsProblemInformation = terms.wantsProblemInformation;
    if (terms.topicAliasMaximum > 0) this.#aliases = new OutgoingAliases(terms.topicAliasMaximum);
    this.isPlain = this.#aliases === undefined && terms.maxPacketBytes === Number.POSITIVE_INFINITY;
  }

  get isVersion5(): boolean {
    return this.version === 5;
  }

  /** Whether it takes more without waiting. */
  get hasRoom(): boolean {
    return this.#outbox.waiting < this.#owner.limits.outgoingSoftBytes;
  }

  /** Whether so little waits that what need not go now may go, too, and keeps the way open for what must. */
  get isCalm(): boolean {
    return this.#outbox.waiting < this.#owner.limits.outgoingSoftBytes / 8;
  }

  /** Packets that answer one of the client's and say why, if it wants to know. */
  explained(packet: Parameters<typeof writeExplained>[0], because: string | undefined): Buffer {
    const isSilent = because === undefined || !this.isVersion5 || !this.#wantsProblemInformation;
    if (isSilent) return writePacket(packet, this.version);
    return writeExplained(packet, because, this.maxPacketBytes);
  }

  /** Sends the message that is being given out. QoS 0 is dropped when too much waits already. */
  message(current: CurrentPublish, how: SendHow, packetId: number): void {
    if (how.qos === 0 && !this.hasRoom) return this.#owner.tooSlow(1);
    if (!this.isPlain || how.identifiers.length > 0) {
      const plain = { ...how, packetId, dup: false, expirySeconds: undefined, expiryAt: -1 };
      return this.#write(current.topic, current.parts, plain);
    }
    const form = current.form(this.isVersion5, how.qos > 0);
    const outbox = this.#outbox;
    const at = outbox.length;
    outbox.append(form.bytes, form.start, form.end);
    outbox.buffer[at] = publishByte(how.qos, how.retain);
    if (how.qos > 0) outbox.buffer.writeUInt16BE(packetId, at + form.idAt);
    this.#owner.countSent(how.qos, 1, current.payloadBytes);
  }

  /** Sends a message that has waited. */
  item({ message, qos, retain, identifiers }: QueuedItem, packetId: number, dup: boolean): void {
    const { topic, payload, properties, expiryAt, expiresAt } = message;
    const left = expiresAt - this.#owner.monotonic();
    const expirySeconds = Number.isFinite(left) ? Math.max(Math.ceil(left / 1000), 0) : undefined;
    const parts = {
      topic: topicBytes(topic),
      payload,
      properties: this.isVersion5 ? properties : NONE,
    };
    this.#write(topic, parts, { qos, retain, identifiers, packetId, dup, expirySeconds, expiryAt });
  }

  /** Copies some whole QoS 0 frames that are in this client's form; drops them all when too much waits. */
  piece(bytes: Buffer, { start, end, count, payloadBytes }: Run): void {
    if (!this.hasRoom) return this.#owner.tooSlow(count);
    this.#outbox.append(bytes, start, end);
    this.#owner.countSent(0, count, payloadBytes);
  }

  /** PUBACK, PUBREC, PUBREL or PUBCOMP. */
  ack(
    kind: AckKind,
    packetId: number,
    reasonCode: number = Reason.success,
    because?: string,
  ): void {
    if (this.version === 5 && reasonCode !== Reason.success) {
      const packet = { cmd: kind, messageId: packetId, reasonCode };
      const isSilent = because === undefined || !this.#wantsProblemInformation;
      return this.#outbox.appendPacket(
        isSilent ? writePacket(packet, 5) : writeExplained(packet, because, this.maxPacketBytes),
      );
    }
    const outbox = this.#outbox;
    outbox.reserve(4);
    outbox.countPacket();
    outbox.buffer.writeUInt32BE(ACK_BYTES[kind] * 0x100_0000 + 0x2_0000 + packetId, outbox.length);
    outbox.length += 4;
  }

  #write(topic: string, parts: PublishParts, how: Omit<PublishHow, "isVersion5" | "alias">): void {
    const aliases = this.#aliases;
    const known = aliases?.of(topic);
    const aliased = { ...how, isVersion5: this.isVersion5, alias: known?.alias ?? 0 };
    const named = known?.isKnown === true ? { ...parts, topic: NONE } : parts;
    if (publishLength(named, aliased) > this.maxPacketBytes)
      return this.#owner.tooLarge(how.qos, how.packetId); // [MQTT5-3.1.2-24]
    writePublish(this.#outbox, named, aliased);
    aliases?.sent(topic);
    this.#owner.countSent(how.qos, 1, parts.payload.length);
  }
}

/** Topics as bytes; the same ones come again and again. */
const TOPIC_BYTES = new Map<string, Buffer>();
const MAX_TOPIC_BYTES = 10_000;

function topicBytes(topic: string): Buffer {
  const known = TOPIC_BYTES.get(topic);
  if (known !== undefined) return known;
  if (TOPIC_BYTES.size >= MAX_TOPIC_BYTES) TOPIC_BYTES.clear();
  const bytes = Buffer.from(topic);
  TOPIC_BYTES.set(topic, bytes);
  return bytes;
}
