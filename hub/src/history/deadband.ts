/** Leaves out numbers that differ little from the last one that was kept, but never for too long. */

interface Kept {
  readonly deadband: number;
  readonly atLeastEveryMs: number;
  value: number;
  time: number;
}

export class Deadbands {
  readonly #kept = new Map<number, Kept>();

  set(slot: number, { deadband, atLeastEveryMs }: Pick<Kept, "deadband" | "atLeastEveryMs">): void {
    if (deadband > 0) {
      this.#kept.set(slot, { deadband, atLeastEveryMs, value: Number.NaN, time: 0 });
    }
  }

  clear(): void {
    this.#kept.clear();
  }

  /** Whether a good number is to be left out; else it is the one that was kept last. */
  leavesOut(slot: number, value: number, time: number): boolean {
    const kept = this.#kept.get(slot);
    if (kept === undefined) return false;
    const isNear = Math.abs(value - kept.value) < kept.deadband; // false for what is not a number
    if (isNear && time >= kept.time && time - kept.time < kept.atLeastEveryMs) return true;
    kept.value = value;
    kept.time = time;
    return false;
  }

  /** Something else than a good number was kept: the next one is in any case. */
  interrupt(slot: number): void {
    const kept = this.#kept.get(slot);
    if (kept !== undefined) kept.value = Number.NaN;
  }
}
