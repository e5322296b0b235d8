/** One link of an adapter and the devices behind it: opened, changed and closed together. */
import { isDeepStrictEqual } from "node:util";
import type {
  AdapterContext,
  DeviceDiagnostics,
  LinkDiagnostics,
  BrowseNode,
  BrowseRequest,
  RegistersAnswer,
  RegistersQuestion,
  TrialStep,
  ReloadReport,
  TracedFrame,
} from "@unshub/adapter";
import type { DeviceConfig, LinkedDevices } from "./config/config.ts";
import type { DeviceKey, HoleStore, LearnedHoles } from "./plan/index.ts";
import { browseRegisters } from "./browse.ts";
import { askOnce, lookAtRegisters, type LookPlace } from "./look.ts";
import { Device } from "./poll/device.ts";
import { NoiseWatch } from "./poll/noise-watch.ts";
import type { Scheduler } from "./poll/scheduler.ts";
import { UnitLocks } from "./poll/unit-locks.ts";
import { devicesThatDiffer } from "./reload.ts";
import { readFirst } from "./trial.ts";
import type { ModbusLink, openLink } from "./wire/index.ts";
import { linkAddress, linkName } from "./wire/link-config.ts";

/** What all links of an adapter share. */
export interface SharedParts {
  readonly context: AdapterContext;
  readonly random: () => number;
  readonly openLink: typeof openLink;
  readonly scheduler: Scheduler;
  readonly holes: HoleStore;
  /** Spreads groups over their intervals. */
  readonly ordinal: () => number;
}

/** Somebody looks into a device: what was due until so much later is polled before. */
const LOOK_WAITS_MS = 500;

export class LinkAndDevices {
  readonly #shared: SharedParts;
  readonly #locks = new UnitLocks();
  #config: LinkedDevices;
  #link: ModbusLink;
  #noise: NoiseWatch;
  #devices = new Map<string, Device>();
  /** The link is opened and closed one after the other. */
  #linkTurn: Promise<void> = Promise.resolve();
  /** Devices come and go meanwhile; the link is looked at when that is over. */
  #isReloading = false;
  #isStopped = false;

  /** `announced`: devices whose births stand already. Nothing begins before `start`. */
  constructor(config: LinkedDevices, shared: SharedParts, announced: ReadonlySet<string>) {
    this.#config = config;
    this.#shared = shared;
    this.#link = this.#newLink();
    this.#noise = this.#watchNoise();
    for (const device of config.devices) this.#add(device, announced.has(device.name));
  }

  get name(): string {
    return linkName(this.#config.link);
  }

  get deviceNames(): readonly string[] {
    return [...this.#devices.keys()];
  }

  start(): void {
    for (const device of this.#devices.values()) device.start();
  }

  /** Reads registers of a device besides its tags; `undefined`: it is not behind this link. @throws {AdapterError} */
  async look(asked: RegistersQuestion): Promise<RegistersAnswer | undefined> {
    const place = this.#placeOf(asked.deviceId);
    return place && (await lookAtRegisters(place, asked));
  }

  /** Reads the first tag of a device; `undefined`: it is not behind this link. @throws {AdapterError} */
  async readOnce(deviceId: string): Promise<TrialStep | undefined> {
    const place = this.#placeOf(deviceId);
    const device = this.#config.devices.find(({ name }) => name === deviceId);
    if (place === undefined || device === undefined) return undefined;
    return await readFirst(device, (question) => askOnce(place, question));
  }

  /** Which registers of a device answer; `undefined`: it is not behind this link. @throws {AdapterError} */
  browse(request: BrowseRequest, signal: AbortSignal): AsyncIterable<BrowseNode> | undefined {
    const place = this.#placeOf(request.deviceId);
    return place && browseRegisters(place, request, signal);
  }

  device(name: string): Device | undefined {
    return this.#devices.get(name);
  }

  /** Applies the difference. `elsewhere`: devices of another link until now, whose births still stand. */
  async reload(config: LinkedDevices, elsewhere: ReadonlySet<string>): Promise<ReloadReport> {
    const before = this.#config;
    this.#config = config;
    const isSameLink = isDeepStrictEqual(before.link, config.link);
    const { added, removed, changed, adjusted, adjustedTags } = devicesThatDiffer(before, config);
    const kept = config.devices.map(({ name }) => name).filter((name) => !added.includes(name));
    const reborn = isSameLink ? changed : kept;
    this.#isReloading = true;
    for (const name of removed) await this.#remove(name);
    const announced = new Set([...elsewhere, ...(await this.withdraw(reborn))]);
    if (!isSameLink) await this.#exchangeLink();
    if (!this.#isStopped) this.#apply(config, { adjusted, announced });
    this.#isReloading = false;
    void this.#keepLink();
    const reconnected = isSameLink ? [] : [linkName(config.link)];
    return { added, removed, reborn, reconnected, adjustedTags };
  }

  /** Devices that are untouched go on; those that are not there begin. */
  #apply(
    config: LinkedDevices,
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

  rescan(deviceId?: string): void {
    for (const [name, device] of this.#devices) {
      if (deviceId !== undefined && deviceId !== name) continue;
      // Who names a device means it, also one that a command has disabled: no command reaches it any more.
      if (deviceId === name) device.start();
      device.rescan();
    }
  }

  linkDiagnostics(): LinkDiagnostics {
    const { name, state, since, lastError, counters, trace } = this.#link;
    return {
      name,
      state,
      since,
      address: linkAddress(this.#config.link),
      ...(lastError !== undefined && { lastError: lastError.message }),
      isTracing: trace.isOn,
      counters: snakeCase(counters),
    };
  }

  deviceDiagnostics(): readonly DeviceDiagnostics[] {
    return Array.from(this.#devices.values(), (device) => device.diagnostics());
  }

  setTrace(isOn: boolean): void {
    if (isOn) this.#link.trace.switchOn();
    else this.#link.trace.switchOff();
  }

  trace(): readonly TracedFrame[] {
    return this.#link.trace.frames();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    const writes = Array.from(this.#devices.values(), (device) => device.stop());
    this.#noise.stop();
    await this.#keepLink();
    await this.#link.stop();
    await Promise.all(writes);
  }

  /** It is gone from the configuration: its devices say so. */
  async end(): Promise<void> {
    for (const name of this.deviceNames) await this.#remove(name);
    await this.stop();
  }

  /**
   * Takes devices away that come back at once: their next birth says so, or their death when they do not answer. The
   * names of those whose birth still stands.
   */
  async withdraw(names: readonly string[]): Promise<readonly string[]> {
    const announced: string[] = [];
    for (const name of names) {
      const device = this.#devices.get(name);
      this.#devices.delete(name);
      if (device?.isAnnounced === true) announced.push(name);
      await device?.stop();
    }
    return announced;
  }

  #placeOf(deviceId?: string): (LookPlace & { readonly group: string | undefined }) | undefined {
    const device = this.#config.devices.find(({ name }) => name === deviceId);
    if (device === undefined) return undefined;
    const { unit, timeoutMs, groups } = device;
    const { scheduler } = this.#shared;
    // Polls that are due go first.
    const deadline = (): number => scheduler.nowMs() + LOOK_WAITS_MS;
    return { link: this.#link, unit, timeoutMs, deadline, group: groups[0]?.name };
  }

  #newLink(): ModbusLink {
    const { openLink: open, scheduler, context, random } = this.#shared;
    const { log } = context;
    const clock = scheduler.asClock();
    return open(this.#config.link, { clock, log, now: () => context.now(), random });
  }

  #watchNoise(): NoiseWatch {
    const { scheduler, context } = this.#shared;
    return new NoiseWatch({ link: this.#link, scheduler, log: context.log });
  }

  /** The link is open as long as a device wants it. */
  #keepLink(): Promise<void> {
    this.#linkTurn = this.#openOrClose(this.#linkTurn);
    return this.#linkTurn;
  }

  async #openOrClose(before: Promise<void>): Promise<void> {
    await before;
    const devices = [...this.#devices.values()];
    const isWanted = !this.#isStopped && devices.some(({ isEnabled }) => isEnabled);
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
    const { context, scheduler, ordinal, random, holes } = this.#shared;
    const { log, report } = context;
    const device = new Device({
      config,
      linkConfig: this.#config.link,
      link: this.#link,
      scheduler,
      log,
      report,
      locks: this.#locks,
      ordinal,
      sharing: this.#config.devices.reduce((sum, { groups }) => sum + groups.length, 0),
      now: () => context.now(),
      random,
      learned: holes.recall(this.#keyOf(config)),
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

  #remember(config: DeviceConfig, learned: LearnedHoles): void {
    const { holes, context } = this.#shared;
    holes.remember(this.#keyOf(config), learned).catch((error: unknown) => {
      const fields = { device: config.name, error };
      context.log.warn(fields, "what was learned of the device is not on disk");
    });
  }

  /** Several devices may share a unit; each has learned what it asks for. */
  #keyOf({ unit, name }: DeviceConfig): DeviceKey {
    return { address: linkAddress(this.#config.link), unit, identification: name };
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
