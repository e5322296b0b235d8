/**
 * ClickHouse over HTTP. The table replaces rows with the same path and time when it merges; `SELECT … FINAL` sees that at
 * once. Servers of before 20 have no DateTime64: there `ts` is milliseconds.
 */
import { z } from "zod";
import type { SinkOf } from "../config/index.ts";
import { qualityCode, type SinkRecord } from "../record.ts";
import { Refused, type Target } from "../target.ts";
import { basic, post } from "./http.ts";

type Config = SinkOf<"clickhouse">;

/** The first that has DateTime64 and LowCardinality for everybody. */
const MODERN = 20;

/** The server answers when what it has gathered is stored: a position is kept after that only. */
const WAITS = "wait_for_async_insert";
/** Those of them that it knows (from 21.11 on) and this user may set, one a line. */
const MAY_SET = `SELECT name FROM system.settings WHERE name IN ('async_insert', '${WAITS}') AND NOT readonly`;

/** Rows with times of more than a hundred months in one insert. "Too many parts" has this code, too, and passes. */
const TOO_MANY_MONTHS = /Code: 252\b.*Too many partitions/s;

/** What the server says is wrong, unlike what a broken connection says. */
const OWN_FAULT = /\bCode: \d+/;

const columns = z.object({ data: z.array(z.object({ name: z.string(), type: z.string() })) });

/** @throws when the server cannot be reached or does not let the table be made. */
export async function openClickhouse(config: Config, signal: AbortSignal): Promise<Target> {
  const target = new ClickhouseTarget(config);
  await target.prepare(signal);
  return target;
}

class ClickhouseTarget implements Target {
  readonly #config: Config;
  #hasMilliseconds = false;
  #settings: Readonly<Record<string, string>> = {};

  constructor(config: Config) {
    this.#config = config;
  }

  async prepare(signal: AbortSignal): Promise<void> {
    const { database, table } = this.#config;
    const version = Number.parseInt(await this.#ask("SELECT version()", "", signal), 10);
    await this.#ask(tableText(`${database}.${table}`, version >= MODERN), "", signal);
    const described = await this.#ask(
      `DESCRIBE TABLE ${database}.${table} FORMAT JSON`,
      "",
      signal,
    );
    const ts = columns.parse(JSON.parse(described)).data.find(({ name }) => name === "ts");
    this.#hasMilliseconds = ts?.type.startsWith("DateTime64") === true;
    this.#settings = await this.#gathering(signal);
  }

  /** So that the server gathers small inserts; none where it, or the rights of the user, do not let it. */
  async #gathering(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const answer = await this.#ask(MAY_SET, "", signal).catch((error: unknown) => {
      if (error instanceof Error && OWN_FAULT.test(error.message)) return "";
      throw error;
    });
    const names = answer.split("\n").filter((name) => name !== "");
    return names.includes(WAITS) ? Object.fromEntries(names.map((name) => [name, "1"])) : {};
  }

  async write(records: readonly SinkRecord[], signal: AbortSignal): Promise<void> {
    const { database, table } = this.#config;
    const rows = records.map((record) => `${rowText(record, this.#hasMilliseconds)}\n`);
    try {
      const query = `INSERT INTO ${database}.${table} FORMAT JSONEachRow`;
      await this.#ask(query, rows.join(""), signal, this.#settings);
    } catch (error) {
      if (!(error instanceof Error) || !TOO_MANY_MONTHS.test(error.message)) throw error;
      throw new Refused(error.message, { cause: error }); // half of them are in fewer
    }
  }

  async close(): Promise<void> {
    // connections are those of fetch, which ends them when they are idle
  }

  async #ask(
    query: string,
    body: string,
    signal: AbortSignal,
    settings: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const { user, password } = this.#config;
    const url = new URL(this.#config.url);
    for (const [name, value] of Object.entries({ query, ...settings }))
      url.searchParams.set(name, value);
    const headers = {
      ...(user !== undefined && { authorization: basic(user, password?.read() ?? "") }),
    };
    return await post({ url, headers, body, gzip: false, signal });
  }
}

function tableText(name: string, isModern: boolean): string {
  const text = isModern ? "LowCardinality(String)" : "String";
  const day = isModern ? "toYYYYMM(ts)" : "toYYYYMM(toDateTime(intDiv(ts, 1000)))";
  return `CREATE TABLE IF NOT EXISTS ${name} (
    path ${text}, ts ${isModern ? "DateTime64(3, 'UTC')" : "Int64"}, quality Int16,
    num Nullable(Float64), int Nullable(Int64), bool Nullable(UInt8), str Nullable(String), json Nullable(String),
    historical UInt8, reason ${isModern ? "LowCardinality(Nullable(String))" : "Nullable(String)"},
    received ${isModern ? "DateTime64(3, 'UTC')" : "Int64"}, unit ${text}, type ${text},
    group_id ${text}, edge_node_id ${text}, device_id ${text}, metric ${text}
  ) ENGINE = ReplacingMergeTree PARTITION BY ${day} ORDER BY (path, ts)`;
}

/** `isDated`: times are dates, else milliseconds since 1970 UTC. */
export function rowText(record: SinkRecord, isDated: boolean): string {
  const { subject, content, datatype = "", quality, reason, isHistorical } = record;
  const { path, unit = "", groupId, edgeNodeId, deviceId, metric } = subject;
  const time = (ms: number): number | string => (isDated ? dateText(ms) : ms);
  const names = { unit, type: datatype, group_id: groupId, edge_node_id: edgeNodeId };
  return JSON.stringify({
    path,
    ts: time(record.time),
    quality: qualityCode(quality),
    ...contentColumn(content),
    historical: Number(isHistorical),
    ...(reason !== undefined && { reason }),
    received: time(record.receivedAt),
    ...names,
    device_id: deviceId,
    metric,
  });
}

/** Integers are exact; truth values are 0 and 1. */
function contentColumn(content: SinkRecord["content"]): object {
  switch (content.kind) {
    case "number":
      return { num: content.value };
    case "integer":
      return { int: JSON.rawJSON(content.value.toString()) };
    case "truth":
      return { bool: Number(content.value) };
    case "text":
      return { str: content.value };
    case "json":
      return { json: content.value };
    case "none":
      return {};
  }
}

function dateText(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
}
