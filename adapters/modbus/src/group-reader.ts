/**
 * Reads all tags of one group, block by block. Finds out which tags a device does not have: a refused block is split
 * until the wrong tag stands alone; that one is bad and is asked for again every minute, its neighbours go on. When
 * and how often to read is left to the device.
 */
import type { MetricReading } from "@unshub/sparkplug";
import { planBlocks, splitBlock, type Block } from "./blocks.ts";
import type { Answer } from "./client.ts";
import type { Clock } from "./clock.ts";
import type { BlockLimits } from "./config.ts";
import { ModbusError } from "./errors.ts";
import { isFromGateway, readRequest, type ModbusRequest } from "./pdu.ts";
import { badReading, readingOf } from "./reading.ts";
import type { Tag } from "./tag.ts";
import type { Decoded } from "./types/decode-tag.ts";
import { compileBlock, decodeBlock, type DecodePlan } from "./types/decode-plan.ts";

/** What a reader needs of its device. */
export interface ReaderOptions {
  readonly limits: BlockLimits;
  /** How often an unanswered request is repeated. */
  readonly retries: () => number;
  readonly ask: (request: ModbusRequest) => Promise<Answer>;
  /** Receives the readings of each block as soon as they are here. */
  readonly tell: (readings: readonly MetricReading[]) => void;
  /** How many answers the device has given so far, to whatever request. */
  readonly answersSoFar: () => number;
  readonly clock: Clock;
  /** Milliseconds since 1970 UTC. */
  readonly now: () => number;
}

/** How one pass over a group went. */
export interface PassResult {
  /** Requests that were answered; exceptions are answers. */
  readonly answered: number;
  /** Why the pass ended before its end: a request was not answered. */
  readonly cause?: ModbusError;
}

/** A block, and how it fares. */
interface Entry {
  readonly block: Block;
  readonly plan: DecodePlan;
  /** Passes in a row without a value. */
  misses: number;
  /** How many answers the device had given when the first of them began. */
  answersAtFirstMiss: number;
  /** Some reading was told already. */
  wasTold: boolean;
  /** Not asked for before this moment of the monotonic clock. */
  retryAtMs: number;
}

type Outcome =
  | { readonly kind: "answered" }
  | { readonly kind: "refused" }
  | { readonly kind: "unanswered"; readonly cause: ModbusError };

const RETRY_WRONG_TAG_MS = 60_000;
/** A block that fails this often in a row no longer keeps its last value. */
const MOST_MISSES = 3;
const SPLIT_EXCEPTIONS: readonly number[] = [2, 3];
const ILLEGAL_FUNCTION = 1;

/** The blocks of one group of one device. */
export class GroupReader {
  readonly #options: ReaderOptions;
  #entries: readonly Entry[];

  constructor(tags: readonly Tag[], options: ReaderOptions) {
    this.#options = options;
    this.#entries = planBlocks(tags, options.limits).map(entryOf);
  }

  /**
   * Asks for every block that is due, one after the other; ends at the first that is not answered. That one goes to
   * the end of the line, so that it cannot hide those behind it.
   */
  async pass(): Promise<PassResult> {
    const nowMs = this.#options.clock.elapsedMs();
    const due = this.#entries.filter((entry) => entry.retryAtMs <= nowMs);
    let answered = 0;
    for (let entry = due.shift(); entry !== undefined; entry = due.shift()) {
      const outcome = await this.#read(entry);
      if (outcome.kind === "unanswered") {
        this.#replace(entry, [], [entry]);
        return { answered, cause: outcome.cause };
      }
      answered += 1;
      if (outcome.kind === "answered") continue;
      const parts = splitBlock(entry.block).map(entryOf);
      this.#replace(entry, parts, []);
      due.unshift(...parts);
    }
    return { answered };
  }

  async #read(entry: Entry): Promise<Outcome> {
    const answer = await this.#ask(entry.block);
    if (answer instanceof ModbusError) return this.#unanswered(entry, answer, "timeout");
    switch (answer.kind) {
      case "data":
        entry.misses = 0;
        this.#tell(entry, readingsOf(entry, answer.bytes, answer.at));
        return { kind: "answered" };
      case "exception":
        return this.#exception(entry, answer.code);
      case "written":
        throw new TypeError("a read was answered by the echo of a write");
    }
  }

  /** The answer, or why there is none after all tries. */
  async #ask({ table, start, length }: Block): Promise<Answer | ModbusError> {
    const request = readRequest(table, start, length);
    for (let triesLeft = this.#options.retries(); ; triesLeft -= 1) {
      try {
        return await this.#options.ask(request);
      } catch (cause) {
        if (!(cause instanceof ModbusError)) throw cause;
        if (cause.code !== "TIMEOUT" || triesLeft === 0) return cause;
      }
    }
  }

  #exception(entry: Entry, code: number): Outcome {
    const reason = `modbus_exception_${code}`;
    if (isFromGateway({ kind: "exception", code })) {
      const message = `the gateway cannot reach the unit (exception ${code})`;
      return this.#unanswered(entry, new ModbusError("TIMEOUT", message), reason);
    }
    const isWrongPlace = SPLIT_EXCEPTIONS.includes(code);
    if (isWrongPlace && entry.block.tags.length > 1) return { kind: "refused" };
    if (isWrongPlace || code === ILLEGAL_FUNCTION) this.#giveUp(entry, reason);
    else this.#keepOrTellBad(entry, reason);
    return { kind: "answered" };
  }

  /** The device has trouble right now: the last value stays for some passes, if there is one. */
  #keepOrTellBad(entry: Entry, reason: string): void {
    entry.misses += 1;
    if (!entry.wasTold || entry.misses >= MOST_MISSES) this.#tellBad(entry, reason);
  }

  /**
   * Some devices do not answer at all for an address that they do not have. When this block stays unanswered while
   * others are answered, it is the block; otherwise it is the device, and that is not decided here.
   */
  #unanswered(entry: Entry, cause: ModbusError, reason: string): Outcome {
    if (cause.code === "TIMEOUT") {
      const answers = this.#options.answersSoFar();
      if (entry.misses === 0) entry.answersAtFirstMiss = answers;
      entry.misses += 1;
      const isOnlyThisBlock = answers > entry.answersAtFirstMiss;
      if (entry.misses >= MOST_MISSES && isOnlyThisBlock) this.#giveUp(entry, reason);
    }
    return { kind: "unanswered", cause };
  }

  /** No use in asking at every pass; others would wait for it. */
  #giveUp(entry: Entry, reason: string): void {
    entry.retryAtMs = this.#options.clock.elapsedMs() + RETRY_WRONG_TAG_MS;
    this.#tellBad(entry, reason);
  }

  #tellBad(entry: Entry, reason: string): void {
    const at = this.#options.now();
    this.#tell(
      entry,
      entry.block.tags.map((tag) => badReading(tag, reason, at)),
    );
  }

  #tell(entry: Entry, readings: readonly MetricReading[]): void {
    entry.wasTold = true;
    this.#options.tell(readings);
  }

  #replace(entry: Entry, parts: readonly Entry[], atTheEnd: readonly Entry[]): void {
    const place = this.#entries.indexOf(entry);
    this.#entries = [...this.#entries.toSpliced(place, 1, ...parts), ...atTheEnd];
  }
}

function entryOf(block: Block): Entry {
  return {
    block,
    plan: compileBlock(
      block.tags.map((tag, index) => ({ tag, index, every: 1 })),
      block,
    ),
    misses: 0,
    answersAtFirstMiss: 0,
    wasTold: false,
    retryAtMs: -Infinity,
  };
}

function readingsOf(
  { block, plan }: Entry,
  data: Uint8Array,
  at: number,
): readonly MetricReading[] {
  const readings: MetricReading[] = [];
  const say = (index: number, decoded: Decoded): void => {
    const tag = block.tags[index];
    if (tag !== undefined) readings.push(readingOf(tag, decoded, at));
  };
  decodeBlock(
    plan,
    { data, offset: 0, pass: 0 },
    {
      number: (index, value) => {
        const isBoolean = block.tags[index]?.datatype === "Boolean";
        say(index, { kind: "good", value: isBoolean ? value === 1 : value });
      },
      other: (index, value) => say(index, { kind: "good", value }),
      bad: (index, reason) => say(index, { kind: "bad", reason }),
    },
  );
  return readings;
}
