/**
 * The values of a living device on their way out: one message for all replies that came in one turn of the event loop, later
 * ones for what had to wait.
 */
import {
  OwnMetrics,
  type DeviceReporter,
  type OwnState,
  type WriteCommand,
  type WriteResult,
} from "@unshub/adapter";
import { decodeTagInto } from "../types/index.ts";
import type { Planned, Scheduler } from "./scheduler.ts";
import type { Moment, ValueTable } from "./value-table.ts";

export interface DeviceValuesOptions {
  readonly deviceId: string;
  readonly table: ValueTable;
  readonly scheduler: Scheduler;
  readonly report: DeviceReporter;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
  /** How the device stands, for its own metrics. */
  readonly own: () => OwnState;
  /** Values went out. */
  told(): void;
}

/** A wall clock that goes back by more was set. */
const CLOCK_STEP_MS = 1000;

export class DeviceValues {
  readonly #options: DeviceValuesOptions;
  readonly #own: OwnMetrics;
  #isLive = false;
  #isTelling = false;
  #lastAt = 0;
  #dueAlarm: Planned | undefined;

  constructor(options: DeviceValuesOptions) {
    this.#options = options;
    this.#own = new OwnMetrics(options.table.tags.length);
  }

  /** What is written to the table next was here `at`, now if left out; `sourceAt`: the device says that it is of then. */
  begin(at?: number, sourceAt?: number): void {
    const moment = this.#moment(at);
    this.#options.table.begin(sourceAt === undefined ? moment : { ...moment, at: sourceAt });
  }

  /** What was written goes out at the end of this turn, as one message. */
  tell(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    queueMicrotask(this.#tellNow);
  }

  /** Makes stale what is too old; values that waited go out. */
  age(): void {
    if (!this.#isLive) return;
    const { table } = this.#options;
    table.age(this.#moment());
    if (table.hasNews) this.tell();
    else this.#armDue();
  }

  /** What changed of the device itself goes out. */
  tellOwn(): void {
    const { table, own } = this.#options;
    if (!this.#isLive) return;
    const { at } = this.#moment();
    table.add((batch) => this.#own.tell(own(), batch, at));
    this.tell();
  }

  /** A write was read back `at`: what the device has now counts. `isLast`: also when it is what it was. */
  readBack(
    index: number,
    data: Uint8Array,
    { at, isLast }: { readonly at: number; readonly isLast: boolean },
  ): void {
    const { table } = this.#options;
    const tag = table.tags[index];
    if (tag === undefined) return;
    this.begin(at);
    if (isLast) table.force(index);
    decodeTagInto({ tag, index, every: 1 }, data, table);
    this.tell();
  }

  /** A write came to its end: it is told with the metrics of the device itself. */
  wrote(command: WriteCommand, result: WriteResult): void {
    this.#own.wrote(command, result);
    this.tellOwn();
  }

  /** All metrics as they are known; from here on changes go out. */
  born(): void {
    const { deviceId, table, report, own } = this.#options;
    this.#isLive = true;
    const moment = this.#moment();
    report.born(deviceId, [...table.born(moment), ...this.#own.born(own(), moment.at)]);
    this.#armDue();
  }

  died(cause: Error): void {
    const { deviceId, table, report } = this.#options;
    this.stop();
    table.died(this.#moment());
    report.died(deviceId, cause);
  }

  /** Nothing goes out any more. */
  stop(): void {
    this.#isLive = false;
    this.#dueAlarm?.cancel();
    this.#dueAlarm = undefined;
  }

  readonly #tellNow = (): void => {
    this.#isTelling = false;
    const { deviceId, table, report } = this.#options;
    const batch = this.#isLive ? table.take() : undefined;
    if (batch !== undefined) {
      report.samples(deviceId, batch);
      table.giveBack(batch);
    }
    this.#options.told();
    this.#armDue();
  };

  /** The two clocks; the wall clock never goes back within a life. */
  #moment(at: number = this.#options.now()): Moment {
    if (at >= this.#lastAt) this.#lastAt = at;
    else if (this.#lastAt - at > CLOCK_STEP_MS) this.#clockSetBack(at);
    return { at: this.#lastAt, nowMs: this.#options.scheduler.nowMs() };
  }

  /** Values of the time to come would be the older ones: a birth begins a new time for whoever listens. */
  #clockSetBack(at: number): void {
    this.#lastAt = at;
    this.#options.scheduler.after(0, () => {
      if (this.#isLive) this.born();
    });
  }

  /** Values that wait for their interval to close, heartbeats. */
  #armDue(): void {
    const { scheduler, table } = this.#options;
    const dueMs = table.nextDueMs;
    if (dueMs === Infinity || this.#dueAlarm !== undefined || !this.#isLive) return;
    this.#dueAlarm = scheduler.after(Math.max(0, dueMs - scheduler.nowMs()), () => {
      this.#dueAlarm = undefined;
      this.age();
    });
  }
}
