/**
 * Listens to an adapter and knows every true value: each GOOD value must be that of its tag and have been read just
 * now; what is silent too long must not be GOOD; births and deaths must take turns. What is wrong is kept as text.
 */
import type { DeviceReporter } from "@unshub/adapter";
import { GOOD, type BornMetric, type SampleBatch } from "@unshub/sparkplug";
import { liveValueOf, placeOf } from "./modbus-live-values.ts";
import { stampMs } from "./modbus-field.ts";
import type { StillClock } from "./modbus-clock.ts";

/** What a device is known by. */
export interface CheckedDevice {
  readonly name: string;
  /** Place of each tag as `placeOf` says it, by its name. */
  readonly places: ReadonlyMap<string, string>;
  readonly staleAfterMs: number;
  /** Longest time from the reading in the device to the value here. */
  readonly longestAnswerMs: number;
}

interface Watched {
  readonly device: CheckedDevice;
  names: readonly string[];
  isAlive: boolean;
  births: number;
  deaths: number;
  samples: number;
  /** By index of the metric. */
  readonly heardAt: number[];
  readonly isGood: boolean[];
  /** Why it is not; empty when it is. */
  readonly reasons: string[];
}

/** Stale is looked for once a second. */
const AGE_EVERY_MS = 1000;

export class FieldCheck implements DeviceReporter {
  readonly wrong: string[] = [];
  readonly #clock: StillClock;
  readonly #devices: ReadonlyMap<string, Watched>;

  constructor(clock: StillClock, devices: readonly CheckedDevice[]) {
    this.#clock = clock;
    this.#devices = new Map(
      devices.map((device) => [
        device.name,
        {
          device,
          names: [],
          isAlive: false,
          births: 0,
          deaths: 0,
          samples: 0,
          heardAt: [],
          isGood: [],
          reasons: [],
        },
      ]),
    );
  }

  born(name: string, metrics: readonly BornMetric[]): void {
    const watched = this.#get(name);
    if (watched.isAlive) this.#say(`${name} is born although it lives`);
    watched.isAlive = true;
    watched.births += 1;
    watched.names = metrics.map((metric) => metric.name);
    for (const tag of watched.device.places.keys())
      if (!watched.names.includes(tag)) this.#say(`${name} is born without ${tag}`);
    for (const [index, metric] of metrics.entries()) {
      const isGood = metric.quality === "good";
      watched.isGood[index] = isGood;
      watched.reasons[index] = metric.reason ?? "";
      watched.heardAt[index] = this.#clock.elapsedMs();
      const { staleAfterMs } = watched.device;
      if (isGood) this.#judge(watched, index, Number(metric.value), staleAfterMs);
    }
  }

  changed(name: string): void {
    this.#say(`${name} says something that is no batch`);
  }

  samples(name: string, batch: SampleBatch): void {
    const watched = this.#get(name);
    if (!watched.isAlive) this.#say(`${name} says values although it is dead`);
    for (let row = 0; row < batch.count; row += 1) {
      const index = batch.metrics[row] ?? 0;
      const isGood = batch.qualities[row] === GOOD;
      watched.samples += 1;
      watched.isGood[index] = isGood;
      watched.reasons[index] = batch.reasons?.get(row)?.reason ?? "";
      watched.heardAt[index] = this.#clock.elapsedMs();
      const { longestAnswerMs } = watched.device;
      if (isGood) this.#judge(watched, index, batch.numbers[row] ?? 0, longestAnswerMs);
    }
  }

  died(name: string): void {
    const watched = this.#get(name);
    if (!watched.isAlive) this.#say(`${name} dies although it is dead`);
    watched.isAlive = false;
    watched.deaths += 1;
  }

  /** Call once a second or so. */
  lookForSilence(): void {
    const nowMs = this.#clock.elapsedMs();
    for (const [name, { device, names, isAlive, isGood, heardAt }] of this.#devices) {
      if (!isAlive) continue;
      for (const [index, metric] of names.entries()) {
        const silentMs = nowMs - (heardAt[index] ?? 0);
        const isOurs = device.places.has(metric);
        if (isOurs && isGood[index] === true && silentMs > device.staleAfterMs + 2 * AGE_EVERY_MS)
          this.#say(`${name} ${metric} is GOOD after ${silentMs} ms of silence`);
      }
    }
  }

  isAlive(name: string): boolean {
    return this.#get(name).isAlive;
  }

  /** Names of the metrics that are not GOOD now. */
  unwell(name: string): readonly string[] {
    const { device, names, isGood } = this.#get(name);
    return names.filter((metric, index) => device.places.has(metric) && isGood[index] !== true);
  }

  /** Why the metrics that are not GOOD now are not. */
  reasons(name: string): ReadonlySet<string> {
    const { device, names, isGood, reasons } = this.#get(name);
    const why = names.map((metric, index) =>
      device.places.has(metric) && isGood[index] !== true ? (reasons[index] ?? "") : "",
    );
    return new Set(why.filter((reason) => reason !== ""));
  }

  count(name: string): {
    readonly births: number;
    readonly deaths: number;
    readonly samples: number;
  } {
    const { births, deaths, samples } = this.#get(name);
    return { births, deaths, samples };
  }

  #judge(watched: Watched, index: number, number: number, longestMs: number): void {
    const { device, names } = watched;
    const name = names[index] ?? "?";
    const live = liveValueOf(number);
    const place = device.places.get(name);
    // What an adapter says of the device itself.
    if (place === undefined) return;
    if (placeOf(live) !== place)
      this.#say(`${device.name} ${name} (${place}) is GOOD with the value of ${placeOf(live)}`);
    const ageMs = this.#clock.elapsedMs() - stampMs(live.stamp);
    if (ageMs < 0 || ageMs > longestMs + stampMs(1))
      this.#say(`${device.name} ${name} is GOOD with a value read ${ageMs} ms ago`);
  }

  #get(name: string): Watched {
    const watched = this.#devices.get(name);
    if (watched === undefined) throw new Error(`nobody knows ${name}`);
    return watched;
  }

  #say(what: string): void {
    if (this.wrong.length < 20) this.wrong.push(`${this.#clock.elapsedMs()} ms: ${what}`);
  }
}
