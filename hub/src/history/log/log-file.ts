/**
 * The log while the hub runs: takes batches, makes blocks of them, deletes what is old, answers. Lives in a thread of its
 * own; every call waits for the disk. A disk that is full stops recording until there is room again, and nothing else.
 */
import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { faultOf } from "../../sqlite-fault.ts";
import { Completeness, TalliesToCome } from "./completeness.ts";
import { pragmaNumber } from "./database.ts";
import { Fresh, type FreshBatch } from "./fresh.ts";
import { Gaps } from "./gaps.ts";
import { KeptTime, type Clocks } from "./kept-time.ts";
import { merge, mergeable } from "./merge.ts";
import type { Batch, Definition, Gap, LogSettings, LogState, Renaming } from "./messages.ts";
import { Parts } from "./parts.ts";
import { Retention } from "./retention.ts";
import { roll } from "./roll.ts";
import { SeriesTable } from "./series.ts";
import { Transactions, type Job } from "./transactions.ts";

/** Fresh rows that become blocks: as many as give each series some, within what memory may hold. */
const LEAST_ROLL = 1_000_000;
const MOST_ROLL = 4_000_000;
const ROWS_PER_SERIES = 40;
/** Gaps that wait for a disk that is full; the newest count. */
const MOST_GAPS_TO_COME = 10_000;
/** After a fault it is tried again so often. */
const RETRY_MS = 1000;
/** Each time that it fails again soon, twice as long. */
const MOST_RETRY_MS = 60_000;
/** A disk that was full must have so many times the least, so that it is not full again at once. */
const READY_AT = 1.1;

export class LogFile {
  readonly series: SeriesTable;
  readonly fresh: Fresh;
  readonly parts: Parts;
  readonly gaps: Gaps;
  readonly completeness: Completeness;
  readonly database: DatabaseSync;
  /** Batches that were not in blocks yet and that the disk has changed. */
  readonly damagedBatches: number;
  readonly #settings: LogSettings;
  readonly #clocks: Clocks;
  readonly #transactions: Transactions;
  readonly #retention: Retention;
  readonly #kept: KeptTime;
  readonly #mark;
  /** By the slot of a run. */
  #seriesOf = new Int32Array(1024);
  #slots = 0;
  /** What could not be written yet. */
  #definitions: Definition[] = [];
  #renamings: Renaming[] = [];
  #gapsToCome: Gap[] = [];
  readonly #tallies = new TalliesToCome();
  #lastBatch: number;
  #head: number;
  #recorded = 0;
  #lost = 0;
  #retryMs = RETRY_MS;
  /** When it stopped last, by the monotonic clock. */
  #stoppedAt = Number.NEGATIVE_INFINITY;
  /** Why it does not record, and since when; with how many rows lost. */
  #stopped: { because: string; readonly since: number; lost: number; triedAt: number } | undefined;
  #freeBytes: number | undefined;

  constructor(database: DatabaseSync, settings: LogSettings, clocks: Clocks) {
    this.database = database;
    this.#settings = settings;
    this.#clocks = clocks;
    const transactions = new Transactions(database);
    this.#transactions = transactions;
    const meta = database.prepare("SELECT * FROM meta").get() ?? {};
    this.#kept = new KeptTime(clocks, { kept: Number(meta["kept"]), wall: Number(meta["wall"]) });
    this.series = new SeriesTable(database);
    this.parts = new Parts(database);
    this.gaps = new Gaps(database);
    this.completeness = new Completeness(database);
    this.fresh = new Fresh(database);
    this.#retention = new Retention({ database, transactions, parts: this.parts }, settings);
    this.#mark = database.prepare("UPDATE meta SET kept = ?, wall = ?, heard = ?");
    const end = database
      .prepare("SELECT batch, first + count AS head FROM fresh ORDER BY batch DESC LIMIT 1")
      .get();
    this.#lastBatch = Math.max(Number(end?.["batch"] ?? 0), Number(meta["rolled"]));
    this.#head = Number(end?.["head"] ?? 0);
    this.damagedBatches = this.fresh.load(Number(meta["rolled"]));
    const heard = Number(meta["heard"]);
    const to = settings.recordingSince ?? clocks.wall();
    if (heard > 0) {
      this.#gapsToCome.push({ node: undefined, from: heard, to, cause: "hub stopped", count: 0 });
    }
    this.look();
  }

  /** Writes a batch; says whether it could. What cannot be written is counted, and is a gap later. */
  append({ rows, slots, definitions, renamings, gaps, tallies }: Batch): boolean {
    this.#definitions.push(...definitions);
    this.#renamings.push(...renamings);
    this.#gapsToCome.push(...gaps);
    for (const tally of tallies) this.#tallies.add(tally);
    this.#gapsToCome.splice(0, this.#gapsToCome.length - MOST_GAPS_TO_COME);
    if (!this.#mayTry()) return this.#lose(rows.count);
    try {
      const batch = this.#transactions.run(() => this.#write(rows, slots));
      this.#written(batch);
      return true;
    } catch (error) {
      this.series.forget();
      this.#fail(error);
      return this.#lose(rows.count);
    }
  }

  /** What should be done when there is time; `undefined`: nothing. */
  work(): Job | undefined {
    if (this.#stopped !== undefined) return undefined;
    const { fresh, parts, series, database } = this;
    const transactions = this.#transactions;
    if (fresh.rows >= this.#rollAt) return roll({ database, transactions, fresh, parts, series });
    const merged = mergeable(parts.all);
    if (merged !== undefined) return merge({ transactions, parts }, merged);
    return undefined;
  }

  /** A job did not go well: what was there is still there. */
  failed(error: unknown): void {
    this.parts.refresh();
    this.#fail(error);
  }

  /** Now and then: deletes what is old, in small steps. Says whether there is more to delete. */
  retain(): boolean {
    try {
      return this.#retention.step(this.#kept.now(), this.#mostBytes);
    } catch (error) {
      this.failed(error);
      return false;
    }
  }

  /** Once a second: looks at the disk, notes that the hub runs. */
  look(): void {
    this.#freeBytes = this.#freeNow();
    const { minFreeBytes } = this.#settings;
    const least = this.#stopped === undefined ? minFreeBytes : minFreeBytes * READY_AT;
    if (this.#freeBytes < least)
      this.#stop(
        `only ${mib(this.#freeBytes)} MiB are free on its disk, history.minFreeDisk asks for ${mib(minFreeBytes)} MiB`,
      );
  }

  /** That the hub runs, without any value. */
  beat(): void {
    if (this.#stopped !== undefined) return;
    try {
      this.#transactions.run(() => this.#noteTime());
    } catch (error) {
      this.#fail(error);
    }
  }

  state(): LogState {
    const tail = this.fresh.tail ?? this.#head;
    return {
      recording: this.#stopped === undefined,
      because: this.#stopped?.because,
      recorded: this.#recorded,
      lost: this.#lost,
      head: this.#head,
      tail,
      bytes: pragmaNumber(this.database, "page_count") * pragmaNumber(this.database, "page_size"),
      oldest: this.#oldest(),
      freeDiskBytes: this.#freeBytes,
    };
  }

  get head(): number {
    return this.#head;
  }

  close(): void {
    this.beat();
    this.database.close();
  }

  #write(rows: Batch["rows"], slots: Int32Array): FreshBatch | undefined {
    for (const definition of this.#definitions) this.#define(definition);
    for (const renaming of this.#renamings) this.series.rename(renaming);
    for (const gap of this.#gapsToCome)
      this.gaps.add(gap.node === undefined ? 0 : this.series.nodeOf(gap.node), gap);
    for (const tally of this.#tallies.all()) {
      this.completeness.add(this.series.nodeOf(tally), tally);
    }
    const stopped = this.#stopped;
    if (stopped !== undefined)
      this.gaps.add(0, {
        from: stopped.since,
        to: this.#clocks.wall(),
        cause: "disk full",
        count: stopped.lost,
      });
    this.#noteTime();
    if (rows.count === 0) return undefined;
    const series = slots.map((slot) => this.#seriesOf[slot] ?? 0);
    const batch = {
      batch: this.#lastBatch + 1,
      first: this.#head,
      rows,
      series,
      kept: this.#kept.now(),
    };
    this.fresh.write(batch);
    return batch;
  }

  #written(batch: FreshBatch | undefined): void {
    this.#definitions = [];
    this.#renamings = [];
    this.#gapsToCome = [];
    this.#tallies.clear();
    this.#stopped = undefined;
    if (batch === undefined) return;
    this.fresh.add(batch);
    this.#lastBatch = batch.batch;
    this.#head += batch.rows.count;
    this.#recorded += batch.rows.count;
  }

  #define(definition: Definition): void {
    const { slot } = definition;
    if (slot >= this.#seriesOf.length) {
      const bigger = new Int32Array(Math.max(slot + 1, this.#seriesOf.length * 2));
      bigger.set(this.#seriesOf);
      this.#seriesOf = bigger;
    }
    this.#seriesOf[slot] = this.series.open(definition);
    this.#slots = Math.max(this.#slots, slot + 1);
  }

  get #rollAt(): number {
    const enough = Math.min(MOST_ROLL, Math.max(LEAST_ROLL, this.#slots * ROWS_PER_SERIES));
    return this.#settings.rollRows ?? enough;
  }

  /** Whether writing may work: always, or again after a while. */
  #mayTry(): boolean {
    const stopped = this.#stopped;
    if (stopped === undefined) return true;
    const now = this.#clocks.monotonic();
    if (now - stopped.triedAt < this.#retryMs) return false;
    stopped.triedAt = now;
    return this.#freeNow() >= this.#settings.minFreeBytes * READY_AT;
  }

  #fail(error: unknown): void {
    this.#stop(faultOf(error).because);
  }

  #stop(because: string): void {
    if (this.#stopped === undefined) {
      const [since, triedAt] = [this.#clocks.wall(), this.#clocks.monotonic()];
      const isAgain = triedAt - this.#stoppedAt < MOST_RETRY_MS * 2;
      this.#retryMs = isAgain ? Math.min(MOST_RETRY_MS, this.#retryMs * 2) : RETRY_MS;
      this.#stoppedAt = triedAt;
      this.#stopped = { because, since, lost: 0, triedAt };
    } else this.#stopped.because = because;
  }

  #lose(rows: number): false {
    this.#lost += rows;
    if (this.#stopped !== undefined) this.#stopped.lost += rows;
    return false;
  }

  #noteTime(): void {
    const { kept, wall } = this.#kept.known();
    this.#mark.run(kept, wall, this.#clocks.wall());
  }

  get #mostBytes(): number {
    const { maxBytes } = this.#settings;
    if (maxBytes !== undefined) return maxBytes;
    return ((this.#freeBytes ?? 0) + this.#retention.usedBytes) / 2;
  }

  #freeNow(): number {
    const { bavail, bsize } = statfsSync(dirname(this.#settings.file));
    return bavail * bsize;
  }

  #oldest(): number | undefined {
    const first = this.parts.all.reduce(
      (least, part) => Math.min(least, part.first),
      Number.POSITIVE_INFINITY,
    );
    if (Number.isFinite(first)) return first;
    return this.fresh.batches[0]?.rows.times[0];
  }
}

function mib(bytes: number): number {
  return Math.floor(bytes / 1024 / 1024);
}
