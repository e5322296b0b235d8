/**
 * Requests that were begun, on disk before they are. When the hub was stopped meanwhile nobody knows what became of them, and
 * whoever asks again over the next connection must not have them carried out a second time.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import { linesOf, writeWhole } from "../whole-file.ts";

const DAY_MS = 86_400_000;
/** More are not kept: the oldest goes. */
const MOST_KEPT = 1000;

const kept = z.object({ begun: z.array(z.tuple([z.string(), z.number()])) });

export class BegunRequests {
  readonly #file: string;
  readonly #now: () => number;
  /** When each was begun, in milliseconds since 1970 UTC, by what it is called on disk. */
  readonly #begun: Map<string, number>;
  /** Of runs of the hub before this one. */
  readonly #ofBefore: Set<string>;
  /** What is written waits for what was written before. */
  #writing: Promise<void> = Promise.resolve();

  /** Reads what was begun before. `now`: milliseconds since 1970 UTC. */
  constructor(file: string, now: () => number) {
    this.#file = file;
    this.#now = now;
    const read = kept.safeParse(linesOf(file)[0]);
    const begun = read.success ? read.data.begun : [];
    this.#begun = new Map(begun.filter(([, at]) => now() - at < DAY_MS));
    this.#ofBefore = new Set(this.#begun.keys());
  }

  /** Whether it was begun in a run of the hub before this one, and nobody has heard since what became of it. */
  isOfBefore(key: string): boolean {
    return this.#ofBefore.has(nameOf(key));
  }

  /** Resolves when it is on disk. @throws when it cannot be written: then it must not be done. */
  async begin(key: string): Promise<void> {
    const name = nameOf(key);
    this.#begun.set(name, this.#now());
    const [oldest] = this.#begun.keys();
    if (this.#begun.size > MOST_KEPT && oldest !== undefined) this.#forget(oldest);
    try {
      await this.#write();
    } catch (error) {
      this.#begun.delete(name);
      throw error;
    }
  }

  /** It may be asked anew from now on. What cannot be written now is written with the next one. */
  async end(key: string): Promise<void> {
    if (this.#forget(nameOf(key))) await this.#write().catch(() => undefined);
  }

  #forget(name: string): boolean {
    this.#ofBefore.delete(name);
    return this.#begun.delete(name);
  }

  async #write(): Promise<void> {
    const writing = this.#writing.then(() => writeWhole(this.#file, { begun: [...this.#begun] }));
    this.#writing = writing.catch(() => undefined);
    await writing;
  }
}

/** Parameters may be long, and are nobody's business. */
function nameOf(key: string): string {
  return createHash("sha256").update(key).digest("base64url");
}
