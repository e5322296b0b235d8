/**
 * How many metrics have fallen silent below each row. Nobody tells of what does not come, so all rows are looked at again and
 * again, a stretch at a time, for as long as somebody wants to know; a value that comes costs nothing here. Whoever asks
 * after nobody did for a while has all rows looked at first.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { FIRST_ROOM, grown, roomFor } from "./columns.ts";
import { ROOT } from "./rows.ts";

interface Plant {
  readonly rows: { readonly size: number; parent(id: number): number };
  /** `now`: milliseconds since 1970 UTC. */
  isSilent(id: number, now: number): boolean;
}

/** All rows have been looked at after so many stretches; of a small tree there are fewer. */
const STRETCHES = 20;
const LEAST_STRETCH = 2000;
/** Rows that are looked at in one turn of the event loop by who catches up: about a millisecond. */
const TURN = 5000;
/** Counts that are at most so old are not looked at again for who asks. */
const FRESH_MS = 1000;

export class Silences {
  readonly #plant: Plant;
  /** 1: counted as silent. */
  #counted = new Uint8Array(FIRST_ROOM);
  /** By row, without those that have none. */
  readonly #below = new Map<number, number>();
  readonly #observers = new Set<(id: number) => void>();
  #next = 1;
  #wereSome = false;
  /** When it was looked last, and whether all rows were looked at shortly before that. */
  #lookedAt = Number.NEGATIVE_INFINITY;
  #isWhole = false;
  #catchingUp: Promise<void> | undefined;

  constructor(plant: Plant) {
    this.#plant = plant;
  }

  /** Whether any metric fell silent since the hub started. */
  get wereSome(): boolean {
    return this.#wereSome;
  }

  /** Metrics below a row that were silent when they were looked at last. */
  below(id: number): number {
    return this.#below.get(id) ?? 0;
  }

  /** `turned` hears of each metric that fell silent, or spoke again. Answers how to stop. */
  observe(turned: (id: number) => void): () => void {
    this.#observers.add(turned);
    return () => this.#observers.delete(turned);
  }

  /** Looks at the next stretch, for those who look all the time. `now`: milliseconds since 1970 UTC. */
  look(now: number): void {
    if (!this.#isFresh(now)) this.#isWhole = false;
    this.#lookedAt = now;
    const { size } = this.#plant.rows;
    this.#reserve(size);
    const length = Math.min(size, Math.max(LEAST_STRETCH, Math.ceil(size / STRETCHES)));
    for (let step = 0; step < length; step += 1) {
      const id = this.#next < size ? this.#next : 1;
      this.#next = id + 1;
      this.#lookAt(id, now);
    }
  }

  /** For who asks now: resolves when counts are right, at once when somebody looks anyway. `now`: as `look` has it. */
  async catchUp(now: () => number): Promise<void> {
    if (this.#isWhole && this.#isFresh(now())) return;
    this.#catchingUp ??= this.#lookAtAll(now).finally(() => {
      this.#catchingUp = undefined;
    });
    await this.#catchingUp;
  }

  async #lookAtAll(now: () => number): Promise<void> {
    const at = now();
    const { size } = this.#plant.rows;
    this.#reserve(size);
    for (let id = 1; id < size; id += 1) {
      if (id % TURN === 0) await nextTurn();
      this.#lookAt(id, at);
    }
    this.#lookedAt = Math.max(this.#lookedAt, at); // others may have gone on looking meanwhile
    this.#isWhole = true;
  }

  #isFresh(now: number): boolean {
    return Math.abs(now - this.#lookedAt) < FRESH_MS;
  }

  #lookAt(id: number, now: number): void {
    const isSilent = this.#plant.isSilent(id, now);
    if (isSilent === (this.#counted[id] === 1)) return;
    this.#counted[id] = Number(isSilent);
    this.#wereSome = true;
    this.#count(id, isSilent ? 1 : -1);
    for (const turned of this.#observers) turned(id);
  }

  #count(id: number, change: 1 | -1): void {
    const { rows } = this.#plant;
    for (let row = id; row !== ROOT;) {
      row = rows.parent(row);
      const count = this.below(row) + change;
      if (count > 0) this.#below.set(row, count);
      else this.#below.delete(row);
    }
  }

  #reserve(size: number): void {
    if (size <= this.#counted.length) return;
    this.#counted = grown(new Uint8Array(roomFor(size, this.#counted.length)), this.#counted);
  }
}
