/** One block of a plan as a request that is sent again and again: its bytes and its decoder are made once. */
import type { PlannedBlock } from "../plan/index.ts";
import { compileBlock, type DecodePlan } from "../types/index.ts";
import { encodeRequest, readRequest } from "../wire/pdu.ts";
import {
  expectedReply,
  type AlternativeRead,
  type ExpectedReply,
  type WireRequest,
  type WireResult,
} from "../wire/index.ts";

/** What a request takes from its device. */
export interface RequestHabits {
  readonly unit: number;
  readonly timeoutMs: number;
}

/** A tag in parts is read so often in one pass until two readings are equal. */
const MOST_READINGS = 5;

/** Told what came of a request. */
export type Finished = (request: BlockRequest, result: WireResult) => void;

/** A request with what it needs to be sent, judged and decoded. */
export class BlockRequest implements WireRequest {
  // What every pass looks at stands together, and what few look at behind it.
  readonly unit: number;
  readonly timeoutMs: number;
  pdu: Uint8Array;
  reply: ExpectedReply;
  readonly priority = "poll";
  readonly decode: DecodePlan;
  /** As that of its block, which need not be looked at. */
  readonly every: number;
  deadline = 0;
  /** Asked in order to learn, not because it is due. */
  isProbe = false;
  /** Waits or is on the wire. */
  isOut = false;
  /** How often it may still be sent again in this pass. */
  triesLeft = 0;
  /** How often it was asked again in this pass because of an exception, or of noise. */
  again = 0;
  /** Passes in a row without a value. */
  misses = 0;
  /** Not asked for before this moment of the monotonic clock. */
  restUntilMs: number | undefined;
  readonly #finished: Finished;
  readonly #parts: Uint8Array | undefined;

  readonly block: PlannedBlock;
  readonly tags: readonly string[];
  alternatives?: readonly AlternativeRead[];
  /** Which spans the alternatives were made of. */
  alternativesOf = 0;
  /** How many answers the device had given when the first miss in a row came. */
  answersAtFirstMiss = 0;
  /** Of a tag in parts: which one is asked now, and what the ones before said. */
  part = 0;
  #before: Uint8Array | undefined;
  #readings = 0;

  constructor(block: PlannedBlock, habits: RequestHabits, finished: Finished) {
    this.block = block;
    this.every = block.every;
    this.unit = habits.unit;
    this.timeoutMs = habits.timeoutMs;
    this.tags = block.tags.map(({ tag }) => tag.name);
    this.decode = compileBlock(block.tags, block);
    this.#parts = block.parts === undefined ? undefined : new Uint8Array(2 * block.length);
    this.#finished = finished;
    this.pdu = this.#pduOf(0);
    this.reply = expectedReply(this.pdu);
  }

  done(result: WireResult): void {
    this.isOut = false;
    this.#finished(this, result);
  }

  /** Begins at the first part. */
  rewind(): void {
    if (this.#parts === undefined) return;
    this.#readings = 0;
    this.#before = undefined;
    this.#ask(0);
  }

  /**
   * Takes the data of one request. The data of the whole block when it is complete; `more`: another part has to be asked
   * for first; `torn`: it changes faster than it can be read.
   */
  collect(data: Uint8Array): Uint8Array | "more" | "torn" {
    if (this.#parts === undefined) return data;
    const { parts = [] } = this.block;
    const span = parts[this.part];
    this.#parts.set(data, 2 * ((span?.[0] ?? 0) - this.block.start));
    if (this.part + 1 < parts.length) {
      this.#ask(this.part + 1);
      return "more";
    }
    this.#ask(0);
    this.#readings += 1;
    if (this.#isEqualTwice()) return this.#parts;
    return this.#readings < MOST_READINGS ? "more" : "torn";
  }

  /** A tag that asks for it is read until two readings are equal; the parts may be of different moments otherwise. */
  #isEqualTwice(): boolean {
    const isAsked = this.block.tags.some(({ tag }) => tag.consistent === true);
    if (!isAsked || this.#parts === undefined) return true;
    const before = this.#before;
    this.#before = this.#parts.slice();
    return before !== undefined && Buffer.compare(before, this.#parts) === 0;
  }

  #ask(part: number): void {
    this.part = part;
    this.pdu = this.#pduOf(part);
    this.reply = expectedReply(this.pdu);
  }

  #pduOf(part: number): Uint8Array {
    const { table, start, length, parts } = this.block;
    const span = parts?.[part];
    return encodeRequest(
      span === undefined
        ? readRequest(table, start, length)
        : readRequest(table, span[0], span[1] - span[0] + 1),
    );
  }
}
