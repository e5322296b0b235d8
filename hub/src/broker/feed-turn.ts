/**
 * Retained messages for new subscriptions: some for each session in turn, and only so many in one turn of the event
 * loop, so that whoever asks for a hundred thousand of them holds nobody up.
 */
import type { Connection } from "./connection.ts";
import type { Session } from "./session.ts";

/** Nodes of the retained tree that are looked at in one turn, and of these for one session before the next has its. */
const STEPS_A_TURN = 2000;
const STEPS_A_SESSION = 200;

export class FeedTurn {
  readonly #failed: (connection: Connection, error: unknown) => void;
  /** Sessions that want more, in the order in which they get it. */
  readonly #waiting = new Set<Session>();
  #left = STEPS_A_TURN;
  #isScheduled = false;

  constructor(failed: (connection: Connection, error: unknown) => void) {
    this.#failed = failed;
  }

  /** This session has feeds and room for what they give. Few messages come at once. */
  feed(session: Session): void {
    if (this.#waiting.has(session)) return;
    if (this.#waiting.size > 0 || this.#left <= 0) this.#waiting.add(session);
    else this.#give(session);
    this.#schedule();
  }

  #give(session: Session): void {
    const { connection } = session;
    if (connection === undefined) return;
    try {
      const { steps, wantsMore } = session.outgoing.feed(STEPS_A_SESSION);
      this.#left -= steps;
      if (wantsMore) this.#waiting.add(session);
    } catch (error) {
      this.#failed(connection, error);
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => this.#nextTurn());
  }

  #nextTurn(): void {
    this.#isScheduled = false;
    this.#left = STEPS_A_TURN;
    for (const session of this.#waiting) {
      if (this.#left <= 0) break;
      this.#waiting.delete(session); // and to the end again if it wants more
      this.#give(session);
    }
    if (this.#waiting.size > 0) this.#schedule();
  }
}
