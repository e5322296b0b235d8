/** The numbers of failed batches; those before the last few thousand are forgotten. */
const KNOWN_FAILURES = 4096;

export class RecentFailures {
  readonly #batches = new Set<number>();

  has(batch: number): boolean {
    return this.#batches.has(batch);
  }

  add(batch: number): void {
    this.#batches.add(batch);
    if (this.#batches.size <= KNOWN_FAILURES) return;
    const [oldest] = this.#batches;
    if (oldest !== undefined) this.#batches.delete(oldest);
  }
}
