/** The adapter: one link and its devices, started, reloaded and stopped together. */
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
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
import { HoleStore, NOTHING_LEARNED, type DeviceKey, type LearnedHoles } from "./plan/index.ts";
import { Device } from "./poll/device.ts";
import { NoiseWatch } from "./poll/noise-watch.ts";
import { Scheduler } from "./poll/scheduler.ts";
import { UnitLocks } from "./poll/unit-locks.ts";
import { devicesThatDiffer } from "./reload.ts";
import { openLink, type ModbusLink } from "./wire/index.ts";
import { linkName } from "./wire/link-config.ts";

/** What tests hand in. */
export interface ModbusParts {
  readonly clock?: Clock;
  readonly random?: () => number;
  readonly openLink?: typeof openLink;
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
  readonly #open: typeof openLink;
  readonly #scheduler: Scheduler;
  readonly #locks = new UnitLocks();
  #config: ModbusConfig;
  #link: ModbusLink;
  #devices = new Map<string, Device>();
  #holes: HoleStore | undefined;
  #ordinal = 0;
  #noise: NoiseWatch;
  /** The link is opened and closed one after the other. */
  #linkTurn: Promise<void> = Promise.resolve();
  #isStarted = false;
  /** Devices come and go meanwhile; the link is looked at when that is over. */
  #isReloading = false;
  #stopped: Promise<void> | undefined;

  constructor(config: ModbusConfig, context: AdapterContext, parts: ModbusParts) {
    this.#config = config;
    this.#context = context;
    this.#clock = parts.clock ?? systemClock;
    this.#random = parts.random ?? Math.random;
    this.#open = parts.openLink ?? openLink;
    this.#scheduler = new Scheduler(this.#clock);
    this.#link = this.#newLink();
    this.#noise = this.#watchNoise();
  }

  async start(): Promise<void> {
    if (this.#isStarted) return;
    this.#isStarted = true;
    const file = join(this.#context.dataDir, "holes.json");
    this.#holes = await HoleStore.open(file, () => this.#context.now());
    if (this.#stopped !== undefined) return;
    for (const device of this.#config.devices) this.#add(device, false);
    for (const device of this.#devices.values()) device.start();
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
    const kept = config.devices.map(({ name }) => name).filter((name) => !added.includes(name));
    const reborn = isSameLink ? changed : kept;
    this.#isReloading = true;
    for (const name of removed) await this.#remove(name);
    const announced = await this.#withdraw(reborn);
    if (!isSameLink) await this.#exchangeLink();
    if (this.#stopped === undefined) this.#apply(config, { adjusted, announced });
    this.#isReloading = false;
    void this.#keepLink();
    const reconnected = isSameLink ? [] : [linkName(config.link)];
    return { added, removed, reborn, reconnected, adjustedTags };
  }

  /** Devices that are untouched go on; those that are not there begin. */
  #apply(
    config: ModbusConfig,
    what: { readonly adjusted: readonly string[]; readonly announced: ReadonlySet<string> },
  ): void {
    for (const device of config.devices) {
      const { name } = device;
      const running = this.#devices.get(name);
      if (running === undefined) this.#add(device, what.announced.has(name)).start();
      // What was refused may be right by now: somebody worked on it.
      else running.forgive();
      if (what.adjusted.includes(name)) running?.adjust(device);
    }
  }

  rescan(deviceId?: string): Promise<void> {
    for (const [name, device] of this.#devices) {
      if (deviceId !== undefined && deviceId !== name) continue;
      // Who names a device means it, also one that a command has disabled: no command reaches it any more.
      if (deviceId === name) device.start();
      device.rescan();
    }
    return Promise.resolve();
  }

  diagnostics(): AdapterDiagnostics {
    const { name, state, since, lastError, counters, trace } = this.#link;
    return {
      links: [
        {
          name,
          state,
          since,
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
    this.#noise.stop();
    await this.#keepLink();
    await this.#link.stop();
    await Promise.all(writes);
    this.#scheduler.clear();
  }

  #newLink(): ModbusLink {
    const { log } = this.#context;
    return this.#open(this.#config.link, {
      clock: this.#clock,
      log,
      now: () => this.#context.now(),
      random: this.#random,
    });
  }

  #watchNoise(): NoiseWatch {
    const { log } = this.#context;
    return new NoiseWatch({ link: this.#link, scheduler: this.#scheduler, log });
  }

  /** The link is open as long as a device wants it. */
  #keepLink(): Promise<void> {
    this.#linkTurn = this.#openOrClose(this.#linkTurn);
    return this.#linkTurn;
  }

  async #openOrClose(before: Promise<void>): Promise<void> {
    await before;
    const devices = [...this.#devices.values()];
    const isWanted = this.#stopped === undefined && devices.some(({ isEnabled }) => isEnabled);
    if (isWanted) this.#link.start();
    else await this.#link.stop();
  }

  /** New settings of the link: everything behind it has begun anew. */
  async #exchangeLink(): Promise<void> {
    await this.#linkTurn;
    this.#noise.stop();
    await this.#link.stop();
    this.#link = this.#newLink();
    this.#noise = this.#watchNoise();
  }

  #add(config: DeviceConfig, isAnnounced: boolean): Device {
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
      isAnnounced,
      remember: (learned) => this.#remember(config, learned),
      enabledChanged: () => {
        if (!this.#isReloading) void this.#keepLink();
      },
    });
    this.#devices.set(config.name, device);
    return device;
  }

  /** It is gone, and says so. */
  async #remove(name: string): Promise<void> {
    const device = this.#devices.get(name);
    this.#devices.delete(name);
    device?.disable();
    await device?.stop();
  }

  /**
   * Takes devices away that come back at once: their next birth says so, or their death when they do not answer. The
   * names of those whose birth still stands.
   */
  async #withdraw(names: readonly string[]): Promise<ReadonlySet<string>> {
    const announced = new Set<string>();
    for (const name of names) {
      const device = this.#devices.get(name);
      this.#devices.delete(name);
      if (device?.isAnnounced === true) announced.add(name);
      await device?.stop();
    }
    return announced;
  }

  #remember(config: DeviceConfig, learned: LearnedHoles): void {
    const { log } = this.#context;
    this.#holes?.remember(this.#keyOf(config), learned).catch((error: unknown) => {
      log.warn({ device: config.name, error }, "what was learned of the device is not on disk");
    });
  }

  /** Several devices may share a unit; each has learned what it asks for. */
  #keyOf({ unit, name }: DeviceConfig): DeviceKey {
    return { address: linkName(this.#config.link), unit, identification: name };
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
