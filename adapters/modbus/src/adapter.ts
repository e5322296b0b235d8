/** The adapter: one link and its devices, started and stopped together. */
import {
  AdapterError,
  NO_DIAGNOSTICS,
  writeInOrder,
  type Adapter,
  type AdapterContext,
  type AdapterDiagnostics,
  type WriteCommand,
  type WriteResult,
} from "@unshub/adapter";
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
  readonly #now: () => number;
  #running: Promise<void> | undefined;

  constructor(config: ModbusConfig, context: AdapterContext) {
    const { report, log } = context;
    this.#now = () => context.now();
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

  write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    return writeInOrder(commands, (command) => this.#writeOne(command), this.#now);
  }

  diagnostics(): AdapterDiagnostics {
    return NO_DIAGNOSTICS;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  #writeOne({ deviceId, metric, value }: WriteCommand): Promise<void> {
    const device = this.#devices.get(deviceId);
    if (device !== undefined) return device.write(metric, value);
    return Promise.reject(new AdapterError("UNKNOWN_METRIC", `there is no device "${deviceId}"`));
  }

  async #run(): Promise<void> {
    const devices = Array.from(this.#devices.values(), (device) => device.run());
    await Promise.all([this.#link.run(this.#stopping.signal), ...devices]);
  }
}
