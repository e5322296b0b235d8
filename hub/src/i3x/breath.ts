/** Long work in slices: the broker has its turns between them. */
import { setImmediate as nextTurn } from "node:timers/promises";

/** Milliseconds that one slice takes at most, as far as `isOver` is asked often enough. */
const SLICE_MS = 4;

export class Breath {
  #began = performance.now();

  /** Whether others should have their turn now. */
  get isOver(): boolean {
    return performance.now() - this.#began >= SLICE_MS;
  }

  async take(): Promise<void> {
    await nextTurn();
    this.#began = performance.now();
  }
}
