/** How often a metric may be commanded. */
import type { Refusal } from "./outcome.ts";
import type { Governing } from "./rules/index.ts";

const MOST_KEPT = 100_000;

export class Pace {
  readonly #now: () => number;
  /** When each metric was commanded last, in that order. */
  readonly #sentAt = new Map<number, number>();

  /** `now`: milliseconds, of any beginning. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Why it is too soon; `undefined`: it is not. */
  fault(metricId: number, { every }: Governing): Refusal | undefined {
    const sentAt = this.#sentAt.get(metricId);
    if (every === undefined || sentAt === undefined) return undefined;
    const wait = sentAt + every - this.#now();
    if (wait <= 0 || wait > every) return undefined; // the clock was set back
    const because = `it may be commanded once in ${every / 1000} s; wait ${wait / 1000} s`;
    return { code: "TOO_SOON", because };
  }

  sent(metricId: number): void {
    this.#sentAt.delete(metricId);
    this.#sentAt.set(metricId, this.#now());
    const [oldest] = this.#sentAt.keys();
    if (this.#sentAt.size > MOST_KEPT && oldest !== undefined) this.#sentAt.delete(oldest);
  }
}
