/**
 * Reads everything of a device before it is born, so that the birth carries fresh values. What was not answered is read
 * again with all the rest; after some time the birth does with what is there.
 */
import type { DeviceGroups } from "./device-groups.ts";
import type { PassOutcome } from "./group-poll-options.ts";
import type { Planned, Scheduler } from "./scheduler.ts";
import type { ValueTable } from "./value-table.ts";

export interface FirstReadingOptions {
  readonly scheduler: Scheduler;
  readonly table: ValueTable;
  /** How long to wait for all of it. */
  readonly timeoutMs: number;
  groups(): DeviceGroups;
  /** It can be born. */
  read(): void;
  /** Nobody answered. */
  missed(cause: PassOutcome["cause"]): void;
}

/** Between two readings of everything. */
const PAUSE_MS = 200;

export class FirstReading {
  readonly #options: FirstReadingOptions;
  #isRunning = false;
  #isLate = false;
  #timeout: Planned | undefined;
  #pause: Planned | undefined;

  constructor(options: FirstReadingOptions) {
    this.#options = options;
  }

  begin(): void {
    const { scheduler, timeoutMs } = this.#options;
    this.#isRunning = true;
    this.#isLate = false;
    this.#timeout = scheduler.after(timeoutMs, () => this.#late());
    this.readAll();
  }

  /** Also when the groups are others than before. */
  readAll(): void {
    if (this.#isRunning) this.#options.groups().readAll((outcome) => this.#ended(outcome));
  }

  cancel(): void {
    this.#isRunning = false;
    this.#timeout?.cancel();
    this.#pause?.cancel();
  }

  /** A link that went down cancels it; nothing follows from that here. */
  #ended({ answered, cause, isLinkDown }: PassOutcome): void {
    const { table, scheduler } = this.#options;
    if (!this.#isRunning || isLinkDown) return;
    if (cause === undefined || (this.#isLate && table.hasGood)) this.#done();
    else if (answered > 0) this.#pause = scheduler.after(PAUSE_MS, () => this.readAll());
    else {
      this.cancel();
      this.#options.missed(cause);
    }
  }

  #late(): void {
    this.#isLate = true;
    if (this.#options.table.hasGood) this.#done();
  }

  #done(): void {
    this.cancel();
    this.#options.read();
  }
}
