/** When metrics last came with values of the past, which never become the live value. Costs nothing until one comes. */
import { grown, roomFor } from "./columns.ts";

export class HistoricalTimes {
  #times = new Float64Array(0);

  /** `at`: milliseconds since 1970 UTC. */
  note(id: number, at: number): void {
    if (id >= this.#times.length) {
      this.#times = grown(new Float64Array(roomFor(id + 1, this.#times.length)), this.#times);
    }
    this.#times[id] = at;
  }

  /** 0: never since the hub started. */
  of(id: number): number {
    return this.#times[id] ?? 0;
  }
}
