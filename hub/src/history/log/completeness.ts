/** How many messages of each edge node were seen, missing, late or unreadable: a row for each node and day, in UTC. */
import type { DatabaseSync } from "node:sqlite";
import { countsBy, type Counts, type Tally } from "./messages.ts";
import type { CompletenessAnswer } from "./questions.ts";

export class Completeness {
  readonly #one;
  readonly #put;
  readonly #range;

  constructor(database: DatabaseSync) {
    this.#one = database.prepare("SELECT counts FROM completeness WHERE node = ? AND day = ?");
    this.#put = database.prepare("INSERT OR REPLACE INTO completeness VALUES (?, ?, ?)");
    this.#range = database.prepare(
      `SELECT n.group_id, n.edge_node, c.day, c.counts FROM completeness c JOIN node n ON n.id = c.node
       WHERE c.day BETWEEN ? AND ? ORDER BY c.day, n.group_id, n.edge_node`,
    );
  }

  /** Into the open transaction. */
  add(node: number, { day, counts }: Tally): void {
    const before = countsOf(this.#one.get(node, day)?.["counts"]);
    this.#put.run(node, day, JSON.stringify(sumOf(before, counts)));
  }

  /** Days since 1970, both included. */
  days(since: number, until: number): CompletenessAnswer["days"] {
    return this.#range.all(since, until).map((row) => ({
      groupId: String(row["group_id"]),
      edgeNodeId: String(row["edge_node"]),
      day: Number(row["day"]),
      counts: countsOf(row["counts"]),
    }));
  }
}

/** What could not be written yet: one sum for each node and day, however long it takes. */
export class TalliesToCome {
  readonly #tallies = new Map<string, Tally>();

  add(tally: Tally): void {
    const key = `${tally.groupId}/${tally.edgeNodeId}/${tally.day}`;
    const before = this.#tallies.get(key);
    const counts = before === undefined ? tally.counts : sumOf(before.counts, tally.counts);
    this.#tallies.set(key, { ...tally, counts });
  }

  all(): Iterable<Tally> {
    return this.#tallies.values();
  }

  clear(): void {
    this.#tallies.clear();
  }
}

function sumOf(a: Counts, b: Counts): Counts {
  return countsBy((name) => a[name] + b[name]);
}

/** What stands on disk; what it does not say is nothing. */
function countsOf(text: unknown): Counts {
  const read: unknown = typeof text === "string" ? JSON.parse(text) : {};
  const known = new Map(Object.entries(Object(read)));
  return countsBy((name) => Number(known.get(name) ?? 0));
}
