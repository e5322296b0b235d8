/**
 * Calls that ask for many things are made in parts: as many at once as the server takes, found out by trying. The size
 * is remembered, grows while the server is quick, and is halved when it says that this was too much.
 */
import { within } from "./deadline.ts";
import { OpcUaError, firstLine } from "./errors.ts";

/** Nobody knows what became of the call. */
const UNANSWERED = /BadTimeout|[Tt]imeout|timed out/;
const TOO_MUCH = /BadTooManyOperations|BadRequestTooLarge|BadTimeout|[Tt]imeout|timed out/;
/** The answer does not fit into a message: perhaps because of one single value. */
const ANSWER_TOO_LARGE = /BadResponseTooLarge|BadTcpMessageTooLarge|BadEncodingLimitsExceeded/;
const FIRST_SIZE = 100;
const QUICK_MS = 500;

/** How much one kind of call may ask for at once, on one server. */
export class ChunkSize {
  #size: number;
  #most: number;

  /** `most`: what the server reports, or a profile allows. */
  constructor(most = 1000, first = FIRST_SIZE) {
    this.#most = Math.max(1, most);
    this.#size = Math.min(first, this.#most);
  }

  get size(): number {
    return this.#size;
  }

  /** What a server reports, or its profile allows; never raises what was found out by trying. */
  limitTo(most: number): void {
    this.#most = Math.max(1, Math.min(this.#most, most));
    this.#size = Math.min(this.#size, this.#most);
  }

  /** `false`: it cannot be less. `remembers`: it was too much of its kind, and will be again. */
  halve(remembers: boolean): boolean {
    if (this.#size === 1) return false;
    this.#size = Math.floor(this.#size / 2);
    if (remembers) this.#most = this.#size;
    return true;
  }

  took(ms: number): void {
    if (ms < QUICK_MS) this.#size = Math.min(this.#size * 2, this.#most);
  }
}

/** How long one call may take, and what it is called in a message. */
export interface ChunkCall<Item, Answer> {
  readonly what: string;
  readonly withinMs: number;
  call(part: readonly Item[]): Promise<readonly Answer[]>;
  /** What is thrown when no answer came, for calls that must not be made twice; fewer are asked for the next time. Left out: it is made again. */
  unanswered?(cause: unknown): Error;
  /** What stands for the answer of a single item that fits into no message; left out: the whole call fails. */
  tooLarge?(): Answer;
}

/**
 * One answer for each item, in their order.
 * @throws {OpcUaError} READ_FAILED when a call fails that asks for little, or answers with too few.
 */
export async function inChunks<Item, Answer>(
  items: readonly Item[],
  chunk: ChunkSize,
  how: ChunkCall<Item, Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < items.length) {
    const part = items.slice(answers.length, answers.length + chunk.size);
    const startedAt = performance.now();
    const found = await oneCall(part, chunk, how);
    if (found === undefined) continue;
    chunk.took(performance.now() - startedAt);
    if (found.length !== part.length) {
      throw new OpcUaError(
        "READ_FAILED",
        `${how.what}: ${found.length} answers for ${part.length}`,
      );
    }
    for (const answer of found) answers.push(answer);
  }
  return answers;
}

/** `undefined`: that was too much, and less is worth a try. */
async function oneCall<Item, Answer>(
  part: readonly Item[],
  chunk: ChunkSize,
  how: ChunkCall<Item, Answer>,
): Promise<readonly Answer[] | undefined> {
  const { what, withinMs } = how;
  const late = (): Error => new OpcUaError("READ_FAILED", `${what}: timed out`);
  try {
    return await within({ ms: withinMs, late }, how.call(part));
  } catch (cause) {
    const why = firstLine(cause);
    const isAnswer = ANSWER_TOO_LARGE.test(why);
    if (how.unanswered !== undefined && UNANSWERED.test(why)) {
      chunk.halve(true);
      throw how.unanswered(cause);
    }
    if ((isAnswer || TOO_MUCH.test(why)) && chunk.halve(!isAnswer)) return undefined;
    if (isAnswer && part.length === 1 && how.tooLarge !== undefined) return [how.tooLarge()];
    if (cause instanceof OpcUaError) throw cause;
    throw new OpcUaError("READ_FAILED", `${what}: ${firstLine(cause)}`, { cause });
  }
}
