/** What was heard of each edge node since the last time somebody looked: for the completeness of its history. */
import type { NodeSession, NodeSessions } from "../tree/index.ts";
import { COUNTS, countsBy, type Counts, type Tally } from "./log/messages.ts";

const DAY_MS = 86_400_000;

export class Tallies {
  readonly #sessions: NodeSessions;
  readonly #last = new WeakMap<NodeSession, Counts>();
  /** Values that could not be recorded, by the row of their edge node. */
  readonly #dropped = new Map<number, number>();

  constructor(sessions: NodeSessions) {
    this.#sessions = sessions;
  }

  dropped(nodeRow: number, values: number): void {
    this.#dropped.set(nodeRow, (this.#dropped.get(nodeRow) ?? 0) + values);
  }

  /** `now`: milliseconds since 1970 UTC. */
  take(now: number): readonly Tally[] {
    const day = Math.floor(now / DAY_MS);
    const tallies: Tally[] = [];
    for (const session of this.#sessions.all()) {
      const counts = this.#countsOf(session);
      const before = this.#last.get(session);
      this.#last.set(session, counts);
      if (COUNTS.every((name) => counts[name] === (before?.[name] ?? 0))) continue;
      const { groupId, edgeNodeId } = session;
      tallies.push({ groupId, edgeNodeId, day, counts: difference(counts, before) });
    }
    return tallies;
  }

  #countsOf({ own, chronicle }: NodeSession): Counts {
    const { messages, births, lost, troubles } = chronicle;
    return {
      messages,
      births,
      lost,
      gaps: troubles.get("gap")?.count ?? 0,
      late: troubles.get("late")?.count ?? 0,
      unborn: troubles.get("unborn")?.count ?? 0,
      undecodable: troubles.get("undecodable")?.count ?? 0,
      dropped: this.#dropped.get(own.rowId) ?? 0,
    };
  }
}

function difference(now: Counts, before: Counts | undefined): Counts {
  return countsBy((name) => now[name] - (before?.[name] ?? 0));
}
