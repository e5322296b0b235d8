/** One writer a unit at a time: reading, changing and writing a register must not cross another write of ours. */

export class UnitLocks {
  readonly #last = new Map<number, Promise<void>>();

  /** Runs `work` after all that was handed in for `unit` before. */
  async run<Result>(unit: number, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(unit) ?? Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(unit, promise);
    await before;
    try {
      return await work();
    } finally {
      resolve();
      if (this.#last.get(unit) === promise) this.#last.delete(unit);
    }
  }
}
