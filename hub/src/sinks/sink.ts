/**
 * One sink: reads the log in the order of arrival, writes to its target, and keeps how far it came. The log is its queue:
 * a target that is away costs no memory, and who publishes never waits for it.
 */
import { setTimeout as pause } from "node:timers/promises";
import { Backoff, type Logger } from "@unshub/adapter";
import type { HistoryReader, LogPage } from "../history/index.ts";
import type { RecordSinkConfig, SinkConfig } from "./config/index.ts";
import type { DeadLetter, DeadLetters } from "./dead-letters.ts";
import type { Describer } from "./describe.ts";
import type { SinkFindings } from "./findings.ts";
import type { Mark, Position, PositionFile } from "./position.ts";
import type { SinkRecord } from "./record.ts";
import { reasonOf, type OpenTarget, type Target } from "./target.ts";
import { writeOrRefuse, type RefusedRow } from "./write.ts";

export interface SinkOptions {
  readonly config: RecordSinkConfig;
  readonly openTarget: OpenTarget;
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

export interface SinkState {
  readonly name: string;
  readonly type: SinkConfig["type"];
  /** Where it writes to, without secrets. */
  readonly target: string;
  /** `starting`: not written yet; `up`: the last write succeeded, or there was nothing to write. */
  readonly status: "starting" | "up" | "down" | "stopped";
  /** Milliseconds since 1970 UTC. */
  readonly since: number;
  /** Why it is down. */
  readonly error: string | undefined;
  /** Of the next row in the log. */
  readonly position: number;
  readonly backlogRows: number;
  readonly lagMs: number;
  /** Since the start, as all that follow. */
  readonly rowsWritten: number;
  readonly errors: number;
  /** Rows that were deleted before they could be read. */
  readonly missedRows: number;
  readonly deadLetters: number;
  readonly deadLettersDropped: number;
  readonly lastWriteAt: number | undefined;
}

/** Where no row is written the position is kept no more often. */
const SAVE_EVERY_MS = 10_000;
/** A target that does not close within it is left. */
const CLOSE_MS = 1000;
/** Down for so long, it is a finding. */
const DOWN_MS = 60_000;

export class Sink {
  readonly #options: SinkOptions;
  readonly #stopping = new AbortController();
  readonly #backoff: Backoff;
  #running: Promise<void> = Promise.resolve();
  /** Opened when it is needed first, and again after a failure. */
  #target: Promise<Target> | undefined;
  #position: Position = { offset: 0, mark: undefined };
  #savedAt = 0;
  #savedOffset = -1;
  #status: SinkState["status"] = "starting";
  #since: number;
  #error: string | undefined;
  #isFound = false;
  /** When the first row was received that is being written. */
  #oldestUnwritten: number | undefined;
  #rowsWritten = 0;
  #errors = 0;
  #missed = 0;
  #lastWriteAt: number | undefined;
  #retry: ((done: { readonly written: number; readonly left: number }) => void)[] = [];
  #wake: () => void = () => undefined;

  constructor(options: SinkOptions) {
    this.#options = options;
    const { retryAfter, retryAtMost } = options.config;
    this.#backoff = new Backoff(retryAfter, retryAtMost);
    this.#since = options.now();
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
    this.#become("stopped", undefined);
    for (const told of this.#retry.splice(0)) told({ written: 0, left: this.#letters.count });
  }

  state(): SinkState {
    const { config, head, now } = this.#options;
    const oldest = this.#oldestUnwritten;
    return {
      name: config.name,
      type: config.type,
      target: targetText(config),
      status: this.#status,
      since: this.#since,
      error: this.#error,
      position: this.#position.offset,
      backlogRows: Math.max(0, head() - this.#position.offset),
      lagMs: oldest === undefined ? 0 : Math.max(0, now() - oldest),
      rowsWritten: this.#rowsWritten,
      errors: this.#errors,
      missedRows: this.#missed,
      deadLetters: this.#letters.count,
      deadLettersDropped: this.#letters.dropped,
      lastWriteAt: this.#lastWriteAt,
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
    this.#found("SINK-GAP", `${because}; it begins anew with the oldest value that is there`);
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
    this.#become("up", undefined);
    const isMore = page.entries.length >= config.rows;
    if (!isMore) this.#oldestUnwritten = undefined;
    return isMore;
  }

  async #write(records: readonly SinkRecord[]): Promise<void> {
    const refused = await this.#writeOrRefuse(records);
    this.#rowsWritten += records.length - refused.length;
    this.#lastWriteAt = this.#options.now();
    await this.#bury(refused);
  }

  async #writeOrRefuse(records: readonly SinkRecord[]): Promise<readonly RefusedRow[]> {
    const { openTarget, config } = this.#options;
    const limit = AbortSignal.timeout(config.timeout);
    const signal = AbortSignal.any([this.#stopping.signal, limit]);
    const write = async (): Promise<readonly RefusedRow[]> => {
      this.#target ??= openTarget();
      return await writeOrRefuse(await this.#target, records, signal);
    };
    return await Promise.race([write(), aborted(signal, config.timeout)]);
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
    this.#found("SINK-REFUSED", `${refused.length} values, the first of ${path}: ${first.error}`);
  }

  /** Those that are still refused stay. */
  async #writeLetters(): Promise<void> {
    const letters = await this.#letters.all();
    const records = letters.map(({ record }) => record);
    const at = this.#options.now();
    const refused = records.length === 0 ? [] : await this.#writeOrRefuse(records);
    await this.#letters.replace(refused.map(({ record, error }) => ({ at, error, record })));
    const written = records.length - refused.length;
    this.#rowsWritten += written;
    for (const told of this.#retry.splice(0)) told({ written, left: refused.length });
  }

  // --- what can go wrong ---

  /** The log deletes what is too old or too much, whoever has not read it yet. */
  #lookForGap({ entries, next }: LogPage): void {
    const first = entries[0];
    const missed = (first?.offset ?? next) - this.#position.offset;
    if (missed <= 0) return;
    this.#missed += missed;
    const from = timeText(this.#position.mark?.receivedAt);
    const to = timeText(first?.receivedAt);
    const because = `${missed} values, received ${from} to ${to}, were deleted from the order of arrival (history.replay), or damaged, before they were written`;
    const { config, log } = this.#options;
    log.error({ sink: config.name, missed, from, to }, "a sink was overtaken: values are missing");
    this.#found("SINK-GAP", because);
    this.#position = { offset: this.#position.offset + missed, mark: this.#position.mark };
  }

  async #failed(error: unknown): Promise<void> {
    const { config, log, now } = this.#options;
    const because = reasonOf(error);
    this.#errors += 1;
    if (this.#status !== "down") {
      log.warn({ sink: config.name, because }, "a sink cannot write; it tries again");
    }
    this.#become("down", because);
    if (!this.#isFound && now() - this.#since >= DOWN_MS) {
      this.#isFound = true;
      this.#found("SINK-DOWN", because);
    }
    await this.#closeTarget();
    for (const told of this.#retry.splice(0)) told({ written: 0, left: this.#letters.count });
    await this.#pause(this.#backoff.next());
  }

  #become(status: SinkState["status"], error: string | undefined): void {
    this.#error = error;
    if (status === this.#status) return;
    if (status === "up") {
      this.#isFound = false;
      this.#options.log.info({ sink: this.#options.config.name }, "a sink writes");
    }
    this.#status = status;
    this.#since = this.#options.now();
  }

  #found(code: Parameters<SinkFindings["note"]>[0]["code"], because: string): void {
    this.#options.findings.note({ code, subject: `sink ${this.#options.config.name}`, because });
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
