/** What waits until the store has made something durable, in order. */
import type { Store } from "./store/store.ts";

export class Settling {
  readonly #store: Store;
  readonly #waiting: { readonly batch: number; readonly run: () => void }[] = [];

  constructor(store: Store) {
    this.#store = store;
  }

  /** Runs when all that the store was told until now is settled. */
  afterAll(run: () => void): void {
    this.after(this.#store.hurry(), run);
  }

  /** Runs when `batch` is settled; at once when it is. */
  after(batch: number, run: () => void): void {
    if (batch <= this.#store.settledBatch) run();
    else this.#waiting.push({ batch, run });
  }

  /** More is settled. */
  settled(): void {
    const { settledBatch } = this.#store;
    const first = this.#waiting.findIndex(({ batch }) => batch > settledBatch);
    const due = this.#waiting.splice(0, first < 0 ? this.#waiting.length : first);
    for (const { run } of due) run();
  }
}
