/** The MQTT 3.1.1 packets the load generator sends, as bytes. Made beforehand: sending them must cost next to nothing. */

interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
}

export interface Connect {
  readonly clientId: string;
  /** A new session that ends with the connection. */
  readonly clean: boolean;
  readonly will?: Will | undefined;
}

/** CONNECT without a keep-alive. */
export function connectFrame({ clientId, clean, will }: Connect): Buffer {
  const flags = (clean ? 0x02 : 0) | (will === undefined ? 0 : 0x04 | (will.qos << 3));
  const head = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, flags, 0, 0]);
  const parts = [head, text(clientId)];
  if (will !== undefined) parts.push(text(will.topic), field(will.payload));
  return packet(0x10, Buffer.concat(parts));
}

export function subscribeFrame(filter: string, qos: 0 | 1): Buffer {
  return packet(0x82, Buffer.concat([Buffer.from([0, 1]), text(filter), Buffer.from([qos])]));
}

export interface Publish {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** `undefined`: QoS 0. A number: QoS 1 with this packet id. */
  readonly packetId?: number | undefined;
}

export function publishFrame({ topic, payload, packetId }: Publish): Buffer {
  if (packetId === undefined) return packet(0x30, Buffer.concat([text(topic), payload]));
  const id = Buffer.from([packetId >> 8, packetId & 0xff]);
  return packet(0x32, Buffer.concat([text(topic), id, payload]));
}

export const DISCONNECT = Buffer.from([0xe0, 0]);

function packet(firstByte: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([firstByte, ...remainingLength(body.length)]), body]);
}

function remainingLength(length: number): readonly number[] {
  if (length < 128) return [length];
  return [(length & 0x7f) | 0x80, ...remainingLength(length >> 7)];
}

function text(value: string): Buffer {
  return field(Buffer.from(value));
}

function field(bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
