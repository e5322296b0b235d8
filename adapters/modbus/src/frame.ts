/**
 * The MBAP frame of Modbus TCP: transaction id, protocol id 0, length, unit, then the PDU. TCP delivers pieces of any
 * size; the framer puts them together. After a violation the stream is lost: nothing behind it can be trusted.
 */

/** One whole frame. */
export interface Frame {
  readonly transactionId: number;
  /** 0 to 255. */
  readonly unit: number;
  /** Function code and what follows; a view into the bytes that arrived. */
  readonly pdu: Uint8Array;
}

/** What a piece of the stream completed. `violation` says why the stream is lost, with the bytes. */
export interface Framed {
  readonly frames: readonly Frame[];
  readonly violation?: string;
}

/** Bytes before the unit; the length field counts what comes after them. */
const PREFIX_BYTES = 6;
/** Unit, function code and one byte is the shortest answer there is. */
const SHORTEST = 3;
/** Unit and a PDU of 253 bytes. */
const LONGEST = 254;

/** The frame that carries `pdu` to `unit`. */
export function encodeFrame(transactionId: number, unit: number, pdu: Uint8Array): Uint8Array {
  const frame = new Uint8Array(PREFIX_BYTES + 1 + pdu.length);
  const view = new DataView(frame.buffer);
  view.setUint16(0, transactionId);
  view.setUint16(4, pdu.length + 1);
  frame[PREFIX_BYTES] = unit;
  frame.set(pdu, PREFIX_BYTES + 1);
  return frame;
}

/** Puts frames together from the pieces of one connection. Keeps fewer than 260 bytes between pieces. */
export class Framer {
  #rest: Uint8Array = new Uint8Array();

  /** The frames that `piece` completed, in order. Do not call again after a violation. */
  push(piece: Uint8Array): Framed {
    let bytes = this.#rest.length === 0 ? piece : concatenated(this.#rest, piece);
    const frames: Frame[] = [];
    for (;;) {
      const violation = violationOf(bytes);
      if (violation !== undefined) return { frames, violation };
      const size = frameSize(bytes);
      if (size === undefined || bytes.length < size) break;
      frames.push(frameOf(bytes.subarray(0, size)));
      bytes = bytes.subarray(size);
    }
    // A copy, so that a few bytes do not keep the whole piece alive.
    this.#rest = bytes.slice();
    return { frames };
  }
}

/** The first bytes in hex, for messages: `48 54 54 50 …`. */
export function hexHead(bytes: Uint8Array): string {
  const head = Array.from(bytes.subarray(0, 8), (byte) => byte.toString(16).padStart(2, "0"));
  return head.join(" ") + (bytes.length > 8 ? " …" : "");
}

function violationOf(bytes: Uint8Array): string | undefined {
  // Said as soon as it can be seen: a banner may be shorter than a frame and then wait for us.
  if ((bytes[2] ?? 0) !== 0 || (bytes[3] ?? 0) !== 0) return `got ${hexHead(bytes)}`;
  if (bytes.length < PREFIX_BYTES) return undefined;
  const length = lengthField(bytes);
  if (length >= SHORTEST && length <= LONGEST) return undefined;
  return `length ${length} is not ${SHORTEST} to ${LONGEST}; got ${hexHead(bytes)}`;
}

function frameSize(bytes: Uint8Array): number | undefined {
  return bytes.length < PREFIX_BYTES ? undefined : PREFIX_BYTES + lengthField(bytes);
}

function lengthField(bytes: Uint8Array): number {
  return ((bytes[4] ?? 0) << 8) | (bytes[5] ?? 0);
}

function frameOf(bytes: Uint8Array): Frame {
  const transactionId = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  return { transactionId, unit: bytes[PREFIX_BYTES] ?? 0, pdu: bytes.subarray(PREFIX_BYTES + 1) };
}

function concatenated(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
