/** Answers RTU frames: unit, PDU, checksum. Units that are not there stay silent, as on a real line. */
import { hasGoodCrc, putRtuFrame } from "../wire/crc.ts";
import type { SimulatedUnits } from "./simulated-units.ts";
import type { Line, Responder } from "./line.ts";
import { LONGEST_PDU } from "./answer.ts";

const LONGEST = 1 + LONGEST_PDU + 2;
const SHORTEST = 4;
/** Bytes of requests with a fixed length, by function. */
const FIXED = new Map([
  [1, 8],
  [2, 8],
  [3, 8],
  [4, 8],
  [5, 8],
  [6, 8],
  [22, 10],
]);
/** A pause inside a frame ends it. */
const PAUSE_MS = 100;

/** One line. */
export class RtuResponder implements Responder {
  readonly #units: SimulatedUnits;
  readonly #line: Line;
  readonly #held = new Uint8Array(2 * LONGEST);
  readonly #pdu = new Uint8Array(LONGEST_PDU);
  #length = 0;
  #heardAt = 0;

  constructor(units: SimulatedUnits, line: Line) {
    this.#units = units;
    this.#line = line;
  }

  received(bytes: Uint8Array, length: number): void {
    const nowMs = performance.now();
    if (nowMs - this.#heardAt > PAUSE_MS) this.#length = 0;
    this.#heardAt = nowMs;
    for (let at = 0; at < length; at += 1) {
      if (this.#length === this.#held.length) this.#drop(1);
      this.#held[this.#length++] = bytes[at] ?? 0;
      this.#scan();
    }
  }

  /** Answers a frame at the beginning; slides over what cannot be one. */
  #scan(): void {
    while (this.#length >= SHORTEST) {
      const size = this.#sizeOfFirst();
      if (size !== undefined && size > this.#length) return;
      if (size !== undefined && hasGoodCrc(this.#held, 0, size)) {
        this.#answer(this.#held.subarray(0, size - 2));
        this.#drop(size);
      } else this.#drop(1);
    }
  }

  /** `undefined`: no request that we know begins here. */
  #sizeOfFirst(): number | undefined {
    const functionCode = this.#held[1] ?? 0;
    if (functionCode !== 15 && functionCode !== 16) return FIXED.get(functionCode) ?? undefined;
    return this.#length < 7 ? 9 : 9 + (this.#held[6] ?? 0);
  }

  #drop(count: number): void {
    this.#held.copyWithin(0, count, this.#length);
    this.#length -= count;
  }

  #answer(frame: Uint8Array): void {
    const unit = frame[0] ?? 0;
    const request = frame.subarray(1);
    if (unit === 0) return this.#units.broadcast(request, this.#pdu);
    if (!this.#units.has(unit)) return;
    const { length, delayMs, isNoise } = this.#units.react(unit, request, this.#pdu);
    if (length === 0) return;
    const reply = new Uint8Array(length + 3);
    putRtuFrame(reply, 0, unit, this.#pdu.subarray(0, length));
    // A byte that the line has changed: the checksum tells.
    if (isNoise) {
      const at = this.#units.dice(reply.length);
      reply[at] = (reply[at] ?? 0) ^ (1 << this.#units.dice(8));
    }
    if (delayMs > 0) this.#line.writeLater(reply, delayMs);
    else this.#line.write(reply);
  }
}
