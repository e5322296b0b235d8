/**
 * Reads what a server sends to one connection: walks from fixed header to fixed header in one buffer, counts, and makes
 * no object per message.
 */

/** The longest frame that is understood. */
const BUFFER_BYTES = 64 * 1024;

const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const SUBACK = 9;

/** What the load generator does with what came in. */
export interface InboxListener {
  /** CONNACK or SUBACK. `code`: its return code. */
  answered(code: number): void;
  /** PUBACKs to send for the QoS 1 messages that were just read. */
  acknowledge(packets: Buffer): void;
  /** Everything in the last read has been counted. */
  read(): void;
}

export class Inbox {
  /** PUBLISH packets so far. */
  messages = 0;
  /** PUBACK packets so far. */
  acknowledged = 0;
  /** What CONNACK said of the session. */
  isSessionPresent = false;
  /** Told of the number that each payload begins with: a time, or which message it is. */
  numbered: ((number: number) => void) | undefined;

  readonly #bytes: Buffer;
  readonly #listener: InboxListener;
  /** Bytes of a frame whose rest has not come yet; they lie at the start of the buffer. */
  #kept = 0;
  #acks: Buffer = Buffer.alloc(0);
  #ackBytes = 0;

  constructor(listener: InboxListener, bufferBytes = BUFFER_BYTES) {
    this.#listener = listener;
    this.#bytes = Buffer.alloc(bufferBytes);
  }

  /** Where the next bytes from the socket belong. */
  space(): Uint8Array {
    return this.#bytes.subarray(this.#kept);
  }

  /** `length` bytes have come into `space()`. */
  filled(length: number): void {
    const end = this.#kept + length;
    const rest = this.#walk(end);
    this.#bytes.copyWithin(0, rest, end);
    this.#kept = end - rest;
    if (this.#kept === this.#bytes.length) throw new Error("the server sent a frame too long");
    if (this.#ackBytes > 0) this.#sendAcks();
    this.#listener.read();
  }

  /** Gives the offset of the first frame that is not whole. */
  #walk(end: number): number {
    const bytes = this.#bytes;
    let at = 0;
    while (end - at >= 2) {
      let body = at + 2;
      let length = bytes[at + 1] ?? 0;
      for (let shift = 7; shift <= 21 && (bytes[body - 1] ?? 0) >= 0x80; shift += 7) {
        if (body === end) return at;
        length = (length & ((1 << shift) - 1)) | ((bytes[body] ?? 0) << shift);
        body += 1;
      }
      if (body + length > end) return at;
      this.#frame(at, body, body + length);
      at = body + length;
    }
    return at;
  }

  #frame(at: number, body: number, end: number): void {
    const bytes = this.#bytes;
    const first = bytes[at] ?? 0;
    const type = first >> 4;
    if (type === PUBLISH) {
      this.messages += 1;
      if ((first & 0x06) !== 0 || this.numbered !== undefined) this.#message(first, body);
    } else if (type === PUBACK) {
      this.acknowledged += 1;
    } else if (type === CONNACK || type === SUBACK) {
      if (type === CONNACK) this.isSessionPresent = bytes[body] === 1;
      this.#listener.answered(bytes[end - 1] ?? 0);
    }
  }

  #message(first: number, body: number): void {
    const bytes = this.#bytes;
    let at = body + 2 + bytes.readUInt16BE(body);
    if ((first & 0x06) !== 0) {
      if (this.#ackBytes + 4 > this.#acks.length) this.#growAcks();
      this.#acks[this.#ackBytes] = PUBACK << 4;
      this.#acks[this.#ackBytes + 1] = 2;
      this.#acks[this.#ackBytes + 2] = bytes[at] ?? 0;
      this.#acks[this.#ackBytes + 3] = bytes[at + 1] ?? 0;
      this.#ackBytes += 4;
      at += 2;
    }
    this.numbered?.(bytes.readDoubleLE(at));
  }

  #growAcks(): void {
    const grown = Buffer.alloc(this.#acks.length * 2 + 1024);
    this.#acks.copy(grown);
    this.#acks = grown;
  }

  /** The socket may keep what it is given, so it gets a copy. */
  #sendAcks(): void {
    this.#listener.acknowledge(Buffer.from(this.#acks.subarray(0, this.#ackBytes)));
    this.#ackBytes = 0;
  }
}
