/** The PostgreSQL sink against the real server. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, it } from "node:test";
import { Client } from "pg";
import { databaseServer, skipWithout, type DatabaseServer } from "../../support/database-server.ts";
import type { Ending } from "../../support/hub.ts";
import { blocksOf } from "../../support/recipe.ts";
import {
  edgeNodeClient,
  everyKind,
  keysOf,
  metric,
  startSinkHub,
  wantedKeys,
} from "../../support/sink-hub.ts";

const skip = skipWithout("postgresql");

function sinkAt({ port }: DatabaseServer, more = ""): string {
  return `{ name: pg, type: postgresql, url: "postgres://127.0.0.1:${port}/postgres", user: unshub, schema: plant, every: 50ms, retryAfter: 50ms, retryAtMost: 200ms${more} }`;
}

async function connected(t: Ending, { port }: DatabaseServer): Promise<Client> {
  const client = new Client({ host: "127.0.0.1", port, user: "unshub", database: "postgres" });
  client.on("error", () => undefined); // the server is killed in some tests
  await client.connect();
  t.after(() => client.end());
  return client;
}

describe("the PostgreSQL sink", { skip, timeout: 180_000 }, () => {
  it("writes every kind of value into a column of its own, with unit and place, by day", async (t) => {
    const server = await databaseServer(t, "postgresql");
    const hub = await startSinkHub(t, [sinkAt(server)]);
    const node = await edgeNodeClient(t, hub.mqttPort);
    const time = Date.now() - 1000;
    await node.born(time, everyKind(time));
    await node.data(time + 500, [metric("Hydraulics/Pressure", "Double", 102.25, time + 500)]);

    const rows = await hub.untilWritten("pg");
    const client = await connected(t, server);
    await client.query("SET search_path TO plant");
    const found = await client.query("SELECT * FROM uns ORDER BY ts, path");
    for (const sql of blocksOf("grafana.md", "sql")) {
      const text = sql
        .replaceAll(/\$__time\(ts\)/g, 'ts AS "time"')
        .replaceAll(/\$__timeFilter\(ts\)/g, "ts > now() - interval '1 hour'")
        .replaceAll(/\$__timeGroup\(ts, '5m'\)/g, "date_trunc('minute', ts)")
        .replace("gw-press/press-01", "gw/press");
      const { rows: shown } = await client.query(text);
      assert.ok(shown.length > 0 || sql.includes("quality = 500"), sql);
    }
    const parts = await client.query(
      "SELECT relname FROM pg_class WHERE relname ~ '^uns_value_2' AND relkind = 'r'",
    );

    assert.deepEqual(
      keysOf(found.rows.map((row) => ({ path: row.path, time: Number(row.ts) }))),
      wantedKeys(rows),
    );
    const of = (name: string) => found.rows.filter((row) => row.metric === name);
    assert.deepEqual(
      of("Hydraulics/Pressure").map(({ num, quality, unit }) => [num, quality, unit]),
      [
        [101.5, 192, "bar"],
        [102.25, 192, "bar"],
      ],
    );
    assert.deepEqual(
      [of("Parts")[0].int, of("Total")[0].int, of("Running")[0].bool, of("Huge")[0].str],
      ["-42", "-9007199254740993", true, "18446744073709551615"],
    );
    assert.equal(of("Text, with = and blanks")[0].str, 'say "hi" \\ to\nÄrger ✓');
    assert.equal(of("Since")[0].str, "2023-11-14T22:13:20.123Z");
    assert.deepEqual([of("Raw")[0].str, of("Curve")[0].json], ["AQL/", [1, -2, 3]]);
    assert.deepEqual([of("NotANumber")[0].num, of("Nothing")[0].int], [null, null]);
    const day = new Date(time).toISOString().slice(0, 10).replaceAll("-", "");
    assert.ok(parts.rows.some(({ relname }) => relname === `uns_value_${day}`));
  });

  it("keeps a value that the database refuses as a dead letter, and writes the others", async (t) => {
    const server = await databaseServer(t, "postgresql");
    const hub = await startSinkHub(t, [sinkAt(server)]);
    const node = await edgeNodeClient(t, hub.mqttPort);
    const time = Date.now() - 1000;
    const long = randomBytes(1500).toString("hex"); // more than an index takes
    await node.born(time, [
      metric("Name", "String", "a\0b", time),
      metric("n", "Int32", 1, time),
      metric(long, "Int32", 1, time),
    ]);
    const poison = await hub.untilSink("pg", ({ deadLetters }) => deadLetters > 1);

    const letters = await hub.ask("/api/v1/sinks/pg/dead-letters");
    const { findings } = await hub.ask("/api/v1/findings");
    await hub.untilWritten("pg");
    const client = await connected(t, server);
    const { rows } = await client.query("SELECT metric FROM plant.uns WHERE device_id = 'press'");

    assert.equal(poison.deadLetters, 2);
    assert.partialDeepStrictEqual(letters, {
      total: 2,
      deadLetters: [
        { path: "Plant1/gw/press/Name", value: "a\0b" },
        { path: `Plant1/gw/press/${long}` },
      ],
    });
    assert.deepEqual(
      rows.map((row) => row.metric),
      ["n"],
    );
    assert.ok(findings.some((one: { code: string }) => one.code === "SINK-REFUSED"));
  });
});
