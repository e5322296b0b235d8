/**
 * The life of a device: it is read until it answered completely, is born, is polled until it no longer answers, dies, is
 * asked ever more rarely, and so on. When that happens is decided here; what is done then is done by its parts.
 */
import type { DeviceState } from "@unshub/adapter";
import { ModbusError } from "../errors.ts";
import type { WireResult } from "../wire/index.ts";
import type { DeadProbe } from "./dead-probe.ts";
import { isAnswer, type DeviceHealth } from "./device-health.ts";
import type { DeviceLink } from "./device-link.ts";
import type { DeviceOptions } from "./device-options.ts";
import type { DeviceReading } from "./device-reading.ts";
import type { DeviceStanding } from "./device-standing.ts";
import type { DeviceValues } from "./device-values.ts";
import type { FirstReading } from "./first-reading.ts";
import type { PassOutcome } from "./group-poll-options.ts";
import type { Planned } from "./scheduler.ts";
import type { ValueTable } from "./value-table.ts";

const SECOND_MS = 1000;

type Phase = "disabled" | "offline" | "birthing" | "online";

/** What a device has to live with. */
export interface LifeOptions {
  readonly device: DeviceOptions;
  readonly health: DeviceHealth;
  readonly link: DeviceLink;
  readonly reading: DeviceReading;
  readonly table: ValueTable;
  readonly standing: DeviceStanding;
  readonly values: DeviceValues;
  readonly probe: DeadProbe;
  readonly first: FirstReading;
  /** What was refused may be right by now. */
  forgive(): void;
  /** It is not online, or not any more. */
  halted(): void;
}

export class DeviceLife {
  readonly #options: LifeOptions;
  #phase: Phase = "disabled";
  #isAnnounced: boolean;
  #everySecond: Planned | undefined;

  constructor(options: LifeOptions) {
    this.#options = options;
    this.#isAnnounced = options.device.isAnnounced ?? false;
  }

  get isEnabled(): boolean {
    return this.#phase !== "disabled";
  }

  /** Whether a birth of it stands. */
  get isAnnounced(): boolean {
    return this.#isAnnounced;
  }

  /** A birth of it stands, and it answers. */
  get isOnline(): boolean {
    return this.#phase === "online";
  }

  get isDemoted(): boolean {
    return this.#options.health.isSilent && (this.#phase === "offline" || this.#isFailing);
  }

  /** Dead or demoted: one small request now and then asks whether it is there. */
  get isProbed(): boolean {
    return this.#phase === "offline" || this.isDemoted;
  }

  /** Alive, and the last poll was not answered at all. */
  get #isFailing(): boolean {
    return this.#phase === "online" && this.#options.health.isFailing;
  }

  get state(): DeviceState {
    if (this.isDemoted) return "demoted";
    if (this.#phase !== "online") return this.#phase;
    return this.#isFailing || !this.#options.link.isUp ? "stale" : "online";
  }

  enable(): void {
    if (this.isEnabled) return;
    this.#enter("offline");
    this.#options.link.watch();
    if (this.#options.link.isUp) this.#reach();
    else this.#beginGrace();
    this.#options.device.enabledChanged();
  }

  /** DDEATH when it lives; nothing of it is on the bus afterwards. */
  disable(): void {
    if (!this.isEnabled && !this.#isAnnounced) return;
    const isAnnounced = this.#isAnnounced;
    this.#stopEverything();
    this.#enter("disabled");
    if (isAnnounced) this.#sayDeath(new ModbusError("STOPPED", "the device is disabled"));
    this.#options.device.enabledChanged();
  }

  /** As `disable`, without a word: who stops the adapter says the deaths. */
  stop(): void {
    this.#stopEverything();
    this.#enter("disabled");
  }

  /** What is dead is asked now. */
  rescan(): void {
    if (this.#phase === "offline") this.#reach();
    else if (this.#phase === "online") this.#options.reading.groups.askAll();
  }

  #enter(phase: Phase): void {
    this.#phase = phase;
    this.#options.standing.note();
  }

  /** The grace goes on until it answers: some peers take a connection and say nothing. */
  linkUp(): void {
    if (this.#phase === "offline") this.#reach();
    // Who sits behind the new connection may have been put right.
    else this.#options.forgive();
  }

  linkDown(cause: ModbusError | undefined): void {
    this.#options.probe.cancel();
    if (cause !== undefined) this.#options.standing.lastError = cause.message;
    if (this.#phase === "birthing") {
      this.#rest();
      this.#options.table.expire();
    }
    this.#beginGrace();
  }

  #beginGrace(): void {
    if (this.#isAnnounced) this.#options.link.beginGrace();
  }

  /** Reads everything, so that the birth carries fresh values. */
  #reach(): void {
    if (!this.#options.link.isUp || this.#phase !== "offline") return;
    this.#enter("birthing");
    this.#options.probe.cancel();
    this.#options.forgive();
    this.#options.first.begin();
  }

  beBorn(): void {
    const { scheduler } = this.#options.device;
    this.#options.link.endGrace();
    this.#enter("online");
    this.#isAnnounced = true;
    this.#options.health.reset();
    this.#options.probe.reset();
    this.#options.standing.born();
    const graceMs = this.#options.link.born();
    if (graceMs !== undefined) this.#options.standing.flaps(graceMs);
    this.#options.values.born();
    this.#options.reading.groups.live();
    const due = (): void => this.#second();
    const phaseMs = this.#options.reading.groups.phaseMs % SECOND_MS;
    this.#everySecond = scheduler.every({ intervalMs: SECOND_MS, phaseMs, due });
  }

  #second(): void {
    this.#options.health.figures.second();
    this.#options.values.age();
    if (this.#options.standing.isToBeTold()) this.#options.values.tellOwn();
  }

  passEnded({ isLinkDown, answered, cause }: PassOutcome): void {
    if (isLinkDown || this.#phase !== "online") return;
    if (answered > 0) {
      this.#options.health.pollAnswered();
      this.#options.link.endGrace();
    } else if (cause !== undefined) this.#pollFailed();
    this.#options.standing.note();
    // Soon: it may be only what was asked for that is not answered.
    if (this.#phase === "online" && this.isDemoted) this.#options.probe.soon();
  }

  /** A slot of a demoted device: it would not have answered. Without a link nobody could; the grace decides then. */
  unasked(): void {
    if (this.#options.link.isUp) this.#pollFailed();
  }

  #pollFailed(): void {
    this.#options.health.pollFailed();
    if (this.#phase !== "online" || !this.#options.health.isDead) return;
    const message = `${this.#where()}: ${this.#options.health.failedPolls} polls in a row were not answered`;
    this.#die(new ModbusError("DEVICE_SILENT", message));
  }

  /** It has been without a connection for too long. */
  graceOver(graceMs: number): void {
    const message = `${this.#where()}: no connection for ${graceMs} ms`;
    const cause = this.#options.device.link.lastError;
    this.#die(new ModbusError("DEVICE_SILENT", message, { cause }));
  }

  #die(cause: ModbusError): void {
    this.#rest();
    this.#options.standing.died(cause);
    this.#sayDeath(cause);
    if (this.#options.link.isUp) this.#options.probe.later();
  }

  #sayDeath(cause: ModbusError): void {
    this.#isAnnounced = false;
    this.#options.values.died(cause);
  }

  /** The device did not answer a first reading or a probe. */
  missed(cause: PassOutcome["cause"]): void {
    const error =
      cause instanceof ModbusError
        ? cause
        : new ModbusError("DEVICE_SILENT", `${this.#where()} does not answer`);
    this.#rest();
    this.#options.table.expire();
    this.#options.standing.silent(error);
    if (this.#isAnnounced) this.#sayDeath(error);
    this.#options.probe.later();
  }

  probed(result: WireResult): void {
    if (result.kind === "linkDown") return;
    this.#options.health.heard(result);
    if (isAnswer(result)) {
      this.#options.health.pollAnswered();
      if (this.#phase === "offline") this.#reach();
      else this.#options.reading.groups.askAll();
      return;
    }
    if (this.#phase === "online") this.#options.probe.later();
    else this.missed("silent");
  }

  /** Offline, and nothing goes on. */
  #rest(): void {
    this.#halt();
    this.#enter("offline");
  }

  #halt(): void {
    this.#options.first.cancel();
    this.#options.reading.groups.stop();
    this.#everySecond?.cancel();
    this.#options.link.endGrace();
    this.#options.halted();
  }

  #stopEverything(): void {
    this.#options.link.unwatch();
    this.#options.probe.cancel();
    this.#halt();
    this.#options.values.stop();
  }

  #where(): string {
    const { config, link } = this.#options.device;
    return `${config.name} (unit ${config.unit} at ${link.name})`;
  }
}
