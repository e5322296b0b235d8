/** How a device stands, as its diagnostics and its own metrics tell it. */
import type { DeviceDiagnostics, DeviceState, Logger, PollCycle } from "@unshub/adapter";
import type { DeviceFigures } from "./device-figures.ts";
import type { ValueTable } from "./value-table.ts";

export interface DeviceStandingOptions {
  readonly deviceId: string;
  /** The name of its link. */
  readonly link: string;
  readonly address: string;
  readonly figures: DeviceFigures;
  readonly table: ValueTable;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  state(): DeviceState;
  isDemoted(): boolean;
  cycles(): readonly PollCycle[];
  /** How far its clock is ahead of ours; `undefined` when it tells no time. */
  clockSkewSeconds(): number | undefined;
}

/** What was last told. */
interface Seen {
  readonly state: DeviceState;
  readonly lastError: string | undefined;
  /** Time-outs, exceptions and overruns, which only grow. */
  readonly events: number;
  readonly badTags: number;
}

/** Figures are told every five seconds at most; the sixth, so that none waits for another round because of a millisecond. */
const SECONDS_A_REPORT = 6;

export class DeviceStanding {
  readonly #options: DeviceStandingOptions;
  #lastState: DeviceState;
  #since: number;
  #seen: Seen | undefined;
  #seconds = 0;
  /** That it does not answer is a warning once in each silence. */
  #isSilenceLogged = false;
  /** A sentence; `undefined` when all is well. */
  lastError: string | undefined;

  constructor(options: DeviceStandingOptions) {
    this.#options = options;
    this.#lastState = "disabled";
    this.#since = options.now();
  }

  /** Notices a change of state; call it when one may have come. */
  note(): void {
    const state = this.#options.state();
    if (state === this.#lastState) return;
    this.#lastState = state;
    this.#since = this.#options.now();
  }

  born(): void {
    this.lastError = undefined;
    this.#isSilenceLogged = false;
  }

  /** It has died; that it does not come back is no news. */
  died(cause: Error): void {
    this.lastError = cause.message;
    this.#isSilenceLogged = true;
  }

  /** It did not answer when it was asked whether it is there. */
  silent(cause: Error): void {
    this.lastError = cause.message;
    const { log, deviceId } = this.#options;
    const level = this.#isSilenceLogged ? "debug" : "warn";
    this.#isSilenceLogged = true;
    log[level]({ device: deviceId, cause: cause.message }, "device does not answer");
  }

  /** It was born so often that its link may now be away for `graceMs`. */
  flaps(graceMs: number): void {
    const message = "device comes and goes; it is given more time before it counts as dead";
    this.lastError = `${message}: ${graceMs} ms`;
    this.#options.log.warn({ device: this.#options.deviceId, graceMs }, message);
  }

  /** Whether something is to be told of it; call it once a second. */
  isToBeTold(): boolean {
    this.#seconds += 1;
    const isReport = this.#seconds % SECONDS_A_REPORT === 0;
    return this.#hasNews() || isReport;
  }

  /** Whether anything has changed since the last call, but for figures that never stand still. */
  #hasNews(): boolean {
    this.note();
    const { figures, table } = this.#options;
    const { timeouts, exceptions, overruns } = figures;
    const before = this.#seen;
    const { badTags } = table;
    const events = timeouts + exceptions + overruns;
    const isNews =
      before?.state !== this.#lastState ||
      before.lastError !== this.lastError ||
      before.events !== events ||
      before.badTags !== badTags;
    if (isNews) this.#seen = { state: this.#lastState, lastError: this.lastError, events, badTags };
    return isNews;
  }

  diagnostics(): DeviceDiagnostics {
    this.note();
    const { deviceId, link, address, figures, table } = this.#options;
    const clockSkewSeconds = this.#options.clockSkewSeconds();
    return {
      deviceId,
      link,
      state: this.#lastState,
      since: this.#since,
      address,
      ...(this.lastError !== undefined && { lastError: this.lastError }),
      isDemoted: this.#options.isDemoted(),
      ...figures.report(),
      cycles: this.#options.cycles(),
      tags: table.tags.length,
      badTags: table.badTags,
      ...(clockSkewSeconds !== undefined && { clockSkewSeconds }),
    };
  }
}
