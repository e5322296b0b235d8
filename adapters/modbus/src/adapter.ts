/** The adapter: one link and its devices, started, reloaded and stopped together. */
import { join } from "node:path";
import {
  failedWrite,
  AdapterError,
  type Adapter,
  type AdapterContext,
  type AdapterDiagnostics,
  type ReloadReport,
  type TracedFrame,
  type WriteCommand,
  type WriteResult,
} from "@unshub/adapter";
import { systemClock, type Clock } from "./clock.ts";
import type { DeviceConfig, ModbusConfig } from "./config/config.ts";
import { HoleStore, NOTHING_LEARNED, type LearnedHoles } from "./plan/index.ts";
import { Device } from "./poll/device.ts";
import { Scheduler } from "./poll/scheduler.ts";
import { UnitLocks } from "./poll/unit-locks.ts";
import { devicesThatDiffer } from "./reload.ts";
import { isDeepStrictEqual } from "node:util";
import { openLink, type ModbusLink } from "./wire/index.ts";
import { linkName } from "./wire/link-config.ts";

/** What tests hand in. */
export interface ModbusParts {
  readonly clock?: Clock;
  readonly random?: () => number;
}

/** An adapter that is not yet started. */
export function createModbusAdapter(
  config: ModbusConfig,
  context: AdapterContext,
  parts: ModbusParts = {},
): Adapter<ModbusConfig> {
  return new ModbusAdapter(config, context, parts);
}

/** Spreads what repeats: neighbours are far apart, and every further one falls into the largest gap. */
const GOLDEN = 0.618_033_988_75;

class ModbusAdapter implements Adapter<ModbusConfig> {
  readonly #context: AdapterContext;
  readonly #clock: Clock;
  readonly #random: () => number;
  readonly #scheduler: Scheduler;
  readonly #locks = new UnitLocks();
  #config: ModbusConfig;
  #link: ModbusLink;
  #devices = new Map<string, Device>();
  #holes: HoleStore | undefined;
  #ordinal = 0;
  #linkSince: number;
  #unwatch: () => void = () => undefined;
  #isStarted = false;
  #stopped: Promise<void> | undefined;

  constructor(config: ModbusConfig, context: AdapterContext, parts: ModbusParts) {
    this.#config = config;
    this.#context = context;
    this.#clock = parts.clock ?? systemClock;
    this.#random = parts.random ?? Math.random;
    this.#scheduler = new Scheduler(this.#clock);
    this.#link = this.#newLink();
    this.#linkSince = context.now();
  }

  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const file = join(this.#context.dataDir, "holes.json");
    this.#holes = await HoleStore.open(file, () => this.#context.now());
    if (this.#stopped !== undefined) return;
    for (const device of this.#config.devices) this.#add(device);
    this.#openLink();
  }

  async write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    const byDevice = Map.groupBy(commands, ({ deviceId }) => deviceId);
    const results = new Map<WriteCommand, WriteResult>();
    await Promise.all(
      Array.from(byDevice, async ([deviceId, own]) => {
        const device = this.#devices.get(deviceId);
        const found = device === undefined ? [] : await device.write(own);
        for (const [index, command] of own.entries()) {
          results.set(command, found[index] ?? this.#noDevice(deviceId));
        }
      }),
    );
    return commands.map((command) => results.get(command) ?? this.#noDevice(command.deviceId));
  }

  async reload(config: ModbusConfig): Promise<ReloadReport> {
    const before = this.#config;
    this.#config = config;
    const isSameLink = isDeepStrictEqual(before.link, config.link);
    const { added, removed, changed, adjusted, adjustedTags } = devicesThatDiffer(before, config);
    for (const name of removed) await this.#remove(name, "says so");
    for (const name of changed) await this.#remove(name, "is born again");
    if (!isSameLink) await this.#exchangeLink();
    for (const device of config.devices) {
      if (adjusted.includes(device.name)) this.#devices.get(device.name)?.adjust(device);
      if (!this.#devices.has(device.name)) this.#add(device).start();
    }
    const reconnected = isSameLink ? [] : [linkName(config.link)];
    return { added, removed, reborn: changed, reconnected, adjustedTags };
  }

  rescan(deviceId?: string): Promise<void> {
    for (const [name, device] of this.#devices) {
      if (deviceId === undefined || deviceId === name) device.rescan();
    }
    return Promise.resolve();
  }

  diagnostics(): AdapterDiagnostics {
    const { name, state, lastError, counters, trace } = this.#link;
    return {
      links: [
        {
          name,
          state,
          since: this.#linkSince,
          address: name,
          ...(lastError !== undefined && { lastError: lastError.message }),
          isTracing: trace.isOn,
          counters: snakeCase(counters),
        },
      ],
      devices: Array.from(this.#devices.values(), (device) => device.diagnostics()),
    };
  }

  setTrace(link: string, isOn: boolean): boolean {
    if (link !== this.#link.name) return false;
    if (isOn) this.#link.trace.switchOn();
    else this.#link.trace.switchOff();
    return true;
  }

  trace(link: string): readonly TracedFrame[] | undefined {
    return link === this.#link.name ? this.#link.trace.frames() : undefined;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    const devices = [...this.#devices.values()];
    const writes = devices.map((device) => device.stop());
    this.#unwatch();
    await this.#link.stop();
    await Promise.all(writes);
    this.#scheduler.clear();
  }

  #newLink(): ModbusLink {
    const { log } = this.#context;
    return openLink(this.#config.link, {
      clock: this.#clock,
      log,
      now: () => this.#context.now(),
      random: this.#random,
    });
  }

  #openLink(): void {
    this.#unwatch = this.#link.watch({
      changed: () => {
        this.#linkSince = this.#context.now();
      },
    });
    for (const device of this.#devices.values()) device.start();
    this.#link.start();
  }

  /** New settings of the link: everything behind it begins anew. */
  async #exchangeLink(): Promise<void> {
    for (const name of this.#devices.keys()) await this.#remove(name, "says so");
    this.#unwatch();
    await this.#link.stop();
    this.#link = this.#newLink();
    this.#linkSince = this.#context.now();
    this.#openLink();
  }

  #add(config: DeviceConfig): Device {
    const { log, report } = this.#context;
    const device = new Device({
      config,
      linkConfig: this.#config.link,
      link: this.#link,
      scheduler: this.#scheduler,
      log,
      report,
      locks: this.#locks,
      ordinal: () => (this.#ordinal += GOLDEN),
      now: () => this.#context.now(),
      random: this.#random,
      learned: this.#holes?.recall(this.#keyOf(config)) ?? NOTHING_LEARNED,
      remember: (learned) => this.#remember(config, learned),
    });
    this.#devices.set(config.name, device);
    return device;
  }

  /** A device that comes back at once has its next birth to say so. */
  async #remove(name: string, how: "says so" | "is born again"): Promise<void> {
    const device = this.#devices.get(name);
    this.#devices.delete(name);
    if (how === "says so") device?.disable();
    await device?.stop();
  }

  #remember(config: DeviceConfig, learned: LearnedHoles): void {
    const { log } = this.#context;
    this.#holes?.remember(this.#keyOf(config), learned).catch((error: unknown) => {
      log.warn({ device: config.name, error }, "what was learned of the device is not on disk");
    });
  }

  #keyOf({ unit }: DeviceConfig): { address: string; unit: number; identification: string } {
    return { address: linkName(this.#config.link), unit, identification: "" };
  }

  #noDevice(deviceId: string): WriteResult {
    const error = new AdapterError("UNKNOWN_METRIC", `there is no device "${deviceId}"`);
    return failedWrite(error, this.#context.now());
  }
}

function snakeCase(counters: object): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(counters).map(([name, value]: [string, number]) => [
      name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );
}
