/** What grows too old or too much is deleted: whole parts, oldest first, and the order of arrival before the rows themselves. */
import type { DatabaseSync } from "node:sqlite";
import { pragmaNumber } from "./database.ts";
import type { Keeping, LogSettings } from "./messages.ts";
import type { Part, Parts } from "./parts.ts";
import type { Transactions } from "./transactions.ts";

/** Deleted in one step. */
const BLOCKS_AT_ONCE = 2000;
const BATCHES_AT_ONCE = 20;

const UNNAMED: Keeping = {
  rule: "",
  keepMs: Number.POSITIVE_INFINITY,
  maxBytes: Number.POSITIVE_INFINITY,
};

export interface RetentionTools {
  readonly database: DatabaseSync;
  readonly transactions: Transactions;
  readonly parts: Parts;
}

/** The parts that are to go, by age and by size. `used`: bytes of the whole file, `most`: what it may have. */
function outdated(
  parts: readonly Part[],
  keeping: readonly Keeping[],
  limits: { readonly kept: number; readonly used: number; readonly most: number },
): readonly Part[] {
  const gone = new Set<Part>();
  const unnamed = keeping.find(({ rule }) => rule === "") ?? UNNAMED;
  for (const rule of new Set(parts.map((part) => part.rule))) {
    const own = parts.filter((part) => part.rule === rule);
    const { keepMs, maxBytes } = keeping.find((one) => one.rule === rule) ?? unnamed;
    for (const part of own) if (limits.kept - part.keptTo > keepMs) gone.add(part);
    dropOldest(own, gone, own.reduce((sum, { bytes }) => sum + bytes, 0) - maxBytes);
  }
  dropOldest(parts, gone, limits.used - limits.most);
  return [...gone];
}

/** Adds the oldest to `gone` until it holds `excess` bytes of these parts. */
function dropOldest(parts: readonly Part[], gone: Set<Part>, excess: number): void {
  let left = excess;
  for (const part of parts) if (gone.has(part)) left -= part.bytes;
  for (const part of parts) {
    if (left <= 0) return;
    if (gone.has(part)) continue;
    gone.add(part);
    left -= part.bytes;
  }
}

export class Retention {
  readonly #tools: RetentionTools;
  readonly #settings: LogSettings;
  readonly #freshBytes: () => { bytes: number };
  readonly #oldFresh;
  readonly #deleteFresh;

  constructor(tools: RetentionTools, settings: LogSettings) {
    this.#tools = tools;
    this.#settings = settings;
    const { database } = tools;
    const sum = database.prepare(
      "SELECT coalesce(sum(bytes), 0) AS bytes FROM fresh WHERE batch <= (SELECT rolled FROM meta)",
    );
    this.#freshBytes = () => ({ bytes: Number(sum.get()?.["bytes"]) });
    this.#oldFresh = database.prepare(
      // The last one stays: it says how many rows there ever were.
      `SELECT batch, bytes, kept FROM fresh
       WHERE batch <= (SELECT rolled FROM meta) AND batch < (SELECT max(batch) FROM fresh)
       ORDER BY batch LIMIT ?`,
    );
    this.#deleteFresh = database.prepare("DELETE FROM fresh WHERE batch <= ?");
  }

  /** Bytes of the file that hold something. */
  get usedBytes(): number {
    const { database } = this.#tools;
    const pages = pragmaNumber(database, "page_count") - pragmaNumber(database, "freelist_count");
    return pages * pragmaNumber(database, "page_size");
  }

  /** One step of deleting; says whether there is more to do. `most`: bytes that the file may have. */
  step(kept: number, most: number): boolean {
    const { parts, transactions } = this.#tools;
    if (transactions.run(() => parts.sweep(BLOCKS_AT_ONCE))) return true;
    if (this.#dropFresh(kept, most)) return true;
    const limits = { kept, used: this.usedBytes, most };
    const gone = outdated(parts.all, this.#settings.keeping, limits);
    if (gone.length === 0) return false;
    transactions.run(() => {
      for (const { id } of gone) parts.hide(id);
    });
    parts.refresh();
    return true;
  }

  /** Of what is in blocks already, the order of arrival is kept for those who missed it, as long as there is room. */
  #dropFresh(kept: number, most: number): boolean {
    const { keepMs, maxBytes } = this.#settings.replay;
    const excess = Math.max(this.#freshBytes().bytes - maxBytes, this.usedBytes - most);
    let [last, freed] = [0, 0];
    for (const row of this.#oldFresh.all(BATCHES_AT_ONCE)) {
      if (kept - Number(row["kept"]) <= keepMs && freed >= excess) break;
      last = Number(row["batch"]);
      freed += Number(row["bytes"]);
    }
    if (last === 0) return false;
    this.#tools.transactions.run(() => this.#deleteFresh.run(last));
    return true;
  }
}
