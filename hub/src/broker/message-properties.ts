/** MQTT 5 properties of a message of the hub itself, as the bytes that stand in a PUBLISH. */

/** What a message says of itself. */
export interface MessageProperties {
  /** Whether the payload is UTF-8 text. [MQTT5-3.3.2-4] */
  readonly isText?: boolean;
  /** A MIME type. */
  readonly contentType?: string;
  readonly user?: readonly (readonly [key: string, value: string])[];
}

const PAYLOAD_FORMAT = 0x01;
const CONTENT_TYPE = 0x03;
const USER_PROPERTY = 0x26;
/** The longest text that MQTT has. */
const MAX_TEXT_BYTES = 65_535;

/** Texts that are too long for MQTT are cut. Make them once where they are the same for many messages. */
export function messageProperties(properties: MessageProperties): Uint8Array {
  const { isText, contentType, user = [] } = properties;
  const parts: Uint8Array[] = [];
  if (isText === true) parts.push(Uint8Array.of(PAYLOAD_FORMAT, 1));
  if (contentType !== undefined) parts.push(Uint8Array.of(CONTENT_TYPE), text(contentType));
  for (const [key, value] of user) parts.push(Uint8Array.of(USER_PROPERTY), text(key), text(value));
  return Buffer.concat(parts);
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
