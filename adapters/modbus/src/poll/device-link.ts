/** The link of a device as the device sees it: up or not, and how long it may be away. */
import type { LinkState } from "@unshub/adapter";
import type { ModbusError } from "../errors.ts";
import type { ModbusLink } from "../wire/index.ts";
import { LinkGrace } from "./link-grace.ts";
import type { Scheduler } from "./scheduler.ts";

export interface DeviceLinkOptions {
  readonly link: ModbusLink;
  readonly scheduler: Scheduler;
  readonly graceMs: number;
  /** Its state is another one; told before the two that follow. */
  readonly changed: () => void;
  /** It was not up, and is now. */
  readonly up: () => void;
  /** It is down or still not up; `cause`: why, if that is news. */
  readonly down: (cause: ModbusError | undefined) => void;
  /** It has been away for so long that the device counts as dead. */
  readonly graceOver: (graceMs: number) => void;
}

export class DeviceLink {
  readonly #options: DeviceLinkOptions;
  readonly #grace: LinkGrace;
  #wasUp = false;
  #unwatch: () => void = () => undefined;

  constructor(options: DeviceLinkOptions) {
    this.#options = options;
    this.#grace = new LinkGrace(options.scheduler, options.graceMs);
  }

  get isUp(): boolean {
    return isUp(this.#options.link.state);
  }

  watch(): void {
    const { link } = this.#options;
    this.#unwatch = link.watch({ changed: (state, cause) => this.#changed(state, cause) });
    this.#wasUp = isUp(link.state);
  }

  unwatch(): void {
    this.#unwatch();
  }

  /** It may be down for a while before the device counts as dead. */
  beginGrace(): void {
    this.#grace.begin((graceMs) => {
      // The device may still answer, as long as the link stays up.
      if (!this.isUp) this.#options.graceOver(graceMs);
    });
  }

  /** The device has answered, or is no longer waited for. */
  endGrace(): void {
    this.#grace.end();
  }

  /** The device was born. Answers how long its link may be away from now on, when that has grown: it comes and goes. */
  born(): number | undefined {
    return this.#grace.born() ? this.#grace.ms : undefined;
  }

  #changed(state: LinkState, cause: ModbusError | undefined): void {
    const { changed, up, down } = this.#options;
    changed();
    const wasUp = this.#wasUp;
    this.#wasUp = isUp(state);
    if (!this.#wasUp) down(cause);
    else if (!wasUp) up();
  }
}

function isUp(state: LinkState): boolean {
  return state === "up" || state === "degraded";
}
