/** A device as the edge node sees it: born once it was read completely, stale while the link is in doubt, died at last. */
import type { DeviceReporter, DeviceState } from "@unshub/adapter";
import type { DeviceTable } from "./values/device-table.ts";

type State =
  | { readonly kind: "offline" }
  | { readonly kind: "online" }
  /** The link is down, but perhaps only for a moment. */
  | { readonly kind: "stale"; readonly grace: NodeJS.Timeout; readonly word: string };

/** More births than this in the time below are too many: they are expensive for every subscriber. */
const MANY_BIRTHS = 5;
const MANY_BIRTHS_IN_MS = 600_000;
const LONGEST_GRACE_MS = 60_000;

/** One Sparkplug device. */
export class OpcUaDevice {
  readonly id: string;
  readonly #report: DeviceReporter;
  readonly #now: () => number;
  #graceMs: number;
  #state: State = { kind: "offline" };
  #since: number;
  #table: DeviceTable | undefined;
  #births: readonly number[] = [];
  #closed = false;
  #dueTimer: NodeJS.Timeout | undefined;

  constructor(
    id: string,
    report: DeviceReporter,
    { graceMs, now }: { readonly graceMs: number; readonly now: () => number },
  ) {
    this.id = id;
    this.#report = report;
    this.#now = now;
    this.#graceMs = graceMs;
    this.#since = now();
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

  /** Everything was read: a birth, or only fresh values when the link was down for a moment. */
  online(table: DeviceTable): void {
    if (this.#closed) return;
    const isSame = this.#table === table;
    const heals = this.#state.kind !== "offline" && (isSame || sameShape(this.#table, table));
    const word = this.#state.kind === "stale" ? this.#state.word : undefined;
    this.#table = table;
    this.#enter({ kind: "online" });
    if (isSame && word !== undefined) table.unmarkStale(word, performance.now());
    if (heals && !isSame) table.tellAll(performance.now());
    else if (!heals) this.#bear(table);
    this.flush();
  }

  /** Is born again with what is known. */
  rebirth(): void {
    if (this.#closed || this.#state.kind === "offline" || this.#table === undefined) return;
    this.#bear(this.#table);
    this.flush();
  }

  /** Sends what the table collected. Nothing is said of a device that is not online. */
  flush(): void {
    const table = this.#table;
    if (this.#closed || this.#state.kind === "offline" || table === undefined) return;
    const batch = table.take();
    if (batch !== undefined) {
      this.#report.samples(this.id, batch);
      table.giveBack(batch);
    }
    this.#dueLater(table);
  }

  /** The link is down or in doubt: all values are stale at once, and after the grace the device is dead. */
  lost(word: string, reason: Error): void {
    if (this.#closed || this.#state.kind !== "online") return;
    const grace = setTimeout(() => this.#die(reason), this.#graceMs);
    this.#enter({ kind: "stale", grace, word });
    this.#table?.markStale(word, performance.now(), this.#now());
    this.flush();
  }

  /** The doubt was none. */
  found(): void {
    if (this.#closed || this.#state.kind !== "stale") return;
    const { word } = this.#state;
    this.#enter({ kind: "online" });
    this.#table?.unmarkStale(word, performance.now());
    this.flush();
  }

  /** From now on nothing is reported. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#dueTimer);
    this.#enter({ kind: "offline" });
  }

  #enter(state: State): void {
    if (this.#state.kind === "stale") clearTimeout(this.#state.grace);
    if (this.#state.kind !== state.kind) this.#since = this.#now();
    this.#state = state;
  }

  #bear(table: DeviceTable): void {
    const now = this.#now();
    this.#births = [...this.#births.filter((at) => now - at < MANY_BIRTHS_IN_MS), now];
    if (this.#births.length > MANY_BIRTHS) {
      this.#graceMs = Math.max(this.#graceMs, Math.min(this.#graceMs * 2, LONGEST_GRACE_MS));
      this.#births = [];
    }
    this.#report.born(this.id, table.birth(performance.now()));
  }

  #die(reason: Error): void {
    this.#enter({ kind: "offline" });
    this.#report.died(this.id, reason);
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
      JSON.stringify(other.properties) === JSON.stringify(metric.properties)
    );
  });
}
