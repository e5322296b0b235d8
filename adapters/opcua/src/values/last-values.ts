/** The last value of every metric of a device, in columns: what births, stale marks and heartbeats are made of. */
import { BAD, QUALITIES, type MetricValue, type SampleReason } from "@unshub/sparkplug";

/** One value with all that is known of it. */
export interface LastValue {
  readonly value: MetricValue;
  /** Index into `QUALITIES`. */
  readonly quality: number;
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly why?: SampleReason;
}

export class LastValues {
  readonly qualities: Uint8Array;
  readonly timestamps: Float64Array;
  readonly #numbers: Float64Array;
  readonly #others = new Map<number, MetricValue>();
  readonly #reasons = new Map<number, SampleReason>();

  constructor(metrics: number) {
    this.qualities = new Uint8Array(metrics).fill(BAD);
    this.timestamps = new Float64Array(metrics);
    this.#numbers = new Float64Array(metrics);
  }

  setNumber(metric: number, number: number, quality: number, at: number): void {
    this.#numbers[metric] = number;
    this.qualities[metric] = quality;
    this.timestamps[metric] = at;
    if (this.#others.size > 0) this.#others.delete(metric);
    if (this.#reasons.size > 0) this.#reasons.delete(metric);
  }

  set(metric: number, { value, quality, at, why }: LastValue): void {
    this.setNumber(metric, typeof value === "number" ? value : Number.NaN, quality, at);
    if (typeof value !== "number") this.#others.set(metric, value);
    if (why !== undefined) this.#reasons.set(metric, why);
  }

  /** The same value with another quality. */
  mark(metric: number, quality: number, why: SampleReason | undefined): void {
    this.qualities[metric] = quality;
    if (why === undefined) this.#reasons.delete(metric);
    else this.#reasons.set(metric, why);
  }

  get(metric: number): LastValue {
    const other = this.#others.get(metric);
    const why = this.#reasons.get(metric);
    return {
      value: other === undefined ? (this.#numbers[metric] ?? Number.NaN) : other,
      quality: this.qualities[metric] ?? BAD,
      at: this.timestamps[metric] ?? 0,
      ...(why !== undefined && { why }),
    };
  }

  /** How many are bad. */
  get bad(): number {
    let count = 0;
    for (const quality of this.qualities) if (quality === BAD) count += 1;
    return count;
  }
}

/** A last value as a birth tells it. `isBoolean`: it is kept as 0 or 1. */
export function readingOf({ value, quality, at, why }: LastValue, isBoolean: boolean) {
  const shown = isBoolean && typeof value === "number" ? value !== 0 : value;
  return { value: shown, quality: QUALITIES[quality] ?? "bad", timestamp: at, ...why } as const;
}
