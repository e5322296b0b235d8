/**
 * The writes of one device. Checked before a byte leaves, in the order of the command, one request for what belongs
 * together; then read back, since a write is a wish until the device shows it. What was not answered is unknown, not
 * failed: the reading decides, and it is not sent again unless the tag allows that.
 */
import type {
  Logger,
  WriteCommand,
  WriteOutcome,
  WriteRejection,
  WriteResult,
} from "@unshub/adapter";
import type { MetricValue } from "@unshub/sparkplug";
import type { DeviceConfig } from "../config/config.ts";
import type { Tag } from "../tag.ts";
import {
  compileBlock,
  decodeBlock,
  decodeTag,
  encodeCommand,
  encodeWrite,
  modified,
  type CommandStep,
  type DecodeSink,
  type EncodedWrite,
  type ReadModifyWrite,
} from "../types/index.ts";
import type { RefusalCode } from "../types/refusal.ts";
import { encodeRequest, readRequest, wordAt, type ModbusRequest } from "../wire/pdu.ts";
import { expectedReply, type ModbusLink, type WireResult } from "../wire/index.ts";
import type { Scheduler } from "./scheduler.ts";
import type { UnitLocks } from "./unit-locks.ts";

/** What the writes of a device need. */
export interface DeviceWritesOptions {
  readonly config: DeviceConfig;
  readonly link: ModbusLink;
  readonly scheduler: Scheduler;
  readonly log: Logger;
  readonly locks: UnitLocks;
  readonly tags: readonly Tag[];
  readonly now: () => number;
  isOnline(): boolean;
  /** What the device has now, as read after a write. `at`: milliseconds since 1970 UTC. */
  readBack(index: number, data: Uint8Array, at: number): void;
}

const VERIFY_AFTER_MS = 50;
const VERIFY_TIMEOUT_MS = 2000;
const VERIFY_AGAIN_MS = 100;
/** The device has begun something long and answers its result later. */
const ACKNOWLEDGED = 5;
const ACKNOWLEDGED_PAUSE_MS = 500;
const BUSY = 6;
const BUSY_PAUSES_MS = [100, 200, 400];
const GATEWAY_NO_PATH = 10;
const GATEWAY_SILENT = 11;

/** One metric of a command on its way. */
interface Job {
  readonly command: WriteCommand;
  readonly tag: Tag;
  readonly index: number;
  settle(result: WriteResult): void;
}

export class DeviceWrites {
  readonly #options: DeviceWritesOptions;
  readonly #indexes: ReadonlyMap<string, number>;
  /** Commands that wait for those before them. */
  #waiting: Job[][] = [];
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(options: DeviceWritesOptions) {
    this.#options = options;
    this.#indexes = new Map(options.tags.map((tag, index) => [tag.name, index]));
  }

  /** Carries out the metrics of one command; one result for each. Never rejects. */
  async write(commands: readonly WriteCommand[]): Promise<readonly WriteResult[]> {
    const jobs: Job[] = [];
    const results = commands.map((command) => {
      const checked = this.#checked(command);
      if ("outcome" in checked) return Promise.resolve(checked);
      const { promise, resolve } = Promise.withResolvers<WriteResult>();
      jobs.push({ command, ...checked, settle: resolve });
      return promise;
    });
    if (jobs.length > 0) this.#queue(jobs);
    return await Promise.all(results);
  }

  /** What waits is refused; resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const job of this.#waiting.splice(0).flat()) {
      job.settle(this.#rejected("offline", `${this.#what(job.tag)}: the adapter stops`));
    }
    await this.#running;
  }

  /** Decodes what was read back of one tag. */
  decode(index: number, data: Uint8Array, sink: DecodeSink): void {
    const tag = this.#options.tags[index];
    if (tag === undefined) return;
    const plan = compileBlock([{ tag, index, every: 1 }], tag);
    decodeBlock(plan, { data, offset: 0, pass: 0 }, sink);
  }

  #checked(command: WriteCommand): { readonly tag: Tag; readonly index: number } | WriteResult {
    const { config, now } = this.#options;
    const index = this.#indexes.get(command.metric);
    const tag = index === undefined ? undefined : this.#options.tags[index];
    if (index === undefined || tag === undefined) {
      const message = `${config.name} has no metric "${command.metric}"`;
      return this.#rejected("unknown_metric", message);
    }
    if (!tag.writable) {
      const because = tag.access === "r" ? "its access is r" : "the device is readOnly";
      return this.#rejected("not_writable", `${this.#what(tag)}: ${because}`);
    }
    const encoded = encodeWrite(tag, command.value);
    if (encoded.kind === "problem") {
      return this.#rejected(rejectionOf(encoded.code), `${this.#what(tag)}: ${encoded.problem}`);
    }
    const ageMs = command.askedAt === undefined ? 0 : now() - command.askedAt;
    if (ageMs > config.maxCommandAgeMs) {
      const seconds = Math.round(ageMs / 1000);
      return this.#rejected("too_old", `${this.#what(tag)}: the command is ${seconds} s old`);
    }
    if (!this.#options.isOnline())
      return this.#rejected("offline", `${this.#what(tag)}: the device is offline`);
    return { tag, index };
  }

  /** Only the last of several waiting writes to one tag is carried out. */
  #queue(jobs: readonly Job[]): void {
    const tags = new Set(jobs.map(({ tag }) => tag));
    this.#waiting = this.#waiting.map((waiting) =>
      waiting.filter((job) => {
        if (!tags.has(job.tag)) return true;
        const because = `${this.#what(job.tag)}: a later write to the same metric came before`;
        job.settle(this.#rejected("superseded", because));
        return false;
      }),
    );
    this.#waiting.push([...jobs]);
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    for (let jobs = this.#waiting.shift(); jobs !== undefined; jobs = this.#waiting.shift()) {
      const command = jobs;
      await this.#options.locks.run(this.#options.config.unit, () => this.#carryOut(command));
    }
  }

  async #carryOut(jobs: readonly Job[]): Promise<void> {
    const steps = encodeCommand(jobs.map(({ tag, command }) => ({ tag, value: command.value })));
    for (const step of steps) {
      const members = step.writes.flatMap((place) => jobs[place] ?? []);
      const sent = await this.#sendStep(step, members);
      await Promise.all(members.map((job) => this.#conclude(job, sent)));
    }
  }

  async #sendStep({ encoded }: CommandStep, [first]: readonly Job[]): Promise<Sent> {
    const name = first === undefined ? this.#options.config.name : this.#what(first.tag);
    if (encoded.kind === "problem") {
      const because = `${name}: ${encoded.problem}`;
      return { kind: "refused", result: this.#rejected(rejectionOf(encoded.code), because) };
    }
    let sent = await this.#sendEncoded(encoded, name);
    const isUnknown = sent.kind === "unknown" && first?.tag.idempotent === true;
    if (isUnknown && this.#options.isOnline()) sent = await this.#sendEncoded(encoded, name);
    return sent;
  }

  async #sendEncoded(
    encoded: Exclude<EncodedWrite, { kind: "problem" }>,
    name: string,
  ): Promise<Sent> {
    const request =
      encoded.kind === "request" ? encoded.request : await this.#changed(encoded, name);
    return "functionCode" in request ? await this.#send(request, name) : request;
  }

  /** The register as it is now, with the bits changed; the lock of the unit is ours. */
  async #changed(encoded: ReadModifyWrite, name: string): Promise<ModbusRequest | Sent> {
    const result = await this.#ask(readRequest("hr", encoded.start, 1), name);
    if (result.kind === "data") return modified(encoded, wordAt(result.data, 0));
    if (result.kind === "exception") return this.#exception(result.code, name);
    const because = `${name}: its register could not be read before the write`;
    return { kind: "refused", result: this.#rejected("failed", because) };
  }

  async #send(request: ModbusRequest, name: string): Promise<Sent> {
    let result = await this.#ask(request, name);
    for (const pauseMs of BUSY_PAUSES_MS) {
      if (result.kind !== "exception" || result.code !== BUSY) break;
      await this.#sleep(pauseMs);
      result = await this.#ask(request, name);
    }
    switch (result.kind) {
      case "written":
        return { kind: "accepted" };
      case "exception":
        if (result.code !== ACKNOWLEDGED) return this.#exception(result.code, name);
        await this.#sleep(ACKNOWLEDGED_PAUSE_MS);
        return { kind: "accepted" };
      case "linkDown":
        if (!result.wasSent) {
          const because = `${name}: ${result.cause.message}`;
          return { kind: "refused", result: this.#rejected("offline", because) };
        }
        return { kind: "unknown", because: `${name}: ${result.cause.message}` };
      case "timeout":
      case "noise":
        return { kind: "unknown", because: `${name}: the device did not answer` };
      case "data":
        throw new TypeError("a write was answered by data");
    }
  }

  #exception(code: number, name: string): Sent {
    const { now } = this.#options;
    if (code === GATEWAY_NO_PATH) {
      const because = `${name}: the gateway has no path to the unit (exception 10)`;
      return { kind: "refused", result: this.#rejected("offline", because) };
    }
    if (code === GATEWAY_SILENT) {
      return { kind: "unknown", because: `${name}: the unit did not answer its gateway` };
    }
    const because = `${name}: the device answered exception ${code}`;
    return { kind: "refused", result: { outcome: `exception_${code}`, because, at: now() } };
  }

  /** Reads back and says what became of it. */
  async #conclude(job: Job, sent: Sent): Promise<void> {
    if (sent.kind === "refused") return this.#settled(job, sent.result);
    const { tag } = job;
    const isUnverified = tag.verify === "none" || tag.access === "w";
    if (isUnverified) {
      const outcome: WriteOutcome = sent.kind === "accepted" ? "ok_unverified" : "timeout_unknown";
      return this.#settled(job, { outcome, ...why(sent), at: this.#options.now() });
    }
    return this.#settled(job, await this.#verify(job, sent));
  }

  async #verify({ tag, index, command }: Job, sent: Sent): Promise<WriteResult> {
    const { scheduler, now } = this.#options;
    const untilMs = scheduler.nowMs() + (tag.verifyTimeoutMs ?? VERIFY_TIMEOUT_MS);
    let read: { readonly read?: MetricValue } = {};
    for (let pauseMs = tag.verifyAfterMs ?? VERIFY_AFTER_MS; ; pauseMs = VERIFY_AGAIN_MS) {
      await this.#sleep(pauseMs);
      const result = await this.#ask(
        readRequest(tag.table, tag.start, tag.length),
        this.#what(tag),
      );
      if (result.kind === "data") {
        const decoded = decodeTag(tag, result.data);
        read = decoded.kind === "good" ? { read: decoded.value } : {};
        this.#options.readBack(index, result.data, result.at);
        if (isWhatWasAsked(tag, command.value, decoded))
          return { outcome: "ok", ...read, at: now() };
      }
      const isOver = scheduler.nowMs() + VERIFY_AGAIN_MS > untilMs || !this.#options.isOnline();
      if (isOver || this.#isStopped) break;
    }
    return this.#notAsAsked(tag, sent, read);
  }

  #notAsAsked(tag: Tag, sent: Sent, read: { readonly read?: MetricValue }): WriteResult {
    const at = this.#options.now();
    if (sent.kind === "unknown") return { outcome: "timeout_unknown", ...why(sent), ...read, at };
    if (read.read === undefined) {
      const because = `${this.#what(tag)}: accepted, but it could not be read back`;
      return { outcome: "ok_unverified", because, at };
    }
    const because = `${this.#what(tag)}: accepted, but something else was read back`;
    return { outcome: "mismatch", because, ...read, at };
  }

  /** The line for the audit: who, what, and what came of it. */
  #settled(job: Job, result: WriteResult): void {
    const { command, tag } = job;
    const { log } = this.#options;
    const { outcome, because } = result;
    const isFine = outcome === "ok" || outcome === "ok_unverified";
    log[isFine ? "info" : "warn"](
      {
        device: this.#options.config.name,
        metric: tag.name,
        requested: command.value,
        ...(command.by !== undefined && { by: command.by }),
        outcome,
        ...(because !== undefined && { because }),
      },
      "write",
    );
    job.settle(result);
  }

  /** Resolves with the answer; its data is a copy. */
  #ask(request: ModbusRequest, name: string): Promise<WireResult> {
    const { config, link, scheduler } = this.#options;
    const pdu = encodeRequest(request);
    const { promise, resolve } = Promise.withResolvers<WireResult>();
    link.send({
      unit: config.unit,
      pdu,
      reply: expectedReply(pdu),
      timeoutMs: config.timeoutMs,
      priority: "write",
      deadline: scheduler.nowMs(),
      tags: [name],
      done: (result) =>
        resolve(result.kind === "data" ? { ...result, data: result.data.slice() } : { ...result }),
    });
    return promise;
  }

  #sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#options.scheduler.after(ms, resolve);
    return promise;
  }

  #what(tag: Tag): string {
    return `${this.#options.config.name} ${tag.name}`;
  }

  #rejected(code: WriteRejection, because: string): WriteResult {
    return { outcome: `rejected_${code}`, because, at: this.#options.now() };
  }
}

/** What came of one request. */
type Sent =
  | { readonly kind: "accepted" }
  | { readonly kind: "unknown"; readonly because: string }
  | { readonly kind: "refused"; readonly result: WriteResult };

function why(sent: Sent): { readonly because?: string } {
  return sent.kind === "unknown" ? { because: sent.because } : {};
}

const REJECTIONS: Readonly<Partial<Record<RefusalCode, WriteRejection>>> = {
  not_finite: "not_a_number",
  not_in_enum: "unknown_text",
  not_integer: "not_integer",
  not_writable: "not_writable",
  out_of_range: "out_of_range",
  not_atomic: "group_incomplete",
};

function rejectionOf(code: RefusalCode): WriteRejection {
  return REJECTIONS[code] ?? "bad_value";
}

/** Two values are the same when they are the same registers: what a float cannot hold is no mismatch. */
function isWhatWasAsked(
  tag: Tag,
  asked: MetricValue,
  decoded: ReturnType<typeof decodeTag>,
): boolean {
  if (decoded.kind === "bad") return false;
  if (Object.is(decoded.value, asked)) return true;
  return isSame(encodeWrite(tag, asked), encodeWrite(tag, decoded.value));
}

function isSame(a: EncodedWrite, b: EncodedWrite): boolean {
  if (a.kind !== "request" || b.kind !== "request") {
    return a.kind === "readModifyWrite" && b.kind === a.kind && a.orMask === b.orMask;
  }
  return Buffer.compare(encodeRequest(a.request), encodeRequest(b.request)) === 0;
}
