/** Pauses that end early when there is no more use in waiting. */
import type { Scheduler } from "./scheduler.ts";

export class Naps {
  readonly #scheduler: Scheduler;
  readonly #wake = new Set<() => void>();
  #isOver = false;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** Resolves after `ms`, or when all are woken. */
  async nap(ms: number): Promise<void> {
    if (this.#isOver) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const planned = this.#scheduler.after(ms, resolve);
    this.#wake.add(resolve);
    await promise;
    this.#wake.delete(resolve);
    planned.cancel();
  }

  /** Ends all pauses, and those to come at once. */
  wakeForever(): void {
    this.#isOver = true;
    for (const wake of this.#wake) wake();
  }
}
