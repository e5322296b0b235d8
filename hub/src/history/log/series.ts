/**
 * The numbers by which rows know their metric: one for each name and datatype, for ever. A metric with another datatype is
 * another series of the same name; one that was renamed goes on where the old name ended.
 */
import type { DatabaseSync } from "node:sqlite";
import type { Definition, MetricName, Renaming } from "./messages.ts";
import type { SeriesName } from "./questions.ts";

/** A series that holds rows of a metric, as far as they are before `before`. */
export interface Link {
  readonly series: number;
  readonly node: number;
  readonly datatypeCode: number;
  readonly before: number;
}

/** Names that one metric may have had. */
const MOST_NAMES = 16;
/** Which link of a chain a row has stands in one byte. */
const MOST_LINKS = 200;

export class SeriesTable {
  readonly #statements: Statements;
  readonly #nodes = new Map<string, number>();
  readonly #rules = new Map<number, string>();

  constructor(database: DatabaseSync) {
    this.#statements = prepare(database);
  }

  /** The number of an edge node; it gets one when it has none. Into the open transaction. */
  nodeOf({ groupId, edgeNodeId }: Pick<MetricName, "groupId" | "edgeNodeId">): number {
    const key = `${groupId}/${edgeNodeId}`;
    const known = this.#nodes.get(key);
    if (known !== undefined) return known;
    this.#statements.addNode.run(groupId, edgeNodeId);
    const id = Number(this.#statements.node.get(groupId, edgeNodeId)?.["id"]);
    this.#nodes.set(key, id);
    return id;
  }

  /** What was rolled back is not known. */
  forget(): void {
    this.#nodes.clear();
    this.#rules.clear();
  }

  /** The series of a metric; it is made when it is new. Into the open transaction. */
  open({ metric, datatypeCode, rule }: Definition): number {
    const node = this.nodeOf(metric);
    const place = [node, metric.deviceId, metric.name, datatypeCode] as const;
    const row = this.#statements.series.get(...place);
    if (row === undefined) {
      const id = Number(this.#statements.addSeries.run(...place, rule).lastInsertRowid);
      this.#rules.set(id, rule);
      return id;
    }
    const id = Number(row["id"]);
    if (row["rule"] !== rule) this.#statements.setRule.run(rule, id);
    this.#rules.set(id, rule);
    return id;
  }

  /** The filter of the rule by which a series is kept. */
  ruleOf(series: number): string {
    const known = this.#rules.get(series);
    if (known !== undefined) return known;
    const rule = String(this.#statements.rule.get(series)?.["rule"] ?? "");
    this.#rules.set(series, rule);
    return rule;
  }

  /** Into the open transaction. */
  rename({ before, now, at }: Renaming): void {
    const node = this.nodeOf(now);
    const { deviceId, name } = now;
    this.#statements.rename.run(node, deviceId, name, at, before.deviceId, before.name);
  }

  /** All series that hold rows of a metric under this name, under its other datatypes and its former names. */
  chain({ groupId, edgeNodeId, deviceId, name }: MetricName): readonly Link[] {
    const row = this.#statements.node.get(groupId, edgeNodeId);
    if (row === undefined) return [];
    const node = Number(row["id"]);
    const links: Link[] = [];
    let [device, called, before] = [deviceId, name, Number.POSITIVE_INFINITY];
    for (let names = 0; names < MOST_NAMES; names += 1) {
      for (const found of this.#statements.ofName.all(node, device, called)) {
        const [series, datatypeCode] = [Number(found["id"]), Number(found["datatype"])];
        links.push({ series, node, datatypeCode, before });
      }
      const former = this.#statements.former.get(node, device, called, before);
      if (former === undefined) break;
      before = Number(former["at"]);
      device = String(former["before_device"]);
      called = String(former["before_name"]);
    }
    return links.slice(0, MOST_LINKS);
  }

  /** Whether it is the oldest series of its name: the one by which the name is listed. */
  isFirstOfName({ id, node, metric }: { id: number; node: number; metric: MetricName }): boolean {
    return this.#statements.ofName.get(node, metric.deviceId, metric.name)?.["id"] === id;
  }

  /** The names of series, by their numbers. */
  names(ids: Iterable<number>): readonly SeriesName[] {
    return [...ids].flatMap((id) => this.name(id) ?? []);
  }

  name(id: number): (SeriesName & { readonly node: number }) | undefined {
    const row = this.#statements.name.get(id);
    return row === undefined ? undefined : nameOf(row);
  }

  /** Series after `after`, in the order of their numbers, of an edge node, a group, or all. */
  *page(segments: readonly string[], after: number): Generator<ReturnType<typeof nameOf>> {
    const [group, node] = segments;
    const { all, ofGroup, ofNode } = this.#statements;
    let rows: Iterable<Readonly<Record<string, unknown>>>;
    if (group === undefined) rows = all.iterate(after);
    else if (node === undefined) rows = ofGroup.iterate(group, after);
    else rows = ofNode.iterate(group, node, after);
    for (const row of rows) {
      const name = nameOf(row);
      if (isBelow(name.metric, segments.slice(2))) yield name;
    }
  }
}

/** Whether a metric stands at or below a path within its edge node. */
function isBelow({ deviceId, name }: MetricName, path: readonly string[]): boolean {
  const own = deviceId === "" ? name.split("/") : [deviceId, ...name.split("/")];
  return path.every((segment, at) => own[at] === segment);
}

function nameOf(row: Readonly<Record<string, unknown>>) {
  return {
    id: Number(row["id"]),
    node: Number(row["node"]),
    datatypeCode: Number(row["datatype"]),
    metric: {
      groupId: String(row["group_id"]),
      edgeNodeId: String(row["edge_node"]),
      deviceId: String(row["device"]),
      name: String(row["name"]),
    },
  };
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  const named =
    "SELECT s.*, n.group_id, n.edge_node FROM series s CROSS JOIN node n ON n.id = s.node";
  return {
    addNode: database.prepare(
      "INSERT INTO node (group_id, edge_node) VALUES (?, ?) ON CONFLICT DO NOTHING",
    ),
    node: database.prepare("SELECT id FROM node WHERE group_id = ? AND edge_node = ?"),
    series: database.prepare(
      "SELECT id, rule FROM series WHERE node = ? AND device = ? AND name = ? AND datatype = ?",
    ),
    addSeries: database.prepare(
      "INSERT INTO series (node, device, name, datatype, rule) VALUES (?, ?, ?, ?, ?)",
    ),
    setRule: database.prepare("UPDATE series SET rule = ? WHERE id = ?"),
    rule: database.prepare("SELECT rule FROM series WHERE id = ?"),
    rename: database.prepare("INSERT OR REPLACE INTO renamed VALUES (?, ?, ?, ?, ?, ?)"),
    ofName: database.prepare(
      "SELECT id, datatype FROM series WHERE node = ? AND device = ? AND name = ? ORDER BY id",
    ),
    former: database.prepare(
      "SELECT * FROM renamed WHERE node = ? AND device = ? AND name = ? AND at < ? ORDER BY at DESC LIMIT 1",
    ),
    name: database.prepare(`${named} WHERE s.id = ?`),
    all: database.prepare(`${named} WHERE s.id > ? ORDER BY s.id`),
    ofGroup: database.prepare(`${named} WHERE n.group_id = ? AND s.id > ? ORDER BY s.id`),
    ofNode: database.prepare(
      `SELECT s.*, n.group_id, n.edge_node FROM node n CROSS JOIN series s ON s.node = n.id
       WHERE n.group_id = ? AND n.edge_node = ? AND s.id > ? ORDER BY s.id`,
    ),
  };
}
