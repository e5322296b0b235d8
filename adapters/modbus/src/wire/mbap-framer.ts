/**
 * Finds the MBAP frames of Modbus TCP (transaction id, protocol id 0, length, unit, PDU) in what a socket delivers.
 * Frames are found where they lie; only a frame that arrives in pieces is copied, into 260 bytes of the framer's own.
 * After a violation the stream is lost: nothing behind it can be trusted.
 */

/** Told of each frame: where its MBAP header begins in `bytes` and where its PDU ends. Valid during the call. */
export interface FrameSink {
  frame(bytes: Uint8Array, start: number, end: number): void;
}

/** Bytes of the header, the unit included. */
export const MBAP_BYTES = 7;
/** Bytes before the unit; the length field counts what comes after them. */
const PREFIX_BYTES = 6;
/** Unit, function code and one byte is the shortest answer there is. */
const SHORTEST = 3;
/** Unit and a PDU of 253 bytes. */
const LONGEST = 254;

/** Puts the frames of one connection together. */
export class MbapFramer {
  readonly #rest = new Uint8Array(PREFIX_BYTES + LONGEST);
  #held = 0;

  /** Forgets what has come so far: a new connection begins. */
  reset(): void {
    this.#held = 0;
  }

  /**
   * Hands the frames that the first `length` of `bytes` complete to `sink`. Answers why the stream is lost, or
   * nothing; do not call again after that.
   */
  push(bytes: Uint8Array, length: number, sink: FrameSink): string | undefined {
    let at = 0;
    while (this.#held > 0 && at < length) {
      at += this.#complete(bytes, at, length, sink);
      const violation = violationOf(this.#rest, 0, this.#held);
      if (violation !== undefined) return violation;
    }
    while (at < length) {
      const violation = violationOf(bytes, at, length);
      if (violation !== undefined) return violation;
      const size = frameSize(bytes, at, length);
      if (at + size > length) break;
      at += size;
      sink.frame(bytes, at - size, at);
    }
    this.#hold(bytes, at, length);
    return undefined;
  }

  /** Moves what the frame begun still needs; answers how many bytes that were. */
  #complete(bytes: Uint8Array, at: number, length: number, sink: FrameSink): number {
    const size = this.#held < PREFIX_BYTES ? PREFIX_BYTES : frameSize(this.#rest, 0, this.#held);
    const moved = Math.min(size - this.#held, length - at);
    this.#hold(bytes, at, at + moved);
    if (this.#held === size && size > PREFIX_BYTES) {
      this.#held = 0;
      sink.frame(this.#rest, 0, size);
    }
    return moved;
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 1) this.#rest[this.#held++] = bytes[at] ?? 0;
  }
}

/** Puts header and `pdu` at `at` of `target`; answers where the frame ends. */
export function putMbapFrame(
  target: Uint8Array,
  at: number,
  address: { readonly id: number; readonly unit: number },
  pdu: Uint8Array,
): number {
  const length = pdu.length + 1;
  target[at] = address.id >> 8;
  target[at + 1] = address.id & 0xff;
  target[at + 2] = 0;
  target[at + 3] = 0;
  target[at + 4] = length >> 8;
  target[at + 5] = length & 0xff;
  target[at + 6] = address.unit;
  for (let index = 0; index < pdu.length; index += 1)
    target[at + MBAP_BYTES + index] = pdu[index] ?? 0;
  return at + MBAP_BYTES + pdu.length;
}

/** Said as soon as it can be seen: a banner may be shorter than a frame and then wait for us. */
function violationOf(bytes: Uint8Array, at: number, end: number): string | undefined {
  const isModbus = (at + 2 >= end || bytes[at + 2] === 0) && (at + 3 >= end || bytes[at + 3] === 0);
  if (!isModbus) return `got ${hexHead(bytes.subarray(at, end))}`;
  if (at + PREFIX_BYTES > end) return undefined;
  const length = lengthField(bytes, at);
  if (length >= SHORTEST && length <= LONGEST) return undefined;
  const got = hexHead(bytes.subarray(at, end));
  return `length ${length} is not ${SHORTEST} to ${LONGEST}; got ${got}`;
}

/** Without a length field that is more than there can be. */
function frameSize(bytes: Uint8Array, at: number, end: number): number {
  return at + PREFIX_BYTES > end ? Number.POSITIVE_INFINITY : PREFIX_BYTES + lengthField(bytes, at);
}

function lengthField(bytes: Uint8Array, at: number): number {
  return ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0);
}

/** The first bytes in hex, for messages: `48 54 54 50 …`. */
function hexHead(bytes: Uint8Array): string {
  const head = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return head.join(" ") + (bytes.length > 8 ? " …" : "");
}
