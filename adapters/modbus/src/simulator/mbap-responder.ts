/** Answers MBAP frames. All answers to one burst of requests leave in one write. */
import type { SimulatedUnits } from "./simulated-units.ts";
import type { Line, Responder } from "./line.ts";
import { LONGEST_PDU } from "./answer.ts";

const HEADER = 7;
const LONGEST = HEADER + LONGEST_PDU;

/** One connection. */
export class MbapResponder implements Responder {
  readonly #units: SimulatedUnits;
  readonly #line: Line;
  /** What is left of a frame that has not come whole. */
  readonly #held = new Uint8Array(LONGEST);
  #heldLength = 0;
  #out = new Uint8Array(16 * LONGEST);
  #outLength = 0;

  constructor(units: SimulatedUnits, line: Line) {
    this.#units = units;
    this.#line = line;
  }

  received(bytes: Uint8Array, length: number): void {
    let at = this.#finishHeld(bytes, length);
    while (length - at >= HEADER) {
      const end = at + frameLength(bytes, at);
      if (end > length) break;
      this.#answer(bytes.subarray(at, end));
      at = end;
    }
    // What is longer than any frame is none of ours; the client will find out.
    const rest = Math.min(length - at, LONGEST - this.#heldLength);
    if (rest > 0) {
      this.#held.set(bytes.subarray(at, at + rest), this.#heldLength);
      this.#heldLength += rest;
    }
    this.#flush();
  }

  /** Where in `bytes` the next whole frame may begin. */
  #finishHeld(bytes: Uint8Array, length: number): number {
    if (this.#heldLength === 0) return 0;
    let at = 0;
    while (at < length && this.#heldLength < LONGEST) {
      if (this.#heldLength >= HEADER && this.#heldLength >= frameLength(this.#held, 0)) break;
      this.#held[this.#heldLength++] = bytes[at++] ?? 0;
    }
    if (this.#heldLength < HEADER || this.#heldLength < frameLength(this.#held, 0)) return at;
    const frame = this.#held.subarray(0, this.#heldLength);
    this.#heldLength = 0;
    this.#answer(frame);
    return at;
  }

  #answer(frame: Uint8Array): void {
    if (this.#out.length - this.#outLength < LONGEST) this.#flush();
    const out = this.#out.subarray(this.#outLength, this.#outLength + LONGEST);
    const unit = frame[6] ?? 0;
    const { length, delayMs, isNoise } = this.#units.react(
      unit,
      frame.subarray(HEADER),
      out.subarray(HEADER),
    );
    if (length === 0) return;
    out.set(frame.subarray(0, 4));
    out[4] = (length + 1) >> 8;
    out[5] = (length + 1) & 0xff;
    out[6] = unit;
    // TCP delivers bytes as they were sent: noise is an answer that belongs to nobody.
    if (isNoise) out[0] = (out[0] ?? 0) ^ 0x80;
    const size = HEADER + length;
    if (delayMs > 0) this.#line.writeLater(out.slice(0, size), delayMs);
    else this.#outLength += size;
  }

  #flush(): void {
    if (this.#outLength === 0) return;
    this.#line.write(this.#out.slice(0, this.#outLength));
    this.#outLength = 0;
  }
}

/** The whole frame with its header; at least a unit and a function code. */
function frameLength(bytes: Uint8Array, at: number): number {
  const said = ((bytes[at + 4] ?? 0) << 8) | (bytes[at + 5] ?? 0);
  return 6 + Math.min(Math.max(said, 2), LONGEST - 6);
}
