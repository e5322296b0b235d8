/**
 * One group of a device: asks for its blocks in passes, learns what the device refuses, and says of each pass how it
 * went. When a pass begins and what follows from a bad one is left to the device.
 *
 * All blocks of a pass are queued at once, or as many as the device bears; the link orders them. A block that stays silent
 * ends the pass: what still waits of it is taken back, since a dead device would cost a time-out for each.
 */
import {
  afterData,
  afterException,
  probesOf,
  retryAll,
  startPlan,
  type BlockPlan,
  type PlanChange,
  type PlannedBlock,
} from "../plan/index.ts";
import { decodeBlock, type PlannedTag } from "../types/index.ts";
import type { WireResult } from "../wire/index.ts";
import { BlockRequest } from "./block-request.ts";
import { verdictOn, type Trouble } from "./exception-rules.ts";
import type { GroupPollOptions, PassOutcome } from "./group-poll-options.ts";

/** A wrong tag, a table that the device does not have: no use in asking at every pass. */
const REST_MS = 60_000;
const NO_TABLE_REST_MS = 3_600_000;
/** Other blocks were answered meanwhile and this one was not, so often in a row: it is the block. */
const MOST_MISSES = 3;

interface Unanswered {
  readonly request: BlockRequest;
  readonly reason: string;
  readonly code?: number;
  /** Whether it may be sent again at once. */
  readonly isRepeated: boolean;
}

export class GroupPoll {
  readonly #options: GroupPollOptions;
  #plan: BlockPlan;
  /** An answer to a block of the plan teaches nothing more. */
  #isLearnt = false;
  #requests = new Map<PlannedBlock, BlockRequest>();
  /** Blocks in the order in which they are asked; one that stayed silent goes to the end. */
  #order: readonly BlockRequest[] = [];
  /** Blocks of this pass that wait until fewer are asked for. */
  readonly #later: BlockRequest[] = [];
  #pass = 0;
  #open = 0;
  #answered = 0;
  /** Requests that this pass spent on learning. */
  #learning = 0;
  #isLearning = true;
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
      request.restUntilMs = undefined;
      request.misses = 0;
    }
  }

  /** Asks for everything that is due. `ended` is called once, never inside; only when no pass is running. */
  begin(deadlineMs: number, ended: (outcome: PassOutcome) => void): void {
    this.#begin(this.#pass + 1, deadlineMs, ended);
  }

  /** As `begin`, for all tags: those that ride along, too. */
  beginWhole(deadlineMs: number, ended: (outcome: PassOutcome) => void): void {
    this.#begin(0, deadlineMs, ended);
  }

  #begin(pass: number, deadlineMs: number, ended: (outcome: PassOutcome) => void): void {
    const nowMs = this.#options.scheduler.nowMs();
    this.#ended = ended;
    this.#pass = pass;
    this.#answered = 0;
    this.#failure = undefined;
    this.#isLinkDown = false;
    this.#learning = 0;
    this.#isLearning = true;
    this.#begunAtMs = nowMs;
    this.#deadlineMs = deadlineMs;
    this.#sendDue(nowMs);
    if (this.#open > 0) return;
    // Nothing is due: no answer will end the pass.
    this.#open = 1;
    queueMicrotask(this.#close);
  }

  /** Asks for all that this pass reads, or for as much as the device bears; the rest waits here. */
  #sendDue(nowMs: number): void {
    let sent = 0;
    for (const request of this.#order) {
      const { every, restUntilMs } = request;
      const isDue = every === 1 || this.#pass % every === 0;
      if (!isDue || (restUntilMs !== undefined && restUntilMs > nowMs)) continue;
      if (sent < this.#options.burst) this.#send(request, false);
      else this.#later.push(request);
      sent += 1;
    }
  }

  /** The next block of the pass that was kept back. */
  #sendNext(): void {
    const request = this.#later.shift();
    if (request !== undefined) this.#send(request, false);
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
    const request = new BlockRequest(block, { unit, timeoutMs }, this.#finished);
    this.#requests.set(block, request);
    return request;
  }

  #send(request: BlockRequest, isProbe: boolean): void {
    if (request.isOut) return;
    request.triesLeft = this.#options.retries();
    request.again = 0;
    request.isProbe = isProbe;
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

  readonly #finished = (request: BlockRequest, result: WireResult): void => {
    if (this.#ended !== undefined) this.#judge(request, result);
    if (this.#failure !== undefined) this.#later.length = 0;
    else if (!request.isOut) this.#sendNext();
    this.#close();
  };

  #judge(request: BlockRequest, result: WireResult): void {
    switch (result.kind) {
      case "data":
        return this.#data(request, result);
      case "exception":
        return this.#exception(request, result);
      case "timeout":
        this.#options.health.timedOut();
        return this.#unanswered({ request, reason: "timeout", isRepeated: true });
      case "noise":
        return this.#noise(request, result.reason === "crc" ? "crc" : "timeout");
      case "linkDown":
        // A connection that was given up because nobody answered on it is no excuse.
        if (result.cause.code !== "TIMEOUT") this.#isLinkDown = true;
        this.#failure ??= result.cause;
        return;
      case "written":
        throw new TypeError("a read was answered by the echo of a write");
    }
  }

  #data(request: BlockRequest, result: Extract<WireResult, { kind: "data" }>): void {
    const options = this.#options;
    options.health.answered(result);
    this.#answered += 1;
    const data = request.collect(result.data);
    if (data === "more") return this.#out(request);
    if (data === "torn") return this.#missed(request, "torn");
    request.misses = 0;
    options.readable?.add(request.block.table, request.block.start, request.block.length);
    const values = options.values();
    values.begin(result.at, options.sourceTime?.timeIn(request.block, data, result.at));
    decodeBlock(request.decode, { data, offset: 0, pass: this.#pass }, options.table);
    if (options.raw.isOn || options.isSeldomRead)
      options.raw.take(request.block, data, { at: result.at, pass: this.#pass });
    values.tell();
    if (this.#isLearnt && !request.isProbe) return undefined;
    return this.#learned(afterData(this.#plan, request.block, options.scheduler.nowMs()));
  }

  #exception(request: BlockRequest, result: Extract<WireResult, { kind: "exception" }>): void {
    const options = this.#options;
    const { code } = result;
    const verdict = verdictOn(code, options.splitOn, request);
    if (verdict.kind === "noUnit" || verdict.kind === "silent") {
      if (verdict.kind === "noUnit") options.health.noUnit();
      else options.health.timedOut();
      return this.#unanswered({ request, reason: reasonOf(code), code, isRepeated: false });
    }
    options.health.answered(result);
    this.#answered += 1;
    if (verdict.kind === "split" || (request.isProbe && verdict.kind === "noTable")) {
      const nowMs = options.scheduler.nowMs();
      return this.#learned(afterException(this.#plan, request.block, code, nowMs), code);
    }
    return this.#troubled(request, code, verdict);
  }

  /** The exception says nothing of the addresses: nothing is learned, and a probe comes again in the next pass. */
  #troubled(request: BlockRequest, code: number, verdict: Trouble): void {
    if (verdict.kind === "again" && this.#askAgain(request, verdict.inMs)) return;
    if (request.isProbe) this.#isLearning = false;
    switch (verdict.kind) {
      case "noTable":
        return this.#noTable(request, code);
      case "again":
      case "stale":
        return this.#missed(request, reasonOf(code), code);
      case "bad":
        request.misses += 1;
        if (verdict.isLogged) this.#logBad(request, reasonOf(code));
        return this.#tell(request.block.tags, reasonOf(code), code);
    }
  }

  /** No value came this time: the last one is an old one, unless the tag is bad already. */
  #missed(request: BlockRequest, reason: string, code?: number): void {
    request.misses += 1;
    const { table, values } = this.#options;
    values().begin();
    for (const { index } of request.block.tags) table.stale(index, reason, code);
    values().tell();
  }

  #logBad({ block, misses }: BlockRequest, reason: string): void {
    const { log, device, unit } = this.#options;
    const { table, start, length } = block;
    const at = `${table}:${start}..${start + length - 1}`;
    const level = misses === 1 ? "warn" : "debug";
    log[level]({ device, unit, at, reason }, "device reports an error of its memory");
  }

  /** Later in this pass, unless its time is over by then. */
  #askAgain(request: BlockRequest, inMs: number): boolean {
    const { scheduler } = this.#options;
    if (inMs > 0 && scheduler.nowMs() + inMs > this.#deadlineMs) return false;
    request.again += 1;
    this.#open += 1;
    scheduler.after(inMs, () => {
      if (this.#ended !== undefined && !request.isOut) this.#out(request);
      this.#close();
    });
    return true;
  }

  #noise(request: BlockRequest, reason: string): void {
    if (request.triesLeft > 0 || request.again > 0) {
      return this.#unanswered({ request, reason, isRepeated: true });
    }
    // Once in any case: noise says nothing of the device.
    request.again += 1;
    return this.#out(request);
  }

  /**
   * Some devices do not answer at all for an address that they do not have. When this block stays unanswered while
   * others are answered, it is the block; otherwise it is the device, and that is not decided here.
   */
  #unanswered({ request, reason, code, isRepeated }: Unanswered): void {
    if (isRepeated && request.triesLeft > 0 && !this.#options.health.isSilent) {
      request.triesLeft -= 1;
      // Behind what others of the link wait for by now: they have lost a time-out already.
      request.deadline += Math.max(0, this.#deadlineMs - this.#begunAtMs);
      return this.#out(request);
    }
    const answers = this.#options.health.figures.answers;
    if (request.misses === 0) request.answersAtFirstMiss = answers;
    request.misses += 1;
    // A damaged answer is an answer: the line is bad, not the block.
    const isOnlyThisBlock = reason !== "crc" && answers > request.answersAtFirstMiss;
    if (request.misses >= MOST_MISSES && isOnlyThisBlock) {
      request.restUntilMs = this.#options.scheduler.nowMs() + REST_MS;
      this.#tell(request.block.tags, reason, code);
    }
    this.#failure ??= "silent";
    this.#order = [...this.#order.filter((other) => other !== request), request];
    return this.#takeBack();
  }

  /** The whole table is missing, unless some of it was read: then it is only this block. */
  #noTable(request: BlockRequest, code: number): void {
    const { table } = request.block;
    const isKnown = this.#plan.proven[table] !== undefined;
    for (const other of isKnown ? [request] : this.#order) {
      if (other.block.table !== table) continue;
      other.restUntilMs = this.#options.scheduler.nowMs() + NO_TABLE_REST_MS;
      if (other !== request && other.isOut && this.#options.link.cancel(other)) this.#back(other);
      this.#tell(other.block.tags, reasonOf(code), code);
    }
  }

  #tell(tags: readonly PlannedTag[], reason: string, code?: number): void {
    const { table, values } = this.#options;
    values().begin();
    for (const { index } of tags) table.bad(index, reason, code);
    values().tell();
  }

  #learned({ plan, refused }: PlanChange, code = 0): void {
    const before = this.#plan;
    this.#plan = plan;
    this.#isLearnt = isLearnt(plan);
    if (refused.length > 0) this.#tell(refused, reasonOf(code), code);
    if (plan.blocks !== before.blocks) this.#replanned();
    if (plan.learned !== before.learned) this.#options.learnedMore(plan.learned);
  }

  /** Requests of blocks that are no more are forgotten; the order begins anew. */
  #replanned(): void {
    this.#order = this.#plan.blocks.map((block) => this.#requestFor(block));
    this.#requests = new Map(this.#order.map((request) => [request.block, request]));
  }

  #takeBack(): void {
    this.#later.length = 0;
    for (const request of this.#requests.values()) {
      if (request.isOut && this.#options.link.cancel(request)) this.#back(request);
    }
  }

  /** It no longer waits for the link; the pass does not wait for it. */
  #back(request: BlockRequest): void {
    request.isOut = false;
    this.#open -= 1;
  }

  /** One thing less that the pass waits for; the last one leads to what can be learned, and then to the end. */
  readonly #close = (): void => {
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
  };

  /** Whether something was asked that teaches. */
  #probe(): boolean {
    if (this.#isLearnt) return false;
    const { mayLearn, scheduler } = this.#options;
    if (!this.#isLearning || !mayLearn(this.#learning)) return false;
    const [probe] = probesOf(this.#plan, scheduler.nowMs());
    if (probe === undefined) return false;
    this.#learning += 1;
    this.#send(this.#requestFor(probe), true);
    return true;
  }
}

/** Every block was answered at this length, and nothing was refused. A tag in parts proves nothing. */
function isLearnt({ blocks, proven, refused, searches }: BlockPlan): boolean {
  if (refused.length > 0 || searches.length > 0) return false;
  return blocks.every(
    ({ table, length, parts }) => parts !== undefined || length <= (proven[table] ?? 0),
  );
}

function reasonOf(code: number): string {
  return `modbus_exception_${code}`;
}
