/**
 * The store on disk. The main thread gathers what is to be written as bytes and never waits for the disk; a writer
 * thread makes one transaction of each batch.
 *
 * While one batch is being written the next one gathers. What was appended in one turn of the event loop goes together,
 * unless the turn takes long or the batch is large. What a failed batch would have removed is removed with the next one.
 */
import { dirname } from "node:path";
import type { Logger } from "@unshub/adapter";
import { BrokerError } from "../errors.ts";
import { AppendingStore } from "./appending-store.ts";
import { collectRemovals } from "./batch-format.ts";
import { Batch } from "./batch.ts";
import { CommitWatch } from "./commit-times.ts";
import { Copying } from "./copying.ts";
import { DiskSpace, type DiskSpaceSettings } from "./disk-space.ts";
import { unpackFrames } from "./frames.ts";
import { QueueReadings } from "./queue-readings.ts";
import { RecentFailures } from "./recent-failures.ts";
import type { FileSettings } from "./schema.ts";
import type { BatchResult, Failure } from "./store-file.ts";
import type * as contract from "./store.ts";
import { readMessage } from "./stored-message.ts";
import type { PackedState } from "./stored-state.ts";
import type { FromWriter } from "./writer-messages.ts";
import { WriterThread, type Opened } from "./writer-thread.ts";

export interface SqliteStoreSettings extends FileSettings {
  readonly log: Logger;
  /** What nobody hurries is settled after this many milliseconds. */
  readonly lazyMs?: number;
  /** How often a store that is full tries whether there is room again. */
  readonly probeMs?: number;
  /** Less room than this on the disk is as good as none; without it nobody looks. */
  readonly minFreeBytes?: number | undefined;
  readonly lookEveryMs?: number | undefined;
  readonly freeBytes?: DiskSpaceSettings["freeBytes"];
  /** Milliseconds of a clock that does not jump. */
  readonly monotonic?: () => number;
  /** The entry of the writer thread; tests give another one. */
  readonly writer?: URL;
}

export interface OpenedStore {
  readonly store: contract.Store;
  readonly state: contract.StoredState;
  /** What was lost because the file was damaged, as a sentence. */
  readonly damage?: string;
}

const LAZY_MS = 25;
const PROBE_MS = 1000;
const LOOK_AT_DISK_MS = 5000;
/** A batch does not wait for the end of the turn when it has this many entries, or is this old. */
const LARGE_BATCH = 512;
const OLD_BATCH_MS = 2;
/** The age is looked at with every so many calls: asking for the time is not free. */
const LOOK_EVERY = 64;

/**
 * Opens the store of a hub, or makes it.
 *
 * @throws {BrokerError} STORE_IN_USE, STORE_NEWER, STORE_NOT_OURS, STORE_UNREADABLE
 */
export async function openSqliteStore(settings: SqliteStoreSettings): Promise<OpenedStore> {
  const store = new SqliteStore(settings);
  const { state, damage } = await store.start();
  return damage === undefined ? { store, state } : { store, state, damage };
}

class SqliteStore extends AppendingStore implements contract.Store {
  onSettled: () => void = () => undefined;
  openBatch = 1;
  settledBatch = 0;
  readonly commits: CommitWatch;
  readonly #settings: SqliteStoreSettings;
  readonly #space: DiskSpace;
  /** What the writer found. */
  #fault: contract.StoreState = { kind: "ready" };
  /** `undefined` while it is being started, and after it has died twice. */
  #thread: WriterThread | undefined;
  #isStarting = true;
  #mayRestart = true;
  #closing: Promise<void> | undefined;

  /** The batch that is being written, kept until its result is known. */
  #sent = new Batch();
  /** The number of the batch that is being written. */
  #writing: number | undefined;
  #isHurried = false;
  #endOfTurn: NodeJS.Immediate | undefined;
  #lazyTimer: NodeJS.Timeout | undefined;
  #hurriedAt = 0;
  #hurries = 0;

  readonly #failed = new RecentFailures();
  readonly #notRemoved = new RecentFailures();
  /** What failed batches would have removed; goes with the next batch. */
  readonly #removals = new Set<string>();
  #probing: NodeJS.Timeout | undefined;

  readonly #readings: QueueReadings;
  readonly #copying = new Copying();
  #onIdle: (() => void) | undefined;

  constructor(settings: SqliteStoreSettings) {
    super();
    this.#settings = settings;
    this.#readings = new QueueReadings(settings.log);
    this.commits = new CommitWatch(settings.log, settings.monotonic ?? (() => performance.now()));
    const { log, minFreeBytes = 0, lookEveryMs = LOOK_AT_DISK_MS, freeBytes } = settings;
    const disk = { folder: dirname(settings.file), log, minFreeBytes, everyMs: lookEveryMs };
    this.#space = new DiskSpace({ ...disk, freeBytes }, () => this.onSettled());
  }

  get state(): contract.StoreState {
    return this.#fault.kind === "ready" ? this.#space.state : this.#fault;
  }

  get freeDiskBytes(): number | undefined {
    return this.#space.freeBytes;
  }

  async start(): Promise<{ state: contract.StoredState; damage: string | undefined }> {
    const { state, damage, migrated } = await this.#start(true);
    if (migrated !== undefined)
      this.#settings.log.info({ migrated }, "the store was brought up to date");
    if (state === undefined) throw new BrokerError("STORE_UNREADABLE", "the writer sent no state");
    this.goOnFrom(state);
    await this.#space.start();
    return { state: unpacked(state), damage };
  }

  hasFailed(batch: number): boolean {
    return this.#failed.has(batch);
  }

  hasFailedToRemove(batch: number): boolean {
    return this.#notRemoved.has(batch);
  }

  hurry(): number {
    const batch = this.openBatch;
    if (this.isClosed) return batch; // nothing may look settled that was never taken
    if (this.#isHurried) {
      this.#hurries += 1;
      if (this.#isLargeOrOld()) this.#send();
      return batch;
    }
    this.#isHurried = true;
    if (this.#isBusy) return batch; // goes when the batch before it is settled
    this.#hurriedAt = performance.now();
    this.#endOfTurn ??= setImmediate(() => this.#send());
    return batch;
  }

  async readQueue(
    clientId: string,
    afterRow: number,
    limit: number,
  ): Promise<readonly contract.QueuedRecord[]> {
    if (this.isClosed) throw new BrokerError("STORE_CLOSED", "the store is closed");
    const session = this.numberOf(clientId);
    if (session === undefined) return [];
    const answer = this.#readings.ask(clientId, { session, afterRow, limit });
    // What waits to be written seldom touches the page: a client that fetches what waited acknowledges what came before.
    const waits = this.open.changesQueuesAfter(afterRow) || this.#isStarting;
    if (waits) this.hurry();
    else this.#readings.send(this.#thread);
    return await answer;
  }

  async copyTo(file: string): Promise<boolean> {
    await this.#copying.copy(this.#thread, file);
    return true;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#closing ??= this.#close();
    await this.#closing;
  }

  get #isBusy(): boolean {
    return this.#writing !== undefined || this.#isStarting;
  }

  protected override appended(): void {
    if (this.#isHurried || this.#lazyTimer !== undefined) return;
    this.#lazyTimer = setTimeout(() => this.#send(), this.#settings.lazyMs ?? LAZY_MS);
  }

  #isLargeOrOld(): boolean {
    if (this.#isBusy || this.open.isEmpty) return false;
    if (this.open.count >= LARGE_BATCH) return true;
    if (this.#hurries % LOOK_EVERY !== 0) return false;
    return performance.now() - this.#hurriedAt > OLD_BATCH_MS;
  }

  /** Hands the open batch to the writer, or waits for the batch before it. */
  #send(): void {
    this.#stopTimers();
    this.#isHurried = this.#isBusy;
    if (this.#isBusy) return;
    if (this.#thread === undefined) this.#settleHere(this.#fault);
    else if (this.open.isEmpty && this.#removals.size === 0) this.#settleHere({ kind: "ready" });
    else this.#write(this.#thread);
    this.#readings.send(this.#thread);
  }

  #write(thread: WriterThread): void {
    const removals = Buffer.from([...this.#removals].join(""), "latin1");
    const appended = this.open.finish();
    const entries = new ArrayBuffer(removals.length + appended.length);
    const bytes = Buffer.from(entries);
    bytes.set(removals);
    bytes.set(appended, removals.length);
    const batch = { number: this.openBatch, lastRow: this.lastRow, entries };
    thread.tell({ kind: "write", batch }, [entries]);
    this.commits.begun();
    this.#writing = this.openBatch;
    [this.open, this.#sent] = [this.#sent, this.open];
    this.open.clear();
    this.openBatch += 1;
  }

  /** Settles the open batch without the writer: there is nothing in it, or there is no writer any more. */
  #settleHere(state: contract.StoreState): void {
    if (state.kind !== "ready") this.#lost(this.openBatch, false);
    this.open.clear();
    this.settledBatch = this.openBatch;
    this.openBatch += 1;
    this.#tellSettled();
  }

  #stopTimers(): void {
    clearImmediate(this.#endOfTurn);
    clearTimeout(this.#lazyTimer);
    this.#endOfTurn = undefined;
    this.#lazyTimer = undefined;
  }

  #heard(message: FromWriter): void {
    switch (message.kind) {
      case "written":
        this.commits.ended(message.tookMs);
        this.#written(message.number, message.result);
        return;
      case "page":
        this.#readings.answer(message);
        return;
      case "unread":
        this.#readings.fail(message.id, message.because);
        return;
      case "probed":
        this.#probed(message.failure);
        return;
      case "copied":
        this.#copying.ended(message);
        return;
      case "opened":
      case "refused":
      case "closed":
    }
  }

  #written(number: number, { failure, removed }: BatchResult): void {
    if (removed) this.#removals.clear();
    else collectRemovals(this.#sent.finish(), this.#removals);
    this.#writing = undefined;
    if (failure !== undefined) {
      this.#lost(number, removed);
      this.#setState(failure);
    }
    this.settledBatch = number;
    if (this.#isHurried) this.#send(); // the writer works while the broker acknowledges
    this.#tellSettled();
  }

  #lost(batch: number, removed: boolean): void {
    this.#failed.add(batch);
    if (!removed) this.#notRemoved.add(batch);
  }

  #tellSettled(): void {
    this.onSettled();
    if (this.#isBusy) return;
    this.#onIdle?.();
    this.#onIdle = undefined;
  }

  #setState(state: contract.StoreState): void {
    const { kind } = this.#fault;
    this.#fault = state;
    if (state.kind === "ready") {
      clearInterval(this.#probing);
      this.#probing = undefined;
      if (kind !== "ready") this.#settings.log.info({}, "the store can be written to again");
      return;
    }
    if (kind !== state.kind) {
      const { log } = this.#settings;
      log.error({ because: state.because }, "the store cannot be written to");
    }
    this.#probing ??= setInterval(
      () => this.#thread?.tell({ kind: "probe" }),
      this.#settings.probeMs ?? PROBE_MS,
    ).unref();
  }

  #probed(failure: Failure | undefined): void {
    if (this.#fault.kind === (failure?.kind ?? "ready")) return;
    this.#setState(failure ?? { kind: "ready" });
    if (failure === undefined && this.#removals.size > 0) this.#send();
    this.onSettled();
  }

  async #start(wantsState: boolean): Promise<Opened> {
    this.#isStarting = true;
    const { file, durability, maxPages, reserveBytes, writer } = this.#settings;
    const settings = { file, durability, maxPages, reserveBytes };
    const events = {
      onMessage: (message: FromWriter): void => this.#heard(message),
      onEnd: (because: string): void => void this.#died(because),
    };
    const start = { settings, wantsState };
    try {
      const { thread, opened } = await WriterThread.open(start, events, writer);
      this.#thread = thread;
      return opened;
    } finally {
      this.#isStarting = false;
    }
  }

  /** Fails what the writer had and what waited for it, then starts another one, once. Never rejects. */
  async #died(because: string): Promise<void> {
    this.#thread = undefined;
    this.commits.ended(undefined);
    if (this.#writing !== undefined) {
      collectRemovals(this.#sent.finish(), this.#removals);
      this.#lost(this.#writing, false);
      this.#writing = undefined;
    }
    collectRemovals(this.open.finish(), this.#removals);
    this.#stopTimers();
    this.#isHurried = false;
    this.#readings.failAll(because);
    this.#copying.ended({ because });
    this.#setState({ kind: "failed", because });
    this.#isStarting = this.#mayRestart;
    this.#settleHere(this.#fault);
    if (!this.#mayRestart) return;
    this.#mayRestart = false;
    await this.#restart();
  }

  async #restart(): Promise<void> {
    try {
      const { damage } = await this.#start(false);
      if (damage !== undefined) this.#settings.log.error({ damage }, "the store was damaged");
      this.#setState({ kind: "ready" });
    } catch (error) {
      const because = error instanceof Error ? error.message : String(error);
      this.#setState({ kind: "failed", because });
    }
    this.#send();
    this.onSettled();
  }

  async #close(): Promise<void> {
    this.#space.stop();
    while (this.#isBusy || !this.open.isEmpty) {
      const idle = new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
      this.#send();
      await idle;
    }
    this.#stopTimers();
    clearInterval(this.#probing);
    await this.#thread?.close();
    this.#thread = undefined;
    this.#readings.failAll("the store is closed");
    this.#copying.ended({ because: "the store is closed" });
  }
}

function unpacked({ time, lastRow, sessions, retained }: PackedState): contract.StoredState {
  return { time, lastRow, sessions, retained: unpackFrames(retained).map(readMessage) };
}
