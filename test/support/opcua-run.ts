/** A started OPC UA adapter with everything it said, for tests. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Adapter, AdapterContext, DeviceEvent, Logger, WriteResult } from "@unshub/adapter";
import opcua from "@unshub/adapter-opcua";
import { OpcUaAdapter, type AdapterTuning } from "../../adapters/opcua/src/adapter.ts";
import { TIMES } from "../../adapters/opcua/src/recover/recovery.ts";
import type { BornMetric, MetricReading, MetricValue, TemplateDefinition } from "@unshub/sparkplug";
import { readingsOf } from "./batch-readings.ts";
import { Bell } from "./bell.ts";
import { writeOne } from "./write-one.ts";

/** What the adapter reported, in order. */
export type OpcUaEvent =
  | { readonly kind: "born"; readonly metrics: readonly BornMetric[] }
  | {
      readonly kind: "changed";
      readonly readings: readonly MetricReading[];
      /** For each reading, whether it was told as history. */
      readonly isPast?: readonly boolean[];
    }
  | { readonly kind: "died"; readonly reason: Error };

/** Times that make a test short; for an answer there is time enough on a machine that is busy. */
export const QUICK: AdapterTuning = {
  times: {
    ...TIMES,
    watch: { everyMs: 200, withinMs: 10_000 },
    retryMissingMs: 200,
    pausesMs: [20, 100],
    lookAroundMs: 100,
  },
  keepAliveMs: 200,
  maxItems: 5_000,
};

interface RunTuning {
  readonly tuning?: AdapterTuning | undefined;
  readonly now?: (() => number) | undefined;
}

/** Runs the adapter until it is disposed. */
export class OpcUaRun implements AsyncDisposable {
  readonly adapter: Adapter;
  readonly events: OpcUaEvent[] = [];
  /** What was said of templates, in order. */
  readonly templates: (readonly TemplateDefinition[])[] = [];
  readonly happened: (DeviceEvent & { readonly device: string })[] = [];
  /** What the adapter hears when it asks whether anybody takes what it says. */
  isSlow = false;
  /** Lines of the log, debug left out. */
  readonly log: { readonly fields: object; readonly message: string }[] = [];
  readonly #dataDir: string;
  /** The last one of each device. */
  readonly #births = new Map<string, readonly BornMetric[]>();
  readonly #bell = new Bell();

  private constructor(config: unknown, dataDir: string, how: RunTuning = {}) {
    const { tuning, now = Date.now } = how;
    this.#dataDir = dataDir;
    const say = (fields: object, message: string): void => {
      this.log.push({ fields, message });
      this.#bell.ring();
    };
    const log: Logger = { debug: () => undefined, info: say, warn: say, error: say };
    const context: AdapterContext = {
      log,
      dataDir,
      now,
      isSlow: () => this.isSlow,
      report: {
        born: (device, metrics) => {
          this.#births.set(device, metrics);
          this.#add({ kind: "born", metrics });
        },
        changed: (_device, readings) => this.#add({ kind: "changed", readings }),
        samples: (device, batch) => {
          const readings = readingsOf(batch, this.#births.get(device) ?? []);
          const isPast = readings.map((_, row) => batch.historical?.[row] === 1);
          this.#add({ kind: "changed", readings, isPast });
        },
        defined: (templates) => this.templates.push(templates),
        happened: (device, event) => {
          this.happened.push({ device, ...event });
          this.#bell.ring();
        },
        died: (_device, reason) => this.#add({ kind: "died", reason }),
      },
    };
    const parsed = opcua.parseConfig(config);
    this.adapter =
      tuning === undefined
        ? opcua.create(parsed, context)
        : new OpcUaAdapter(parsed, context, tuning);
  }

  /** `now`: the clock that the adapter sees; left out: the real one. */
  static async start(
    config: unknown,
    tuning?: AdapterTuning,
    now?: () => number,
  ): Promise<OpcUaRun> {
    const dataDir = await mkdtemp(join(tmpdir(), "unshub-opcua-"));
    const run = new OpcUaRun(config, dataDir, { tuning, now });
    await run.adapter.start();
    return run;
  }

  /** Resolves once `holds`, asked again after each event or line; the test's time limit ends a wait that never does. */
  async until(holds: (run: OpcUaRun) => boolean): Promise<void> {
    await this.#bell.until(() => holds(this));
  }

  /** Where the adapter keeps what outlives it. */
  get dataDir(): string {
    return this.#dataDir;
  }

  count(kind: OpcUaEvent["kind"]): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  /** Everything but the last birth, for runs that are long. */
  forget(): void {
    const births = this.events.filter((event) => event.kind === "born");
    this.events.splice(0, this.events.length, ...births.slice(-1));
    this.log.length = 0;
  }

  /** The metric as it was last born. */
  metric(name: string): BornMetric | undefined {
    const births = this.events.filter((event) => event.kind === "born");
    return births.at(-1)?.metrics.find((metric) => metric.name === name);
  }

  /** All readings of a metric, births included, oldest first. */
  readings(name: string): readonly MetricReading[] {
    return this.events.flatMap((event): readonly MetricReading[] => {
      if (event.kind === "died") return [];
      const readings = event.kind === "born" ? event.metrics : event.readings;
      return readings.filter((reading) => reading.name === name);
    });
  }

  /** The current value of a metric: the last that was told and was no history. */
  latest(name: string): MetricReading | undefined {
    for (const event of this.events.toReversed()) {
      if (event.kind === "died") continue;
      const readings = event.kind === "born" ? event.metrics : event.readings;
      const isPast = event.kind === "changed" ? (event.isPast ?? []) : [];
      const found = readings.findLastIndex((each, row) => each.name === name && !isPast[row]);
      if (found >= 0) return readings[found];
    }
    return undefined;
  }

  /** A counter of the link. */
  counter(name: string): number {
    return this.adapter.diagnostics().links[0]?.counters[name] ?? 0;
  }

  /** Writes one metric. */
  write(device: string, metric: string, value: MetricValue): Promise<WriteResult> {
    return writeOne(this.adapter, device, metric, value);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.adapter.stop();
    await rm(this.#dataDir, { recursive: true, force: true });
  }

  #add(event: OpcUaEvent): void {
    this.events.push(event);
    this.#bell.ring();
  }
}
