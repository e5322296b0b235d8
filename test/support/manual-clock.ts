/** A clock of the broker that a test moves itself. */
import type { BrokerClock } from "../../hub/src/broker/clock.ts";

export class ManualClock implements BrokerClock {
  #now = 0;
  readonly #startWall: number;
  readonly #timers = new Set<{ readonly ms: number; due: number; readonly run: () => void }>();

  constructor(startWall = Date.now()) {
    this.#startWall = startWall;
  }

  wall(): number {
    return this.#startWall + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  every(ms: number, run: () => void): () => void {
    const timer = { ms, due: this.#now + ms, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass; what is due runs in order. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].toSorted((a, b) => a.due - b.due);
      if (next === undefined || next.due > end) break;
      this.#now = next.due;
      next.due += next.ms;
      next.run();
    }
    this.#now = end;
  }
}
