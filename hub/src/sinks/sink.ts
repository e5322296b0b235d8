/**
 * One sink: reads the log in the order of arrival, writes to its target, and keeps how far it came. The log is its queue:
 * a target that is away costs no memory, and who publishes never waits for it.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Backoff, type Logger } from "@unshub/adapter";
import type { HistoryReader, LogPage } from "../history/index.ts";
import type { RecordSinkConfig } from "./config/index.ts";
import type { DeadLetter, DeadLetters } from "./dead-letters.ts";
import type { Describer } from "./describe.ts";
import type { SinkFindings } from "./findings.ts";
import type { Mark, Position, PositionFile } from "./position.ts";
import type { SinkRecord } from "./record.ts";
import { SinkStatus, type SinkState } from "./sink-status.ts";
import type { OpenTarget, Target } from "./target.ts";
import { writeOrRefuse, type RefusedRow } from "./write.ts";

export interface SinkOptions {
  readonly config: RecordSinkConfig;
  readonly openTarget: OpenTarget;
  /** Opened at once, and again when it is lost, also while nothing is to be written. */
  readonly staysOpen?: boolean;
  readonly reader: Pick<HistoryReader, "entries">;
  /** The offset that the next value will get. */
  readonly head: () => number;
  readonly describer: Pick<Describer, "records">;
  readonly positions: PositionFile;
  readonly deadLetters: DeadLetters;
  readonly findings: SinkFindings;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** Where no row is written the position is kept no more often. */
const SAVE_EVERY_MS = 10_000;
/** A target that does not close within it is left. */
const CLOSE_MS = 1000;

export class Sink {
  readonly #options: SinkOptions;
  readonly #stopping = new AbortController();
  readonly #backoff: Backoff;
  readonly #status: SinkStatus;
  #running: Promise<void> = Promise.resolve();
  /** Opened when it is needed first, and again after a failure. */
  #target: Promise<Target> | undefined;
  #position: Position = { offset: 0, mark: undefined };
  #savedAt = 0;
  #savedOffset = -1;
  /** When the first row was received that is being written. */
  #oldestUnwritten: number | undefined;
  #retry: ((done: { readonly written: number; readonly left: number }) => void)[] = [];
  #wake: () => void = () => undefined;

  constructor(options: SinkOptions) {
    this.#options = options;
    const { retryAfter, retryAtMost } = options.config;
    this.#backoff = new Backoff(retryAfter, retryAtMost);
    this.#status = new SinkStatus(options);
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Ends the write that is under way; its rows are written again by the next hub. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    await this.#running;
    await this.#closeTarget();
    this.#status.stopped();
    for (const told of this.#retry.splice(0)) told({ written: 0, left: this.#letters.count });
  }

  state(): SinkState {
    const { config, head, now } = this.#options;
    const oldest = this.#oldestUnwritten;
    return {
      ...this.#status.shown(),
      target: targetText(config),
      position: this.#position.offset,
      backlogRows: Math.max(0, head() - this.#position.offset),
      lagMs: oldest === undefined ? 0 : Math.max(0, now() - oldest),
      deadLetters: this.#letters.count,
      deadLettersDropped: this.#letters.dropped,
    };
  }

  /** What the target refused, the oldest first. */
  deadLetters(): Promise<readonly DeadLetter[]> {
    return this.#letters.all();
  }

  /** Has the dead letters written again, before anything else; resolves when it was tried. */
  retry(): Promise<{ readonly written: number; readonly left: number }> {
    return new Promise((resolve) => {
      this.#retry.push(resolve);
      this.#wake();
    });
  }

  get #letters(): DeadLetters {
    return this.#options.deadLetters;
  }

  async #run(): Promise<void> {
    let isOpen = false;
    while (!this.#stopping.signal.aborted) {
      try {
        if (!isOpen) await this.#begin();
        isOpen = true;
        if (this.#options.staysOpen === true) await this.#stayOpen();
        if (this.#retry.length > 0) await this.#writeLetters();
        const isMore = await this.#writePage();
        this.#backoff.reset();
        if (!isMore) await this.#pause(this.#options.config.every);
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        await this.#failed(error);
      }
    }
  }

  // --- where it stands ---

  async #begin(): Promise<void> {
    await this.#letters.open();
    const { positions, config, reader, log } = this.#options;
    const kept = positions.read();
    const { entries, next, head } = await reader.entries(0, 1);
    const oldest = entries[0]?.offset ?? next;
    if (kept === undefined) {
      this.#position = { offset: config.begin === "now" ? head : oldest, mark: undefined };
      return await this.#save();
    }
    const because = kept === "broken" ? BROKEN : await this.#strangeness(kept, head);
    if (kept !== "broken" && because === undefined) {
      this.#position = kept;
      return;
    }
    log.error({ sink: config.name, because }, "a sink begins anew with the oldest value");
    this.#status.found(
      "SINK-GAP",
      `${because}; it begins anew with the oldest value that is there`,
    );
    this.#position = { offset: oldest, mark: undefined };
    await this.#save();
  }

  /** Why the log cannot be that of which the position was kept. */
  async #strangeness({ offset, mark }: Position, head: number): Promise<string | undefined> {
    if (offset > head) return OTHER_LOG;
    if (mark === undefined) return undefined;
    const [entry] = (await this.#options.reader.entries(mark.offset, 1)).entries;
    if (entry?.offset !== mark.offset) return undefined; // it is gone: too old
    const now = markOf(entry);
    return now.receivedAt === mark.receivedAt && now.metric === mark.metric ? undefined : OTHER_LOG;
  }

  async #save(): Promise<void> {
    await this.#options.positions.save(this.#position);
    this.#savedAt = this.#options.now();
    this.#savedOffset = this.#position.offset;
  }

  // --- writing ---

  /** Answers whether there is more to be written at once. */
  async #writePage(): Promise<boolean> {
    const { reader, config, describer, now } = this.#options;
    const page = await reader.entries(this.#position.offset, config.rows);
    this.#lookForGap(page);
    this.#oldestUnwritten = page.entries[0]?.receivedAt;
    const records = describer.records(page.entries);
    if (records.length > 0) await this.#write(records);
    const last = page.entries.at(-1);
    const mark = last === undefined ? this.#position.mark : markOf(last);
    this.#position = { offset: page.next, mark };
    const isNews = page.next !== this.#savedOffset;
    if (isNews && (records.length > 0 || now() - this.#savedAt > SAVE_EVERY_MS)) await this.#save();
    this.#status.up();
    const isMore = page.entries.length >= config.rows;
    if (!isMore) this.#oldestUnwritten = undefined;
    return isMore;
  }

  async #write(records: readonly SinkRecord[]): Promise<void> {
    const refused = await this.#writeOrRefuse(records);
    this.#status.rowsWritten += records.length - refused.length;
    this.#status.lastWriteAt = this.#options.now();
    await this.#bury(refused);
  }

  async #writeOrRefuse(records: readonly SinkRecord[]): Promise<readonly RefusedRow[]> {
    return await this.#inTime((target, signal) => writeOrRefuse(target, records, signal));
  }

  async #stayOpen(): Promise<void> {
    await this.#inTime(async (target) => target.attend?.());
  }

  async #inTime<Result>(
    act: (target: Target, signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { openTarget, config } = this.#options;
    const limit = AbortSignal.timeout(config.timeout);
    const signal = AbortSignal.any([this.#stopping.signal, limit]);
    const done = async (): Promise<Result> => {
      this.#target ??= openTarget();
      return await act(await this.#target, signal);
    };
    return await Promise.race([done(), aborted(signal, config.timeout)]);
  }

  async #bury(refused: readonly RefusedRow[]): Promise<void> {
    const [first] = refused;
    if (first === undefined) return;
    const at = this.#options.now();
    await this.#letters.add(refused.map(({ record, error }) => ({ at, error, record })));
    const { name } = this.#options.config;
    const { path } = first.record.subject;
    this.#options.log.warn(
      { sink: name, rows: refused.length, path, because: first.error },
      "a target refuses values; they are kept as dead letters",
    );
    this.#status.found(
      "SINK-REFUSED",
      `${refused.length} values, the first of ${path}: ${first.error}`,
    );
  }

  /** Those that are still refused stay. */
  async #writeLetters(): Promise<void> {
    const letters = await this.#letters.all();
    const records = letters.map(({ record }) => record);
    const at = this.#options.now();
    const refused = records.length === 0 ? [] : await this.#writeOrRefuse(records);
    await this.#letters.replace(refused.map(({ record, error }) => ({ at, error, record })));
    const written = records.length - refused.length;
    this.#status.rowsWritten += written;
    for (const told of this.#retry.splice(0)) told({ written, left: refused.length });
  }

  // --- what can go wrong ---

  /** The log deletes what is too old or too much, whoever has not read it yet. */
  #lookForGap({ entries, next }: LogPage): void {
    const first = entries[0];
    const missed = (first?.offset ?? next) - this.#position.offset;
    if (missed <= 0) return;
    this.#status.missedRows += missed;
    const from = timeText(this.#position.mark?.receivedAt);
    const to = timeText(first?.receivedAt);
    const because = `${missed} values, received ${from} to ${to}, were deleted from the order of arrival (history.replay), or damaged, before they were written`;
    const { config, log } = this.#options;
    log.error({ sink: config.name, missed, from, to }, "a sink was overtaken: values are missing");
    this.#status.found("SINK-GAP", because);
    this.#position = { offset: this.#position.offset + missed, mark: this.#position.mark };
  }

  async #failed(error: unknown): Promise<void> {
    this.#status.failed(error);
    await this.#closeTarget();
    for (const told of this.#retry.splice(0)) told({ written: 0, left: this.#letters.count });
    await this.#pause(this.#backoff.next());
  }

  /** One that does not end in time, or is still being opened, ends by itself. */
  async #closeTarget(): Promise<void> {
    const target = this.#target;
    this.#target = undefined;
    const closed = target?.then((one) => one.close()).catch(() => undefined); // it failed before
    await Promise.race([closed, pause(CLOSE_MS, undefined, { ref: false })]);
  }

  /** Ends early when somebody asks for something. */
  async #pause(ms: number): Promise<void> {
    const early = new AbortController();
    this.#wake = () => early.abort();
    if (this.#stopping.signal.aborted || this.#retry.length > 0) return;
    await pause(ms, undefined, { signal: early.signal, ref: false }).catch(() => undefined); // woken
  }
}

const BROKEN = "the file with its position cannot be read";
const OTHER_LOG = "the history is another one than it was";

function markOf(entry: LogPage["entries"][number]): Mark {
  const { offset, receivedAt, metric } = entry;
  const { groupId, edgeNodeId, deviceId, name } = metric;
  return { offset, receivedAt, metric: `${groupId}/${edgeNodeId}/${deviceId}/${name}` };
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? "…" : new Date(ms).toISOString();
}

function targetText(config: RecordSinkConfig): string {
  return "url" in config ? config.url : config.brokers.join(", ");
}

/** Rejects when the signal says so; a write that heeds none does not hold the sink. */
function aborted(signal: AbortSignal, timeoutMs: number): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(new Error(`no answer within ${timeoutMs / 1000} s`));
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
