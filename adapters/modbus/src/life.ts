/**
 * One life of a device, from birth to death: polls its groups until polls stay unanswered, the link stays away or the
 * adapter stops. What to say of birth and death is left to `device.ts`.
 */
import type { Logger } from "@unshub/adapter";
import type { Clock } from "./clock.ts";
import type { DeviceConfig, GroupConfig } from "./config.ts";
import { ModbusError } from "./errors.ts";
import type { GroupReader } from "./group-reader.ts";
import type { Link } from "./link.ts";
import { startPoller, type Poller } from "./poller.ts";

/** The readers of a device, by group. */
export type Readers = ReadonlyMap<GroupConfig, GroupReader>;

/** What a life needs. */
export interface LifeOptions {
  readonly config: DeviceConfig;
  readonly link: Link;
  readonly readers: Readers;
  readonly clock: Clock;
  readonly log: Logger;
  /** Ends the life when aborted. */
  readonly signal: AbortSignal;
}

/** A link that is back this soon costs nobody a death and a birth. */
const LINK_GRACE_MS = 2000;
/** After this many passes in a row that took longer than their interval, somebody should know. */
const OVERRUNS_WORTH_A_WARNING = 3;

/** Begins to poll when made. */
export class Life {
  /** Resolves with the reason of death. */
  readonly death: Promise<ModbusError>;
  readonly #options: LifeOptions;
  readonly #die: (cause: ModbusError) => void;
  readonly #pollers: readonly Poller[];
  readonly #unwatchLink: () => void;
  readonly #onAbort = (): void => this.#die(new ModbusError("STOPPED", "the adapter was stopped"));
  #cancelGrace: (() => void) | undefined;
  #failedPolls = 0;
  #isOver = false;

  constructor(options: LifeOptions) {
    const { link, readers, signal } = options;
    const { promise, resolve } = Promise.withResolvers<ModbusError>();
    this.#options = options;
    this.death = promise;
    this.#die = resolve;
    signal.addEventListener("abort", this.#onAbort);
    this.#unwatchLink = link.watch({
      up: () => this.#cancelGrace?.(),
      down: (cause) => this.#linkDown(cause),
    });
    if (!link.isUp) this.#linkDown(new ModbusError("LINK_DOWN", `no connection to ${link.name}`));
    this.#pollers = Array.from(readers, ([group, reader], ordinal) => {
      const phaseMs = (ordinal / readers.size) * group.intervalMs;
      return this.#startPoller(group, reader, phaseMs);
    });
  }

  /** True from the moment of `end`: whatever comes back later belongs to nobody. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Stops all polls; resolves when none is under way. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#options.signal.removeEventListener("abort", this.#onAbort);
    this.#unwatchLink();
    this.#cancelGrace?.();
    await Promise.all(this.#pollers.map((poller) => poller.stop()));
  }

  #linkDown(cause: ModbusError): void {
    const message = `${this.#where()}: no connection for ${LINK_GRACE_MS} ms`;
    this.#cancelGrace = this.#options.clock.after(LINK_GRACE_MS, () =>
      this.#die(new ModbusError("DEVICE_SILENT", message, { cause })),
    );
  }

  #startPoller(group: GroupConfig, reader: GroupReader, phaseMs: number): Poller {
    const { clock } = this.#options;
    const { intervalMs } = group;
    const poll = (): Promise<void> => this.#poll(reader);
    const onOverrun = (inARow: number, neededMs: number): void => {
      if (inARow === OVERRUNS_WORTH_A_WARNING) this.#warnOfOverruns(group, neededMs);
    };
    return startPoller({ clock, intervalMs, phaseMs, poll, onOverrun });
  }

  async #poll(reader: GroupReader): Promise<void> {
    const { link, config } = this.#options;
    // Without a link nobody is asked, so nobody fails to answer; the grace of the link decides.
    if (this.#isOver || !link.isUp) return;
    const { answered, cause } = await reader.pass();
    if (answered > 0) this.#failedPolls = 0;
    else if (cause !== undefined) this.#failedPolls += 1;
    if (this.#failedPolls < config.offlineAfter) return;
    const message = `${this.#where()}: ${this.#failedPolls} polls in a row were not answered`;
    this.#die(new ModbusError("DEVICE_SILENT", message, { cause }));
  }

  #warnOfOverruns({ name, intervalMs }: GroupConfig, neededMs: number): void {
    const { config, log } = this.#options;
    const fields = { device: config.name, group: name, neededMs: Math.round(neededMs), intervalMs };
    log.warn(fields, "group needs longer for a pass than its interval");
  }

  #where(): string {
    const { config, link } = this.#options;
    return `${config.name} (unit ${config.unit} at ${link.name})`;
  }
}
