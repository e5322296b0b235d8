/** Daily partitions of `uns_value`, made before the first row of a day comes. */
import type { Client } from "pg";

const DAY_MS = 86_400_000;
/** Days around now that get a partition of their own; clocks that are wrong fill `uns_value_other` instead. */
const DAYS_BACK = 730;
const DAYS_AHEAD = 2;
/** There are rows of that day in the default partition already. */
const IN_DEFAULT = "23514";

export class DayPartitions {
  readonly #client: Client;
  readonly #made = new Set<number>();
  #isOurs = true;

  constructor(client: Client) {
    this.#client = client;
  }

  /** The table is a hypertable, or somebody's own. */
  leaveToOthers(): void {
    this.#isOurs = false;
  }

  /** Of the days in which these times are: milliseconds since 1970 UTC. */
  async make(times: readonly number[]): Promise<void> {
    if (!this.#isOurs) return;
    const today = Math.floor(Date.now() / DAY_MS);
    const days = new Set(times.map((time) => Math.floor(time / DAY_MS)));
    for (const day of days) {
      if (this.#made.has(day) || day < today - DAYS_BACK || day > today + DAYS_AHEAD) continue;
      await this.#makeDay(day);
      this.#made.add(day);
    }
  }

  async #makeDay(day: number): Promise<void> {
    const [from, to] = [dayText(day), dayText(day + 1)];
    const name = `uns_value_${from.replaceAll("-", "")}`;
    try {
      await this.#client.query(
        `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF uns_value FOR VALUES FROM ('${from}') TO ('${to}')`,
      );
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code !== IN_DEFAULT) throw error; // its rows stay where they are
    }
  }
}

function dayText(day: number): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}
