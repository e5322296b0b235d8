/**
 * The one timer of an adapter: everything that happens at a time waits in a heap, the earliest on top. Slots of a
 * schedule are computed from its epoch, not from the end of the last call, so that nothing drifts.
 */
import type { Clock } from "../clock.ts";

/** Something that was planned and can be given up. */
export interface Planned {
  cancel(): void;
}

/** A schedule: slot n is at epoch + phase + n × interval. */
export interface Slots {
  readonly intervalMs: number;
  /** 0 up to, not including, the interval. */
  readonly phaseMs: number;
  /** `slotMs`: the moment that was planned, on the monotonic clock. */
  due(slotMs: number): void;
}

interface Entry {
  atMs: number;
  /** `undefined`: cancelled. */
  run: ((atMs: number) => void) | undefined;
}

export class Scheduler {
  readonly #clock: Clock;
  readonly #epochMs: number;
  readonly #heap: Entry[] = [];
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

  /** Runs at every slot from now on. A slot that was missed, e.g. by a blocked event loop, is not made up for. */
  every(slots: Slots): Planned {
    const { intervalMs, phaseMs } = slots;
    const firstMs = this.#epochMs + phaseMs;
    const slotAfter = (ms: number): number => {
      const slotMs =
        firstMs + Math.max(0, Math.floor((ms - firstMs) / intervalMs) + 1) * intervalMs;
      // Fractions round: the slot after a slot must not be that slot again.
      return slotMs > ms ? slotMs : slotMs + intervalMs;
    };
    const entry: Entry = {
      atMs: slotAfter(this.nowMs()),
      run: (slotMs) => {
        entry.atMs = slotAfter(Math.max(slotMs, this.nowMs() - intervalMs / 2));
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
    for (const entry of this.#heap) entry.run = undefined;
    this.#heap.length = 0;
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
    const top = this.#heap[0];
    if (top === undefined || top.atMs >= this.#armedForMs) return;
    this.#cancelTimer();
    this.#armedForMs = top.atMs;
    // Timers cut fractions off and would ring too early for nothing.
    const ms = Math.max(0, Math.ceil(top.atMs - this.nowMs()));
    this.#cancelTimer = this.#clock.after(ms, () => this.#ring());
  }

  #ring(): void {
    this.#armedForMs = Infinity;
    for (
      let top = this.#heap[0];
      top !== undefined && top.atMs <= this.nowMs();
      top = this.#heap[0]
    ) {
      this.#pop();
      top.run?.(top.atMs);
    }
    this.#arm();
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(entry);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || above.atMs <= entry.atMs) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const child = this.#smallerChild(index);
      const below = heap[child];
      if (below === undefined || below.atMs >= last.atMs) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = last;
  }

  #smallerChild(index: number): number {
    const left = 2 * index + 1;
    const isRight = (this.#heap[left + 1]?.atMs ?? Infinity) < (this.#heap[left]?.atMs ?? Infinity);
    return isRight ? left + 1 : left;
  }
}
