/**
 * Finds the frames in what one client sends, without copying those that came whole. It reads fixed headers only; what
 * is inside a frame is left to others.
 */
import type { BrokerLimits } from "./limits.ts";
import { Reason } from "./reason.ts";
import { malformed, type Violation } from "./violation.ts";
import { FixedHeader, INCOMPLETE, PADDED, TOO_MANY_DIGITS } from "./wire/fixed-header.ts";
import { FrameBuffer } from "./wire/frame-buffer.ts";
import { PacketType, type ReceivedFrame } from "./wire/packet-check.ts";

export interface FrameReaderOwner {
  readonly limits: BrokerLimits;
  readonly isVersion5: boolean;
  /** A whole frame, valid during the call. Answers whether the next one may be read now. */
  frame(frame: ReceivedFrame): boolean;
  violated(violation: Violation): void;
  /** All frames of one buffer have been given out: nothing of it may be used any longer. */
  pieceEnded(): void;
}

export class FrameReader {
  readonly #owner: FrameReaderOwner;
  readonly #header = new FixedHeader();
  readonly #pending = new FrameBuffer();
  /** What came while no frame may be read. */
  #held: Buffer | undefined;
  #isHolding = false;
  #isBroken = false;
  #isFirst = true;

  constructor(owner: FrameReaderOwner) {
    this.#owner = owner;
  }

  /** Reads on, with what came meanwhile, after `frame` had answered no. */
  release(): void {
    this.#isHolding = false;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.take(held);
  }

  take(chunk: Buffer): void {
    if (this.#isBroken) return;
    if (this.#isHolding) return this.#hold(chunk, 0);
    const start = this.#pending.length > 0 ? this.#completePending(chunk) : 0;
    if (start >= 0) this.#frames(chunk, start);
    this.#owner.pieceEnded();
  }

  /** Adds to the frame that came in pieces; answers where the next one begins in `chunk`, −1 when there is none yet. */
  #completePending(chunk: Buffer): number {
    const before = this.#pending.length;
    let taken = 0;
    while (this.#header.read(this.#pending.bytes, 0) === INCOMPLETE) {
      if (taken >= chunk.length) return -1;
      this.#pending.append(chunk, taken, taken + 1);
      taken += 1;
    }
    if (this.#isFaulty(this.#pending.bytes, 0)) return -1;
    const end = this.#header.end - before;
    if (end > chunk.length) {
      this.#pending.append(chunk, taken, chunk.length);
      return -1;
    }
    this.#pending.append(chunk, taken, end);
    this.#frames(this.#pending.take(), 0);
    this.#owner.pieceEnded();
    if (this.#isBroken) return -1;
    if (!this.#isHolding) return end;
    this.#hold(chunk, end);
    return -1;
  }

  /** Gives out all whole frames from `start` and keeps the rest. */
  #frames(bytes: Buffer, start: number): void {
    const header = this.#header;
    let at = start;
    while (at < bytes.length) {
      if (header.read(bytes, at) === INCOMPLETE) break;
      if (this.#isFaulty(bytes, at)) return;
      if (header.end > bytes.length) break;
      at = header.end;
      this.#isFirst = false;
      if (!this.#owner.frame(header)) return this.#pause(bytes, at);
    }
    if (at < bytes.length) this.#pending.append(bytes, at, bytes.length);
  }

  #pause(bytes: Buffer, at: number): void {
    this.#isHolding = true;
    this.#hold(bytes, at);
  }

  /** The connection is ended when the header just read at `at` is wrong. */
  #isFaulty(bytes: Buffer, at: number): boolean {
    const violation = this.#violation(bytes, at);
    if (violation === undefined) return false;
    this.#isBroken = true;
    this.#owner.violated(violation);
    return true;
  }

  #violation(bytes: Buffer, at: number): Violation | undefined {
    if (this.#isFirst && bytes[at] !== PacketType.connect << 4) {
      return { reasonCode: Reason.protocolError, because: "the first packet is not CONNECT" }; // [MQTT5-3.1.0-1] [MQTT311-3.1.0-1]
    }
    const header = this.#header;
    const length = header.read(bytes, at);
    if (length === TOO_MANY_DIGITS) return malformed("its length has more than four bytes");
    if (length === PADDED && this.#owner.isVersion5)
      return malformed("its length has more bytes than it needs"); // [MQTT5-1.5.5-1]
    const { maxConnectBytes, maxPacketBytes } = this.#owner.limits;
    const limit = this.#isFirst ? maxConnectBytes : maxPacketBytes;
    const size = header.end - at;
    if (size <= limit) return undefined;
    const because = `a packet of ${size} bytes is larger than the ${limit} that are taken here`;
    return { reasonCode: Reason.packetTooLarge, because }; // [MQTT5-3.2.2-15]
  }

  #hold(bytes: Buffer, start: number): void {
    if (start >= bytes.length) return;
    const rest = bytes.subarray(start);
    this.#held = this.#held === undefined ? Buffer.from(rest) : Buffer.concat([this.#held, rest]);
  }
}
