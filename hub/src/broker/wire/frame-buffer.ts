/** Puts together a frame that came in pieces, with no more memory than has been received (twice as much at most). */

const FIRST_BYTES = 4096;

export class FrameBuffer {
  #bytes: Buffer = Buffer.alloc(0);
  #length = 0;

  /** Bytes gathered so far. */
  get length(): number {
    return this.#length;
  }

  /** What was gathered; valid until the next call of anything. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  append(chunk: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_BYTES, needed, 2 * this.#length));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#length, start, end);
    this.#length = needed;
  }

  /** Gives back what was gathered and begins anew. */
  take(): Buffer {
    const bytes = this.bytes;
    this.#bytes = Buffer.alloc(0);
    this.#length = 0;
    return bytes;
  }
}
