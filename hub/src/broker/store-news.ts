/** What follows when more of the store is settled, or lost, or when it is ready again after a fault. */
import type { Connections } from "./connections.ts";
import type { Retained } from "./retained.ts";
import type { Sessions } from "./sessions.ts";
import type { Settling } from "./settling.ts";
import type { Store } from "./store/store.ts";

export interface StoreNewsParts {
  readonly store: Store;
  readonly settling: Settling;
  readonly retained: Retained;
  readonly sessions: Sessions;
  readonly connections: Connections;
}

export class StoreNews {
  readonly #parts: StoreNewsParts;
  /** Up to this batch it was looked at whether they were lost. */
  #judgedBatch = 0;
  #wasReady = true;

  constructor(parts: StoreNewsParts) {
    this.#parts = parts;
  }

  /** First what was lost, then what waits for the store, then those who wait for their answers. */
  settled(): void {
    const { store, settling, connections } = this.#parts;
    this.#judge();
    const isReady = store.state.kind === "ready";
    if (isReady) this.#isReady();
    this.#wasReady = isReady;
    settling.settled();
    for (const connection of connections.takeWaiting()) {
      connection.storeSettled(store);
      if (connection.acks.waiting > 0) connections.waitForStore(connection);
    }
  }

  /** What a lost batch had is saved with a later one, or was refused to whoever sent it. */
  #judge(): void {
    const { store, retained, sessions } = this.#parts;
    while (this.#judgedBatch < store.settledBatch) {
      this.#judgedBatch += 1;
      if (!store.hasFailed(this.#judgedBatch)) continue;
      retained.batchLost(this.#judgedBatch);
      sessions.batchLost(this.#judgedBatch);
    }
  }

  /** What was lost is saved again; after a fault those go on whose queue could not be read. */
  #isReady(): void {
    const { sessions } = this.#parts;
    sessions.saveAgain();
    if (this.#wasReady) return;
    for (const { outgoing } of sessions.all()) outgoing.schedulePump();
  }
}
