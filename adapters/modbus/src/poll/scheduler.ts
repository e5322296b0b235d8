/**
 * The one timer of an adapter: what happens at a time waits in a wheel, in the bucket of its millisecond; hundreds of
 * devices share few of them. Slots of a schedule are computed from its epoch, not from the end of the last call, so that
 * nothing drifts.
 */
import { GRID_MS, type Clock } from "../clock.ts";
import { NumberHeap } from "./number-heap.ts";

/** Something that was planned and can be given up. */
export interface Planned {
  cancel(): void;
}

/** A schedule: slot n is at epoch + phase + n × interval, rounded up to the grid below. */
export interface Slots {
  readonly intervalMs: number;
  /** 0 up to, not including, the interval. */
  readonly phaseMs: number;
  /** How many schedules share a line, on which one waits for the other; 1 if left out. */
  readonly sharing?: number;
  /** `slotMs`: the moment that was planned, on the monotonic clock. */
  due(slotMs: number): void;
}

interface Entry {
  atMs: number;
  /** `undefined`: cancelled. */
  run: ((atMs: number) => void) | undefined;
}

/** Short intervals keep their phases apart. */
const LEAST_STEPS = 20;
/** So do schedules that share a line: each would wait for the others of its step. */
const STEPS_FOR_EACH = 4;

export class Scheduler {
  readonly #clock: Clock;
  readonly #epochMs: number;
  /** What runs at each whole millisecond. */
  readonly #wheel = new Map<number, Entry[]>();
  /** Those milliseconds. */
  readonly #ticks = new NumberHeap();
  #armedForMs = Infinity;
  #cancelTimer: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#epochMs = clock.elapsedMs();
  }

  /** Milliseconds of the monotonic clock. */
  nowMs(): number {
    return this.#clock.elapsedMs();
  }

  /** Runs once, `ms` from now. */
  after(ms: number, run: () => void): Planned {
    return this.#plan({ atMs: this.nowMs() + ms, run });
  }

  /** For those who know clocks only: their timers stand in the same wheel. */
  asClock(): Clock {
    return {
      elapsedMs: () => this.nowMs(),
      after: (ms, then) => {
        const planned = this.after(ms, then);
        return () => planned.cancel();
      },
    };
  }

  /** Runs at every slot from now on. A slot that was missed, e.g. by a blocked event loop, is not made up for. */
  every(slots: Slots): Planned {
    const { intervalMs, phaseMs, sharing = 1 } = slots;
    const steps = Math.max(LEAST_STEPS, STEPS_FOR_EACH * sharing);
    const gridMs = Math.max(1, Math.min(GRID_MS, Math.floor(intervalMs / steps)));
    const firstMs = Math.ceil((this.#epochMs + phaseMs) / gridMs) * gridMs;
    const numberAfter = (ms: number): number =>
      Math.max(0, Math.floor((ms - firstMs) / intervalMs) + 1);
    let number = numberAfter(this.nowMs());
    const entry: Entry = {
      atMs: firstMs + number * intervalMs,
      run: (slotMs) => {
        // Counted, since what is computed back from a moment may be the same slot again by a rounding.
        number = Math.max(number + 1, numberAfter(this.nowMs() - intervalMs / 2));
        entry.atMs = firstMs + number * intervalMs;
        this.#push(entry);
        slots.due(slotMs);
      },
    };
    return this.#plan(entry);
  }

  /** Nothing runs any more. */
  clear(): void {
    this.#cancelTimer();
    this.#armedForMs = Infinity;
    for (const entry of [...this.#wheel.values()].flat()) entry.run = undefined;
    this.#wheel.clear();
    this.#ticks.clear();
  }

  #plan(entry: Entry): Planned {
    this.#push(entry);
    this.#arm();
    return {
      cancel: () => {
        entry.run = undefined;
      },
    };
  }

  #arm(): void {
    const tick = this.#ticks.least;
    if (tick >= this.#armedForMs) return;
    this.#cancelTimer();
    this.#armedForMs = tick;
    // Timers cut fractions off and would ring too early for nothing.
    const ms = Math.max(0, Math.ceil(tick - this.nowMs()));
    this.#cancelTimer = this.#clock.after(ms, () => this.#ring());
  }

  #ring(): void {
    this.#armedForMs = Infinity;
    while (this.#ticks.least <= this.nowMs()) {
      const tick = this.#ticks.take();
      const due = this.#wheel.get(tick) ?? [];
      this.#wheel.delete(tick);
      for (const entry of due) entry.run?.(entry.atMs);
    }
    this.#arm();
  }

  #push(entry: Entry): void {
    const tick = Math.ceil(entry.atMs);
    const bucket = this.#wheel.get(tick);
    if (bucket !== undefined) bucket.push(entry);
    else {
      this.#wheel.set(tick, [entry]);
      this.#ticks.add(tick);
    }
  }
}
