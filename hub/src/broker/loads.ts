/**
 * How much there was of something per minute lately: moving averages over one, five and fifteen minutes, as Mosquitto
 * and Unix count them. Nothing is kept but the last values.
 */

const SPANS = [
  { name: "1min", seconds: 60 },
  { name: "5min", seconds: 300 },
  { name: "15min", seconds: 900 },
] as const;

interface Load {
  count: number;
  /** Per minute, in the order of `SPANS`. */
  readonly averages: number[];
}

export class Loads {
  readonly #loads = new Map<string, Load>();
  #lookedAt: number;

  /** @param now seconds of a clock that does not jump, as in `look`. */
  constructor(now: number) {
    this.#lookedAt = now;
  }

  /** Takes the counts of this moment, which only grow, and answers the averages: `messages/sent/5min` and its like. */
  look(now: number, counts: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
    const seconds = now - this.#lookedAt;
    this.#lookedAt = now;
    const averages = new Map<string, number>();
    for (const [what, count] of Object.entries(counts)) {
      const load = this.#loadOf(what);
      if (seconds > 0) moveOn(load, count, seconds);
      for (const [index, { name }] of SPANS.entries())
        averages.set(`${what}/${name}`, load.averages[index] ?? 0);
    }
    return averages;
  }

  #loadOf(what: string): Load {
    const before = this.#loads.get(what);
    if (before !== undefined) return before;
    const load: Load = { count: 0, averages: SPANS.map(() => 0) };
    this.#loads.set(what, load);
    return load;
  }
}

function moveOn(load: Load, count: number, seconds: number): void {
  const perMinute = ((count - load.count) * 60) / seconds;
  load.count = count;
  for (const [index, span] of SPANS.entries()) {
    const before = load.averages[index] ?? 0;
    load.averages[index] = perMinute + Math.exp(-seconds / span.seconds) * (before - perMinute);
  }
}
