/** Wakes everybody who waits for something to come: several may wait at once, and none of them is forgotten. */
export class Bell {
  readonly #waiting = new Set<() => void>();

  /** Something has happened. */
  readonly ring = (): void => {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  };

  /** What `look` finds, now or at some ring; the time limit of the test ends a wait for what never comes. */
  async find<Found>(look: () => Found | undefined): Promise<Found> {
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  /** Resolves once `holds`, asked again at each ring. */
  async until(holds: () => boolean): Promise<void> {
    await this.find(() => (holds() ? true : undefined));
  }
}
