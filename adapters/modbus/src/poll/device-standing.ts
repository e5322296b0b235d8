/** How a device stands, as its diagnostics and its own metrics tell it. */
import type { DeviceDiagnostics, DeviceState } from "@unshub/adapter";
import type { DeviceFigures } from "./device-figures.ts";
import type { ValueTable } from "./value-table.ts";

export interface DeviceStandingOptions {
  readonly deviceId: string;
  /** The name of its link. */
  readonly link: string;
  readonly address: string;
  readonly figures: DeviceFigures;
  readonly table: ValueTable;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  state(): DeviceState;
  isDemoted(): boolean;
  /** How far its clock is ahead of ours; `undefined` when it tells no time. */
  clockSkewSeconds(): number | undefined;
}

export class DeviceStanding {
  readonly #options: DeviceStandingOptions;
  #lastState: DeviceState;
  #since: number;
  #seen: readonly unknown[] = [];
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

  /** Whether anything has changed since the last call, but for figures that never stand still. */
  hasNews(): boolean {
    this.note();
    const { figures, table } = this.#options;
    const { timeouts, exceptions, overruns } = figures;
    const seen = [this.#lastState, this.lastError, timeouts, exceptions, overruns, table.badTags];
    const isNews = seen.some((value, index) => value !== this.#seen[index]);
    if (isNews) this.#seen = seen;
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
      tags: table.tags.length,
      badTags: table.badTags,
      ...(clockSkewSeconds !== undefined && { clockSkewSeconds }),
    };
  }
}
