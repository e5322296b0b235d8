/** Time for simulations: it runs only when it is told to. */
import type { Cancel, Clock } from "@unshub/sparkplug";

interface Planned {
  readonly at: number;
  readonly order: number;
  readonly action: () => void;
  isCancelled: boolean;
}

/** Runs planned actions in the order of their time. */
export class SimulatedTime {
  /** Milliseconds since the start; never goes back. */
  elapsedMs = 0;
  #planned: Planned[] = [];
  #order = 0;

  after(ms: number, action: () => void): Cancel {
    const planned = {
      at: this.elapsedMs + Math.max(0, ms),
      order: (this.#order += 1),
      action,
      isCancelled: false,
    };
    this.#insert(planned);
    return () => {
      planned.isCancelled = true;
    };
  }

  /** A wall clock on this time. `skew.ms` may be changed at any moment: the clock was set. */
  clock(skew: { ms: number } = { ms: 0 }): Clock {
    return {
      now: () => 1_700_000_000_000 + Math.floor(this.elapsedMs) + skew.ms,
      after: (ms, action) => this.after(ms, action),
    };
  }

  run(ms: number): void {
    const end = this.elapsedMs + ms;
    for (
      let next = this.#planned.at(-1);
      next !== undefined && next.at <= end;
      next = this.#planned.at(-1)
    ) {
      this.#planned.pop();
      this.elapsedMs = next.at;
      if (!next.isCancelled) next.action();
    }
    this.elapsedMs = end;
  }

  /** Latest first, so that the next one is popped from the end. */
  #insert(planned: Planned): void {
    let low = 0;
    let high = this.#planned.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#planned[middle];
      const isLater =
        other !== undefined && (other.at - planned.at || other.order - planned.order) > 0;
      if (isLater) low = middle + 1;
      else high = middle;
    }
    this.#planned.splice(low, 0, planned);
  }
}
