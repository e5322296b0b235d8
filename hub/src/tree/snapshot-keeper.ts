/** Keeps the tree on disk while the hub runs, and brings it back when it starts. A snapshot is never fatal. */
import { BirthNews } from "./birth-news.ts";
import { NodeSessions, type NeedsRebirth } from "./sessions.ts";
import { readSnapshot, writeSnapshot } from "./snapshot-file.ts";
import { putTogether, takeApart } from "./snapshot.ts";
import { UnsTree, type TreeOptions } from "./tree.ts";

/** Shortest time between two snapshots. */
const EVERY_MS = 5000;

/** A large tree is written less often: disks of gateways wear out. */
const BYTES_PER_MS = 5000;

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
    putTogether(pieces, opened.tree, opened.sessions);
    const { metrics } = opened.tree.rows.counts(0);
    if (metrics > 0) log.info({ metrics }, "last known values restored");
    return opened;
  } catch (error) {
    log.warn({ file, error }, "the snapshot of the tree cannot be read; the tree begins empty");
    return emptyTree(options);
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

export class SnapshotKeeper {
  readonly #options: SnapshotKeeperOptions;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  /** Changes that are on disk. */
  #kept = 0;
  #pauseMs = EVERY_MS;
  #hasFailed = false;
  #isStopped = false;

  constructor(options: SnapshotKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#wait();
  }

  /** Keeps what is not kept yet, and ends. Twice does no harm. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#writing;
    await this.#keep();
  }

  /** Brings to disk what is not there yet. */
  async keepNow(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#keep());
    await this.#writing;
  }

  #wait(): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      void this.keepNow().then(() => this.#wait());
    }, this.#pauseMs);
    this.#timer.unref();
  }

  /** A full disk costs the last known values after a restart, and nothing before. Logged once until it works again. */
  async #keep(): Promise<void> {
    const { tree, sessions, file, log } = this.#options;
    const changes = tree.changes.count;
    if (changes === this.#kept) return;
    try {
      const length = await writeSnapshot(file, takeApart(tree, sessions));
      this.#kept = changes;
      this.#pauseMs = Math.max(EVERY_MS, length / BYTES_PER_MS);
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) log.error({ file, error }, "the tree could not be kept on disk");
      this.#hasFailed = true;
    }
  }
}
