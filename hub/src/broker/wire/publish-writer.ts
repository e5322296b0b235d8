/** Writes a PUBLISH in whatever form its receiver needs. */
import type { Qos } from "../message.ts";
import type { ByteSink } from "./byte-sink.ts";
import { varintLength, writeVarint } from "./fixed-header.ts";

/** The parts of a message as bytes. */
export interface PublishParts {
  readonly topic: Uint8Array;
  /** Without their length and without Topic Alias. */
  readonly properties: Uint8Array;
  readonly payload: Uint8Array;
}

/** How one receiver gets it. */
export interface PublishHow {
  readonly isVersion5: boolean;
  readonly qos: Qos;
  readonly retain: boolean;
  readonly dup: boolean;
  readonly packetId: number;
  /** Subscription identifiers. [MQTT5-3.3.4-3] [MQTT5-3.3.4-4] */
  readonly identifiers: readonly number[];
  /** 0 without one; `topic` is then empty when the client knows the alias. */
  readonly alias: number;
  /** Replaces the Message Expiry Interval whose four bytes stand at `expiryAt` of `properties`. [MQTT5-3.3.2-6] */
  readonly expirySeconds: number | undefined;
  readonly expiryAt: number;
}

const SUBSCRIPTION_IDENTIFIER = 0x0b;
const TOPIC_ALIAS = 0x23;

/** How many bytes `writePublish` will write. */
export function publishLength(parts: PublishParts, how: PublishHow): number {
  const body = bodyLength(parts, how);
  return 1 + varintLength(body) + body;
}

export function writePublish(sink: ByteSink, parts: PublishParts, how: PublishHow): void {
  const body = bodyLength(parts, how);
  sink.reserve(5 + body);
  const { buffer } = sink;
  let at = sink.length;
  buffer[at++] = 0x30 | (how.dup ? 8 : 0) | (how.qos << 1) | (how.retain ? 1 : 0);
  at = writeVarint(buffer, at, body);
  at = writeText(buffer, at, parts.topic);
  if (how.qos > 0) at = buffer.writeUInt16BE(how.packetId, at); // [MQTT5-2.2.1-2] [MQTT311-2.3.1-5]
  if (how.isVersion5) at = writeProperties(buffer, at, parts, how);
  buffer.set(parts.payload, at);
  sink.length = at + parts.payload.length;
}

function bodyLength({ topic, payload, properties }: PublishParts, how: PublishHow): number {
  const id = how.qos > 0 ? 2 : 0;
  if (!how.isVersion5) return 2 + topic.length + id + payload.length;
  const length = propertiesLength(properties, how);
  return 2 + topic.length + id + varintLength(length) + length + payload.length;
}

function propertiesLength(properties: Uint8Array, { identifiers, alias }: PublishHow): number {
  let length = properties.length + (alias > 0 ? 3 : 0);
  for (const identifier of identifiers) length += 1 + varintLength(identifier);
  return length;
}

function writeText(buffer: Buffer, at: number, text: Uint8Array): number {
  const start = buffer.writeUInt16BE(text.length, at);
  buffer.set(text, start);
  return start + text.length;
}

// oxlint-disable-next-line max-params -- one call per message
function writeProperties(
  buffer: Buffer,
  start: number,
  { properties }: PublishParts,
  how: PublishHow,
): number {
  let at = writeVarint(buffer, start, propertiesLength(properties, how));
  if (how.alias > 0) {
    buffer[at] = TOPIC_ALIAS;
    at = buffer.writeUInt16BE(how.alias, at + 1);
  }
  for (const identifier of how.identifiers) {
    buffer[at] = SUBSCRIPTION_IDENTIFIER;
    at = writeVarint(buffer, at + 1, identifier);
  }
  buffer.set(properties, at);
  if (how.expirySeconds !== undefined && how.expiryAt >= 0) {
    buffer.writeUInt32BE(how.expirySeconds, at + how.expiryAt);
  }
  return at + properties.length;
}
