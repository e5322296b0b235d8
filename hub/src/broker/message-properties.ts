/** MQTT 5 properties of messages that the hub itself makes or answers, as the bytes that stand in a PUBLISH. */
import { NO_PROPERTIES } from "./message.ts";
import { checkProperties, Packet } from "./wire/properties.ts";

/** What a message says of itself. */
export interface MessageProperties {
  /** Whether the payload is UTF-8 text. [MQTT5-3.3.2-4] */
  readonly isText?: boolean;
  /** A MIME type. */
  readonly contentType?: string;
  /** Of the question that this message answers. [MQTT5-3.3.2-16] */
  readonly correlationData?: Uint8Array | undefined;
  readonly user?: readonly (readonly [key: string, value: string])[];
}

const PAYLOAD_FORMAT = 0x01;
const MESSAGE_EXPIRY = 0x02;
const TOPIC_ALIAS = 0x23;
const CONTENT_TYPE = 0x03;
const RESPONSE_TOPIC = 0x08;
const CORRELATION_DATA = 0x09;
const USER_PROPERTY = 0x26;
/** The longest text that MQTT has. */
const MAX_TEXT_BYTES = 65_535;

/** Texts that are too long for MQTT are cut. Make them once where they are the same for many messages. */
export function messageProperties(properties: MessageProperties): Uint8Array {
  const { isText, contentType, correlationData, user = [] } = properties;
  const parts: Uint8Array[] = [];
  if (isText === true) parts.push(Uint8Array.of(PAYLOAD_FORMAT, 1));
  if (contentType !== undefined) parts.push(Uint8Array.of(CONTENT_TYPE), text(contentType));
  if (correlationData !== undefined) {
    parts.push(Uint8Array.of(CORRELATION_DATA), counted(correlationData));
  }
  for (const [key, value] of user) parts.push(Uint8Array.of(USER_PROPERTY), text(key), text(value));
  return Buffer.concat(parts);
}

/**
 * The properties of a PUBLISH that go with its message wherever it goes: without what belongs to the connection on which it
 * came (Topic Alias), and without the time it had left.
 */
export function lastingProperties(properties: Uint8Array | undefined): Uint8Array {
  if (properties === undefined) return NO_PROPERTIES;
  const kept: Uint8Array[] = [];
  const all = { start: 0, end: properties.length, packet: Packet.publish };
  checkProperties(properties, all, (identifier, start, end) => {
    const isPassing = identifier === TOPIC_ALIAS || identifier === MESSAGE_EXPIRY;
    if (!isPassing) kept.push(properties.subarray(start - 1, end));
  });
  return Buffer.concat(kept);
}

/** Where a question wants its answer. */
export interface ReplyAddress {
  readonly topic: string;
  readonly correlationData: Uint8Array | undefined;
}

/** The address in the properties of a PUBLISH; `undefined`: no answer is wanted. Copies, to be kept. */
export function replyAddress(properties: Uint8Array | undefined): ReplyAddress | undefined {
  if (properties === undefined) return undefined;
  let topic: string | undefined;
  let correlationData: Uint8Array | undefined;
  const all = { start: 0, end: properties.length, packet: Packet.publish };
  checkProperties(properties, all, (identifier, start, end) => {
    const value = Uint8Array.from(properties.subarray(start + 2, end)); // behind its length
    if (identifier === RESPONSE_TOPIC) topic = new TextDecoder().decode(value);
    if (identifier === CORRELATION_DATA) correlationData = value;
  });
  return topic === undefined ? undefined : { topic, correlationData };
}

const SHOWN: ReadonlyMap<number, readonly [name: string, read: (value: Buffer) => string]> =
  new Map<number, readonly [string, (value: Buffer) => string]>([
    [PAYLOAD_FORMAT, ["Payload Format Indicator", (value) => (value[0] === 1 ? "text" : "bytes")]],
    [0x02, ["Message Expiry Interval", (value) => `${value.readUInt32BE(0)} s`]],
    [CONTENT_TYPE, ["Content Type", (value) => value.toString("utf8", 2)]],
    [RESPONSE_TOPIC, ["Response Topic", (value) => value.toString("utf8", 2)]],
    [CORRELATION_DATA, ["Correlation Data", (value) => value.toString("hex", 2)]],
    [USER_PROPERTY, ["User Property", pairText]],
  ]);

/** The properties of a PUBLISH by their names in the standard, for people to read. */
export function shownProperties(
  properties: Uint8Array | undefined,
): readonly { readonly name: string; readonly value: string }[] {
  if (properties === undefined) return [];
  const shown: { name: string; value: string }[] = [];
  const all = { start: 0, end: properties.length, packet: Packet.publish };
  checkProperties(properties, all, (identifier, start, end) => {
    const [name, read] = SHOWN.get(identifier) ?? [];
    if (name !== undefined && read !== undefined)
      shown.push({ name, value: read(Buffer.from(properties.subarray(start, end))) });
  });
  return shown;
}

/** Key and value, each behind its length. */
function pairText(value: Buffer): string {
  const keyEnd = 2 + value.readUInt16BE(0);
  return `${value.toString("utf8", 2, keyEnd)}: ${value.toString("utf8", keyEnd + 2)}`;
}

function text(value: string): Uint8Array {
  const legal = value.toWellFormed().replaceAll("\0", "");
  const bytes = Buffer.from(legal);
  if (bytes.length <= MAX_TEXT_BYTES) return counted(bytes);
  const cut = new TextDecoder().decode(bytes.subarray(0, MAX_TEXT_BYTES - 3), { stream: true });
  return counted(Buffer.from(cut)); // without the letter that was cut in two
}

function counted(bytes: Uint8Array): Uint8Array {
  const all = Buffer.alloc(2 + bytes.length);
  all.writeUInt16BE(bytes.length);
  all.set(bytes, 2);
  return all;
}
