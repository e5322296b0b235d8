/** Text that becomes bytes at once: what is written one by one need not be kept as many strings until it is whole. */
import { Breath } from "./breath.ts";

const FIRST_BYTES = 65_536;
/** What is short goes as it is. */
const SHORT_LETTERS = 65_536;
/** A letter takes so many bytes at most. */
const BYTES_A_LETTER = 3;

/** Pieces behind each other, in slices when they are long. */
export async function joined(pieces: readonly string[]): Promise<string | Buffer> {
  if (pieces.reduce((sum, piece) => sum + piece.length, 0) <= SHORT_LETTERS) return pieces.join("");
  const text = new ByteText();
  const breath = new Breath();
  for (const piece of pieces) {
    text.push(piece);
    if (breath.isOver) await breath.take();
  }
  return text.bytes;
}

export class ByteText {
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  push(text: string): void {
    const most = this.#length + text.length * BYTES_A_LETTER;
    if (most > this.#bytes.length) this.#grow(most);
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** Begins anew in the same room; nobody may read what was there any more. */
  clear(): void {
    this.#length = 0;
  }

  /** A view; nothing may be pushed any more. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #grow(most: number): void {
    const bigger = Buffer.allocUnsafe(Math.max(most, this.#bytes.length * 2));
    this.#bytes.copy(bigger, 0, 0, this.#length);
    this.#bytes = bigger;
  }
}
