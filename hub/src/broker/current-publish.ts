/**
 * The message that is being given to its receivers at this moment, in every wire form that they need, each made once.
 * It comes from a frame in a read buffer or from a `Message`; there is one such object, used again for each message.
 */
import { type Message, NEVER, NO_PROPERTIES, type Qos } from "./message.ts";
import type { KnownTopic } from "./routing/known-topics.ts";
import { Scratch } from "./wire/byte-sink.ts";
import type { PublishFrame } from "./wire/publish-frame.ts";
import { type PublishParts, writePublish } from "./wire/publish-writer.ts";

/** A topic as text and as bytes. */
export type NamedTopic = Pick<KnownTopic, "topic" | "bytes">;

/** A PUBLISH ready to be copied. Its first byte and its packet identifier are the receiver's to set. */
export interface Form {
  bytes: Buffer;
  start: number;
  end: number;
  /** Where the packet identifier stands, counted from `start`; 0 without one. */
  idAt: number;
}

interface MadeForm extends Form {
  /** Of which message it is. */
  serial: number;
  readonly scratch: Scratch;
}

/** The first byte of a PUBLISH that goes out for the first time: DUP is 0. [MQTT5-4.3.1-1] [MQTT5-4.3.2-2] [MQTT5-4.3.3-2] [MQTT311-4.3.1-1] */
export function publishByte(qos: Qos, retain: boolean): number {
  return 0x30 | (qos << 1) | (retain ? 1 : 0);
}

export class CurrentPublish {
  qos: Qos = 0;
  retain = false;
  topic = "";
  publisherId: string | undefined;
  readonly #nextRow: () => number;
  readonly #monotonic: () => number;
  readonly #forms: readonly MadeForm[] = [0, 1, 2, 3].map(() => emptyForm());
  #serial = 0;
  #frame: PublishFrame | undefined;
  #topicBytes: Buffer = Buffer.alloc(0);
  #parts: PublishParts | undefined;
  #message: Message | undefined;

  constructor(nextRow: () => number, monotonic: () => number) {
    this.#nextRow = nextRow;
    this.#monotonic = monotonic;
  }

  /** `frame` must not change until the next message is loaded. */
  loadFrame(frame: PublishFrame, known: NamedTopic, publisherId: string): void {
    this.#serial += 1;
    this.#frame = frame;
    this.#topicBytes = known.bytes;
    this.#parts = undefined;
    this.#message = undefined;
    this.qos = frame.qos;
    this.retain = frame.retain;
    this.topic = known.topic;
    this.publisherId = publisherId;
  }

  loadMessage(message: Message): void {
    this.#serial += 1;
    this.#frame = undefined;
    this.#topicBytes = Buffer.from(message.topic);
    this.#parts = undefined;
    this.#message = message;
    this.qos = message.qos;
    this.retain = message.retain;
    this.topic = message.topic;
    this.publisherId = message.publisherId;
  }

  /** The message as an object of its own, made when somebody first needs to keep it. */
  get message(): Message {
    this.#message ??= this.#makeMessage();
    return this.#message;
  }

  /** What is given out from now on is a copy with a place of its own in the queues. */
  renewRow(): void {
    if (this.#message !== undefined) this.#message = { ...this.#message, row: this.#nextRow() };
  }

  get payloadBytes(): number {
    const frame = this.#frame;
    if (frame !== undefined) return frame.end - frame.payloadStart;
    return this.#message?.payload.length ?? 0;
  }

  get parts(): PublishParts {
    this.#parts ??= this.#makeParts();
    return this.#parts;
  }

  /** The frame in the form of this version of MQTT, with or without a packet identifier. */
  form(isVersion5: boolean, withId: boolean): Form {
    const form = this.#forms[(isVersion5 ? 2 : 0) + (withId ? 1 : 0)] ?? emptyForm();
    if (form.serial === this.#serial) return form;
    form.serial = this.#serial;
    const frame = this.#frame;
    if (
      frame !== undefined &&
      frame.isVersion5 === isVersion5 &&
      frame.aliasAt < 0 &&
      frame.qos > 0 === withId
    ) {
      return useFrame(form, frame);
    }
    return this.#makeForm(form, isVersion5, withId);
  }

  #makeForm(form: MadeForm, isVersion5: boolean, withId: boolean): Form {
    const { scratch } = form;
    scratch.length = 0;
    const qos = withId ? 1 : 0;
    const how = { ...PLAIN, isVersion5, qos } as const;
    writePublish(scratch, this.parts, how);
    form.bytes = scratch.buffer;
    form.start = 0;
    form.end = scratch.length;
    form.idAt = withId ? headerLength(scratch.buffer) + 2 + this.parts.topic.length : 0;
    return form;
  }

  #makeParts(): PublishParts {
    const frame = this.#frame;
    const message = this.#message;
    if (frame === undefined) {
      const { payload = NO_PROPERTIES, properties = NO_PROPERTIES } = message ?? {};
      return { topic: this.#topicBytes, properties, payload };
    }
    return { topic: this.#topicBytes, properties: propertiesOf(frame), payload: frame.payload };
  }

  #makeMessage(): Message {
    const frame = this.#frame;
    if (frame === undefined) throw new Error("no message is loaded");
    const expiryAt = expiryOffset(frame);
    return {
      row: this.#nextRow(),
      topic: this.topic,
      payload: copyOf(frame.bytes, frame.payloadStart, frame.end),
      properties: ownPropertiesOf(frame),
      expiryAt,
      expiresAt:
        expiryAt < 0 ? NEVER : this.#monotonic() + 1000 * frame.bytes.readUInt32BE(frame.expiryAt),
      qos: this.qos,
      retain: this.retain,
      publisherId: this.publisherId,
    };
  }
}

const PLAIN = {
  retain: false,
  dup: false,
  packetId: 0,
  identifiers: [],
  alias: 0,
  expirySeconds: undefined,
  expiryAt: -1,
} as const;

function emptyForm(): MadeForm {
  return { bytes: Buffer.alloc(0), start: 0, end: 0, idAt: 0, serial: -1, scratch: new Scratch() };
}

function useFrame(form: MadeForm, frame: PublishFrame): Form {
  form.bytes = frame.bytes;
  form.start = frame.start;
  form.end = frame.end;
  form.idAt = frame.qos > 0 ? frame.topicEnd - frame.start : 0;
  return form;
}

/** A copy; small ones share a block of memory with their neighbours, which is cheaper than one of their own. */
function copyOf(bytes: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  bytes.copy(copy, 0, start, end);
  return copy;
}

function ownPropertiesOf(frame: PublishFrame): Uint8Array {
  if (frame.propertiesStart === frame.propertiesEnd) return NO_PROPERTIES;
  return Uint8Array.from(propertiesOf(frame));
}

/**
 * The properties without the Topic Alias, which is the connection's own; all others as they came and in their order.
 * [MQTT5-3.3.2-4] [MQTT5-3.3.2-15] [MQTT5-3.3.2-16] [MQTT5-3.3.2-17] [MQTT5-3.3.2-18] [MQTT5-3.3.2-20]
 */
function propertiesOf({ bytes, propertiesStart, propertiesEnd, aliasAt }: PublishFrame): Buffer {
  const all = bytes.subarray(propertiesStart, propertiesEnd);
  if (aliasAt < 0) return all;
  const before = bytes.subarray(propertiesStart, aliasAt);
  return Buffer.concat([before, bytes.subarray(aliasAt + 3, propertiesEnd)]);
}

function expiryOffset({ expiryAt, aliasAt, propertiesStart }: PublishFrame): number {
  if (expiryAt < 0) return -1;
  const isAfterAlias = aliasAt >= 0 && aliasAt < expiryAt;
  return expiryAt - propertiesStart - (isAfterAlias ? 3 : 0);
}

function headerLength(frame: Buffer): number {
  let length = 2;
  while (length < 5 && (frame[length - 1] ?? 0) >= 0x80) length += 1;
  return length;
}
