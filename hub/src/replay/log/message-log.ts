/**
 * A log of messages on disk, bounded by size and age: appended in memory, written twenty times a second, read from any
 * time on. What was written survives a killed process; the last twentieth of a second does not.
 */
import { mkdir, open, readdir, truncate, type FileHandle } from "node:fs/promises";
import type { Logger } from "@unshub/adapter";
import { LastOfEach } from "./last-of-each.ts";
import { recordOf, type LoggedMessage } from "./record.ts";
import { messagesOf, newSegment, removeSegment, segmentNamed, type Segment } from "./segment.ts";

export interface MessageLogOptions {
  readonly folder: string;
  /** Milliseconds. */
  readonly keepMs: number;
  readonly maxBytes: number;
  /** Of each topic only the last message counts. */
  readonly lastValuePerKey: boolean;
  readonly log: Logger;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

export interface LogFigures {
  readonly bytes: number;
  readonly messages: number;
  /** Messages that could not be written. */
  readonly lost: number;
  /** Microseconds since 1970 UTC; `undefined`: it is empty. */
  readonly oldest: number | undefined;
}

const WRITE_MS = 50;
const SWEEP_MS = 5000;
/** More that waits for the disk is not taken. */
const MOST_WAITING_BYTES = 32 * 1024 * 1024;
/** Into how many files the log is divided. */
const PARTS = 16;
const LEAST_SEGMENT_BYTES = 64 * 1024;

export class MessageLog {
  readonly lastOfEach: LastOfEach | undefined;
  readonly #options: MessageLogOptions;
  readonly #segmentBytes: number;
  #segments: Segment[] = [];
  #file: FileHandle | undefined;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #waitingFirstTs = 0;
  #lastTs = 0;
  #messages = 0;
  #written = 0;
  #lost = 0;
  #hasFailed = false;
  /** What is being done to the files; one thing after the other. */
  #work: Promise<void>;
  #timers: readonly NodeJS.Timeout[] = [];
  #isWriting = false;

  constructor(options: MessageLogOptions) {
    this.#options = options;
    this.#segmentBytes = Math.max(LEAST_SEGMENT_BYTES, Math.floor(options.maxBytes / PARTS));
    this.lastOfEach = options.lastValuePerKey ? new LastOfEach() : undefined;
    this.#work = this.#openFolder().catch((error: unknown) => this.#failed(error));
    this.#timers = [
      setInterval(() => this.#writeSoon(), WRITE_MS).unref(),
      setInterval(() => void this.#do(() => this.#shrink()), SWEEP_MS).unref(),
    ];
  }

  /** Resolves when what was there before is known. */
  get ready(): Promise<void> {
    return this.#work;
  }

  /** The time of the last message that was taken. */
  get lastTs(): number {
    return this.#lastTs;
  }

  /** Goes up with everything that is written. */
  get written(): number {
    return this.#written;
  }

  get segments(): readonly Segment[] {
    return this.#segments;
  }

  /**
   * Where it begins now, if something from this time on was deleted; `undefined`: all of that is there. The first file of a log has the number 1: with it, nothing was ever deleted. What was deleted as a
   * whole leaves an empty file with the next number.
   */
  cutAt(from: number): number | undefined {
    const [first] = this.#segments;
    return first !== undefined && first.number > 1 && first.firstTs > from
      ? first.firstTs
      : undefined;
  }

  get figures(): LogFigures {
    return {
      bytes: this.#bytes,
      messages: this.#messages,
      lost: this.#lost,
      oldest: this.#segments.find(({ bytes }) => bytes > 0)?.firstTs,
    };
  }

  /** Copies it; it is written soon. */
  append(message: Omit<LoggedMessage, "ts">): void {
    if (this.#waitingBytes > MOST_WAITING_BYTES) {
      this.#lost += 1;
      return;
    }
    const ts = Math.max(this.#lastTs + 1, this.#options.now() * 1000);
    this.#lastTs = ts;
    if (this.#waiting.length === 0) this.#waitingFirstTs = ts;
    const record = recordOf({ ...message, ts });
    this.#waiting.push(record);
    this.#waitingBytes += record.length;
    this.#messages += 1;
    this.lastOfEach?.note(message.topic, ts);
  }

  /** Writes what waits. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#do(() => this.#write());
    await this.#do(async () => this.#file?.close());
  }

  get #bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  #do(run: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(run).catch((error: unknown) => this.#failed(error));
    return this.#work;
  }

  #writeSoon(): void {
    if (this.#waiting.length === 0 || this.#isWriting) return;
    this.#isWriting = true;
    void this.#do(() => this.#write()).finally(() => {
      this.#isWriting = false;
    });
  }

  async #write(): Promise<void> {
    const records = this.#waiting;
    const firstTs = this.#waitingFirstTs;
    if (records.length === 0) return;
    const bytes = Buffer.concat(records);
    this.#waiting = [];
    this.#waitingBytes = 0;
    try {
      const { file, segment } = await this.#openFor(firstTs);
      await file.write(bytes, 0, bytes.length, segment.bytes);
      segment.bytes += bytes.length;
      this.#written += records.length;
      this.#hasFailed = false;
    } catch (error) {
      this.#lost += records.length;
      throw error;
    }
  }

  /** The file that is written, or a new one when that is large or old. */
  async #openFor(firstTs: number): Promise<{ file: FileHandle; segment: Segment }> {
    const last = this.#segments.at(-1);
    const oldMs = last === undefined ? 0 : (firstTs - last.firstTs) / 1000;
    const isOver =
      last === undefined || last.bytes >= this.#segmentBytes || oldMs > this.#options.keepMs / 8;
    if (!isOver) {
      this.#file ??= await open(last.file, "r+");
      return { file: this.#file, segment: last };
    }
    await this.#file?.close();
    this.#file = undefined;
    const segment = newSegment(this.#options.folder, (last?.number ?? 0) + 1, firstTs);
    const file = await open(segment.file, "w");
    this.#file = file;
    this.#segments = [...this.#segments, segment];
    return { file, segment };
  }

  async #openFolder(): Promise<void> {
    const { folder } = this.#options;
    await mkdir(folder, { recursive: true });
    const names = (await readdir(folder)).toSorted();
    const found = await Promise.all(names.map((name) => segmentNamed(folder, name)));
    this.#segments = found.filter((segment) => segment !== undefined);
    const last = this.#segments.at(-1);
    if (last !== undefined) await this.#mend(last);
    if (this.lastOfEach === undefined) return;
    for (const segment of this.#segments) {
      for await (const messages of messagesOf(segment))
        for (const { topic, ts } of messages) this.lastOfEach.noteEarlier(topic, ts);
    }
  }

  /** What a killed process wrote in part is cut off. */
  async #mend(last: Segment): Promise<void> {
    this.#lastTs = last.firstTs - 1; // there may be nothing in it
    const reading = messagesOf(last);
    let end = 0;
    for (;;) {
      const { done, value } = await reading.next();
      if (done === true) {
        end = value;
        break;
      }
      this.#lastTs = Math.max(this.#lastTs, value.at(-1)?.ts ?? 0);
    }
    if (end >= last.bytes) return;
    this.#options.log.warn(
      { file: last.file, bytes: last.bytes - end },
      "the end of a log was cut",
    );
    await truncate(last.file, end);
    last.bytes = end;
  }

  /** Takes away what is too old, or too much. */
  async #shrink(): Promise<void> {
    const { keepMs, maxBytes, now } = this.#options;
    const oldest = (now() - keepMs) * 1000;
    if (this.#lastTs < oldest) await this.#clear();
    for (;;) {
      const [first, second] = this.#segments;
      if (first === undefined || second === undefined) return;
      const isOld = second.firstTs <= oldest;
      if (!isOld && this.#bytes <= maxBytes) return;
      if (!isOld && (await this.#compactOne())) continue;
      this.#segments = this.#segments.slice(1);
      await removeSegment(first);
    }
  }

  /** Nothing came for so long that nothing is left, but an empty file: numbers and times go on from it. */
  async #clear(): Promise<void> {
    const segments = this.#segments;
    const last = segments.at(-1);
    if (last === undefined || this.#bytes === 0) return;
    const empty = newSegment(this.#options.folder, last.number + 1, this.#lastTs + 1);
    await this.#file?.close();
    this.#file = await open(empty.file, "w");
    this.#segments = [empty];
    for (const segment of segments) await removeSegment(segment);
  }

  /** Makes the first segment smaller in which something is no longer the last of its topic; answers whether. */
  async #compactOne(): Promise<boolean> {
    const { lastOfEach } = this;
    if (lastOfEach === undefined) return false;
    for (const segment of this.#segments.slice(0, -1)) {
      if (await lastOfEach.compact(segment)) return true;
    }
    return false;
  }

  #failed(error: unknown): void {
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    const { folder, log } = this.#options;
    log.error({ folder, error }, "messages of a stream are lost: its log cannot be written");
  }
}
