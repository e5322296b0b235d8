/** One clock for all who wait for something new: it ticks only while somebody does. */

const TICK_MS = 25;

export class Ticking {
  readonly #waiting = new Set<{ readonly holds: () => boolean; readonly resolve: () => void }>();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  /** Resolves once `holds`, or when there is no more ticking. */
  until(holds: () => boolean): Promise<void> {
    if (this.#isStopped || holds()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.add({ holds, resolve });
      this.#timer ??= setInterval(() => this.#tick(), TICK_MS).unref();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#tick();
  }

  #tick(): void {
    for (const one of this.#waiting) {
      if (!this.#isStopped && !one.holds()) continue;
      this.#waiting.delete(one);
      one.resolve();
    }
    if (this.#waiting.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
