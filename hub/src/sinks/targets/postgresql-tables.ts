/** The tables that a PostgreSQL sink makes, and its two statements. */
import type { Client } from "pg";

const OBJECTS = `CREATE TABLE IF NOT EXISTS uns_object (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  path text NOT NULL UNIQUE,
  group_id text NOT NULL, edge_node_id text NOT NULL, device_id text, metric text NOT NULL,
  type text, unit text)`;

const VALUES = `CREATE TABLE IF NOT EXISTS uns_value (
  ts timestamptz NOT NULL,
  object_id bigint NOT NULL,
  quality smallint NOT NULL,
  num double precision, int bigint, bool boolean, str text, json jsonb,
  historical boolean NOT NULL,
  reason text,
  received timestamptz NOT NULL,
  PRIMARY KEY (object_id, ts))`;

const VIEW = `CREATE OR REPLACE VIEW uns AS
  SELECT v.ts, o.path, coalesce(v.num, v.int::double precision, v.bool::int::double precision) AS value,
         v.quality, v.num, v.int, v.bool, v.str, v.json, v.historical, v.reason, v.received,
         o.unit, o.type, o.group_id, o.edge_node_id, o.device_id, o.metric
  FROM uns_value v JOIN uns_object o ON o.id = v.object_id`;

/** One at a time makes tables, whichever hub it is. */
const LOCK = "SELECT pg_advisory_xact_lock(7110425)";

/** Makes what is missing; answers whether days are partitions that the sink has to make. */
export async function makeTables(client: Client, schema: string): Promise<boolean> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
  await client.query(`SET search_path TO "${schema}", public`);
  await client.query("SET timezone TO 'UTC'");
  await client.query("BEGIN");
  try {
    await client.query(LOCK);
    await client.query(OBJECTS);
    if (!(await isThere(client))) await makeValues(client);
    await client.query(VIEW);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
  return await isPartitioned(client);
}

async function makeValues(client: Client): Promise<void> {
  if (await hasTimescale(client)) {
    await client.query(VALUES);
    await client.query(
      "SELECT create_hypertable('uns_value', 'ts', chunk_time_interval => interval '1 day')",
    );
    return;
  }
  await client.query(`${VALUES} PARTITION BY RANGE (ts)`);
  await client.query("CREATE TABLE uns_value_other PARTITION OF uns_value DEFAULT");
}

async function isThere(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    "SELECT to_regclass('uns_value') IS NOT NULL AS found",
  );
  return rows[0]?.found === true;
}

async function hasTimescale(client: Client): Promise<boolean> {
  const { rows } = await client.query("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'");
  return rows.length > 0;
}

async function isPartitioned(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ relkind: string }>(
    "SELECT relkind FROM pg_class WHERE oid = to_regclass('uns_value')",
  );
  return rows[0]?.relkind === "p";
}

export const UPSERT_OBJECTS = `INSERT INTO uns_object (path, group_id, edge_node_id, device_id, metric, type, unit)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
  ON CONFLICT (path) DO UPDATE SET type = excluded.type, unit = excluded.unit
  RETURNING id::text AS id, path`;

/** A row that is there already is replaced when it differs: somebody corrected it, or a later one has the same millisecond. */
export const INSERT_VALUES = `INSERT INTO uns_value AS old
  (ts, object_id, quality, num, int, bool, str, json, historical, reason, received)
  SELECT * FROM unnest($1::timestamptz[], $2::bigint[], $3::smallint[], $4::float8[], $5::bigint[], $6::boolean[],
                       $7::text[], $8::jsonb[], $9::boolean[], $10::text[], $11::timestamptz[])
  ON CONFLICT (object_id, ts) DO UPDATE SET
    quality = excluded.quality, num = excluded.num, int = excluded.int, bool = excluded.bool, str = excluded.str,
    json = excluded.json, historical = excluded.historical, reason = excluded.reason, received = excluded.received
  WHERE (old.quality, old.num, old.int, old.bool, old.str, old.json, old.reason)
     IS DISTINCT FROM (excluded.quality, excluded.num, excluded.int, excluded.bool, excluded.str, excluded.json, excluded.reason)`;
