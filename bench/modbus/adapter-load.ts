/** Our adapter without a hub: what it says is counted and forgotten. */
import modbus from "@unshub/adapter-modbus";
import type { Adapter, AdapterContext } from "@unshub/adapter";
import { GOOD, type BornMetric } from "@unshub/sparkplug";

const silent = (): void => undefined;

/** What adapters said. */
export class Heard {
  values = 0;
  bad = 0;
  deaths = 0;
  /** By device. */
  readonly births = new Map<string, readonly BornMetric[]>();
  /** Of those who wait only: what costs something for each message would count as the adapter's. */
  #changed: (() => void) | undefined;

  /** Resolves when `holds`, looked at whenever something was said. One waits at a time. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#changed = resolve;
      await promise;
    }
  }

  context(): AdapterContext {
    return {
      now: () => Date.now(),
      isSlow: () => false,
      dataDir: "/nowhere",
      log: { debug: silent, info: silent, warn: silent, error: silent },
      report: {
        born: (device, metrics) => {
          this.births.set(device, metrics);
          this.#say();
        },
        changed: (_device, readings) => {
          this.values += readings.length;
        },
        samples: (_device, batch) => {
          this.values += batch.count;
          for (let row = 0; row < batch.count; row += 1) {
            if (batch.qualities[row] !== GOOD) this.bad += 1;
          }
          this.#say();
        },
        died: () => {
          this.deaths += 1;
          this.#say();
        },
      },
    };
  }

  #say(): void {
    this.#changed?.();
    this.#changed = undefined;
  }
}

/** An adapter that runs. */
export async function startAdapter(config: unknown, heard: Heard): Promise<Adapter> {
  const adapter = modbus.create(modbus.parseConfig(config), heard.context());
  await adapter.start();
  return adapter;
}
