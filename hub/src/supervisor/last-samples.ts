/** The last sample of each metric of one device, kept while the hub is slow: as many rows as there are metrics, never more. */
import { SampleBatchBuilder } from "@unshub/adapter";
import { BAD, type MetricValue, type SampleBatch, type SampleReason } from "@unshub/sparkplug";

interface Rest {
  readonly other: MetricValue | undefined;
  readonly reason: SampleReason | undefined;
}

export class LastSamples {
  readonly #rows = new Map<number, number>();
  readonly #builder = new SampleBatchBuilder();
  #numbers: number[] = [];
  #qualities: number[] = [];
  #timestamps: number[] = [];
  readonly #rest = new Map<number, Rest>();

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Answers how many samples gave way: older ones of the same metrics, and those of history. */
  keep(batch: SampleBatch): number {
    let lost = 0;
    for (let row = 0; row < batch.count; row += 1) {
      if (batch.historical?.[row] === 1 || this.#keepRow(batch, row)) lost += 1;
    }
    return lost;
  }

  /** Empties the table. */
  take(): SampleBatch {
    for (const [metric, row] of this.#rows) {
      const quality = this.#qualities[row] ?? BAD;
      const at = this.#timestamps[row] ?? 0;
      const { other, reason } = this.#rest.get(metric) ?? { other: undefined, reason: undefined };
      const added =
        other === undefined
          ? this.#builder.add(metric, this.#numbers[row] ?? Number.NaN, quality, at)
          : this.#builder.addOther(metric, other, { quality, at });
      if (reason !== undefined) this.#builder.explain(added, reason);
    }
    this.#rows.clear();
    this.#rest.clear();
    this.#numbers = [];
    this.#qualities = [];
    this.#timestamps = [];
    return this.#builder.take();
  }

  /** Whether an older sample gave way. */
  #keepRow(batch: SampleBatch, from: number): boolean {
    const metric = batch.metrics[from] ?? 0;
    const known = this.#rows.get(metric);
    const row = known ?? this.#rows.size;
    if (known === undefined) this.#rows.set(metric, row);
    this.#numbers[row] = batch.numbers[from] ?? Number.NaN;
    this.#qualities[row] = batch.qualities[from] ?? BAD;
    this.#timestamps[row] = batch.timestamps[from] ?? 0;
    const other = batch.others?.get(from);
    const reason = batch.reasons?.get(from);
    if (other !== undefined || reason !== undefined) this.#rest.set(metric, { other, reason });
    else this.#rest.delete(metric);
    return known !== undefined;
  }
}
