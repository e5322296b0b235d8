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

  /** The memory that it takes. */
  get capacity(): number {
    return this.#bytes.length;
  }

  /** `whole`: how long the frame will be, if that is known. */
  append(chunk: Buffer, range: { readonly start: number; readonly end: number }, whole = 0): void {
    const { start, end } = range;
    const needed = this.#length + end - start;
    if (needed > this.#bytes.length) {
      const generous = Math.max(FIRST_BYTES, needed, 2 * this.#length);
      const larger = Buffer.allocUnsafe(whole >= needed ? Math.min(generous, whole) : generous);
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
