/** Buffers for outgoing bytes, used again and again: an idle connection has none. */

const SIZES = [4096, 65_536, 1_048_576] as const;
/** Buffers of each size that are kept for the next one. */
const KEPT = [256, 64, 8] as const;

export class BufferPool {
  readonly #free: readonly Buffer[][] = SIZES.map(() => []);
  #lastStart: { readonly of: Buffer; readonly bytes: Buffer } | undefined;

  /** A buffer of at least `bytes`. */
  take(bytes: number): Buffer {
    const index = SIZES.findIndex((size) => size >= bytes);
    const size = SIZES[index];
    if (size === undefined) return Buffer.allocUnsafeSlow(bytes);
    return this.#free[index]?.pop() ?? Buffer.allocUnsafeSlow(size);
  }

  /** The first `length` bytes of `buffer`. Often they are the same as the last time: so is the object for them. */
  start(buffer: Buffer, length: number): Buffer {
    const last = this.#lastStart;
    if (last?.of === buffer && last.bytes.length === length) return last.bytes;
    const bytes = buffer.subarray(0, length);
    this.#lastStart = { of: buffer, bytes };
    return bytes;
  }

  /** Nobody reads or writes `buffer` any more. */
  give(buffer: Buffer): void {
    const index = SIZES.findIndex((size) => size === buffer.length);
    const free = this.#free[index];
    if (free !== undefined && free.length < (KEPT[index] ?? 0)) free.push(buffer);
  }
}
