/**
 * How long a device may be without its link before it counts as dead. Births are expensive for every subscriber: a device
 * that comes and goes is given more time.
 */
import type { Planned, Scheduler } from "./scheduler.ts";

const WINDOW_MS = 600_000;
const MOST_BIRTHS = 5;
const LONGEST_GRACE_MS = 60_000;
/** What a grace of nothing is doubled from. */
const SMALLEST_GRACE_MS = 500;

export class LinkGrace {
  readonly #scheduler: Scheduler;
  readonly #usualMs: number;
  #bornAtMs: number[] = [];
  #ms: number;
  #planned: Planned | undefined;

  constructor(scheduler: Scheduler, usualMs: number) {
    this.#scheduler = scheduler;
    this.#usualMs = usualMs;
    this.#ms = usualMs;
  }

  get ms(): number {
    return this.#ms;
  }

  /** The link went down. `over` is called once, unless the link comes back before; with how long it was waited. */
  begin(over: (graceMs: number) => void): void {
    const ms = this.#ms;
    this.#planned ??= this.#scheduler.after(ms, () => {
      this.#planned = undefined;
      over(ms);
    });
  }

  end(): void {
    this.#planned?.cancel();
    this.#planned = undefined;
  }

  /** One more birth. Whether the grace has grown because of it. */
  born(): boolean {
    const nowMs = this.#scheduler.nowMs();
    this.#bornAtMs = this.#bornAtMs.filter((at) => nowMs - at < WINDOW_MS);
    this.#bornAtMs.push(nowMs);
    if (this.#bornAtMs.length <= MOST_BIRTHS) {
      if (this.#bornAtMs.length === 1) this.#ms = this.#usualMs;
      return false;
    }
    const before = this.#ms;
    this.#ms = Math.min(LONGEST_GRACE_MS, Math.max(before, SMALLEST_GRACE_MS) * 2);
    return this.#ms > before;
  }
}
