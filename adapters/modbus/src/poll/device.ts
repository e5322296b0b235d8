/**
 * One device and what it is made of: its link, what it reads and writes, how it stands, and the life (`device-life.ts`)
 * that holds all of that together. Its trouble stays its own: while it does not answer, one small request now and then is
 * all that it costs the others on the link.
 */
import type {
  DeviceDiagnostics,
  OwnState,
  RawLook,
  WriteCommand,
  WriteResult,
} from "@unshub/adapter";
import type { DeviceConfig } from "../config/config.ts";
import { isBus } from "../wire/index.ts";
import { DeadProbe } from "./dead-probe.ts";
import { obey } from "./device-controls.ts";
import { DeviceHealth } from "./device-health.ts";
import { DeviceLife } from "./device-life.ts";
import { DeviceLink } from "./device-link.ts";
import type { DeviceOptions } from "./device-options.ts";
import { DeviceReading } from "./device-reading.ts";
import { DeviceStanding } from "./device-standing.ts";
import { DeviceValues } from "./device-values.ts";
import { DeviceWrites } from "./device-writes.ts";
import { FirstReading } from "./first-reading.ts";
import type { ValueTable } from "./value-table.ts";

export class Device {
  readonly name: string;
  readonly #options: DeviceOptions;
  readonly #health: DeviceHealth;
  readonly #reading: DeviceReading;
  readonly #table: ValueTable;
  readonly #values: DeviceValues;
  readonly #standing: DeviceStanding;
  readonly #writes: DeviceWrites;
  readonly #link: DeviceLink;
  readonly #probe: DeadProbe;
  readonly #first: FirstReading;
  readonly #life: DeviceLife;

  constructor(options: DeviceOptions) {
    const { config } = options;
    this.#options = options;
    this.name = config.name;
    this.#health = new DeviceHealth(config);
    this.#link = this.#newLink();
    this.#reading = this.#newReading();
    this.#table = this.#reading.table;
    this.#standing = this.#newStanding();
    this.#values = new DeviceValues({
      ...options,
      deviceId: config.name,
      table: this.#table,
      own: () => this.#own,
      told: () => this.#reading.groups.pull(),
    });
    this.#probe = this.#newProbe();
    this.#writes = this.#newWrites();
    this.#first = this.#newFirstReading();
    this.#life = this.#newLife();
  }

  get isEnabled(): boolean {
    return this.#life.isEnabled;
  }

  /** Begins to live; `false` in the configuration keeps it out of the bus. */
  start(): void {
    if (this.#options.config.enabled) this.#life.enable();
    else this.#life.disable();
  }

  /** DDEATH when it lives; nothing of it is on the bus afterwards. */
  disable(): void {
    this.#life.disable();
  }

  /** As `disable`, without a word: who stops the adapter says the deaths. */
  async stop(): Promise<void> {
    this.#life.stop();
    await this.#writes.stop();
  }

  /** Whether a birth of it stands. */
  get isAnnounced(): boolean {
    return this.#life.isAnnounced;
  }

  write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    return this.#writes.write(commands);
  }

  /** What was refused is asked for again; a dead device is asked now. */
  rescan(): void {
    this.forgive();
    this.#life.rescan();
  }

  /** What was refused is asked for again when it is due, and said again when it is written. */
  forgive(): void {
    this.#reading.groups.forgive();
    this.#writes.forgive();
  }

  /** Other rules of when a value is published; nothing is asked of the device. */
  adjust(config: DeviceConfig): void {
    this.#table.useRules(config.groups.flatMap(({ tags }) => tags));
    this.#values.age();
  }

  diagnostics(): DeviceDiagnostics {
    return this.#standing.diagnostics();
  }

  /** What the values of some tags were made of; kept for some seconds from now on. */
  raw(tags: readonly string[]): readonly RawLook[] {
    return this.#reading.raw.look(tags);
  }

  get #own(): OwnState {
    return {
      diagnostics: this.#standing.diagnostics(),
      isEnabled: this.isEnabled,
      scanRateMs: this.#reading.scanRateMs,
    };
  }

  #newLife(): DeviceLife {
    return new DeviceLife({
      device: this.#options,
      health: this.#health,
      link: this.#link,
      reading: this.#reading,
      table: this.#table,
      standing: this.#standing,
      values: this.#values,
      probe: this.#probe,
      first: this.#first,
      forgive: () => this.forgive(),
      halted: () => this.#writes.takeBack(),
    });
  }

  #newLink(): DeviceLink {
    const { link, scheduler, config } = this.#options;
    return new DeviceLink({
      link,
      scheduler,
      graceMs: config.offlineGraceMs,
      changed: () => this.#standing.note(),
      up: () => this.#life.linkUp(),
      down: (cause) => this.#life.linkDown(cause),
      graceOver: (graceMs) => this.#life.graceOver(graceMs),
    });
  }

  #newReading(): DeviceReading {
    return new DeviceReading({
      ...this.#options,
      health: this.#health,
      values: () => this.#values,
      isOnline: () => this.#life.isOnline,
      mayRead: () => this.#link.isUp && !this.#life.isDemoted,
      unasked: () => this.#life.unasked(),
      passEnded: (outcome) => this.#life.passEnded(outcome),
    });
  }

  #newStanding(): DeviceStanding {
    const { config, link, log, now } = this.#options;
    return new DeviceStanding({
      deviceId: config.name,
      link: link.name,
      address: `${link.name} unit ${config.unit}`,
      figures: this.#health.figures,
      table: this.#table,
      log,
      now,
      state: () => this.#life.state,
      isDemoted: () => this.#life.isDemoted,
      cycles: () => this.#reading.groups.cycles,
      clockSkewSeconds: () => this.#reading.clockSkewSeconds,
    });
  }

  #newFirstReading(): FirstReading {
    return new FirstReading({
      scheduler: this.#options.scheduler,
      table: this.#table,
      timeoutMs: this.#options.config.birthTimeoutMs,
      groups: () => this.#reading.groups,
      read: () => this.#life.beBorn(),
      missed: (cause) => this.#life.missed(cause),
    });
  }

  #newProbe(): DeadProbe {
    return new DeadProbe({
      ...this.#options,
      table: this.#table,
      isDemoted: () => this.#life.isDemoted,
      isWanted: () => this.#link.isUp && this.#life.isProbed,
      probed: (result) => this.#life.probed(result),
    });
  }

  #newWrites(): DeviceWrites {
    const { config, linkConfig } = this.#options;
    return new DeviceWrites({
      ...this.#options,
      tags: this.#table.tags,
      isBroadcast: isBus(linkConfig) && config.unit === 0,
      isOnline: () => this.#life.isOnline,
      heard: (result) => this.#health.heard(result),
      valueOf: (index) => this.#table.valueOf(index),
      readBack: (index, data, when) => {
        this.#reading.raw.takeOne(index, data, when.at);
        if (this.#life.isOnline) this.#values.readBack(index, data, when);
      },
      control: (control) =>
        obey(control, {
          isOnline: this.#life.isOnline,
          enable: () => this.#life.enable(),
          disable: () => this.#life.disable(),
          rebirth: () => this.#values.born(),
          poll: () => this.#reading.groups.askAll(),
          useScanRate: (ms) => this.#useScanRate(ms),
        }),
      wrote: (command, result) => this.#values.wrote(command, result),
    });
  }

  #useScanRate(ms: number): string | undefined {
    if (this.#reading.scanRateMs === 0) return "no group of the device has an interval";
    this.#reading.useScanRate(ms);
    if (this.#life.isOnline) this.#reading.groups.live();
    this.#first.readAll();
    return undefined;
  }
}
