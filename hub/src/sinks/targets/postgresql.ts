/**
 * PostgreSQL and TimescaleDB. Metrics are rows of `uns_object`, values of `uns_value`, keyed by metric and time and kept in
 * daily partitions (or a hypertable); the view `uns` joins both.
 */
import { Client } from "pg";
import type { SinkOf } from "../config/index.ts";
import { qualityCode, type Content, type RecordSubject, type SinkRecord } from "../record.ts";
import { Refused, type Target } from "../target.ts";
import { DayPartitions } from "./postgresql-days.ts";
import { INSERT_VALUES, makeTables, UPSERT_OBJECTS } from "./postgresql-tables.ts";

type Config = SinkOf<"postgresql">;

/** Numbers of metrics that are remembered; beyond it they are asked for again. */
const MOST_OBJECTS = 500_000;

/** @throws when it cannot connect or make its tables. */
export async function openPostgresql(config: Config): Promise<Target> {
  const { hostname, port, pathname } = new URL(config.url);
  const client = new Client({
    host: hostname,
    port: port === "" ? 5432 : Number(port),
    database: decodeURIComponent(pathname.slice(1)) || "postgres",
    user: config.user ?? "unshub", // never that of the process, nor PGUSER
    password: config.password === undefined ? undefined : () => config.password?.read() ?? "",
    ssl: config.tls,
    application_name: `unshub ${config.name}`,
    connectionTimeoutMillis: config.timeout,
    keepAlive: true,
  });
  const target = new PostgresqlTarget(client, config.schema);
  try {
    await client.connect();
    await target.prepare();
  } catch (error) {
    await target.close();
    throw error;
  }
  return target;
}

class PostgresqlTarget implements Target {
  readonly #client: Client;
  readonly #schema: string;
  readonly #days: DayPartitions;
  /** What is known of an object, by path. */
  readonly #objects = new Map<string, { readonly id: string; readonly facts: string }>();
  #lost: Error | undefined;

  constructor(client: Client, schema: string) {
    this.#client = client;
    this.#schema = schema;
    this.#days = new DayPartitions(client);
    client.on("error", (error) => {
      this.#lost = error; // the next write says so
    });
  }

  async prepare(): Promise<void> {
    const hasDays = await makeTables(this.#client, this.#schema);
    if (!hasDays) this.#days.leaveToOthers();
  }

  async write(records: readonly SinkRecord[]): Promise<void> {
    if (this.#lost !== undefined) throw this.#lost;
    const rows = [...lastOfEach(records).values()];
    try {
      await this.#days.make(rows.map(({ time }) => time));
      const ids = await this.#idsOf(rows);
      await this.#client.query({
        name: "uns-values",
        text: INSERT_VALUES,
        values: columnsOf(rows, ids),
      });
    } catch (error) {
      throw judged(error);
    }
  }

  async close(): Promise<void> {
    await this.#client.end();
  }

  async #idsOf(rows: readonly SinkRecord[]): Promise<readonly string[]> {
    const unknown = new Map<string, SinkRecord>();
    for (const row of rows) {
      if (this.#objects.get(row.subject.path)?.facts !== factsOf(row))
        unknown.set(row.subject.path, row);
    }
    if (unknown.size > 0) await this.#announce([...unknown.values()]);
    return rows.map(({ subject }) => this.#objects.get(subject.path)?.id ?? "");
  }

  async #announce(rows: readonly SinkRecord[]): Promise<void> {
    if (this.#objects.size > MOST_OBJECTS) this.#objects.clear();
    const column = (of: (subject: RecordSubject) => string | undefined) =>
      rows.map(({ subject }) => of(subject) ?? null);
    const { rows: found } = await this.#client.query<{ id: string; path: string }>(UPSERT_OBJECTS, [
      column(({ path }) => path),
      column(({ groupId }) => groupId),
      column(({ edgeNodeId }) => edgeNodeId),
      column(({ deviceId }) => (deviceId === "" ? undefined : deviceId)),
      column(({ metric }) => metric),
      rows.map(({ datatype }) => datatype ?? null),
      column(({ unit }) => unit),
    ]);
    const facts = new Map(rows.map((row) => [row.subject.path, factsOf(row)]));
    for (const { id, path } of found) this.#objects.set(path, { id, facts: facts.get(path) ?? "" });
  }
}

/** What of an object may change. */
function factsOf({ datatype, subject }: SinkRecord): string {
  return `${datatype} ${subject.unit ?? ""}`;
}

/** Of one metric and millisecond the last row, as everywhere: one statement cannot write a row twice. */
function lastOfEach(records: readonly SinkRecord[]): ReadonlyMap<string, SinkRecord> {
  return new Map(records.map((record) => [`${record.time} ${record.subject.path}`, record]));
}

function columnsOf(rows: readonly SinkRecord[], ids: readonly string[]): unknown[] {
  const of = (kind: Content["kind"]) =>
    rows.map(({ content }) =>
      content.kind === kind && content.kind !== "none" ? String(content.value) : null,
    );
  return [
    rows.map(({ time }) => new Date(time).toISOString()),
    ids,
    rows.map(({ quality }) => qualityCode(quality)),
    of("number"),
    of("integer"),
    of("truth"),
    of("text"),
    of("json"),
    rows.map(({ isHistorical }) => isHistorical),
    rows.map(({ reason }) => reason ?? null),
    rows.map(({ receivedAt }) => new Date(receivedAt).toISOString()),
  ];
}

/** Data exceptions (22…) and violated constraints (23…) are of the rows; everything else passes. */
function judged(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (!/^2[23]/.test(code) || !(error instanceof Error)) return error;
  return new Refused(`${code} ${error.message}`, { cause: error });
}
