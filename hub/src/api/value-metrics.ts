/** Values of the plant for Prometheus: only those that the configuration names, only numbers, only while they are good. */
import { Gauge, type Registry } from "prom-client";
import { matchesFilter } from "../broker/index.ts";
import type { UnsTree } from "../tree/index.ts";
import type { UnsPaths } from "../uns/index.ts";

export interface ValueSources {
  readonly tree: UnsTree;
  readonly paths: Pick<UnsPaths, "pathOf">;
  /** Over the paths of the plant, as MQTT has filters. */
  readonly filters: readonly string[];
}

/** Prometheus keeps a series for each; what is beyond is left out. */
const MOST_VALUES = 10_000;
/** Rows that are looked at in one turn of the event loop. */
const AT_ONCE = 2000;

export function addValues(registry: Registry, sources: ValueSources): void {
  if (sources.filters.length === 0) return;
  const chosen = new ChosenMetrics(sources);
  const metric: Gauge = new Gauge({
    name: "unshub_value",
    help: "Values that metrics.values names, while they are good; true is 1.",
    labelNames: ["path", "unit"],
    registers: [registry],
    collect: async () => {
      await chosen.look();
      metric.reset();
      for (const { path, unit, value } of chosen.values()) metric.set({ path, unit }, value);
    },
  });
}

/** Rows are numbered in the order in which they came, so only new ones are looked at. */
class ChosenMetrics {
  readonly #sources: ValueSources;
  readonly #ids: number[] = [];
  #seen = 0;
  #looking: Promise<void> | undefined;

  constructor(sources: ValueSources) {
    this.#sources = sources;
  }

  /** Looks through what came since; several that ask at once wait for the same. */
  async look(): Promise<void> {
    this.#looking ??= this.#lookOn().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #lookOn(): Promise<void> {
    const { rows } = this.#sources.tree;
    while (this.#seen < rows.size && this.#ids.length < MOST_VALUES) {
      const end = Math.min(rows.size, this.#seen + AT_ONCE);
      for (; this.#seen < end; this.#seen += 1) this.#choose(this.#seen);
      // oxlint-disable-next-line no-await-in-loop -- the broker goes on in between
      await new Promise<void>((resolve) => {
        setImmediate(resolve);
      });
    }
  }

  #choose(id: number): void {
    const { tree, paths, filters } = this.#sources;
    if (!tree.rows.isMetric(id) || this.#ids.length >= MOST_VALUES) return;
    const path = paths.pathOf(id);
    if (path !== undefined && filters.some((filter) => matchesFilter(filter, path)))
      this.#ids.push(id);
  }

  *values(): Iterable<{ readonly path: string; readonly unit: string; readonly value: number }> {
    const { tree, paths } = this.#sources;
    const { definitions, values, properties } = tree;
    for (const id of this.#ids) {
      if (!definitions.isBorn(id) || values.quality(id) !== "good") continue;
      const value = asNumber(values.value(id));
      const path = paths.pathOf(id);
      if (value === undefined || path === undefined) continue;
      yield { path, unit: properties.facts(definitions.properties(id)).unit ?? "", value };
    }
  }
}

function asNumber(value: unknown): number | undefined {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number" || typeof value === "bigint") return Number(value);
  return undefined;
}
