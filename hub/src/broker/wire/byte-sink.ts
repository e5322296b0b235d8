/** Where bytes are written one after the other: an outbox, or a scratch buffer that is used again. */
export interface ByteSink {
  readonly buffer: Buffer;
  length: number;
  /** Makes room for `bytes` more; `buffer` may be another one afterwards. */
  reserve(bytes: number): void;
}

export class Scratch implements ByteSink {
  buffer = Buffer.allocUnsafe(4096);
  length = 0;

  reserve(bytes: number): void {
    const needed = this.length + bytes;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.buffer.length));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
