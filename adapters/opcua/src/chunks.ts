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
  /** The next part is asked for while the server works at this one, once it has answered a first; only for calls that change nothing. */
  readonly isAhead?: boolean;
  call(part: readonly Item[]): Promise<readonly Answer[]>;
  /** What is thrown when no answer came, for calls that must not be made twice; fewer are asked for the next time. Left out: it is made again. */
  unanswered?(cause: unknown): Error;
  /** What stands for the answer of a single item that fits into no message; left out: the whole call fails. */
  tooLarge?(): Answer;
}

/** A call that was begun, and what became of it. */
interface Asked<Item, Answer> {
  readonly part: readonly Item[];
  readonly outcome: Promise<Outcome<Answer>>;
}

type Outcome<Answer> =
  | { readonly isAnswered: true; readonly answers: readonly Answer[]; readonly ms: number }
  | { readonly isAnswered: false; readonly cause: unknown };

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
  const askFrom = (start: number): Asked<Item, Answer> => {
    const part = items.slice(start, start + chunk.size);
    return { part, outcome: outcomeOf(part, how) };
  };
  let ahead: Asked<Item, Answer> | undefined;
  while (answers.length < items.length) {
    const asked = ahead ?? askFrom(answers.length);
    const end = answers.length + asked.part.length;
    const isAhead = how.isAhead === true && answers.length > 0 && end < items.length;
    ahead = isAhead ? askFrom(end) : undefined;
    const outcome = await asked.outcome;
    // Only by what is used: a part ahead that is thrown away would let the size grow again, for ever.
    if (outcome.isAnswered) chunk.took(outcome.ms);
    const found = outcome.isAnswered
      ? checked(outcome.answers, asked.part, how)
      : insteadOf(asked.part, outcome.cause, { chunk, how });
    // What was asked for ahead begins behind this part, which has to be asked for again and will be smaller.
    if (found === undefined) ahead = undefined;
    else for (const answer of found) answers.push(answer);
  }
  return answers;
}

/** Never rejects: nobody may be left to wait for it. */
async function outcomeOf<Item, Answer>(
  part: readonly Item[],
  how: ChunkCall<Item, Answer>,
): Promise<Outcome<Answer>> {
  const late = (): Error => new OpcUaError("READ_FAILED", `${how.what}: timed out`);
  const startedAt = performance.now();
  try {
    const answers = await within({ ms: how.withinMs, late }, how.call(part));
    return { isAnswered: true, answers, ms: performance.now() - startedAt };
  } catch (cause) {
    return { isAnswered: false, cause };
  }
}

function checked<Item, Answer>(
  answers: readonly Answer[],
  { length }: readonly Item[],
  { what }: ChunkCall<Item, Answer>,
): readonly Answer[] {
  if (answers.length === length) return answers;
  throw new OpcUaError("READ_FAILED", `${what}: ${answers.length} answers for ${length}`);
}

/** What stands for the answers of a call that failed; `undefined`: it asked for too much, and less is worth a try. */
function insteadOf<Item, Answer>(
  part: readonly Item[],
  cause: unknown,
  { chunk, how }: { readonly chunk: ChunkSize; readonly how: ChunkCall<Item, Answer> },
): readonly Answer[] | undefined {
  const why = firstLine(cause);
  const isAnswer = ANSWER_TOO_LARGE.test(why);
  if (how.unanswered !== undefined && UNANSWERED.test(why)) {
    chunk.halve(true);
    throw how.unanswered(cause);
  }
  if ((isAnswer || TOO_MUCH.test(why)) && chunk.halve(!isAnswer)) return undefined;
  if (isAnswer && part.length === 1 && how.tooLarge !== undefined) return [how.tooLarge()];
  if (cause instanceof OpcUaError) throw cause;
  throw new OpcUaError("READ_FAILED", `${how.what}: ${why}`, { cause });
}
