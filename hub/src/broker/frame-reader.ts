/**
 * Finds the frames in what one client sends, without copying those that came whole. It reads fixed headers only; what
 * is inside a frame is left to others.
 */
import type { BrokerLimits } from "./limits.ts";
import { Reason } from "./reason.ts";
import type { Holder, Unfinished } from "./unfinished.ts";
import { malformed, type Violation } from "./violation.ts";
import { FixedHeader, INCOMPLETE, PADDED, TOO_MANY_DIGITS } from "./wire/fixed-header.ts";
import { FrameBuffer } from "./wire/frame-buffer.ts";
import { PacketType, type ReceivedFrame } from "./wire/packet-check.ts";

/** So little is not worth counting. */
const UNCOUNTED_BYTES = 4096;

export interface FrameReaderOwner {
  readonly limits: BrokerLimits;
  readonly unfinished: Unfinished;
  isVersion5(): boolean;
  /** A whole frame, valid during the call. Answers whether the next one may be read now. */
  frame(frame: ReceivedFrame): boolean;
  violated(violation: Violation): void;
  /** All frames of one buffer have been given out: nothing of it may be used any longer. */
  pieceEnded(): void;
}

export class FrameReader implements Holder {
  readonly #owner: FrameReaderOwner;
  readonly #header = new FixedHeader();
  readonly #pending = new FrameBuffer();
  /** What came while no frame may be read; a copy. */
  #held: Buffer = NOTHING;
  /** What was held and is being read now. */
  #released: Buffer = NOTHING;
  #isHolding = false;
  #isBroken = false;
  #isFirst = true;

  constructor(owner: FrameReaderOwner) {
    this.#owner = owner;
  }

  /** Whether `frame` answered no, so that `release` must be called. */
  get isHolding(): boolean {
    return this.#isHolding;
  }

  /** Reads on, with what came meanwhile, after `frame` had answered no. */
  release(): void {
    this.#isHolding = false;
    const held = this.#held;
    this.#held = NOTHING;
    this.#released = held;
    if (held.length > 0) this.take(held);
    this.#released = NOTHING;
  }

  take(chunk: Buffer): void {
    if (this.#isBroken) return;
    if (this.#isHolding) this.#hold(chunk, 0);
    else {
      const start = this.#pending.length > 0 ? this.#completePending(chunk) : 0;
      if (start >= 0) this.#frames(chunk, start);
      this.#owner.pieceEnded();
    }
    this.#count();
  }

  /** Nothing more is read, and nothing is kept. */
  close(): void {
    this.#isBroken = true;
    this.#held = NOTHING;
    this.#pending.take();
    this.#owner.unfinished.set(this, 0);
  }

  tooMuch(): void {
    this.close();
    const because = "too much has come of packets that are not whole, and this one was the oldest";
    this.#owner.violated({ reasonCode: Reason.quotaExceeded, because });
  }

  #count(): void {
    const bytes = this.#pending.capacity + this.#held.length;
    this.#owner.unfinished.set(this, bytes > UNCOUNTED_BYTES ? bytes : 0);
  }

  /** Adds to the frame that came in pieces; answers where the next one begins in `chunk`, −1 when there is none yet. */
  #completePending(chunk: Buffer): number {
    const before = this.#pending.length;
    let taken = 0;
    let body = this.#header.read(this.#pending.bytes, 0);
    while (body === INCOMPLETE) {
      if (taken >= chunk.length) return -1;
      this.#pending.append(chunk, { start: taken, end: taken + 1 });
      taken += 1;
      body = this.#header.read(this.#pending.bytes, 0);
    }
    if (this.#isFaulty(body)) return -1;
    const whole = this.#header.end;
    const end = whole - before;
    this.#pending.append(chunk, { start: taken, end: Math.min(end, chunk.length) }, whole);
    if (end > chunk.length) return -1;
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
    let whole = 0;
    while (at < bytes.length) {
      whole = 0;
      const body = header.read(bytes, at);
      if (body === INCOMPLETE) break;
      if (this.#isFaulty(body)) return;
      whole = header.end - at;
      if (header.end > bytes.length) break;
      at = header.end;
      this.#isFirst = false;
      if (!this.#owner.frame(header)) return this.#pause(bytes, at);
    }
    if (at < bytes.length) this.#pending.append(bytes, { start: at, end: bytes.length }, whole);
  }

  #pause(bytes: Buffer, at: number): void {
    this.#isHolding = true;
    this.#hold(bytes, at);
  }

  /** The connection is ended when the header that was just read is wrong; `body` is what reading it answered. */
  #isFaulty(body: number): boolean {
    const violation = this.#violation(body);
    if (violation === undefined) return false;
    this.#isBroken = true;
    this.#owner.violated(violation);
    return true;
  }

  #violation(body: number): Violation | undefined {
    const { bytes, start, end } = this.#header;
    const first = bytes[start] ?? 0;
    if (this.#isFirst && first !== PacketType.connect << 4) {
      return { reasonCode: Reason.protocolError, because: "the first packet is not CONNECT" }; // [MQTT5-3.1.0-1] [MQTT311-3.1.0-1]
    }
    if (body === TOO_MANY_DIGITS) return malformed("its length has more than four bytes");
    if (body === PADDED && this.#owner.isVersion5())
      return malformed("its length has more bytes than it needs"); // [MQTT5-1.5.5-1]
    const limit = this.#limitFor(first >> 4);
    const size = end - start;
    if (size <= limit) return undefined;
    const because = `a packet of ${size} bytes is larger than the ${limit} that are taken here`;
    return { reasonCode: Reason.packetTooLarge, because }; // [MQTT5-3.2.2-15]
  }

  #limitFor(type: number): number {
    const { maxConnectBytes, maxPacketBytes, maxControlBytes } = this.#owner.limits;
    if (this.#isFirst) return maxConnectBytes;
    return type === PacketType.publish ? maxPacketBytes : Math.min(maxControlBytes, maxPacketBytes);
  }

  #hold(bytes: Buffer, start: number): void {
    if (start >= bytes.length || this.#isBroken) return;
    const rest = bytes.subarray(start);
    const isOurs = bytes === this.#released;
    if (this.#held.length > 0) this.#held = Buffer.concat([this.#held, rest]);
    else this.#held = isOurs ? rest : Buffer.from(rest);
  }
}

const NOTHING = Buffer.alloc(0);
