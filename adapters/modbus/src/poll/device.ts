/**
 * One device: is read until it answered completely, is born with all its metrics, is polled until it no longer answers,
 * dies, is asked ever more rarely, and so on. Its trouble stays its own: while it does not answer, one small request now
 * and then is all that it costs the others on the link.
 */
import type {
  DeviceControl,
  DeviceDiagnostics,
  DeviceState,
  LinkState,
  OwnState,
  WriteCommand,
  WriteResult,
} from "@unshub/adapter";
import type { DeviceConfig } from "../config/config.ts";
import { ModbusError } from "../errors.ts";
import { decodeTagInto } from "../types/index.ts";
import { isBus, type WireResult } from "../wire/index.ts";
import { DeadProbe } from "./dead-probe.ts";
import { DeviceHealth, isAnswer } from "./device-health.ts";
import type { DeviceOptions } from "./device-options.ts";
import { DeviceReading } from "./device-reading.ts";
import { DeviceStanding } from "./device-standing.ts";
import { DeviceValues } from "./device-values.ts";
import { DeviceWrites } from "./device-writes.ts";
import { FirstReading } from "./first-reading.ts";
import type { PassOutcome } from "./group-poll-options.ts";
import { LinkGrace } from "./link-grace.ts";
import type { Planned } from "./scheduler.ts";
import type { ValueTable } from "./value-table.ts";

const SECOND_MS = 1000;
/** Figures are told every five seconds at most; the sixth, so that none waits for another round because of a millisecond. */
const SECONDS_A_REPORT = 6;

type Phase = "disabled" | "offline" | "birthing" | "online";

export class Device {
  readonly name: string;
  readonly #options: DeviceOptions;
  readonly #health: DeviceHealth;
  readonly #reading: DeviceReading;
  readonly #table: ValueTable;
  readonly #values: DeviceValues;
  readonly #standing: DeviceStanding;
  readonly #writes: DeviceWrites;
  readonly #grace: LinkGrace;
  readonly #probe: DeadProbe;
  readonly #first: FirstReading;
  #phase: Phase = "disabled";
  #isAnnounced: boolean;
  #isSilenceLogged = false;
  #isLinkUp = false;
  #everySecond: Planned | undefined;
  #seconds = 0;
  #unwatch: () => void = () => undefined;

  constructor(options: DeviceOptions) {
    const { config } = options;
    this.#options = options;
    this.name = config.name;
    this.#isAnnounced = options.isAnnounced ?? false;
    this.#health = new DeviceHealth(config);
    this.#grace = new LinkGrace(options.scheduler, config.offlineGraceMs);
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
  }

  get isEnabled(): boolean {
    return this.#phase !== "disabled";
  }

  /** Begins to live; `false` in the configuration keeps it out of the bus. */
  start(): void {
    if (this.#options.config.enabled) this.enable();
    else this.disable();
  }

  enable(): void {
    if (this.isEnabled) return;
    const { link } = this.#options;
    this.#enter("offline");
    this.#unwatch = link.watch({ changed: (state, cause) => this.#linkChanged(state, cause) });
    this.#isLinkUp = isUp(link.state);
    if (isUp(link.state)) this.#reach();
    else this.#beginGrace();
    this.#options.enabledChanged();
  }

  /** DDEATH when it lives; nothing of it is on the bus afterwards. */
  disable(): void {
    if (!this.isEnabled && !this.#isAnnounced) return;
    const isAnnounced = this.#isAnnounced;
    this.#stopEverything();
    this.#enter("disabled");
    if (isAnnounced) this.#sayDeath(new ModbusError("STOPPED", "the device is disabled"));
    this.#options.enabledChanged();
  }

  /** As `disable`, without a word: who stops the adapter says the deaths. */
  async stop(): Promise<void> {
    this.#stopEverything();
    this.#enter("disabled");
    await this.#writes.stop();
  }

  /** Whether a birth of it stands. */
  get isAnnounced(): boolean {
    return this.#isAnnounced;
  }

  write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    return this.#writes.write(commands);
  }

  /** What was refused is asked for again; a dead device is asked now. */
  rescan(): void {
    this.forgive();
    if (this.#phase === "offline") this.#reach();
    else if (this.#phase === "online") this.#reading.groups.askAll();
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

  get #isDemoted(): boolean {
    return this.#health.isSilent && (this.#phase === "offline" || this.#isFailing);
  }

  /** Alive, and the last poll was not answered at all. */
  get #isFailing(): boolean {
    return this.#phase === "online" && this.#health.isFailing;
  }

  get #state(): DeviceState {
    if (this.#isDemoted) return "demoted";
    if (this.#phase !== "online") return this.#phase;
    return this.#isFailing || !isUp(this.#options.link.state) ? "stale" : "online";
  }

  get #own(): OwnState {
    return {
      diagnostics: this.#standing.diagnostics(),
      isEnabled: this.isEnabled,
      scanRateMs: this.#reading.scanRateMs,
    };
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#standing.note();
  }

  #newReading(): DeviceReading {
    return new DeviceReading({
      ...this.#options,
      health: this.#health,
      values: () => this.#values,
      isOnline: () => this.#phase === "online",
      mayRead: () => isUp(this.#options.link.state) && !this.#isDemoted,
      unasked: () => this.#unasked(),
      passEnded: (outcome) => this.#passEnded(outcome),
    });
  }

  #newStanding(): DeviceStanding {
    const { config, link, now } = this.#options;
    return new DeviceStanding({
      deviceId: config.name,
      link: link.name,
      address: `${link.name} unit ${config.unit}`,
      figures: this.#health.figures,
      table: this.#table,
      now,
      state: () => this.#state,
      isDemoted: () => this.#isDemoted,
      clockSkewSeconds: () => this.#reading.clockSkewSeconds,
    });
  }

  #newFirstReading(): FirstReading {
    return new FirstReading({
      scheduler: this.#options.scheduler,
      table: this.#table,
      timeoutMs: this.#options.config.birthTimeoutMs,
      groups: () => this.#reading.groups,
      read: () => this.#beBorn(),
      missed: (cause) => this.#missed(cause),
    });
  }

  #newProbe(): DeadProbe {
    const readable = this.#table.tags.filter(({ access }) => access !== "w");
    return new DeadProbe({
      ...this.#options,
      tag: (attempt) => this.#table.lastGood ?? readable[attempt % readable.length],
      isDemoted: () => this.#isDemoted,
      isWanted: () =>
        isUp(this.#options.link.state) && (this.#phase === "offline" || this.#isDemoted),
      probed: (result) => this.#probed(result),
    });
  }

  #newWrites(): DeviceWrites {
    const { config, linkConfig } = this.#options;
    return new DeviceWrites({
      ...this.#options,
      tags: this.#table.tags,
      isBroadcast: isBus(linkConfig) && config.unit === 0,
      isOnline: () => this.#phase === "online",
      heard: (result) => this.#health.heard(result),
      valueOf: (index) => this.#table.valueOf(index),
      readBack: (index, data, when) => this.#readBack(index, data, when),
      control: (control) => this.#obey(control),
      wrote: (command, result) => this.#values.wrote(command, result),
    });
  }

  /** Does what a command asks of the device itself; a sentence when it cannot be done. */
  #obey(control: DeviceControl): string | undefined {
    switch (control.kind) {
      case "enabled":
        if (control.isEnabled) this.enable();
        else this.disable();
        return undefined;
      case "rebirth":
        if (this.#phase !== "online") return "the device is offline";
        this.#values.born();
        return undefined;
      case "poll":
        if (this.#phase !== "online") return "the device is offline";
        this.#reading.groups.askAll();
        return undefined;
      case "scanRate":
        return this.#useScanRate(control.ms);
      case "nothing":
        return undefined;
      case "refused":
        return control.because;
    }
  }

  #useScanRate(ms: number): string | undefined {
    if (this.#reading.scanRateMs === 0) return "no group of the device has an interval";
    this.#reading.useScanRate(ms);
    if (this.#phase === "online") this.#reading.groups.live();
    this.#first.readAll();
    return undefined;
  }

  #linkChanged(state: LinkState, cause: ModbusError | undefined): void {
    this.#standing.note();
    const wasUp = this.#isLinkUp;
    this.#isLinkUp = isUp(state);
    if (this.#isLinkUp) return wasUp ? undefined : this.#linkUp();
    this.#probe.cancel();
    if (cause !== undefined) this.#standing.lastError = cause.message;
    if (this.#phase === "birthing") this.#giveUpBirth();
    return this.#beginGrace();
  }

  /** The grace goes on until it answers: some peers take a connection and say nothing. */
  #linkUp(): void {
    if (this.#phase === "offline") this.#reach();
    // Who sits behind the new connection may have been put right.
    else this.forgive();
  }

  /** The link may be down for a while before the device counts as dead. */
  #beginGrace(): void {
    if (!this.#isAnnounced) return;
    this.#grace.begin((graceMs) => {
      // It may still answer, as long as the link stays up.
      if (isUp(this.#options.link.state)) return;
      const message = `${this.#where()}: no connection for ${graceMs} ms`;
      this.#die(new ModbusError("DEVICE_SILENT", message, { cause: this.#options.link.lastError }));
    });
  }

  /** Reads everything, so that the birth carries fresh values. */
  #reach(): void {
    if (!isUp(this.#options.link.state) || this.#phase !== "offline") return;
    this.#enter("birthing");
    this.#probe.cancel();
    this.forgive();
    this.#first.begin();
  }

  #giveUpBirth(): void {
    this.#rest();
    this.#table.expire();
  }

  #beBorn(): void {
    const { scheduler } = this.#options;
    this.#grace.end();
    this.#enter("online");
    this.#isAnnounced = true;
    this.#health.reset();
    this.#probe.reset();
    this.#isSilenceLogged = false;
    this.#standing.lastError = undefined;
    if (this.#grace.born()) this.#warnOfFlapping();
    this.#values.born();
    this.#reading.groups.live();
    const due = (): void => this.#second();
    this.#everySecond = scheduler.every({ intervalMs: SECOND_MS, phaseMs: 0, due });
  }

  #warnOfFlapping(): void {
    const graceMs = this.#grace.ms;
    const message = "device comes and goes; it is given more time before it counts as dead";
    this.#standing.lastError = `${message}: ${graceMs} ms`;
    this.#options.log.warn({ device: this.name, graceMs }, message);
  }

  #second(): void {
    this.#health.figures.second();
    this.#values.age();
    this.#seconds += 1;
    const isReport = this.#seconds % SECONDS_A_REPORT === 0;
    if (this.#standing.hasNews() || isReport) this.#values.tellOwn();
  }

  #passEnded({ isLinkDown, answered, cause }: PassOutcome): void {
    if (isLinkDown || this.#phase !== "online") return;
    if (answered > 0) {
      this.#health.pollAnswered();
      this.#grace.end();
    } else if (cause !== undefined) this.#pollFailed();
    this.#standing.note();
    // Soon: it may be only what was asked for that is not answered.
    if (this.#phase === "online" && this.#isDemoted) this.#probe.soon();
  }

  /** A slot of a demoted device: it would not have answered. Without a link nobody could; the grace decides then. */
  #unasked(): void {
    if (isUp(this.#options.link.state)) this.#pollFailed();
  }

  #pollFailed(): void {
    this.#health.pollFailed();
    if (this.#phase !== "online" || !this.#health.isDead) return;
    const message = `${this.#where()}: ${this.#health.failedPolls} polls in a row were not answered`;
    this.#die(new ModbusError("DEVICE_SILENT", message));
  }

  #die(cause: ModbusError): void {
    this.#rest();
    this.#standing.lastError = cause.message;
    this.#isSilenceLogged = true;
    this.#sayDeath(cause);
    if (isUp(this.#options.link.state)) this.#probe.later();
  }

  #sayDeath(cause: ModbusError): void {
    this.#isAnnounced = false;
    this.#values.died(cause);
  }

  /** The device did not answer a first reading or a probe. */
  #missed(cause: PassOutcome["cause"]): void {
    const error =
      cause instanceof ModbusError
        ? cause
        : new ModbusError("DEVICE_SILENT", `${this.#where()} does not answer`);
    this.#rest();
    this.#table.expire();
    this.#standing.lastError = error.message;
    const level = this.#isSilenceLogged ? "debug" : "warn";
    this.#isSilenceLogged = true;
    const fields = { device: this.name, cause: error.message };
    this.#options.log[level](fields, "device does not answer");
    if (this.#isAnnounced) this.#sayDeath(error);
    this.#probe.later();
  }

  #probed(result: WireResult): void {
    if (result.kind === "linkDown") return;
    this.#health.heard(result);
    if (isAnswer(result)) {
      this.#health.pollAnswered();
      if (this.#phase === "offline") this.#reach();
      else this.#reading.groups.askAll();
      return;
    }
    if (this.#phase === "online") this.#probe.later();
    else this.#missed("silent");
  }

  /** A write was read back: what the device has now counts. */
  #readBack(
    index: number,
    data: Uint8Array,
    { at, isLast }: { readonly at: number; readonly isLast: boolean },
  ): void {
    const tag = this.#table.tags[index];
    if (this.#phase !== "online" || tag === undefined) return;
    this.#values.begin(at);
    if (isLast) this.#table.force(index);
    decodeTagInto({ tag, index, every: 1 }, data, this.#table);
    this.#values.tell();
  }

  /** Offline, and nothing goes on. */
  #rest(): void {
    this.#halt();
    this.#enter("offline");
  }

  #halt(): void {
    this.#first.cancel();
    this.#reading.groups.stop();
    this.#everySecond?.cancel();
    this.#grace.end();
  }

  #stopEverything(): void {
    this.#unwatch();
    this.#probe.cancel();
    this.#halt();
    this.#values.stop();
  }

  #where(): string {
    return `${this.name} (unit ${this.#options.config.unit} at ${this.#options.link.name})`;
  }
}

function isUp(state: LinkState): boolean {
  return state === "up" || state === "degraded";
}
