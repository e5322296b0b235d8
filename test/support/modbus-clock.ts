/** A clock that stands still until a test moves it. */
import type { Clock } from "../../adapters/modbus/src/clock.ts";

interface Timer {
  readonly at: number;
  readonly fire: () => void;
}

/** Starts at 0. */
export class StillClock implements Clock {
  #now = 0;
  readonly #timers = new Set<Timer>();

  elapsedMs(): number {
    return this.#now;
  }

  after(ms: number, then: () => void): () => void {
    const timer = { at: this.#now + ms, fire: then };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves on by `ms`, firing what is due at its own moment; promises settle in between. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const next = this.#next();
      if (next === undefined || next.at > end) break;
      this.#now = Math.max(this.#now, next.at);
      this.#timers.delete(next);
      next.fire();
    }
    this.#now = end;
    await settled();
  }

  /** Jumps as a blocked event loop does: everything that became due fires only now. */
  async jump(ms: number): Promise<void> {
    this.#now += ms;
    await this.pass(0);
  }

  #next(): Timer | undefined {
    return [...this.#timers].toSorted((a, b) => a.at - b.at)[0];
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
