/**
 * Paths that leave the plant: what was retained there is cleared in batches, and each batch is written down whole, so that
 * nothing disappears without a list of it.
 */
import { appendFile, rename, stat } from "node:fs/promises";
import type { Logger } from "@unshub/adapter";

export interface LeavingOptions {
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** Where the lists are kept, a line for each batch; the last one before it as `.1`. */
  readonly file: string;
}

/** Topics that were cleared together, and why. */
export interface ClearedBatch {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly because: string;
  readonly topics: readonly string[];
}

/** A birth may be followed by another that names them again. */
const WAIT_MS = 500;
const MOST_AT_ONCE = 10_000;
const MAX_FILE_BYTES = 16 * 1024 * 1024;
/** Batches that can be asked for, and how much of each the log shows. */
const MAX_BATCHES = 20;
const SHOWN = 10;

const NOT_BORN = "not in the last birth, or its birth was deleted";

export class Leaving {
  readonly #options: LeavingOptions;
  /** Topics, and whether something stands there again. */
  readonly #gone = new Map<string, () => boolean>();
  readonly #batches: ClearedBatch[] = [];
  #since = 0;

  constructor(options: LeavingOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#gone.size === 0;
  }

  /** The last ones, the newest last. */
  get batches(): readonly ClearedBatch[] {
    return this.#batches;
  }

  /** What was published there is no more; `isBack`: asked before it is cleared. */
  add(topic: string, isBack: () => boolean): void {
    if (this.#gone.size === 0) this.#since = performance.now();
    this.#gone.set(topic, isBack);
  }

  /** Clears those that waited long enough and were not born again, with `clear`. */
  async clear(clear: (topics: readonly string[]) => Promise<void>): Promise<void> {
    if (this.#gone.size === 0 || performance.now() - this.#since < WAIT_MS) return;
    const batch = [...this.#gone].slice(0, MOST_AT_ONCE);
    for (const [topic] of batch) this.#gone.delete(topic);
    const gone = batch.flatMap(([topic, isBack]) => (isBack() ? [] : [topic]));
    await this.clearTopics(gone, NOT_BORN, clear);
  }

  /** Clears these topics with `clear`, and writes down which. */
  async clearTopics(
    topics: readonly string[],
    because: string,
    clear: (topics: readonly string[]) => Promise<void>,
  ): Promise<void> {
    if (topics.length === 0) return;
    const { log, now, file } = this.#options;
    const batch: ClearedBatch = { at: now(), because, topics };
    await this.#writeDown(batch);
    await clear(topics);
    this.#batches.push(batch);
    if (this.#batches.length > MAX_BATCHES) this.#batches.shift();
    const shown = topics.slice(0, SHOWN);
    log.warn({ topics: topics.length, because, shown, file }, "plain topics cleared");
  }

  async #writeDown({ at, because, topics }: ClearedBatch): Promise<void> {
    const { file, log } = this.#options;
    const line = { at: new Date(at).toISOString(), because, topics };
    try {
      const size = await stat(file).then(
        ({ size: bytes }) => bytes,
        () => 0, // there is none yet
      );
      if (size > MAX_FILE_BYTES) await rename(file, `${file}.1`);
      await appendFile(file, `${JSON.stringify(line)}\n`);
    } catch (error) {
      log.error({ file, error, topics }, "the list of cleared topics could not be written");
    }
  }
}
