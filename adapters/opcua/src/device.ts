/** The device as the edge node sees it: born once it was read completely, stale while the link is down, died at last. */
import type { DeviceReporter } from "@unshub/adapter";
import type { BornMetric, MetricReading } from "@unshub/sparkplug";

type DeviceState =
  | { readonly kind: "offline" }
  | { readonly kind: "online" }
  /** The link is down, but perhaps only for a moment. */
  | { readonly kind: "stale"; readonly grace: NodeJS.Timeout };

/** One Sparkplug device: its state and the last reading of each metric. */
export class OpcUaDevice {
  readonly id: string;
  readonly #report: DeviceReporter;
  readonly #offlineGraceMs: number;
  #state: DeviceState = { kind: "offline" };
  #metrics: readonly BornMetric[] = [];
  readonly #last = new Map<string, MetricReading>();
  #closed = false;

  constructor(id: string, report: DeviceReporter, offlineGraceMs: number) {
    this.id = id;
    this.#report = report;
    this.#offlineGraceMs = offlineGraceMs;
  }

  /** All metrics, freshly read: a birth, or only new values when the link was down for a moment. */
  read(metrics: readonly BornMetric[]): void {
    if (this.#closed) return;
    const heals = this.#state.kind !== "offline" && sameShape(this.#metrics, metrics);
    if (this.#state.kind === "stale") clearTimeout(this.#state.grace);
    this.#state = { kind: "online" };
    this.#metrics = metrics;
    this.#last.clear();
    for (const metric of metrics) this.#last.set(metric.name, metric);
    if (heals) this.#report.changed(this.id, metrics);
    else this.#report.born(this.id, metrics);
  }

  /** New readings of some metrics. Nothing is said of a device that is not online. */
  changed(readings: readonly MetricReading[]): void {
    if (this.#closed || this.#state.kind !== "online" || readings.length === 0) return;
    for (const reading of readings) this.#last.set(reading.name, reading);
    this.#report.changed(this.id, readings);
  }

  /** The link is down: all values are old at once, and after the grace the device is dead. */
  lost(reason: Error): void {
    if (this.#closed || this.#state.kind !== "online") return;
    const grace = setTimeout(() => this.#die(reason), this.#offlineGraceMs);
    this.#state = { kind: "stale", grace };
    const stale = [...this.#last.values()]
      .filter((reading) => reading.quality === "good")
      .map((reading): MetricReading => ({ ...reading, quality: "stale", reason: "link_lost" }));
    for (const reading of stale) this.#last.set(reading.name, reading);
    if (stale.length > 0) this.#report.changed(this.id, stale);
  }

  /** From now on nothing is reported. */
  close(): void {
    this.#closed = true;
    if (this.#state.kind === "stale") clearTimeout(this.#state.grace);
    this.#state = { kind: "offline" };
  }

  #die(reason: Error): void {
    this.#state = { kind: "offline" };
    this.#report.died(this.id, reason);
  }
}

/** Whether a birth with `after` would say the same as one with `before`, values aside. */
function sameShape(before: readonly BornMetric[], after: readonly BornMetric[]): boolean {
  return (
    before.length === after.length &&
    before.every((metric, index) => {
      const other = after[index];
      return (
        other?.name === metric.name &&
        other.datatype === metric.datatype &&
        other.writable === metric.writable
      );
    })
  );
}
