/** Proposals of replays and their answers: on disk before they hold, so that a replay that was begun is not begun again. */
import { ProposalFile, type WrittenAnswer, type WrittenProposal } from "./proposal-file.ts";
import type { Replayer, ReplayProposal } from "./replay-proposals.ts";

type MayRead = Replayer["mayRead"];

export interface KeptProposalsOptions {
  readonly file: string;
  /** Which restore of a backup the data directory comes from; `undefined`: it is where it grew. */
  readonly restoredAt: number | undefined;
  /** What somebody may read by his rights of now; `undefined`: he may not propose, or only he could prove who he is. */
  readonly readerOf: (actor: string) => MayRead | undefined;
}

/** The latest are known, whatever became of them. */
const MOST_KEPT = 200;

export interface Kept {
  readonly proposal: ReplayProposal;
  /** What the proposer may read by his rights of now; `undefined`: he may no longer propose it. */
  readonly reader: () => MayRead | undefined;
  readonly answer: WrittenAnswer | undefined;
}

export class KeptProposals {
  readonly #file: ProposalFile;
  readonly #restoredAt: number | undefined;
  #kept: ReadonlyMap<number, Kept>;
  #lastId: number;

  constructor({ file, restoredAt, readerOf }: KeptProposalsOptions) {
    this.#file = new ProposalFile(file);
    this.#restoredAt = restoredAt;
    const { lastId = 0, proposals = [], restoredAt: before } = this.#file.found ?? {};
    const isCopy = before !== restoredAt;
    this.#lastId = lastId;
    this.#kept = new Map(
      proposals.map((written) => {
        const { answer: _answer, ...proposal } = written;
        const reader = (): MayRead | undefined => readerOf(proposal.by);
        const answer = answerNow(written, isCopy, reader() !== undefined);
        return [proposal.id, { proposal, reader, answer }];
      }),
    );
  }

  /** Why nothing can be proposed; `undefined`: it can. */
  get fault(): string | undefined {
    return this.#file.fault;
  }

  /** Of the next proposal. */
  get nextId(): number {
    return this.#lastId + 1;
  }

  all(): readonly Kept[] {
    return [...this.#kept.values()];
  }

  get(id: number): Kept | undefined {
    return this.#kept.get(id);
  }

  /** @throws when it cannot be written; then it is as before. */
  put(kept: Kept): void {
    const next = this.#with(kept);
    this.#write(next);
    this.#kept = next;
    this.#lastId = Math.max(this.#lastId, kept.proposal.id);
  }

  /** As `put`, for what is so already: it holds also when it cannot be written. @throws then */
  remember(kept: Kept): void {
    this.#kept = this.#with(kept);
    this.#write(this.#kept);
  }

  #with(kept: Kept): ReadonlyMap<number, Kept> {
    const next = new Map(this.#kept).set(kept.proposal.id, kept);
    const [oldest] = next.keys();
    if (next.size > MOST_KEPT && oldest !== undefined) next.delete(oldest);
    return next;
  }

  #write(kept: ReadonlyMap<number, Kept>): void {
    this.#file.write({
      lastId: Math.max(this.#lastId, ...kept.keys()),
      ...(this.#restoredAt !== undefined && { restoredAt: this.#restoredAt }),
      proposals: Array.from(kept.values(), asWritten),
    });
  }
}

function asWritten({ proposal, answer }: Kept): WrittenProposal {
  return { ...proposal, ...(answer !== undefined && { answer }) };
}

/** What the answer to a proposal is in the next run of the hub. `isCopy`: the file comes out of a backup. */
function answerNow(
  { answer, by }: WrittenProposal,
  isCopy: boolean,
  isKnown: boolean,
): WrittenAnswer | undefined {
  if (answer?.kind === "started") return { kind: "started", by: answer.by };
  if (answer?.kind === "under way")
    return ended(
      `${answer.by} said yes, and the hub ended before it was known whether it began; it is not begun again`,
    );
  if (answer !== undefined) return answer;
  if (isCopy) return ended("a backup was restored since, and it may have been answered meanwhile");
  if (!isKnown)
    return ended(
      `the hub was started again, and cannot tell that ${by} may still propose it: propose it again`,
    );
  return undefined;
}

function ended(because: string): WrittenAnswer {
  return { kind: "ended", because };
}
