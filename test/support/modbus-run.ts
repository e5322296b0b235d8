/** A started Modbus adapter with everything that it said. */
import modbus from "@unshub/adapter-modbus";
import type { Adapter, Logger, WriteResult } from "@unshub/adapter";
import type { BornMetric, MetricReading, MetricValue } from "@unshub/sparkplug";
import { readingsOf } from "./batch-readings.ts";
import { Bell } from "./bell.ts";
import { writeOne } from "./write-one.ts";

/** One call of the reporter. */
export type RunEvent =
  | { readonly kind: "born"; readonly device: string; readonly metrics: readonly BornMetric[] }
  | {
      readonly kind: "changed";
      readonly device: string;
      readonly metrics: readonly MetricReading[];
    }
  | { readonly kind: "died"; readonly device: string; readonly reason: Error };

/** One line of the log. */
export interface LogLine {
  readonly level: keyof Logger;
  readonly fields: object;
  readonly message: string;
}

/** Starts an adapter; dispose it to stop it. */
export class ModbusRun implements AsyncDisposable {
  readonly events: RunEvent[] = [];
  readonly log: LogLine[] = [];
  readonly adapter: Adapter;
  readonly #bell = new Bell();
  readonly #heard: (event: RunEvent) => void;

  /** `heard` is told each event at once. */
  constructor(config: unknown, heard: (event: RunEvent) => void = () => undefined) {
    this.#heard = heard;
    this.adapter = modbus.create(modbus.parseConfig(config), {
      now: () => Date.now(),
      isSlow: () => false,
      // Modbus keeps nothing on disk.
      dataDir: "/nowhere",
      log: {
        debug: (fields, message) => this.#logged({ level: "debug", fields, message }),
        info: (fields, message) => this.#logged({ level: "info", fields, message }),
        warn: (fields, message) => this.#logged({ level: "warn", fields, message }),
        error: (fields, message) => this.#logged({ level: "error", fields, message }),
      },
      report: {
        born: (device, metrics) => this.#said({ kind: "born", device, metrics }),
        changed: (device, metrics) => this.#said({ kind: "changed", device, metrics }),
        samples: (device, batch) => {
          const metrics = readingsOf(batch, this.#lastBorn(device));
          this.#said({ kind: "changed", device, metrics });
        },
        died: (device, reason) => this.#said({ kind: "died", device, reason }),
      },
    });
  }

  /** A run whose adapter was started. */
  static async start(config: unknown, heard?: (event: RunEvent) => void): Promise<ModbusRun> {
    const run = new ModbusRun(config, heard);
    await run.adapter.start();
    return run;
  }

  /** Resolves once `holds`, asked again after each event and log line. */
  async until(holds: () => boolean): Promise<void> {
    await this.#bell.until(holds);
  }

  /** How often `kind` was said of `device`. */
  count(kind: RunEvent["kind"], device: string): number {
    return this.events.filter((event) => event.kind === kind && event.device === device).length;
  }

  /** All readings of one metric, births included, in order. */
  readings(device: string, name: string): readonly MetricReading[] {
    return this.events.flatMap((event) => {
      if (event.kind === "died" || event.device !== device) return [];
      return event.metrics.filter((metric) => metric.name === name);
    });
  }

  /** Writes one metric. */
  write(device: string, metric: string, value: MetricValue): Promise<WriteResult> {
    return writeOne(this.adapter, device, metric, value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.adapter.stop();
  }

  #lastBorn(device: string): readonly BornMetric[] {
    const births = this.events.filter((event) => event.kind === "born");
    return births.findLast((event) => event.device === device)?.metrics ?? [];
  }

  #said(event: RunEvent): void {
    this.#heard(event);
    this.events.push(event);
    this.#bell.ring();
  }

  #logged(line: LogLine): void {
    this.log.push(line);
    this.#bell.ring();
  }
}
