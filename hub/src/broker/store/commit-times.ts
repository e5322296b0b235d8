/**
 * How long the disk takes for a batch, and whether it is slow: then all that must be stored before it is acknowledged
 * waits, and nothing else. Seen over ten seconds, because one long flush now and then is nothing to be told.
 */
import { DurationCounter, type Durations, type Logger } from "@unshub/adapter";

/** In seconds: from a good SSD to the card of a gateway that is worn out. */
export const COMMIT_BOUNDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5,
];

const WINDOW_MS = 10_000;
const SLOW_MS = 250;
/** Of fewer batches in a window nothing is concluded, unless the slow ones took half of it: then there is no time for more. */
const FEWEST = 5;
/** A batch that has been under way for so long is reason enough. */
const STUCK_MS = 5000;

export interface CommitTimes {
  /** All since the start, by `COMMIT_BOUNDS`. */
  readonly took: Durations;
  /**
   * Whether more than one of a hundred batches took longer than 250 ms in the last full ten seconds, or those took half of
   * that time, or one is stuck.
   */
  readonly isSlow: boolean;
}

export class CommitWatch implements CommitTimes {
  readonly took = new DurationCounter(COMMIT_BOUNDS);
  readonly #log: Logger;
  readonly #monotonic: () => number;
  #windowBegan: number;
  #batches = 0;
  #slowBatches = 0;
  /** What those took. */
  #slowMs = 0;
  /** Of the last full window. */
  #wasSlow = false;
  /** Since when the batch that is being written is under way. */
  #since: number | undefined;

  constructor(log: Logger, monotonic: () => number) {
    this.#log = log;
    this.#monotonic = monotonic;
    this.#windowBegan = monotonic();
  }

  get isSlow(): boolean {
    const now = this.#monotonic();
    if (this.#since !== undefined && now - this.#since > STUCK_MS) return true;
    return this.#wasSlow && now - this.#windowBegan < 2 * WINDOW_MS; // longer ago: nothing was written since
  }

  /** A batch was given to the writer. */
  begun(): void {
    this.#since = this.#monotonic();
  }

  /** It is done with. @param ms how long the writer was at it; `undefined`: it never said. */
  ended(ms: number | undefined): void {
    this.#since = undefined;
    if (ms === undefined) return;
    this.#moveOn(this.#monotonic());
    this.took.note(ms / 1000);
    this.#batches += 1;
    if (ms <= SLOW_MS) return;
    this.#slowBatches += 1;
    this.#slowMs += ms;
  }

  #moveOn(now: number): void {
    const age = now - this.#windowBegan;
    if (age < WINDOW_MS) return;
    const isRecent = age < 2 * WINDOW_MS; // otherwise a whole window without a batch has passed since
    const areEnough = this.#batches >= FEWEST || 2 * this.#slowMs >= WINDOW_MS;
    this.#conclude(isRecent && areEnough && this.#slowBatches * 100 > this.#batches);
    this.#windowBegan = now;
    this.#batches = 0;
    this.#slowBatches = 0;
    this.#slowMs = 0;
  }

  #conclude(isSlow: boolean): void {
    if (isSlow === this.#wasSlow) return;
    this.#wasSlow = isSlow;
    const { count, seconds } = this.took;
    const fields = { slowBatches: this.#slowBatches, batches: this.#batches };
    if (isSlow)
      this.#log.warn(
        fields,
        "the disk of the store is slow: acknowledgements of QoS 1 and 2 wait for it",
      );
    else
      this.#log.info(
        { meanMs: (1000 * seconds) / count },
        "the disk of the store is no longer slow",
      );
  }
}
