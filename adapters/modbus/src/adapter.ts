/** The adapter: one link and its devices, started and stopped together. */
import { AdapterError, type Adapter, type AdapterContext } from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";
import { systemClock } from "./clock.ts";
import type { ModbusConfig } from "./config.ts";
import { Device } from "./device.ts";
import { Link } from "./link.ts";

/** An adapter that is not yet started. */
export function createModbusAdapter(config: ModbusConfig, context: AdapterContext): Adapter {
  return new ModbusAdapter(config, context);
}

class ModbusAdapter implements Adapter {
  readonly #link: Link;
  readonly #devices: ReadonlyMap<string, Device>;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;

  constructor(config: ModbusConfig, context: AdapterContext) {
    const { report, log } = context;
    const shared = { clock: systemClock, log, now: () => context.now() };
    const isInUse = (): boolean => [...this.#devices.values()].some((device) => device.isBorn);
    const link = new Link({ ...shared, config: config.link, isInUse });
    const { retries } = config.link;
    const { signal } = this.#stopping;
    this.#link = link;
    this.#devices = new Map(
      config.devices.map((device) => [
        device.name,
        new Device({ ...shared, config: device, link, retries, report, signal }),
      ]),
    );
  }

  start(): Promise<void> {
    this.#running ??= this.#run();
    return Promise.resolve();
  }

  write(deviceId: string, metric: string, value: MetricValue): Promise<void> {
    const device = this.#devices.get(deviceId);
    if (device !== undefined) return device.write(metric, value);
    return Promise.reject(new AdapterError("UNKNOWN_METRIC", `there is no device "${deviceId}"`));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const devices = Array.from(this.#devices.values(), (device) => device.run());
    await Promise.all([this.#link.run(this.#stopping.signal), ...devices]);
  }
}
