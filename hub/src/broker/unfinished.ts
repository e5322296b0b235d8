/**
 * What has come of packets that are not whole yet, or may not be read yet, of all connections together. Honest packets
 * are whole soon, so the oldest goes when there is too much: nobody can keep the room for himself.
 */

/** A reader that keeps bytes for later. */
export interface Holder {
  /** It must forget them, and its connection is ended. */
  tooMuch(): void;
}

export class Unfinished {
  readonly #maxBytes: number;
  readonly #holders = new Map<Holder, number>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** `holder` keeps this many bytes now. */
  set(holder: Holder, bytes: number): void {
    const before = this.#holders.get(holder) ?? 0;
    if (bytes === before) return;
    this.#bytes += bytes - before;
    if (bytes === 0) this.#holders.delete(holder);
    else this.#holders.set(holder, bytes);
    if (bytes > before) this.#endOldest();
  }

  #endOldest(): void {
    for (const holder of this.#holders.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.set(holder, 0);
      holder.tooMuch();
    }
  }
}
