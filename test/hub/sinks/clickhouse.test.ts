/** The ClickHouse sink and the server that Debian has (18.16: no DateTime64); the row of newer ones as text. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rowText } from "../../../hub/src/sinks/targets/clickhouse.ts";
import { databaseServer, skipWithout } from "../../support/database-server.ts";
import {
  edgeNodeClient,
  everyKind,
  keysOf,
  metric,
  startSinkHub,
  wantedKeys,
} from "../../support/sink-hub.ts";
import { sinkRecord } from "../../support/sink-record.ts";

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

describe("a row for ClickHouse", () => {
  it("has dates where the server has DateTime64", () => {
    const record = sinkRecord({ content: { kind: "integer", value: 2n ** 63n - 1n } });

    const text = rowText(record, true);

    assert.match(text, /"ts":"2023-11-14 22:13:20.000"/);
    assert.match(text, /"int":9223372036854775807,/);
  });
});
