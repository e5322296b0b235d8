/** A device as the edge node sees it: born once it was read completely, stale while the link is in doubt, died at last. */
import {
  OwnMetrics,
  type DeviceReporter,
  type DeviceState,
  type Logger,
  type OwnState,
  type WriteCommand,
  type WriteResult,
} from "@unshub/adapter";
import type { DeviceTable } from "./values/device-table.ts";

type State =
  | { readonly kind: "offline" }
  | { readonly kind: "online" }
  /** The link is down, but perhaps only for a moment. */
  | { readonly kind: "stale"; readonly grace: NodeJS.Timeout; readonly word: string }
  /** Nobody wants it. */
  | { readonly kind: "disabled" };

/** What a device needs of its adapter. */
export interface DeviceOptions {
  readonly report: DeviceReporter;
  readonly log: Logger;
  /** How long the link may be down before the device counts as dead, in ms. */
  readonly graceMs: number;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** How the device stands, for its own metrics. */
  own(device: OpcUaDevice): OwnState;
}

/** More births than this in the time below are too many: they are expensive for every subscriber. */
const MANY_BIRTHS = 5;
const MANY_BIRTHS_IN_MS = 600_000;
const LONGEST_GRACE_MS = 60_000;

/** One Sparkplug device. */
export class OpcUaDevice {
  readonly id: string;
  readonly #options: DeviceOptions;
  readonly #own = new OwnMetrics(0);
  #graceMs: number;
  #state: State = { kind: "offline" };
  #since: number;
  #table: DeviceTable | undefined;
  #births: readonly number[] = [];
  #closed = false;
  #dueTimer: NodeJS.Timeout | undefined;

  constructor(id: string, options: DeviceOptions) {
    this.id = id;
    this.#options = options;
    this.#graceMs = options.graceMs;
    this.#since = options.now();
  }

  get state(): DeviceState {
    return this.#state.kind;
  }

  /** When the state became what it is, in ms since 1970 UTC. */
  get since(): number {
    return this.#since;
  }

  /** What the device waits before it counts as dead, in ms: longer than configured when it came and went too often. */
  get graceMs(): number {
    return this.#graceMs;
  }

  get table(): DeviceTable | undefined {
    return this.#table;
  }

  get isEnabled(): boolean {
    return this.#state.kind !== "disabled";
  }

  /** Everything was read: a birth, or only what is another when the link was down for a moment. */
  online(table: DeviceTable): void {
    if (this.#closed || !this.isEnabled) return;
    const before = this.#table;
    const heals = this.#isTold && (before === table || sameShape(before, table));
    const word = this.#state.kind === "stale" ? this.#state.word : undefined;
    this.#table = table;
    this.#own.standBehind(table.metrics.length);
    this.#enter({ kind: "online" });
    if (!heals) this.#bear(table);
    else if (before !== undefined && before !== table) table.succeed(before, performance.now());
    else if (word !== undefined) table.unmarkStale(word, performance.now());
    this.tellOwn();
  }

  /** Is born again with what is known. `false`: it is not there. */
  rebirth(): boolean {
    if (this.#closed || !this.#isTold || this.#table === undefined) return false;
    this.#bear(this.#table);
    this.flush();
    return true;
  }

  /** Sends what the table collected. Nothing is said of a device that is not online. */
  flush(): void {
    const table = this.#table;
    if (this.#closed || !this.#isTold || table === undefined) return;
    const batch = table.take();
    if (batch !== undefined) {
      this.#options.report.samples(this.id, batch);
      table.giveBack(batch);
    }
    this.#dueLater(table);
  }

  /** Sends what the table collected, and what changed of the device itself. */
  tellOwn(): void {
    if (this.#closed || !this.#isTold) return;
    const now = this.#options.now();
    this.#table?.add((batch) => this.#own.tell(this.#options.own(this), batch, now));
    this.flush();
  }

  /** A write came to its end: it is told with the metrics of the device itself. */
  wrote(command: WriteCommand, result: WriteResult): void {
    this.#own.wrote(command, result);
    this.tellOwn();
  }

  /** The link is down or in doubt: all values are stale at once, and after the grace the device is dead. */
  lost(word: string, reason: Error): void {
    if (this.#closed || this.#state.kind !== "online") return;
    const grace = setTimeout(() => this.#die(reason), this.#graceMs);
    this.#enter({ kind: "stale", grace, word });
    this.#table?.markStale(word, performance.now(), this.#options.now());
    this.tellOwn();
  }

  /** The doubt was none. */
  found(): void {
    if (this.#closed || this.#state.kind !== "stale") return;
    const { word } = this.#state;
    this.#enter({ kind: "online" });
    this.#table?.unmarkStale(word, performance.now());
    this.tellOwn();
  }

  /** Dies at once, if it lives. */
  gone(reason: Error): void {
    if (!this.#closed && this.#isTold) this.#die(reason);
    this.#table = undefined;
  }

  /** Dies, if it lives, and stays dead until somebody enables it. */
  disable(reason: Error): void {
    this.gone(reason);
    this.#enter({ kind: "disabled" });
  }

  enable(): void {
    if (this.#state.kind === "disabled") this.#enter({ kind: "offline" });
  }

  /** From now on nothing is reported. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#dueTimer);
    this.#enter({ kind: "offline" });
  }

  /** Whether its last birth still holds. */
  get #isTold(): boolean {
    return this.#state.kind === "online" || this.#state.kind === "stale";
  }

  #enter(state: State): void {
    if (this.#state.kind === "stale") clearTimeout(this.#state.grace);
    if (this.#state.kind !== state.kind) this.#since = this.#options.now();
    this.#state = state;
  }

  #bear(table: DeviceTable): void {
    const now = this.#options.now();
    this.#births = [...this.#births.filter((at) => now - at < MANY_BIRTHS_IN_MS), now];
    if (this.#births.length > MANY_BIRTHS) {
      this.#graceMs = Math.max(this.#graceMs, Math.min(this.#graceMs * 2, LONGEST_GRACE_MS));
      this.#births = [];
      const fields = { device: this.id, graceMs: this.#graceMs };
      this.#options.log.warn(
        fields,
        "device comes and goes; it is given more time before it counts as dead",
      );
    }
    const own = this.#own.born(this.#options.own(this), now);
    this.#options.report.born(this.id, [...table.birth(performance.now()), ...own]);
  }

  #die(reason: Error): void {
    clearTimeout(this.#dueTimer);
    this.#enter({ kind: "offline" });
    this.#options.report.died(this.id, reason);
  }

  /** Heartbeats, and values that wait for their interval to close. */
  #dueLater(table: DeviceTable): void {
    clearTimeout(this.#dueTimer);
    const { nextDueMs } = table;
    if (nextDueMs === Infinity || this.#closed) return;
    const inMs = Math.max(1, nextDueMs - performance.now());
    this.#dueTimer = setTimeout(() => {
      table.due(performance.now());
      this.flush();
    }, inMs);
  }
}

/** Whether a birth with `after` would say the same as one with `before`, values aside. */
function sameShape(before: DeviceTable | undefined, after: DeviceTable): boolean {
  if (before?.metrics.length !== after.metrics.length) return false;
  return before.metrics.every((metric, index) => {
    const other = after.metrics[index];
    return (
      other?.name === metric.name &&
      other.datatype === metric.datatype &&
      other.writable === metric.writable &&
      other.unit === metric.unit &&
      other.description === metric.description &&
      JSON.stringify([other.range, other.properties]) ===
        JSON.stringify([metric.range, metric.properties])
    );
  });
}
