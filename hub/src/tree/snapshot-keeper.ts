/** Keeps the tree on disk while the hub runs, and brings it back when it starts. A snapshot is never fatal. */
import { randomInt } from "node:crypto";
import { BirthNews } from "./birth-news.ts";
import { ChangeFile, changesTo } from "./change-file.ts";
import { changedPieces, type ExpectedSeqs } from "./changed-rows.ts";
import type { ChangedSet } from "./changes.ts";
import type { NeedsRebirth } from "./messages.ts";
import { membersOf } from "./session-table.ts";
import type { NodeSession } from "./session.ts";
import { NodeSessions } from "./sessions.ts";
import { readSnapshot, writeSnapshot } from "./snapshot-file.ts";
import { putTogether, resumableSeq, takeApart } from "./snapshot.ts";
import { UnsTree, type TreeOptions } from "./tree.ts";

/** How often what changed is written down; where the disk refused it, it is tried again ever more rarely, up to the longest. */
const EVERY_MS = 1000;
const LONGEST_MS = 60_000;

/** Births make a snapshot necessary; of a large tree it is made less often: disks of gateways wear out. */
const BYTES_PER_MS = 1000;

/** So many times as long as the snapshot the file of changes becomes before there is a new one; and never below the least. */
const CHANGES_PER_SNAPSHOT = 4;
const LEAST_CHANGES = 1_048_576;

/** What follows a snapshot stands beside it. */
function changesOf(file: string): string {
  return `${file}.changes`;
}

/** The part of the hub's log that is needed here. */
export interface TreeLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface OpenTree {
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
}

export interface OpenTreeOptions extends Pick<TreeOptions, "limits"> {
  /** Where the snapshot is; left out: none is read. */
  readonly file?: string | undefined;
  readonly log: TreeLog;
  readonly needsRebirth: NeedsRebirth;
}

/** The tree as it was when the hub stopped, all of it last known; empty when there is no snapshot or none to believe. */
export function openTree(options: OpenTreeOptions): OpenTree {
  const { file, log } = options;
  const opened = emptyTree(options);
  if (file === undefined) return opened;
  try {
    const pieces = readSnapshot(file);
    if (pieces === undefined) return opened;
    putTogether(pieces, opened, (name) => changesAfter({ file, name, log }));
    const { metrics } = opened.tree.rows.counts(0);
    if (metrics > 0) log.info({ metrics }, "last known values restored");
    return opened;
  } catch (error) {
    log.warn({ file, error }, "the snapshot of the tree cannot be read; the tree begins empty");
    return emptyTree(options);
  }
}

/** Without them the values of the snapshot are still better than none. */
function changesAfter({
  file,
  name,
  log,
}: {
  readonly file: string;
  readonly name: number;
  readonly log: TreeLog;
}): ReturnType<typeof changesTo> {
  const changes = changesOf(file);
  try {
    return changesTo(changes, name);
  } catch (error) {
    log.warn(
      { file: changes, error },
      "what changed after the snapshot of the tree cannot be read",
    );
    return [];
  }
}

function emptyTree({ limits = {}, log, needsRebirth }: OpenTreeOptions): OpenTree {
  const tree = new UnsTree({
    limits,
    limitReached: (limit, most) =>
      log.warn({ limit, most }, "the tree is full: what goes beyond this limit is not shown"),
  });
  new BirthNews(tree, log).start();
  return { tree, sessions: new NodeSessions(tree, needsRebirth) };
}

export interface SnapshotKeeperOptions extends OpenTree {
  readonly file: string;
  readonly log: TreeLog;
}

/** What the last snapshot was made of. */
interface Base {
  readonly rows: number;
  readonly births: number;
  readonly length: number;
  /** On the monotonic clock. */
  readonly atMs: number;
}

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  readonly #changeFile: ChangeFile;
  readonly #stopObserving: () => void;
  /** What is not on disk. */
  readonly #changed: ChangedSet;
  /** As they stand in the file of changes. */
  readonly #seqs = new Map<number, number | undefined>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #base: Base | undefined;
  /** A device or edge node was born, died or went; only a snapshot keeps that. */
  #isOutlived = false;
  /** Metrics whose values are of another type than the last snapshot says. */
  readonly #retyped = new Set<number>();
  /** Devices and edge nodes of another state. */
  readonly #turned = new Set<number>();
  #hasFailed = false;
  #pauseMs = EVERY_MS;
  #isStopped = false;

  constructor(options: SnapshotKeeperOptions) {
    const { tree, file } = options;
    this.#options = options;
    this.#changeFile = new ChangeFile(changesOf(file));
    this.#changed = tree.collect();
    this.#stopObserving = tree.observe({
      rowChanged: (id) => this.#outlived(id),
      metricRetyped: (id) => this.#retyped.add(id),
    });
  }

  start(): void {
    this.#wait();
  }

  #outlived(id: number): void {
    this.#isOutlived = true;
    if (!this.#options.tree.rows.isMetric(id)) this.#turned.add(id);
  }

  /** Keeps what is not kept yet, and ends. Twice does no harm. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.keepNow();
    this.#stopObserving();
    this.#options.tree.changes.drop(this.#changed);
    await this.#changeFile.close();
  }

  /** Brings all to disk that is not there yet, as one snapshot. */
  async keepNow(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#try(() => this.#snapshot()));
    await this.#writing;
  }

  #wait(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.#writing = this.#writing.then(() => this.#try(() => this.#keep()));
      void this.#writing.then(() => this.#wait());
    }, this.#pauseMs);
    this.#timer.unref();
  }

  /** A full disk costs the last known values after a restart, and nothing before. Logged once until it works again. */
  async #try(keep: () => Promise<void>): Promise<void> {
    const { file, log } = this.#options;
    try {
      await keep();
      this.#hasFailed = false;
      this.#pauseMs = EVERY_MS;
    } catch (error) {
      this.#base = undefined;
      if (!this.#hasFailed) log.error({ file, error }, "the tree could not be kept on disk");
      this.#hasFailed = true;
      this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_MS);
    }
  }

  async #keep(): Promise<void> {
    const base = this.#base;
    if (base === undefined) return await this.#snapshot();
    const isLong = this.#changeFile.length > mostChanges(base);
    const isDue = this.#isOtherThan(base) ? isOld(base) : isLong;
    if (isDue) await this.#snapshot();
    else if (!isLong) await this.#addChanges(base);
  }

  /** Whether there is something that only a snapshot keeps. */
  #isOtherThan({ rows, births }: Base): boolean {
    const { tree, sessions } = this.#options;
    return this.#isOutlived || tree.rows.size !== rows || sessions.births !== births;
  }

  /** Whether the last snapshot alone says all that there is to say. */
  get #isKept(): boolean {
    const { births } = this.#options.sessions;
    if (this.#base === undefined) {
      const isHeard = this.#changed.size > 0 || this.#isOutlived || births > 0;
      return !isHeard && !this.#hasFailed; // what was there when the hub started is there still
    }
    if (this.#isOtherThan(this.#base)) return false;
    return this.#changed.size === 0 && !this.#changeFile.hasChanges;
  }

  /** No value is older than the `seq` that is said to follow it. */
  async #addChanges(base: Base): Promise<void> {
    const { tree } = this.#options;
    const ids = this.#changed.take();
    const seqs = this.#newSeqs(base);
    if (ids.length === 0 && seqs.size === 0) return;
    const fits = (id: number): boolean => id < base.rows && !this.#retyped.has(id);
    for (const piece of changedPieces(tree, { ids, fits, seqs })) await this.#changeFile.add(piece);
    await this.#changeFile.settle();
  }

  /** Of edge nodes that said something since it was written down. */
  #newSeqs({ births }: Base): ExpectedSeqs {
    const fresh = new Map<number, number | undefined>();
    for (const session of this.#options.sessions.all()) {
      const { rowId } = session.own;
      const seq = this.#hasTurned(session) ? undefined : resumableSeq(session, births);
      if (this.#seqs.has(rowId) && this.#seqs.get(rowId) === seq) continue;
      this.#seqs.set(rowId, seq);
      fresh.set(rowId, seq);
    }
    return fresh;
  }

  /** Of such an edge node the snapshot does not say what lives. */
  #hasTurned(session: NodeSession): boolean {
    return this.#turned.size > 0 && membersOf(session).some(({ rowId }) => this.#turned.has(rowId));
  }

  async #snapshot(): Promise<void> {
    const { tree, sessions, file } = this.#options;
    if (this.#isKept) return;
    const name = randomInt(1, 2 ** 47);
    const [rows, births, atMs] = [tree.rows.size, sessions.births, performance.now()];
    this.#isOutlived = false;
    this.#retyped.clear();
    this.#turned.clear();
    this.#seqs.clear();
    this.#changed.take(); // what changes while it is made is written down after it
    const length = await writeSnapshot(file, takeApart(tree, sessions, name));
    await this.#changeFile.begin(name);
    this.#base = { rows, births, length, atMs };
  }
}

/** Whether it is time for another one after births. A timer may come a moment early. */
function isOld({ length, atMs }: Base): boolean {
  const pauseMs = Math.max(EVERY_MS, length / BYTES_PER_MS);
  return performance.now() - atMs >= pauseMs - EVERY_MS / 2;
}

function mostChanges({ length }: Base): number {
  return Math.max(LEAST_CHANGES, CHANGES_PER_SNAPSHOT * length);
}
