/** When a server is browsed again: when it says that its nodes changed, every so often, or when somebody asks. */

/** What is done, and how often it may be. */
export interface RebrowseOptions {
  /** Left out: not by time. */
  readonly everyMs?: number;
  /** After a change nothing is looked for so long, since each change is a birth, which is dear to every subscriber. */
  readonly holdoffMs: number;
  /** Looks; answers whether anything is different. */
  look(): Promise<boolean>;
  /** What was found is to be used. */
  changed(): void;
  failed(cause: unknown): void;
}

/** Of one connection; `stop` ends it. */
export class RebrowseSchedule {
  readonly #options: RebrowseOptions;
  readonly #clock: NodeJS.Timeout | undefined;
  #waiting: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #again = false;
  #quietUntil: number;
  #stopped = false;

  /** The connection that begins now brings a birth itself. */
  constructor(options: RebrowseOptions) {
    this.#options = options;
    this.#quietUntil = performance.now() + options.holdoffMs;
    const { everyMs } = options;
    if (everyMs !== undefined) this.#clock = setInterval(() => this.ask(), everyMs);
  }

  /** Something may have changed. Asking often does not look more often. */
  ask(): void {
    if (this.#stopped || this.#waiting !== undefined) return;
    if (this.#looking !== undefined) {
      this.#again = true; // what is seen now may be from before the change
      return;
    }
    const restMs = Math.max(0, this.#quietUntil - performance.now());
    this.#waiting = setTimeout(() => {
      this.#waiting = undefined;
      this.#looking = this.#look();
    }, restMs);
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#clock);
    clearTimeout(this.#waiting);
  }

  async #look(): Promise<void> {
    try {
      const isDifferent = await this.#options.look();
      if (this.#stopped) return;
      if (isDifferent) {
        this.#quietUntil = performance.now() + this.#options.holdoffMs;
        this.#options.changed();
      }
    } catch (cause) {
      if (!this.#stopped) this.#options.failed(cause);
    } finally {
      this.#looking = undefined;
      const again = this.#again;
      this.#again = false;
      if (again) this.ask();
    }
  }
}
