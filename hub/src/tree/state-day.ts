/** Whether an edge node lived in each quarter of an hour of the last day, in a byte each. */

export const SLOT_MS = 900_000;
export const DAY_SLOTS = 96;

/** What a slot is made of; a slot in which several were has their sum. 0: nothing is known. */
export const DAY_MARKS = { online: 1, offline: 2, trouble: 4 } as const;

type State = "online" | "offline" | "unknown";

export class StateDay {
  readonly #slots = new Uint8Array(DAY_SLOTS);
  #state = 0;
  /** The slot that was written last, counted from 1970. */
  #slot: number | undefined;

  /** From now on it is so. `at`: milliseconds since 1970 UTC. */
  become(state: State, at: number): void {
    this.#goTo(at);
    this.#state = state === "unknown" ? 0 : DAY_MARKS[state];
    this.#mark(this.#state);
  }

  /** Something went wrong with a message. `at`: as above. */
  trouble(at: number): void {
    this.#goTo(at);
    this.#mark(DAY_MARKS.trouble);
  }

  /** The slots of the last day, the oldest first; the last one is that of `now`. */
  slots(now: number): readonly number[] {
    this.#goTo(now);
    const last = this.#slot ?? 0;
    return Array.from(
      { length: DAY_SLOTS },
      (_, at) => this.#slots[(last + 1 + at) % DAY_SLOTS] ?? 0,
    );
  }

  /** Slots in which nothing happened are as it was before; a clock that was set back changes none that are past. */
  #goTo(at: number): void {
    const slot = Math.floor(at / SLOT_MS);
    const before = this.#slot ?? slot - 1;
    for (let next = Math.max(before, slot - DAY_SLOTS) + 1; next <= slot; next += 1) {
      this.#slots[next % DAY_SLOTS] = this.#state;
    }
    this.#slot = Math.max(before, slot);
  }

  #mark(mark: number): void {
    const place = (this.#slot ?? 0) % DAY_SLOTS;
    this.#slots[place] = (this.#slots[place] ?? 0) | mark;
  }
}
