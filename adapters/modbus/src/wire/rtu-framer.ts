/**
 * Finds RTU frames (unit, PDU, checksum) in the bytes of a serial line, where noise may stand before, between and behind
 * them. A frame is known by its length, which its first bytes tell, and its checksum; everything else is slid over
 * byte by byte. An incomplete frame is waited for only if somebody expects a frame that begins like this. When the line
 * then falls quiet, `settle` looks behind the incomplete one.
 */
import { hasGoodCrc } from "./crc.ts";
import { hasData } from "./pdu.ts";

/** Who is told what the line says. Positions are valid during the call. */
export interface RtuSink {
  /** Whether a frame that begins like this is expected. `byteCount` is only known of data, and once it is here. */
  expects(unit: number, functionCode: number | undefined, byteCount: number | undefined): boolean;
  /** A frame with a good checksum; the checksum is not in `frame`. */
  frame(frame: Uint8Array): void;
  /** A frame that is expected came with a wrong checksum; `frame` without it. */
  damaged(frame: Uint8Array): void;
  /** Bytes that belong to no frame. */
  noise(count: number): void;
}

/** Two frames of the longest kind and some noise. */
const MOST_HELD = 1024;
const CRC_BYTES = 2;
const EXCEPTION_BYTES = 5;
const SHORTEST = 5;
/** Answers to writes, by function. */
const ECHO_BYTES = new Map([
  [5, 8],
  [6, 8],
  [15, 8],
  [16, 8],
  [22, 10],
]);

/** Frames of one line. */
export class RtuFramer {
  readonly #held = new Uint8Array(MOST_HELD);
  #length = 0;

  /** Bytes that wait for the rest of their frame. */
  get held(): number {
    return this.#length;
  }

  reset(): void {
    this.#length = 0;
  }

  /** Takes bytes `start` to `end` and hands over the frames they complete. */
  push(bytes: Uint8Array, start: number, end: number, sink: RtuSink): void {
    let at = start;
    while (at < end) {
      const taken = Math.min(end - at, MOST_HELD - this.#length);
      for (let index = 0; index < taken; index += 1)
        this.#held[this.#length++] = bytes[at + index] ?? 0;
      at += taken;
      this.#drop(this.#scan(sink));
      // Only a frame that nobody could have sent fills the whole buffer.
      if (this.#length === MOST_HELD) this.#drop(1);
    }
  }

  /** The line is quiet: a whole expected frame behind an incomplete one counts now. */
  settle(sink: RtuSink): void {
    for (let at = 1; at + SHORTEST <= this.#length; at += 1) {
      const size = this.#sizeAt(at);
      if (size === 0 || at + size > this.#length || !hasGoodCrc(this.#held, at, at + size))
        continue;
      if (!this.#isExpected(at, sink)) continue;
      sink.noise(at);
      sink.frame(this.#held.subarray(at, at + size - CRC_BYTES));
      this.#drop(at + size);
      this.#drop(this.#scan(sink));
      return;
    }
  }

  /** Nobody expects anything more: what is held is noise. */
  discard(sink: RtuSink): void {
    if (this.#length > 0) sink.noise(this.#length);
    this.reset();
  }

  /** Answers how many bytes are done with. */
  #scan(sink: RtuSink): number {
    let at = 0;
    let noise = 0;
    while (at < this.#length) {
      const size = this.#sizeAt(at);
      const isWhole = size > 0 && at + size <= this.#length;
      if (isWhole && hasGoodCrc(this.#held, at, at + size)) {
        if (noise > 0) sink.noise(noise);
        noise = 0;
        sink.frame(this.#held.subarray(at, at + size - CRC_BYTES));
        at += size;
        continue;
      }
      const isExpected = this.#mayBegin(at) && this.#isExpected(at, sink);
      if (isExpected && !isWhole) break;
      if (isExpected) sink.damaged(this.#held.subarray(at, at + size - CRC_BYTES));
      at += 1;
      noise += 1;
    }
    if (noise > 0) sink.noise(noise);
    return at;
  }

  /** Takes `count` bytes from the front. */
  #drop(count: number): void {
    if (count === 0) return;
    if (count < this.#length) this.#held.copyWithin(0, count, this.#length);
    this.#length -= count;
  }

  /** Bytes of the frame that begins at `at`; 0 when its first bytes are no answer or do not tell yet. */
  #sizeAt(at: number): number {
    if (at + 2 > this.#length) return 0;
    const functionCode = this.#held[at + 1] ?? 0;
    if (functionCode & 0x80) return EXCEPTION_BYTES;
    if (!hasData(functionCode)) return ECHO_BYTES.get(functionCode) ?? 0;
    return at + 3 > this.#length ? 0 : 3 + (this.#held[at + 2] ?? 0) + CRC_BYTES;
  }

  /** Whether so few bytes are here that everything is possible, or the function is one that we know. */
  #mayBegin(at: number): boolean {
    return at + 3 > this.#length || this.#sizeAt(at) > 0;
  }

  #isExpected(at: number, sink: RtuSink): boolean {
    const unit = this.#held[at] ?? 0;
    const functionCode = at + 1 < this.#length ? this.#held[at + 1] : undefined;
    const isData = functionCode !== undefined && hasData(functionCode);
    const byteCount = isData && at + 2 < this.#length ? this.#held[at + 2] : undefined;
    return sink.expects(unit, functionCode, byteCount);
  }
}
