/**
 * The history of the hub: everything the tree hears, on disk. Values gather in columns and go to the thread of the log
 * several times a second; when that cannot keep up, or the disk is full, they are counted, and are a gap later.
 */
import type { Logger } from "@unshub/adapter";
import type { HistoryConfig } from "../config/index.ts";
import type { NodeSessions, UnsTree } from "../tree/index.ts";
import { Corrections, type CorrectedRow } from "./corrections.ts";
import { HistoryFindings } from "./finding.ts";
import { LogThread, type AnswerTo, type News } from "./log-thread.ts";
import type { LogSettings, LogState } from "./log/messages.ts";
import type { Question } from "./log/questions.ts";
import { HistoryReader } from "./reader.ts";
import { Recorder } from "./recorder.ts";
import { keepingOf, recordingOf } from "./rules.ts";
import { Tallies } from "./tallies.ts";

/** How long values gather at most. */
const FLUSH_MS = 200;
const TALLY_MS = 1000;
/** Rows on their way to the log; more are not taken. */
const MOST_UNDERWAY = 2_000_000;
/** Metrics whose value is said again in one turn after a gap. */
const RESTATED_AT_ONCE = 20_000;
/** A thread that broke is started again after so long. */
const RESTART_MS = 5000;

export interface HistoryOptions {
  readonly config: HistoryConfig;
  readonly hubId: string;
  /** Told when it stops recording; `findings` say why. */
  readonly found: () => unknown;
  /** Where the log is. */
  readonly file: string;
  readonly durability: LogSettings["durability"];
  readonly tree: UnsTree;
  readonly sessions: NodeSessions;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  now(): number;
  /** What tests set. */
  readonly tuning?:
    | (Pick<LogSettings, "rollRows" | "maxPages" | "wallOffsetMs"> & {
        readonly mostUnderway?: number;
        readonly restartMs?: number;
        /** The entry of the thread. */
        readonly entry?: URL;
      })
    | undefined;
}

/** How the history does. */
export interface HistoryState extends LogState {
  /** Values since the start that were not taken because the log could not keep up. */
  readonly overloaded: number;
}

/** While the file is being opened what comes is gathered. */
const NOT_YET: LogState = {
  recording: true,
  because: undefined,
  recorded: 0,
  lost: 0,
  head: 0,
  tail: 0,
  bytes: 0,
  oldest: undefined,
  freeDiskBytes: undefined,
};

export class History {
  /** That it was not recorded. */
  readonly findings: HistoryFindings;
  readonly #options: HistoryOptions;
  readonly #recorder: Recorder;
  readonly #tallies: Tallies;
  readonly #corrections: Corrections;
  readonly #mostUnderway: number;
  readonly #timers: NodeJS.Timeout[] = [];
  #thread: LogThread;
  #state: LogState = NOT_YET;
  /** Rows by the number of their batch, on their way. */
  readonly #underway = new Map<number, number>();
  #rowsUnderway = 0;
  #lastBatch = 0;
  #nextTally = 0;
  #overloaded = 0;
  /** Values that were not taken: since when, and how many. */
  #overload: { readonly from: number; to: number; count: number } | undefined;
  /** The next metric whose value is to be said again; `undefined`: none. */
  #restateFrom: number | undefined;
  #hasWarned = false;
  /** The thread is gone and will be started again. */
  #isDown = false;
  #isStopped = false;

  constructor(options: HistoryOptions) {
    this.#options = options;
    const { tree, config, sessions, tuning } = options;
    this.#mostUnderway = tuning?.mostUnderway ?? MOST_UNDERWAY;
    this.#tallies = new Tallies(sessions);
    this.findings = new HistoryFindings(options.hubId, options.found, () => options.now());
    this.#recorder = new Recorder({
      tree,
      recordingOf: (metric, range) => recordingOf(config, metric, range),
      now: () => this.#options.now(),
      full: () => this.#flush(),
    });
    this.#thread = this.#openThread();
    this.#corrections = new Corrections({
      tree,
      reader: new HistoryReader({ history: this, tree }),
      write: (id, row) => this.#recorder.correct(id, row),
      trouble: () => this.#state.because,
    });
    tree.recordTo(this.#recorder);
    this.#every(FLUSH_MS, () => this.#turn());
  }

  state(): HistoryState {
    return { ...this.#state, overloaded: this.#overloaded };
  }

  /** Asks the log; what was recorded before is in the answer. @throws {HistoryError} NOT_RUNNING, UNANSWERED */
  ask<Kind extends Question["kind"]>(
    question: Extract<Question, { readonly kind: Kind }>,
  ): Promise<AnswerTo<Kind>> {
    if (question.kind === "completeness") this.#nextTally = 0;
    this.#flush();
    return this.#thread.ask<Kind>(question);
  }

  /**
   * Writes rows into the past of a metric: each at its own time, in the place of what stands there. What stands there as it
   * is already is not written again. `path`: of the tree. Resolves with how many rows were written, when they are in the
   * log. @throws {HistoryError} UNKNOWN_METRIC, BAD_ROW, NOT_RECORDED: nothing is written; NOT_WRITTEN, NOT_RUNNING
   */
  insert(path: string, rows: readonly CorrectedRow[]): Promise<number> {
    return this.#corrections.insert(path, rows);
  }

  /** Writes what is there and closes the log. Twice does no harm. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    this.#options.tree.recordTo(undefined);
    this.#nextTally = 0;
    this.#recorder.settle(Number.POSITIVE_INFINITY);
    this.#flush();
    await this.#thread.close();
  }

  #every(ms: number, run: () => void): void {
    this.#timers.push(setInterval(run, ms).unref());
  }

  #openThread(): LogThread {
    const { config, file, durability, tuning } = this.#options;
    const settings: LogSettings = {
      file,
      durability,
      keeping: keepingOf(config),
      maxBytes: config.maxSize,
      replay: { keepMs: config.replay.keep, maxBytes: config.replay.maxSize },
      minFreeBytes: config.minFreeDisk,
      recordingSince: this.#options.now() + (tuning?.wallOffsetMs ?? 0),
      rollRows: tuning?.rollRows,
      maxPages: tuning?.maxPages,
      wallOffsetMs: tuning?.wallOffsetMs,
    };
    const events = {
      heard: (news: News) => this.#heard(news),
      ended: (because: string) => this.#ended(because),
    };
    return new LogThread(settings, events, tuning?.entry);
  }

  #turn(): void {
    this.#restateSome();
    this.#recorder.settle(this.#options.now());
    this.#flush();
  }

  #flush(): void {
    if (this.#isFull) return this.#drop();
    this.#endOverload();
    const now = this.#options.now();
    const isDue = now >= this.#nextTally || this.#isStopped;
    const tallies = isDue ? this.#tallies.take(now) : [];
    if (isDue) this.#nextTally = now + TALLY_MS;
    const gathered = this.#recorder.take(tallies.length > 0);
    if (gathered === undefined) return;
    this.#lastBatch += 1;
    this.#underway.set(this.#lastBatch, gathered.rows.count);
    this.#rowsUnderway += gathered.rows.count;
    this.#thread.append({ ...gathered, number: this.#lastBatch, tallies });
  }

  /** Once it is, half of what is on its way must have arrived. */
  get #isFull(): boolean {
    const most = this.#overload === undefined ? this.#mostUnderway : this.#mostUnderway / 2;
    return this.#isDown || this.#rowsUnderway >= most;
  }

  /** The log cannot keep up: these values are a gap. */
  #drop(): void {
    const { rows, slots } = this.#recorder.takeRows();
    if (rows.count === 0) return;
    const [from = 0, to = 0] = [rows.received[0], rows.received.at(-1)];
    if (this.#overload === undefined && !this.#isDown) {
      const because =
        "more values come than the history can write; what it cannot take is a gap in it";
      this.#options.log.error({ underway: this.#rowsUnderway }, because);
      this.findings.notRecorded(because);
    }
    this.#overload ??= { from, to, count: 0 };
    this.#overload.to = Math.max(this.#overload.to, to);
    this.#overload.count += rows.count;
    this.#overloaded += rows.count;
    this.#countDropped(slots);
  }

  #endOverload(): void {
    if (this.#overload === undefined) return;
    this.#recorder.noteGap({ node: undefined, ...this.#overload, cause: "overload" });
    this.#overload = undefined;
    this.#restateFrom = 0;
  }

  #countDropped(slots: Int32Array): void {
    const counts = new Map<number, number>();
    for (const slot of slots) counts.set(slot, (counts.get(slot) ?? 0) + 1);
    for (const [slot, count] of counts) {
      this.#tallies.dropped(this.#recorder.nodeRowOf(slot), count);
    }
  }

  #restateSome(): void {
    if (this.#restateFrom === undefined || !this.#state.recording) return;
    const { tree } = this.#options;
    const now = this.#options.now();
    const end = Math.min(tree.rows.size, this.#restateFrom + RESTATED_AT_ONCE);
    for (let id = this.#restateFrom; id < end; id += 1) {
      if (tree.definitions.has(id)) this.#recorder.restate(id, now);
    }
    this.#restateFrom = end < tree.rows.size ? end : undefined;
  }

  #heard(news: News): void {
    const { log } = this.#options;
    switch (news.kind) {
      case "opened":
        if (news.damage !== undefined) log.error({ file: this.#options.file }, news.damage);
        this.#changed(news.state);
        return;
      case "refused":
        this.#state = { ...NOT_YET, recording: false, because: news.message };
        this.#options.tree.recordTo(undefined);
        this.#tellStopped(news.message);
        return;
      case "appended":
        this.#arrived(news.number);
        if (news.unwritten !== undefined) this.#countDropped(news.unwritten);
        this.#changed(news.state);
        return;
      case "state":
        this.#changed(news.state);
    }
  }

  #arrived(number: number): void {
    this.#rowsUnderway -= this.#underway.get(number) ?? 0;
    this.#underway.delete(number);
  }

  /** Says once that nothing is recorded, and once that it is again. */
  #changed(state: LogState): void {
    const { log } = this.#options;
    this.#state = state;
    if (!state.recording && !this.#hasWarned) {
      this.#hasWarned = true;
      this.#tellStopped(state.because ?? "its file cannot be written");
    } else if (state.recording && this.#hasWarned) {
      this.#hasWarned = false;
      this.#restateFrom = 0;
      log.info({ lost: state.lost }, "the history is recorded again");
    }
  }

  #tellStopped(because: string): void {
    this.#options.log.error({ because }, "the history is not recorded");
    this.findings.notRecorded(because);
  }

  #ended(because: string): void {
    const { log } = this.#options;
    this.#state = { ...this.#state, recording: false, because };
    this.#hasWarned = true;
    log.error({ because }, "the thread of the history ended; it is started again");
    this.findings.notRecorded(`its thread ended: ${because}`);
    this.#underway.clear();
    this.#rowsUnderway = 0;
    this.#isDown = true;
    const pauseMs = this.#options.tuning?.restartMs ?? RESTART_MS;
    setTimeout(() => this.#restart(), pauseMs).unref();
  }

  #restart(): void {
    if (this.#isStopped) return;
    this.#drop(); // what was gathered has the numbers of the thread that is gone
    this.#isDown = false;
    this.#recorder.forgetSlots();
    this.#thread = this.#openThread();
  }
}
