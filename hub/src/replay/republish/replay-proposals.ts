/**
 * Replays that somebody has proposed. They start when another one says yes, once, and not any more when nobody did in time.
 * They wait on when the hub is started again. What became of them is known for a while.
 */
import type { Logger } from "@unshub/adapter";
import { messageOf } from "../../caught.ts";
import { KeptProposals, type Kept, type KeptProposalsOptions } from "./kept-proposals.ts";
import type { WrittenAnswer } from "./proposal-file.ts";
import { type RepublishAsked, RepublishError, type RepublishState } from "./republisher.ts";

/** Who proposes, or answers. */
export interface Replayer {
  /** As on the audit trail: `token:assistant`. */
  readonly actor: string;
  /** Whether he may read a metric, by his rights of now. */
  readonly mayRead: (id: number) => boolean;
}

/** What whoever proposes must be allowed to do besides reading: when he does, and when a second person says yes. */
export const PROPOSING = "edit configuration";

/** Who proposes. */
export interface Proposer extends Replayer {
  /** What he may read by his rights of now; `undefined`: he may no longer propose what he did. */
  readonly readerNow: () => Replayer["mayRead"] | undefined;
}

export interface ReplayProposal extends RepublishAsked {
  readonly id: number;
  readonly by: string;
  readonly reason: string;
  /** Milliseconds since 1970 UTC, as `expiresAt`. */
  readonly proposedAt: number;
  /** Nobody can say yes any more. */
  readonly expiresAt: number;
}

/** What became of a proposal. */
export type ReplayFate =
  | { readonly kind: "waiting" }
  | { readonly kind: "expired" }
  | WrittenAnswer;

export interface ReplayProposalsOptions extends KeptProposalsOptions {
  readonly republisher: {
    checked(asked: RepublishAsked, mayRead: Replayer["mayRead"]): Promise<unknown>;
    start(
      asked: RepublishAsked,
      mayRead: Replayer["mayRead"],
      note?: (replay: number) => void,
    ): Promise<RepublishState>;
  };
  readonly withinMs: number;
  readonly log: Logger;
  readonly now: () => number;
}

const MOST_WAITING = 20;

export class ReplayProposals {
  readonly #options: ReplayProposalsOptions;
  readonly #kept: KeptProposals;

  constructor(options: ReplayProposalsOptions) {
    this.#options = options;
    this.#kept = new KeptProposals(options);
    const { fault } = this.#kept;
    if (fault !== undefined) options.log.error({ fault }, "replays cannot be proposed");
  }

  /**
   * Waits for a second person. `note`: before it does, so that it stands on the audit trail.
   * @throws {RepublishError} when it could not be done even now
   */
  async propose(
    asked: RepublishAsked & Pick<ReplayProposal, "reason">,
    by: Proposer,
    note: (proposal: ReplayProposal) => void,
  ): Promise<ReplayProposal> {
    if (this.waiting().length >= MOST_WAITING)
      throw new RepublishError("refused", `${MOST_WAITING} replays wait for a second person`);
    await this.#options.republisher.checked(asked, by.mayRead);
    return this.#keep(asked, by, note).proposal;
  }

  /** Starts without a second person. @throws {RepublishError} */
  async begin(
    asked: RepublishAsked & Pick<ReplayProposal, "reason">,
    by: Proposer,
    note: (proposal: ReplayProposal) => void,
  ): Promise<{ readonly proposal: ReplayProposal; readonly started: RepublishState }> {
    const { actor, mayRead } = by;
    await this.#options.republisher.checked(asked, mayRead);
    const kept = this.#keep(asked, by, note, { kind: "under way", by: actor });
    try {
      return { proposal: kept.proposal, started: await this.#start(kept, actor, mayRead) };
    } catch (error) {
      this.#remember({ ...kept, answer: { kind: "ended", because: messageOf(error) } });
      throw error;
    }
  }

  waiting(): readonly ReplayProposal[] {
    return this.#kept.all().flatMap((each) => (this.#waits(each) ? [each.proposal] : []));
  }

  /**
   * Tells what both may read, if the first may still propose it. `note`: before it is told, with the number of the replay, so that it stands on the audit trail.
   * @throws {RepublishError}
   */
  async approve(
    id: number,
    second: Replayer,
    note: (proposal: ReplayProposal, replay: number) => void,
  ): Promise<RepublishState> {
    const kept = this.#get(id);
    const { proposal } = kept;
    const { actor } = second;
    if (actor === proposal.by)
      throw new RepublishError("refused", "the second person must be another one");
    const own = readerOf(kept);
    const mayRead = (metric: number): boolean => own(metric) && second.mayRead(metric);
    this.#put({ ...kept, answer: { kind: "under way", by: actor } }); // before it begins: a second yes starts nothing
    try {
      return await this.#start(kept, actor, mayRead, (replay) => {
        readerOf(kept); // what is to be told was looked up meanwhile
        note(proposal, replay);
      });
    } catch (error) {
      this.#remember(kept); // it can be answered again
      throw error;
    }
  }

  /** By the one who proposed it, too. @throws {RepublishError} */
  reject(id: number, by: string): ReplayProposal {
    const kept = this.#get(id);
    this.#put({ ...kept, answer: { kind: "rejected", by } });
    return kept.proposal;
  }

  /** A proposal of `actor`, and what became of it. */
  stateOf(
    id: number,
    actor: string,
  ): { readonly proposal: ReplayProposal; readonly fate: ReplayFate } | undefined {
    const kept = this.#kept.get(id);
    if (kept?.proposal.by !== actor) return undefined;
    const { proposal, answer } = kept;
    return { proposal, fate: answer ?? { kind: this.#waits(kept) ? "waiting" : "expired" } };
  }

  async #start(
    kept: Kept,
    by: string,
    mayRead: Replayer["mayRead"],
    note?: (replay: number) => void,
  ): Promise<RepublishState> {
    const started = await this.#options.republisher.start(kept.proposal, mayRead, note);
    this.#remember({ ...kept, answer: { kind: "started", by, replay: started.id } });
    return started;
  }

  #keep(
    asked: RepublishAsked & Pick<ReplayProposal, "reason">,
    { actor: by, readerNow }: Proposer,
    note: (proposal: ReplayProposal) => void,
    answer?: WrittenAnswer,
  ): Kept {
    const { now, withinMs } = this.#options;
    const proposedAt = now();
    const times = { proposedAt, expiresAt: proposedAt + withinMs };
    const proposal = { ...asked, id: this.#kept.nextId, by, ...times };
    const { fault } = this.#kept;
    if (fault !== undefined) throw new RepublishError("refused", fault);
    note(proposal);
    const kept: Kept = { proposal, reader: readerNow, answer };
    this.#put(kept);
    return kept;
  }

  #waits({ answer, proposal }: Kept): boolean {
    return answer === undefined && this.#options.now() < proposal.expiresAt;
  }

  #get(id: number): Kept {
    const kept = this.#kept.get(id);
    if (kept !== undefined && this.#waits(kept)) return kept;
    throw new RepublishError("not found", `no replay waits under the number ${id}`);
  }

  /** @throws {RepublishError} when it cannot be written; then nothing may be done. */
  #put(kept: Kept): void {
    try {
      this.#kept.put(kept);
    } catch (cause) {
      throw new RepublishError("refused", `it cannot be kept: ${messageOf(cause)}`);
    }
  }

  /** What has happened already; on disk it stands as under way until it can be written. */
  #remember(kept: Kept): void {
    try {
      this.#kept.remember(kept);
    } catch (error) {
      this.#options.log.warn(
        { id: kept.proposal.id, error },
        "what became of a replay is not kept",
      );
    }
  }
}

/** What the proposer may read now. @throws {RepublishError} when he may no longer propose it: then nothing is told. */
function readerOf({ proposal: { by }, reader }: Kept): Replayer["mayRead"] {
  const own = reader();
  if (own !== undefined) return own;
  throw new RepublishError("refused", `${by} may no longer propose this`);
}
