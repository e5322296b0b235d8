/**
 * One group of a device: asks for its blocks in passes, learns what the device refuses, and says of each pass how it
 * went. When a pass begins and what follows from a bad one is left to the device.
 *
 * All blocks of a pass are queued at once; the link orders them. A block that stays silent ends the pass: what still
 * waits of it is taken back, since a dead device would cost a time-out for each.
 */
import type { ModbusError } from "../errors.ts";
import {
  afterData,
  afterException,
  probesOf,
  retryAll,
  startPlan,
  type BlockPlan,
  type LearnedHoles,
  type PlanChange,
  type PlanLimits,
  type PlannedBlock,
} from "../plan/index.ts";
import { decodeBlock, type PlannedTag } from "../types/index.ts";
import type { ModbusLink, WireResult } from "../wire/index.ts";
import { BlockRequest } from "./block-request.ts";
import type { ReadableSpans } from "./readable-spans.ts";
import type { Scheduler } from "./scheduler.ts";
import type { ValueTable } from "./value-table.ts";

/** What a group needs of its device. */
export interface GroupPollOptions {
  readonly name: string;
  readonly unit: number;
  readonly timeoutMs: number;
  /** How often a request is sent again that was not answered, or not readably. */
  readonly retries: () => number;
  /** Exceptions upon which a block is taken apart. */
  readonly splitOn: readonly number[];
  readonly tags: readonly PlannedTag[];
  readonly limits: PlanLimits;
  readonly learned: LearnedHoles;
  readonly link: ModbusLink;
  /** Of a bus only: what the device is known to answer. */
  readonly readable: ReadableSpans | undefined;
  readonly table: ValueTable;
  readonly scheduler: Scheduler;
  /** Requests that a pass may spend on learning; also asked whether other blocks of the device are due. */
  readonly probeBudget: () => number;
  /** How many answers the device has given so far, to whatever request. */
  readonly answersSoFar: () => number;
  /** The device answered, by a value or an exception. */
  answered(result: WireResult): void;
  /** A request was not answered in time. */
  timedOut(): void;
  /** The values of a reply, or news about tags, are in the table. `at`: milliseconds since 1970 UTC; now if left out. */
  told(at?: number): void;
  learnedMore(learned: LearnedHoles): void;
  /** Before the table is written to: when the news was here. */
  begin(at?: number): void;
}

/** How a pass went. */
export interface PassOutcome {
  /** Requests that were answered; exceptions are answers. */
  readonly answered: number;
  /** Some block stayed without an answer. */
  readonly cause?: ModbusError | "silent";
  /** Whether the link was lost meanwhile; then nobody failed to answer. */
  readonly isLinkDown: boolean;
  readonly tookMs: number;
}

/** A wrong tag, a table that the device does not have: no use in asking at every pass. */
const REST_MS = 60_000;
const NO_TABLE_REST_MS = 3_600_000;
/** A block that fails so often in a row no longer keeps its last value. */
const MOST_MISSES = 3;
const BUSY_PAUSES_MS = [100, 200, 400];

const ILLEGAL_FUNCTION = 1;
const DEVICE_FAILURE = 4;
const BUSY = 6;
const GATEWAY_NO_PATH = 10;
const GATEWAY_SILENT = 11;

export class GroupPoll {
  readonly #options: GroupPollOptions;
  #plan: BlockPlan;
  #requests = new Map<PlannedBlock, BlockRequest>();
  /** Blocks in the order in which they are asked; one that stayed silent goes to the end. */
  #order: readonly PlannedBlock[] = [];
  #pass = 0;
  #open = 0;
  #answered = 0;
  #budget = 0;
  #begunAtMs = 0;
  #deadlineMs = 0;
  #failure: PassOutcome["cause"];
  #isLinkDown = false;
  #ended: ((outcome: PassOutcome) => void) | undefined;

  constructor(options: GroupPollOptions) {
    this.#options = options;
    const { tags, limits, learned, scheduler } = options;
    this.#plan = startPlan(tags, limits, learned, scheduler.nowMs());
    this.#replanned();
  }

  get isRunning(): boolean {
    return this.#ended !== undefined;
  }

  get blocks(): readonly PlannedBlock[] {
    return this.#plan.blocks;
  }

  /** After a reconnect, rescan or reload: what was refused may have been put right. */
  forgive(): void {
    this.#plan = retryAll(this.#plan, this.#options.scheduler.nowMs());
    for (const request of this.#requests.values()) {
      request.restUntilMs = -Infinity;
      request.misses = 0;
    }
  }

  /** Asks for everything that is due. `ended` is called once, never inside; only when no pass is running. */
  begin(deadlineMs: number, ended: (outcome: PassOutcome) => void): void {
    const { scheduler, probeBudget } = this.#options;
    const nowMs = scheduler.nowMs();
    this.#ended = ended;
    this.#pass += 1;
    this.#answered = 0;
    this.#failure = undefined;
    this.#isLinkDown = false;
    this.#budget = probeBudget();
    this.#begunAtMs = nowMs;
    this.#deadlineMs = deadlineMs;
    for (const block of this.#order) {
      if (this.#pass % block.every !== 0) continue;
      const request = this.#requestFor(block);
      if (request.restUntilMs <= nowMs) this.#send(request, "poll");
    }
    this.#open += 1;
    queueMicrotask(() => this.#close());
  }

  /** Takes back what waits; what is on the wire is not listened to. The pass has no outcome. */
  abort(): void {
    this.#ended = undefined;
    this.#takeBack();
  }

  #requestFor(block: PlannedBlock): BlockRequest {
    const known = this.#requests.get(block);
    if (known !== undefined) return known;
    const { unit, timeoutMs } = this.#options;
    const request = new BlockRequest(block, { unit, timeoutMs }, (self, result) =>
      this.#finished(self, result),
    );
    this.#requests.set(block, request);
    return request;
  }

  #send(request: BlockRequest, priority: "poll" | "probe"): void {
    if (request.isOut) return;
    request.triesLeft = this.#options.retries();
    request.busyTries = 0;
    request.priority = priority;
    request.deadline = this.#deadlineMs;
    request.rewind();
    this.#out(request);
  }

  #out(request: BlockRequest): void {
    const { readable } = this.#options;
    if (readable !== undefined && request.alternativesOf !== readable.version) {
      request.alternatives = readable.alternatives(request.block);
      request.alternativesOf = readable.version;
    }
    request.isOut = true;
    this.#open += 1;
    this.#options.link.send(request);
  }

  #finished(request: BlockRequest, result: WireResult): void {
    if (this.#ended !== undefined) this.#judge(request, result);
    this.#close();
  }

  #judge(request: BlockRequest, result: WireResult): void {
    switch (result.kind) {
      case "data":
        return this.#data(request, result);
      case "exception":
        return this.#exception(request, result);
      case "timeout":
        this.#options.timedOut();
        return this.#unanswered(request, "timeout");
      case "noise":
        return this.#unanswered(request, result.reason === "crc" ? "crc" : "timeout");
      case "linkDown":
        this.#isLinkDown = true;
        this.#failure ??= result.cause;
        return;
      case "written":
        throw new TypeError("a read was answered by the echo of a write");
    }
  }

  #data(request: BlockRequest, result: Extract<WireResult, { kind: "data" }>): void {
    const options = this.#options;
    const plan = this.#plan;
    options.answered(result);
    this.#answered += 1;
    const data = request.collect(result.data);
    if (data === undefined) return this.#out(request);
    request.misses = 0;
    options.readable?.add(request.block.table, request.block.start, request.block.length);
    options.begin(result.at);
    decodeBlock(request.decode, { data, offset: 0, pass: this.#pass }, options.table);
    options.told(result.at);
    const isKnown = request.priority === "poll" && isProven(plan, request.block);
    if (!isKnown) this.#learned(afterData(plan, request.block, options.scheduler.nowMs()));
  }

  #exception(request: BlockRequest, result: Extract<WireResult, { kind: "exception" }>): void {
    const options = this.#options;
    const { code } = result;
    if (code === GATEWAY_NO_PATH || code === GATEWAY_SILENT) {
      options.timedOut();
      return this.#unanswered(request, `modbus_exception_${code}`);
    }
    options.answered(result);
    this.#answered += 1;
    if (options.splitOn.includes(code)) {
      const nowMs = options.scheduler.nowMs();
      return this.#learned(afterException(this.#plan, request.block, code, nowMs), code);
    }
    if (code === ILLEGAL_FUNCTION) return this.#giveUp(request, code, NO_TABLE_REST_MS);
    if (code === BUSY && this.#askBusyAgain(request)) return undefined;
    if (code === DEVICE_FAILURE && request.triesLeft > 0) {
      request.triesLeft = 0;
      return this.#out(request);
    }
    return this.#keepOrTellBad(request, code);
  }

  /** The device has trouble right now: the last value stays for some passes and then turns stale or bad. */
  #keepOrTellBad(request: BlockRequest, code: number): void {
    request.misses += 1;
    const isTemporary = code === BUSY;
    if (isTemporary || request.misses < MOST_MISSES) return;
    this.#tellBad(request.block.tags, code);
  }

  #askBusyAgain(request: BlockRequest): boolean {
    const pauseMs = BUSY_PAUSES_MS[request.busyTries];
    const { scheduler } = this.#options;
    if (pauseMs === undefined || scheduler.nowMs() + pauseMs > this.#deadlineMs) return false;
    request.busyTries += 1;
    this.#open += 1;
    scheduler.after(pauseMs, () => {
      if (this.#ended !== undefined && !request.isOut) this.#out(request);
      this.#close();
    });
    return true;
  }

  /**
   * Some devices do not answer at all for an address that they do not have. When this block stays unanswered while
   * others are answered, it is the block; otherwise it is the device, and that is not decided here.
   */
  #unanswered(request: BlockRequest, reason: string): void {
    if (request.triesLeft > 0 && !reason.startsWith("modbus_exception")) {
      request.triesLeft -= 1;
      return this.#out(request);
    }
    const answers = this.#options.answersSoFar();
    if (request.misses === 0) request.answersAtFirstMiss = answers;
    request.misses += 1;
    const isOnlyThisBlock = answers > request.answersAtFirstMiss;
    if (request.misses >= MOST_MISSES && isOnlyThisBlock) {
      request.restUntilMs = this.#options.scheduler.nowMs() + REST_MS;
      this.#tell(request.block.tags, reason);
    }
    this.#failure ??= "silent";
    this.#order = [...this.#order.filter((block) => block !== request.block), request.block];
    return this.#takeBack();
  }

  #giveUp(request: BlockRequest, code: number, restMs: number): void {
    request.restUntilMs = this.#options.scheduler.nowMs() + restMs;
    this.#tellBad(request.block.tags, code);
  }

  #tellBad(tags: readonly PlannedTag[], code: number): void {
    this.#tell(tags, `modbus_exception_${code}`, code);
  }

  #tell(tags: readonly PlannedTag[], reason: string, code?: number): void {
    const options = this.#options;
    options.begin();
    for (const { index } of tags) options.table.bad(index, reason, code);
    options.told();
  }

  #learned({ plan, refused }: PlanChange, code = 0): void {
    const before = this.#plan;
    this.#plan = plan;
    if (refused.length > 0) this.#tellBad(refused, code);
    if (plan.blocks !== before.blocks) this.#replanned();
    if (plan.learned !== before.learned) this.#options.learnedMore(plan.learned);
  }

  /** Requests of blocks that are no more are forgotten; the order begins anew. */
  #replanned(): void {
    const { blocks } = this.#plan;
    const kept = blocks.map((block) => [block, this.#requests.get(block)] as const);
    this.#order = blocks;
    this.#requests = new Map(
      kept.flatMap(([block, request]) => (request === undefined ? [] : [[block, request]])),
    );
  }

  #takeBack(): void {
    for (const request of this.#requests.values()) {
      if (!request.isOut || !this.#options.link.cancel(request)) continue;
      request.isOut = false;
      this.#open -= 1;
    }
  }

  /** One thing less that the pass waits for; the last one leads to what can be learned, and then to the end. */
  #close(): void {
    this.#open -= 1;
    if (this.#open > 0 || this.#ended === undefined) return;
    if (this.#failure === undefined && this.#probe()) return;
    const ended = this.#ended;
    this.#ended = undefined;
    ended({
      answered: this.#answered,
      ...(this.#failure !== undefined && { cause: this.#failure }),
      isLinkDown: this.#isLinkDown,
      tookMs: this.#options.scheduler.nowMs() - this.#begunAtMs,
    });
  }

  /** Whether something was asked that teaches. */
  #probe(): boolean {
    if (this.#budget <= 0) return false;
    const [probe] = probesOf(this.#plan, this.#options.scheduler.nowMs());
    if (probe === undefined) return false;
    this.#budget -= 1;
    this.#send(this.#requestFor(probe), "probe");
    return true;
  }
}

function isProven(
  { proven, refused, searches }: BlockPlan,
  { table, length }: PlannedBlock,
): boolean {
  return refused.length === 0 && searches.length === 0 && length <= (proven[table] ?? 0);
}
