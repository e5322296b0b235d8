/**
 * The hub and the databases are killed in the middle of a batch; at the end every value that stands in the log stands in each
 * database, counted by its key.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, it, type TestContext } from "node:test";
import { Client } from "pg";
import { RunningCommand } from "../support/cli.ts";
import { databaseServer, skipWithout, type DatabaseServer } from "../support/database-server.ts";
import { tempDir } from "../support/hub.ts";
import { asking, edgeNodeClient, keysOf, metric, wantedKeys } from "../support/sink-hub.ts";

const skip = skipWithout("postgresql") || skipWithout("influxdb");
const METRICS = 20;

async function runningHub(t: TestContext, file: string) {
  const hub = new RunningCommand(t, ["start", "-c", file]);
  const [, httpPort = ""] = await hub.until(/Page +http:\/\/127\.0\.0\.1:(\d+)\//);
  const [, mqttPort = ""] = await hub.until(/mqtt:\/\/127\.0\.0\.1:(\d+)/);
  await hub.until(/Stop +Ctrl-C/);
  return {
    ...asking(Number(httpPort)),
    node: await edgeNodeClient(t, Number(mqttPort)),
    kill: async () => {
      hub.signal("SIGKILL");
      await hub.end();
    },
  };
}

type RunningHub = Awaited<ReturnType<typeof runningHub>>;

function readings(time: number) {
  return Array.from({ length: METRICS }, (_, at) =>
    metric(`Vibration/m${at}`, "Double", time + at / 100, time),
  );
}

/** `count` messages from `time` on, a millisecond apart; answers the time behind them. */
async function tell({ node }: RunningHub, time: number, count: number): Promise<number> {
  await node.born(time, readings(time));
  for (let at = 1; at <= count; at += 1) await node.data(time + at, readings(time + at));
  return time + count + 1;
}

async function connected(t: TestContext, { port }: DatabaseServer): Promise<Client> {
  const client = new Client({ host: "127.0.0.1", port, user: "unshub", database: "postgres" });
  client.on("error", () => undefined); // the server is killed
  await client.connect();
  t.after(() => client.end());
  return client;
}

/** Holds whatever is written to the table from now on, in the middle. */
async function lock(client: Client): Promise<void> {
  await client.query("BEGIN");
  await client.query("LOCK TABLE uns_value IN EXCLUSIVE MODE");
}

/** Resolves when a batch is held. */
async function untilHeld(client: Client, hub: RunningHub): Promise<void> {
  await hub.untilSink("pg", ({ position, backlogRows }) => position > 0 && backlogRows > 0);
  for (;;) {
    const { rows } = await client.query(
      "SELECT 1 FROM pg_stat_activity WHERE application_name = 'unshub pg' AND wait_event_type = 'Lock'",
    );
    if (rows.length > 0) return;
    await pause(10);
  }
}

async function influx({ port }: DatabaseServer, query: string) {
  const url = `http://127.0.0.1:${port}/query?db=plant&epoch=ms&q=${encodeURIComponent(query)}`;
  const { results } = JSON.parse(await (await fetch(url, { method: "POST" })).text());
  return results[0].series?.[0];
}

describe("sinks", { skip, timeout: 300_000 }, () => {
  it("lose nothing when the hub or a database is killed in the middle of a batch", async (t) => {
    const postgres = await databaseServer(t, "postgresql");
    const influxdb = await databaseServer(t, "influxdb");
    await influx(influxdb, "CREATE DATABASE plant");
    const dataDir = tempDir(t);
    const file = join(dataDir, "unshub.yaml");
    const often = "rows: 500, every: 50ms, retryAfter: 20ms, retryAtMost: 100ms";
    writeFileSync(
      file,
      `hub: { dataDir: ${dataDir} }
listeners: { mqtt: { port: 0 }, http: { port: 0 } }
sinks:
  - { name: pg, type: postgresql, url: "postgres://127.0.0.1:${postgres.port}/postgres", ${often} }
  - { name: influx, type: line-protocol, url: "http://127.0.0.1:${influxdb.port}", database: plant, ${often} }
`,
    );
    const first = await runningHub(t, file);
    let time = await tell(first, Date.now() - 60_000, 100);
    await first.untilWritten("pg");

    // The hub dies while its batch is in the database: confirmed to nobody.
    const holder = await connected(t, postgres);
    await lock(holder);
    const telling = tell(first, time, 100);
    await untilHeld(holder, first);
    time = await telling;
    await first.rows();
    await first.kill();
    await holder.query("ROLLBACK");
    const second = await runningHub(t, file);
    time = await tell(second, time, 100);

    // Both databases die while they have a batch.
    const secondHolder = await connected(t, postgres);
    await lock(secondHolder);
    const more = tell(second, time, 200);
    await untilHeld(secondHolder, second);
    await Promise.all([postgres.kill(), influxdb.kill()]);
    await tell(second, await more, 10); // of which the one that was not held has nothing yet
    await second.untilSink("pg", ({ status }) => status === "down");
    await second.untilSink("influx", ({ status }) => status === "down");
    await Promise.all([postgres.start(), influxdb.start()]);
    const rows = await second.untilWritten("pg");
    await second.untilWritten("influx");

    const client = await connected(t, postgres);
    const inPostgres = await client.query<{ path: string; ts: Date }>("SELECT path, ts FROM uns");
    const inInflux = await influx(influxdb, 'SELECT path, num, q FROM "uns_value"');
    const wanted = wantedKeys(rows);
    assert.ok(wanted.size > 9000, `${wanted.size} values`);
    assert.deepEqual(
      keysOf(inPostgres.rows.map(({ path, ts }) => ({ path, time: Number(ts) }))),
      wanted,
    );
    assert.equal(inPostgres.rows.length, wanted.size);
    assert.deepEqual(
      keysOf(inInflux.values.map(([at, path]: [number, string]) => ({ path, time: at }))),
      wanted,
    );
    const states = [await second.sink("pg"), await second.sink("influx")];
    assert.deepEqual(
      states.map(({ missedRows, deadLetters }) => [missedRows, deadLetters]),
      [
        [0, 0],
        [0, 0],
      ],
    );
  });
});
