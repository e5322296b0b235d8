/**
 * The file of the store while the hub runs: writes batches, reads pages of queues, finds out when a fault has ended.
 * Lives in the writer thread; every call waits for the disk.
 */
import { copyFile } from "node:fs/promises";
import type { DatabaseSync } from "node:sqlite";
import { collectRemovals } from "./batch-format.ts";
import { readPage, type PageRequest, type QueuePage } from "./queue-page.ts";
import { Reserve } from "./reserve.ts";
import { CHECKPOINT_PAGES, openDatabase, type FileSettings } from "./schema.ts";
import { faultOf, type SqliteFault } from "../../sqlite-fault.ts";
import { StoreWriter } from "./store-writer.ts";

/** A probe must find this much room, so that a store does not call itself ready for a handful of messages. */
const PROBE_BYTES = 256 * 1024;
/** Twice what the log usually has. */
const RESERVE_BYTES = 8 * 1024 * 1024;

export interface WrittenBatch {
  readonly number: number;
  readonly lastRow: number;
  readonly entries: ArrayBuffer;
}

/** Why nothing can be written; `full` may end by itself. */
export interface Failure {
  readonly kind: "full" | "failed";
  readonly because: string;
}

export interface BatchResult {
  /** `undefined`: the whole batch is durable. Otherwise none of it is, except what it removed if `removed`. */
  readonly failure: Failure | undefined;
  readonly removed: boolean;
}

type OpenDatabase = (settings: FileSettings) => DatabaseSync;

export class StoreFile {
  readonly #settings: FileSettings;
  readonly #open: OpenDatabase;
  readonly #reserve: Reserve;
  #database: DatabaseSync;
  #writer: StoreWriter;
  /** Set while the file must not be written to: after a failed flush until it was opened anew, after damage for good. */
  #distrust: Failure | undefined;
  #isDamaged = false;
  /** How often the log was copied into the file, or may have been, other than by itself. */
  #moves = 0;
  /** Makes the number of a batch one that no earlier start has written. */
  readonly #start = Date.now() * 1000;

  constructor(database: DatabaseSync, settings: FileSettings, open: OpenDatabase = openDatabase) {
    this.#settings = settings;
    this.#open = open;
    this.#database = database;
    this.#writer = new StoreWriter(database);
    this.#reserve = new Reserve(settings.file, settings.reserveBytes ?? RESERVE_BYTES);
  }

  /** Writes a batch, whole or not at all. Of one that cannot be written, what it removes is tried alone. */
  write({ number, lastRow, entries }: WrittenBatch): BatchResult {
    if (this.#distrust !== undefined) return { failure: this.#distrust, removed: false };
    const batch = Buffer.from(entries);
    const fault = this.#transaction(() => {
      this.#writer.apply(batch);
      this.#writer.stamp(this.#start + number, lastRow);
    });
    if (fault === undefined) return { failure: undefined, removed: true };
    if (fault.kind === "unsure") return this.#lookAnew(number, fault);
    if (fault.kind === "full") this.#makeRoom();
    this.#noteDamage(fault);
    return { failure: failureOf(fault), removed: this.#removeAlone(batch) };
  }

  /** Removes some of what ended sessions left behind; true while there may be more. */
  sweep(): boolean {
    if (this.#distrust !== undefined || !this.#writer.hasEnded) return false;
    let isMore = false;
    const fault = this.#transaction(() => {
      isMore = this.#writer.sweep();
    });
    if (fault !== undefined) this.#noteDamage(fault); // a full disk: with the next write it is tried again
    return isMore && fault === undefined;
  }

  /** Reads a page of a queue, and takes out of the queue what is damaged in it. */
  page(request: PageRequest): QueuePage {
    const page = readPage(this.#database, request);
    if (page.damaged.length > 0 && this.#distrust === undefined) {
      this.#transaction(() => {
        for (const row of page.damaged) this.#writer.dequeue(request.session, row);
      });
    }
    return page;
  }

  /** Whether writing works again; opens the file anew if it must. */
  probe(): Failure | undefined {
    if (this.#distrust !== undefined && !this.#isDamaged) this.#reopen();
    if (this.#distrust !== undefined) return this.#distrust;
    if (!this.#reserve.restore()) return { kind: "full", because: "there is no room on the disk" };
    const fault = this.#transaction(() => {
      this.#database.exec(`INSERT OR REPLACE INTO probe VALUES (1, zeroblob(${PROBE_BYTES}))`);
    });
    if (fault?.kind === "unsure") this.#distrust = failureOf(fault);
    if (fault !== undefined) {
      this.#noteDamage(fault);
      return failureOf(fault);
    }
    this.#transaction(() => this.#database.exec("DELETE FROM probe"));
    return undefined;
  }

  /**
   * Copies the file as it is now: until the copy is made, writing goes only into its log, which is not copied into it.
   * Gives why there is no copy, `undefined` when there is one; never rejects.
   */
  async copyTo(to: string): Promise<string | undefined> {
    if (this.#distrust !== undefined) return this.#distrust.because;
    const [database, moves] = [this.#database, this.#moves];
    try {
      const { busy } = database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() ?? {};
      if (busy !== 0) return "its log cannot be copied into it";
      database.exec("PRAGMA wal_autocheckpoint = 0");
      await copyFile(this.#settings.file, to);
      return this.#moves === moves ? undefined : "its file changed meanwhile; ask again";
    } catch (error) {
      return faultOf(error).because;
    } finally {
      if (database.isOpen) database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    }
  }

  /** Marks the stop as clean; a file that cannot be written to any more is checked at the next start instead. */
  close(): void {
    this.#moves += 1;
    if (this.#distrust === undefined) {
      this.#transaction(() => this.#database.exec("UPDATE meta SET clean = 1"));
    }
    if (this.#database.isOpen) this.#database.close();
  }

  /** Gives the fault that rolled it back, if any. */
  #transaction(work: () => void): SqliteFault | undefined {
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      work();
      this.#database.exec("COMMIT");
      return undefined;
    } catch (error) {
      const fault = faultOf(error);
      this.#rollBack();
      return fault;
    }
  }

  #rollBack(): void {
    try {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#writer.rolledBack();
    } catch (error) {
      // A connection that cannot even roll back is of no use; the next probe opens the file anew.
      this.#distrust = { kind: "failed", because: faultOf(error).because };
    }
  }

  /** Copies the log into the file, so that it can begin anew; it may be most of what is on the disk. */
  #makeRoom(): void {
    this.#reserve.giveUp();
    this.#moves += 1;
    try {
      this.#database.exec("PRAGMA wal_checkpoint(PASSIVE)");
    } catch (error) {
      this.#noteDamage(faultOf(error)); // else still no room: the probe goes on asking
    }
  }

  #removeAlone(batch: Buffer): boolean {
    const removals = new Set<string>();
    collectRemovals(batch, removals);
    if (removals.size === 0 || this.#distrust !== undefined) return removals.size === 0;
    const entries = Buffer.from([...removals].join(""), "latin1");
    return this.#transaction(() => this.#writer.apply(entries)) === undefined;
  }

  /**
   * After a failed flush nobody knows what is on disk, and flushing again would only seem to succeed. The file is opened
   * anew and its log is copied into it, which writes and flushes everything again; then it says whether it has the batch.
   */
  #lookAnew(number: number, fault: SqliteFault): BatchResult {
    this.#distrust = failureOf(fault);
    this.#reopen();
    if (this.#distrust === undefined && this.#lastBatch() === this.#start + number) {
      return { failure: undefined, removed: true };
    }
    return { failure: failureOf(fault), removed: false };
  }

  #reopen(): void {
    this.#moves += 1;
    try {
      if (this.#database.isOpen) this.#database.close();
      this.#database = this.#open(this.#settings);
      const { busy } = this.#database.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() ?? {};
      const check = Object.values(this.#database.prepare("PRAGMA quick_check(1)").get() ?? {})[0];
      if (busy !== 0) throw new Error("its log cannot be copied into it");
      if (check !== "ok") {
        this.#noteDamage({ kind: "damaged", because: String(check) });
        return;
      }
      this.#writer = new StoreWriter(this.#database);
      this.#distrust = undefined;
    } catch (error) {
      const fault = faultOf(error);
      this.#distrust = { kind: "failed", because: fault.because };
      this.#noteDamage(fault);
    }
  }

  /** A damaged file stays as it is until the next start salvages it. */
  #noteDamage(fault: SqliteFault): void {
    if (fault.kind !== "damaged") return;
    this.#isDamaged = true;
    this.#distrust = failureOf(fault);
  }

  #lastBatch(): number {
    return Number(this.#database.prepare("SELECT batch FROM meta").get()?.["batch"]);
  }
}

function failureOf({ kind, because }: SqliteFault): Failure {
  if (kind === "full") return { kind: "full", because };
  if (kind !== "damaged") return { kind: "failed", because };
  const remedy = "restart the hub: it saves what can still be read";
  return { kind: "failed", because: `the file is damaged (${because}); ${remedy}` };
}
