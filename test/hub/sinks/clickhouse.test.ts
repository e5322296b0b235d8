/** The ClickHouse sink and the server that Debian has (18.16: no DateTime64); the row of newer ones as text. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { Refused } from "../../../hub/src/sinks/target.ts";
import { openClickhouse, rowText } from "../../../hub/src/sinks/targets/clickhouse.ts";
import { databaseServer, skipWithout } from "../../support/database-server.ts";
import {
  edgeNodeClient,
  everyKind,
  keysOf,
  metric,
  startSinkHub,
  wantedKeys,
} from "../../support/sink-hub.ts";
import { parsedSink, sinkRecord } from "../../support/sink-record.ts";

describe("the ClickHouse sink", { skip: skipWithout("clickhouse"), timeout: 180_000 }, () => {
  it("makes its table and has every value there, once, also when it is written twice", async (t) => {
    const server = await databaseServer(t, "clickhouse");
    const url = `http://127.0.0.1:${server.port}`;
    const query = async (text: string) => {
      const answer = await fetch(`${url}/?query=${encodeURIComponent(text)}`);
      const { data } = JSON.parse(await answer.text());
      return data;
    };
    const hub = await startSinkHub(t, [
      `{ name: ch, type: clickhouse, url: "${url}", every: 50ms, retryAfter: 50ms }`,
      `{ name: again, type: clickhouse, url: "${url}", every: 50ms, retryAfter: 50ms }`,
    ]);
    const node = await edgeNodeClient(t, hub.mqttPort);
    const time = Date.now() - 5000;
    await node.born(time, everyKind(time));
    await node.data(time + 1, [metric("Parts", "Int32", 43, time + 1)]);
    await hub.untilWritten("ch");

    const rows = await hub.untilWritten("again");
    const found = await query("SELECT * FROM default.uns_value FINAL ORDER BY ts FORMAT JSON");

    const keys = found.map(({ path, ts }: { path: string; ts: string }) => ({
      path,
      time: Number(ts),
    }));
    assert.deepEqual(keysOf(keys), wantedKeys(rows));
    assert.equal(found.length, wantedKeys(rows).size);
    const of = (name: string) => found.find((row: { metric: string }) => row.metric === name);
    assert.partialDeepStrictEqual(of("Hydraulics/Pressure"), {
      num: 101.5,
      quality: 192,
      unit: "bar",
    });
    assert.partialDeepStrictEqual(of("Total"), { int: "-9007199254740993", type: "Int64" });
    assert.partialDeepStrictEqual(of("Text, with = and blanks"), {
      str: 'say "hi" \\ to\nÄrger ✓',
    });
    assert.partialDeepStrictEqual(of("Curve"), { json: "[1,-2,3]" });
  });
});

/** What a server of today says: its answer, or the error of which the code is a part. */
interface Says {
  /** To which of the settings may be set. */
  readonly settings?: string | Error;
  readonly insert?: Error;
}

/** Answers as a server of today does, and keeps what was asked. */
async function modernServer(t: TestContext, says: Says) {
  const asked: URLSearchParams[] = [];
  const server = createServer((request, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://clickhouse");
    asked.push(searchParams);
    const answer = answerTo(searchParams.get("query") ?? "", says);
    const isError = answer instanceof Error;
    request.resume().on("end", () => {
      response.writeHead(isError ? 500 : 200).end(isError ? answer.message : answer);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  return { url: `http://127.0.0.1:${address.port}`, asked };
}

function answerTo(query: string, { settings = "", insert }: Says): string | Error {
  if (query.startsWith("SELECT version")) return "24.8.4.13\n";
  if (query.startsWith("DESCRIBE"))
    return JSON.stringify({ data: [{ name: "ts", type: "DateTime64(3, 'UTC')" }] });
  if (query.startsWith("INSERT")) return insert ?? "";
  return query.includes("system.settings") ? settings : "";
}

async function insertInto(t: TestContext, says: Says): Promise<readonly URLSearchParams[]> {
  const { url, asked } = await modernServer(t, says);
  const config = await parsedSink(`{ name: ch, type: clickhouse, url: "${url}" }`, "clickhouse");
  const { signal } = new AbortController();
  const target = await openClickhouse(config, signal);
  await target.write([sinkRecord({})], signal);
  return asked.filter((each) => each.get("query")?.startsWith("INSERT"));
}

const BOTH = "async_insert\nwait_for_async_insert\n";
const SECRET = new Error("Code: 497. DB::Exception: sink: Not enough privileges. (ACCESS_DENIED)");

describe("inserts into ClickHouse", { timeout: 60_000 }, () => {
  for (const [how, settings, wanted] of [
    ["are gathered, and answered when they are stored", BOTH, ["1", "1"]],
    ["ask nothing new of an older server", "", [null, null]],
    ["wait where gathering is not theirs to set", "wait_for_async_insert\n", [null, "1"]],
    ["are not gathered where waiting is not theirs to set", "async_insert\n", [null, null]],
    ["are not gathered where nobody may look what can be set", SECRET, [null, null]],
  ] as const) {
    it(how, async (t) => {
      const inserts = await insertInto(t, { settings });

      assert.equal(inserts.length, 1);
      assert.deepEqual(
        ["async_insert", "wait_for_async_insert"].map((name) => inserts[0]?.get(name)),
        wanted,
      );
    });
  }

  it("are tried again while the server has too many parts, and taken apart for too many months", async (t) => {
    const refused = async (text: string): Promise<unknown> =>
      await insertInto(t, { insert: new Error(`Code: 252. DB::Exception: ${text}`) });

    await assert.rejects(
      refused("Too many parts (3000). Merges are processing significantly slower than inserts"),
      (error) => !(error instanceof Refused),
    );
    await assert.rejects(
      refused("Too many partitions for single INSERT block (more than 100)"),
      Refused,
    );
  });
});

describe("a row for ClickHouse", () => {
  it("has dates where the server has DateTime64", () => {
    const record = sinkRecord({ content: { kind: "integer", value: 2n ** 63n - 1n } });

    const text = rowText(record, true);

    assert.match(text, /"ts":"2023-11-14 22:13:20.000"/);
    assert.match(text, /"int":9223372036854775807,/);
  });
});
