/**
 * One subscription: what it monitors, what waits for its client, and what was handed out and not acknowledged yet. Both are
 * bounded together; the oldest goes first, and the client is told once that it did.
 */
import type { Sight } from "../../feed/index.ts";
import type { Monitored } from "./monitor.ts";

/** One update as it will be sent. */
export interface Update {
  /** Whose it is: a row of the tree, or −1 for what is no row. */
  readonly row: number;
  /** JSON. */
  readonly text: string;
}

interface Batch {
  readonly sequenceNumber: number;
  readonly updates: readonly Update[];
}

/** What all subscriptions together may keep. */
export interface Budget {
  bytes: number;
  /** Updates that were dropped since the start. */
  dropped: number;
  readonly mostBytes: number;
  /** They keep too much: the one that keeps most gives way. */
  relieve(): void;
}

export interface SubscriptionHead {
  readonly id: string;
  readonly clientId: string;
  /** The principal that made it. */
  readonly owner: string;
  readonly displayName: string | null;
}

const MOST_UPDATES = 10_000;
/** What a text costs besides its letters. */
const UPDATE_BYTES = 80;

export class Subscription {
  readonly head: SubscriptionHead;
  readonly items = new Map<string, Monitored>();
  /** What its client sees; others are not told it. */
  sight: Sight;
  /** Milliseconds since 1970 UTC at which its client was heard last. */
  lastSeen: number;
  /** Told when something waits; while somebody streams. */
  waits: (() => void) | undefined;
  readonly #budget: Budget;
  #queue: Update[] = [];
  #batches: Batch[] = [];
  #count = 0;
  #bytes = 0;
  #sequence = 0;
  /** Dropped since the client was told. */
  #lost = 0;

  constructor(
    head: SubscriptionHead,
    {
      sight,
      now,
      budget,
    }: { readonly sight: Sight; readonly now: number; readonly budget: Budget },
  ) {
    this.head = head;
    this.sight = sight;
    this.lastSeen = now;
    this.#budget = budget;
  }

  /** What it keeps. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Updates that are kept. */
  get size(): number {
    return this.#count;
  }

  enqueue(update: Update): void {
    if (!this.#isSeen(update)) return;
    this.#queue.push(update);
    this.#keep(update);
    if (this.#count > MOST_UPDATES) this.giveWay();
    if (this.#budget.bytes > this.#budget.mostBytes) this.#budget.relieve();
    this.waits?.();
  }

  /** Rights have changed: what was kept and may not be seen any more goes. */
  see(sight: Sight): void {
    if (sight === this.sight) return;
    this.sight = sight;
    const isSeen = (update: Update): boolean => this.#isSeen(update);
    const kept = this.#queue.filter(isSeen);
    const batches = this.#batches.map(({ sequenceNumber, updates }) => ({
      sequenceNumber,
      updates: updates.filter(isSeen),
    }));
    this.clear();
    this.#queue = kept;
    this.#batches = batches;
    for (const update of [...batches.flatMap(({ updates }) => updates), ...kept])
      this.#keep(update);
  }

  /** The client has everything up to a number. */
  acknowledge(sequenceNumber: number): void {
    while ((this.#batches[0]?.sequenceNumber ?? Infinity) <= sequenceNumber) {
      this.#forget(this.#batches.shift()?.updates ?? []);
    }
  }

  /** Everything that waits or was handed out goes. */
  clear(): void {
    for (const { updates } of this.#batches) this.#forget(updates);
    this.#forget(this.#queue);
    this.#batches = [];
    this.#queue = [];
  }

  /** What waits becomes a batch; all batches that are not acknowledged, the oldest first. */
  batches(): readonly Batch[] {
    if (this.#queue.length > 0) {
      this.#sequence += 1;
      this.#batches.push({ sequenceNumber: this.#sequence, updates: this.#queue });
      this.#queue = [];
    }
    return this.#batches;
  }

  /** Everything that waits, to be sent once. */
  take(): readonly Update[] {
    const all = [...this.#batches.flatMap(({ updates }) => updates), ...this.#queue];
    this.clear();
    return all;
  }

  /** How many were dropped since this was asked last. */
  takeLost(): number {
    const lost = this.#lost;
    this.#lost = 0;
    return lost;
  }

  #isSeen({ row }: Update): boolean {
    return row < 0 || this.sight.seesAll || this.sight.sees(row);
  }

  /** Drops the oldest: a batch as a whole; of what waits a part, and the number that it would have had stays out. */
  giveWay(): void {
    const [oldest] = this.#batches;
    const gone =
      oldest === undefined
        ? this.#queue.splice(0, Math.ceil(this.#queue.length / 10))
        : oldest.updates;
    if (oldest !== undefined) this.#batches.shift();
    else if (this.#lost === 0) this.#sequence += 1;
    this.#forget(gone);
    this.#lost += gone.length;
    this.#budget.dropped += gone.length;
  }

  #keep(update: Update): void {
    const bytes = bytesOf(update);
    this.#count += 1;
    this.#bytes += bytes;
    this.#budget.bytes += bytes;
  }

  #forget(updates: readonly Update[]): void {
    this.#count -= updates.length;
    const bytes = updates.reduce((sum, update) => sum + bytesOf(update), 0);
    this.#bytes -= bytes;
    this.#budget.bytes -= bytes;
  }
}

/** Letters beyond Latin-1 take two bytes; that is not looked at. */
function bytesOf({ text }: Update): number {
  return text.length + UPDATE_BYTES;
}
