/** The numbers of commands: each is given once, in later runs of the hub too, so that nobody who asks for one gets another. */
import type { Logger } from "@unshub/adapter";
import type { NumberFile } from "../number-file.ts";

/** So many are taken at once: the disk is written once for them. What a run leaves over is given to nobody. */
const TAKEN_AT_ONCE = 1000;

export interface CommandNumbersOptions {
  /** Up to where numbers were taken. */
  readonly file: NumberFile;
  readonly log: Logger;
}

export class CommandNumbers {
  /** All up to it are of earlier runs. */
  readonly before: number;
  readonly #options: CommandNumbersOptions | undefined;
  #last: number;
  #taken: number;

  /** `options`: left out, they count from 1 in each run. */
  constructor(options?: CommandNumbersOptions) {
    this.#options = options;
    this.before = options?.file.last ?? 0;
    [this.#last, this.#taken] = [this.before, this.before];
  }

  next(): number {
    this.#last += 1;
    if (this.#last > this.#taken) this.#take();
    return this.#last;
  }

  #take(): void {
    this.#taken = this.#last + TAKEN_AT_ONCE - 1;
    try {
      this.#options?.file.save(this.#taken);
    } catch (error) {
      const numbers = { from: this.#last, to: this.#taken };
      this.#options?.log.warn({ ...numbers, error }, "numbers of commands may be given again");
    }
  }
}
