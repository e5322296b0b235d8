/**
 * Room on the disk that is kept for bad times: a file of no content that is given up when the disk is full, so that the
 * log can still be copied into the store and what is delivered can still be deleted.
 */
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";

/** So much is written at once: a gateway has better uses for memory. */
const PIECE_BYTES = 65_536;

export class Reserve {
  readonly #file: string;
  readonly #bytes: number;
  #isGivenUp = false;

  constructor(file: string, bytes: number) {
    this.#file = `${file}.reserve`;
    this.#bytes = bytes;
    if (bytes > 0) this.#make(); // a disk that is full already has to do without
  }

  giveUp(): void {
    if (this.#bytes === 0) return;
    this.#isGivenUp = true;
    rmSync(this.#file, { force: true });
  }

  /** Whether it is there, or there again; one that could never be made is not waited for. */
  restore(): boolean {
    if (this.#isGivenUp && this.#make()) this.#isGivenUp = false;
    return !this.#isGivenUp;
  }

  #make(): boolean {
    try {
      if (statSync(this.#file, { throwIfNoEntry: false })?.size === this.#bytes) return true;
      writeRandom(this.#file, this.#bytes);
      return true;
    } catch {
      rmSync(this.#file, { force: true });
      return false; // no room, which is what the caller asks about
    }
  }
}

/**
 * Random bytes, because some file systems store zeros, or what they hold already, without taking any room for it. They
 * keep no secret, and `node:crypto` would be 1 MB of memory in this thread.
 */
function writeRandom(path: string, bytes: number): void {
  const piece = new Uint32Array(PIECE_BYTES / Uint32Array.BYTES_PER_ELEMENT);
  const file = openSync(path, "w");
  try {
    for (let left = bytes; left > 0;) {
      for (let at = 0; at < piece.length; at += 1) piece[at] = Math.random() * 2 ** 32;
      left -= writeSync(file, piece, 0, Math.min(left, PIECE_BYTES));
    }
  } finally {
    closeSync(file);
  }
}
