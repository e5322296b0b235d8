/** Takes the local echo of a two-wire line away: the bytes that we sent come back before the answer. */

/** Strips what was sent last from what comes next. */
export class EchoStripper {
  #sent: Uint8Array = new Uint8Array();
  #at = 0;

  /** `frame` was sent and will come back. */
  expect(frame: Uint8Array): void {
    this.#sent = frame;
    this.#at = 0;
  }

  reset(): void {
    this.#at = this.#sent.length;
  }

  /** How many of the first `length` of `bytes` are echo. A byte that differs ends the echo: the rest is an answer. */
  strip(bytes: Uint8Array, length: number): number {
    let at = 0;
    while (at < length && this.#at < this.#sent.length && bytes[at] === this.#sent[this.#at]) {
      at += 1;
      this.#at += 1;
    }
    if (at < length) this.reset();
    return at;
  }
}
