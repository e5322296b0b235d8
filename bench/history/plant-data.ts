/** Values like those of a plant, cheap to make: the same for every run. */

/** What kind of signal a metric is, by its number. */
const KINDS = [
  "level",
  "level",
  "level",
  "noise",
  "noise",
  "counter",
  "counter",
  "truth",
  "state",
  "setpoint",
] as const;

export class PlantData {
  readonly #values: Float64Array;
  #seed = 1;

  constructor(metrics: number) {
    this.#values = new Float64Array(metrics);
  }

  isTruth(metric: number): boolean {
    return KINDS[metric % KINDS.length] === "truth";
  }

  /** The next value of a metric. Analog ones are 32-bit floats: steps of a 12-bit converter, or without steps. */
  next(metric: number): number {
    const values = this.#values;
    const before = values[metric] ?? 0;
    const value = this.#after(KINDS[metric % KINDS.length] ?? "setpoint", before);
    values[metric] = value;
    return value;
  }

  #after(kind: (typeof KINDS)[number], before: number): number {
    const random = this.#random();
    switch (kind) {
      case "level": // 0 to 100 °C in 4096 steps, drifting
        return Math.fround(
          Math.round(Math.min(4095, Math.max(0, before * 40.95 + random * 40 - 20))) / 40.95,
        );
      case "noise":
        return Math.fround(20 + before * 0.5 + random);
      case "counter":
        return before + Math.floor(random * 3);
      case "truth":
        return random < 0.02 ? 1 - before : before;
      case "state":
        return random < 0.01 ? Math.floor(random * 800) : before;
      case "setpoint":
        return random < 0.001 ? Math.round(random * 1e6) / 10 : before;
    }
  }

  /** Milliseconds by which something is early or late: nobody's clock is exact. */
  jitter(most: number): number {
    return Math.floor(this.#random() * most);
  }

  /** A number from 0 up to, not including, 1. */
  #random(): number {
    this.#seed = (Math.imul(this.#seed, 1_664_525) + 1_013_904_223) | 0;
    return (this.#seed >>> 0) / 4_294_967_296;
  }
}
