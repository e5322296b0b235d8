/** Reads the values of one entry after the other from a batch, in the order in which `batch.ts` wrote them. */

export class BatchReader {
  readonly #bytes: Buffer;
  at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  uint8(): number {
    const value = this.#bytes.readUInt8(this.at);
    this.at += 1;
    return value;
  }

  uint16(): number {
    const value = this.#bytes.readUInt16LE(this.at);
    this.at += 2;
    return value;
  }

  uint32(): number {
    const value = this.#bytes.readUInt32LE(this.at);
    this.at += 4;
    return value;
  }

  double(): number {
    const value = this.#bytes.readDoubleLE(this.at);
    this.at += 8;
    return value;
  }

  text(): string {
    const from = this.at + 4;
    this.at = from + this.#bytes.readUInt32LE(this.at);
    return this.#bytes.toString("utf8", from, this.at);
  }

  /** All up to `to`; not a copy. */
  rest(to: number): Buffer {
    return this.#bytes.subarray(this.at, to);
  }
}
