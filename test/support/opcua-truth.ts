/**
 * What a plant's values really were through a long run, and whether what an adapter told of them was true and told in time.
 * All tags get the same number at the same moment, each with a fraction of its own, so that none can be taken for another.
 */
import type { MetricReading } from "@unshub/sparkplug";
import type { OpcUaEvent } from "./opcua-run.ts";

/** What of a tag was told. */
interface Told {
  readonly name: string;
  readonly fraction: number;
  readonly numbers: Set<number>;
  /** As it is shown now. */
  latest: MetricReading | undefined;
}

const FRACTIONS = 16;

export class OpcUaTruth {
  /** Sentences about what was told wrongly; empty is well. */
  readonly wrong: string[] = [];
  /** When each number became true, in ms since 1970 UTC. */
  readonly #setAt: number[] = [];
  readonly #told: readonly Told[];
  readonly #byName: ReadonlyMap<string, Told>;
  #isAlive = true;

  /** `names`: fewer than 16; their device was born. */
  constructor(names: readonly string[]) {
    this.#told = names.map((name, index) => ({
      name,
      fraction: index / FRACTIONS,
      numbers: new Set(),
      latest: undefined,
    }));
    this.#byName = new Map(this.#told.map((each) => [each.name, each]));
  }

  /** The number that is true now. */
  get number(): number {
    return this.#setAt.length - 1;
  }

  /** When that became true, in ms since 1970 UTC. */
  get setAt(): number {
    return this.#setAt.at(-1) ?? 0;
  }

  /** The values that are true now, by name. */
  get values(): ReadonlyMap<string, number> {
    return new Map(this.#told.map(({ name, fraction }) => [name, this.number + fraction]));
  }

  /** The next number becomes true. */
  next(at: number): void {
    this.#setAt.push(at);
  }

  /** The number that is true now need not be told of `name`, or of any: nobody may believe it. */
  excuse(name?: string): void {
    for (const told of this.#told) {
      if (name === undefined || told.name === name) told.numbers.add(this.number);
    }
  }

  heard(event: OpcUaEvent): void {
    if (event.kind === "died") {
      if (!this.#isAlive) this.wrong.push("died twice");
      this.#isAlive = false;
    } else if (event.kind === "born") {
      this.#isAlive = true;
      for (const metric of event.metrics) this.#take(metric, false);
    } else {
      if (!this.#isAlive) this.wrong.push("changed while it was dead");
      for (const [row, reading] of event.readings.entries()) {
        this.#take(reading, event.isPast?.[row] === true);
      }
    }
  }

  /** A tag that is shown as good must not be older than `mostMs`. */
  lookForSilence(now: number, mostMs: number): void {
    if (!this.#isAlive) return;
    const mustBeKnown = this.#setAt.findLastIndex((at) => at <= now - mostMs);
    for (const { name, latest } of this.#told) {
      if (latest?.quality !== "good") continue;
      const shown = Math.floor(Number(latest.value));
      if (shown < mustBeKnown) {
        this.wrong.push(
          `${name} is shown as good with ${shown}, ${mustBeKnown} is ${mostMs} ms old`,
        );
      }
    }
  }

  /** Tags that do not show what is true now as good. */
  unwell(): readonly string[] {
    const { values } = this;
    return this.#told.flatMap(({ name, latest }) =>
      latest?.quality === "good" && latest.value === values.get(name) ? [] : [name],
    );
  }

  /** How often values of a tag are missing, one after the other counting once; of the tag that has most. */
  get mostGaps(): number {
    return Math.max(...this.#told.map(({ numbers }) => this.#gapsIn(numbers)));
  }

  #gapsIn(numbers: ReadonlySet<number>): number {
    let gaps = 0;
    for (let number = 1; number < this.#setAt.length; number += 1) {
      if (!numbers.has(number) && numbers.has(number - 1)) gaps += 1;
    }
    return gaps;
  }

  #take(reading: MetricReading, isPast: boolean): void {
    const told = this.#byName.get(reading.name);
    if (told === undefined) return;
    const before = told.latest;
    const value = Number(reading.value);
    const last = Number(before?.value ?? 0);
    if (!isPast) told.latest = reading;
    if (reading.quality !== "good") return;
    const number = value - told.fraction;
    const at = this.#setAt[number];
    const what = `${reading.name} = ${value}`;
    if (at !== reading.timestamp) this.wrong.push(`${what}, of ${reading.timestamp}, not ${at}`);
    if (!isPast && last > value) {
      this.wrong.push(`${what} after ${last}`);
    }
    told.numbers.add(number);
  }
}
