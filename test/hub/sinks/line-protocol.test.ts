/** Line protocol: the text itself, and InfluxDB 1 and VictoriaMetrics as Debian has them. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage } from "node:http";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { LineProtocolTarget } from "../../../hub/src/sinks/targets/line-protocol.ts";
import { deviceLines, metricLines } from "../../../hub/src/sinks/targets/line-text.ts";
import { databaseServer, skipWithout } from "../../support/database-server.ts";
import { parsedSink, sinkRecord } from "../../support/sink-record.ts";
import {
  edgeNodeClient,
  everyKind,
  keysOf,
  metric,
  startSinkHub,
  wantedKeys,
} from "../../support/sink-hub.ts";

const pressRecord = (name: string, more: Parameters<typeof sinkRecord>[0]) =>
  sinkRecord({ ...more, subject: { path: `Plant1/gw/press/${name}`, metric: name } });

describe("line protocol", () => {
  it("escapes what would end a tag, a field or the line, and never gives a field two types", () => {
    const subject = {
      path: "a/b, =c\\",
      metric: "b, =c\\",
      levels: [["Site", "Dallas 1"]],
    } as const;
    const records = [
      sinkRecord({ subject, content: { kind: "text", value: 'say "x" \\\nnext' } }),
      sinkRecord({ subject, content: { kind: "integer", value: -(2n ** 63n) } }),
      sinkRecord({ subject, content: { kind: "number", value: 1e-7 }, quality: "offline" }),
      sinkRecord({ subject, content: { kind: "none" }, quality: "bad", time: 5 }),
    ];

    const lines = metricLines(records, "my, measure");

    const head = String.raw`my\,\ measure,path=a/b\,\ \=c%5C,group=Plant1,node=gw,device=press,metric=b\,\ \=c%5C,site=Dallas\ 1`;
    assert.equal(
      lines,
      [
        `${head} str="say \\"x\\" \\\\\nnext",q=192i 1700000000000`,
        `${head} int=-9223372036854775808i,q=192i 1700000000000`,
        `${head} num=1e-7,q=500i 1700000000000`,
        `${head} q=0i 5`,
        "",
      ].join("\n"),
    );
  });

  it("has one line for what a device says at one time, the last value of each metric", () => {
    const records = [
      pressRecord("Parts", { content: { kind: "integer", value: 1 } }),
      pressRecord("Motor speed", { content: { kind: "number", value: 2.5 }, quality: "stale" }),
      pressRecord("Parts", { content: { kind: "integer", value: 2 } }),
      pressRecord("Parts", { content: { kind: "none" }, quality: "bad", time: 5 }),
    ];

    const lines = deviceLines(records, "press");

    const head = "press,path=Plant1/gw/press,group=Plant1,node=gw,device=press";
    assert.equal(
      lines,
      [
        String.raw`${head} Parts=2i,Parts.q=192i,Motor\ speed=2.5,Motor\ speed.q=500i 1700000000000`,
        `${head} Parts.q=0i 5`,
        "",
      ].join("\n"),
    );
  });

  const interfaces = [
    [
      "api: v1, database: plant, user: u, password: p",
      "/write?db=plant&precision=ms",
      "Basic dTpw",
    ],
    [
      "api: v2, org: o, bucket: b, token: t",
      "/api/v2/write?org=o&bucket=b&precision=ms",
      "Token t",
    ],
    [
      "api: v3, database: plant, token: t",
      "/api/v3/write_lp?db=plant&precision=millisecond",
      "Bearer t",
    ],
  ] as const;
  for (const [settings, path, authorization] of interfaces) {
    it(`asks for ${path} with ${authorization.split(" ")[0]}`, async (t) => {
      const asked: IncomingMessage[] = [];
      const bodies: Buffer[] = [];
      const server = createServer((request, response) => {
        asked.push(request);
        request.on("data", (chunk: Buffer) => bodies.push(chunk));
        request.on("end", () => response.writeHead(204).end());
      });
      await new Promise<void>((resolve) => {
        server.listen(0, "127.0.0.1", resolve);
      });
      t.after(() => server.close());
      const address = server.address();
      const port = typeof address === "object" ? address?.port : 0;
      const config = await parsedSink(
        `{ name: x, type: line-protocol, url: "http://127.0.0.1:${port}", ${settings} }`,
        "line-protocol",
      );

      const target = new LineProtocolTarget(config);
      await target.write([sinkRecord({})], AbortSignal.timeout(5000));

      assert.deepEqual([asked[0]?.url, asked[0]?.headers.authorization], [path, authorization]);
      assert.match(
        gunzipSync(Buffer.concat(bodies)).toString(),
        /^uns_value,path=.* num=1,q=192i /,
      );
    });
  }
});

describe(
  "the line protocol sink and InfluxDB 1",
  {
    skip: skipWithout("influxdb"),
    timeout: 180_000,
  },
  () => {
    it("has every value there, also when the database comes later and a field has another type", async (t) => {
      const server = await databaseServer(t, "influxdb");
      const url = `http://127.0.0.1:${server.port}`;
      const query = async (q: string) => {
        const answer = await fetch(`${url}/query?db=plant&epoch=ms&q=${encodeURIComponent(q)}`, {
          method: "POST",
        });
        return JSON.parse(await answer.text()).results[0].series?.[0];
      };
      const hub = await startSinkHub(t, [
        `{ name: influx, type: line-protocol, url: "${url}", database: plant, every: 50ms, retryAfter: 50ms, retryAtMost: 100ms }`,
        `{ name: devices, type: line-protocol, row: device, measurement: press, url: "${url}", database: plant, every: 50ms, retryAfter: 50ms, retryAtMost: 100ms }`,
      ]);
      const node = await edgeNodeClient(t, hub.mqttPort);
      const time = Date.now() - 5000;
      await node.born(time, everyKind(time));
      const early = await hub.untilSink("influx", ({ status }) => status === "down");
      await query("CREATE DATABASE plant");
      await hub.untilWritten("influx");
      await node.data(time + 1, [metric("Parts", "Int32", 7, 1e15)]); // beyond what InfluxDB can date
      await node.data(time + 2, [metric("Parts", "Int32", 8, time + 2)]);
      await hub.untilSink("influx", ({ deadLetters }) => deadLetters === 1);

      const rows = await hub.untilWritten("influx");
      const { columns, values } = await query('SELECT * FROM "uns_value"');
      await hub.untilWritten("devices");
      const press = await query(
        'SELECT "Hydraulics/Pressure", "Parts", "Running.q" FROM "press" WHERE "device" = \'press\'',
      );

      assert.deepEqual(press.values, [
        [time, 101.5, -42, 192],
        [time + 2, null, 8, null],
      ]);
      assert.match(early.error ?? "", /404.*database not found/);
      const found = values.map((row: unknown[]) =>
        Object.fromEntries(columns.map((name: string, at: number) => [name, row[at]])),
      );
      const wanted = wantedKeys(rows.filter((row) => row.time !== 1e15));
      assert.deepEqual(keysOf(found), wanted);
      const of = (name: string) => found.find((row: { metric: string }) => row.metric === name);
      assert.partialDeepStrictEqual(of("Hydraulics/Pressure"), { num: 101.5, q: 192, node: "gw" });
      assert.partialDeepStrictEqual(of("Text, with = and blanks"), {
        str: 'say "hi" \\ to\nÄrger ✓',
      });
      assert.partialDeepStrictEqual(of("NotANumber"), { num: null, q: 192 });
    });
  },
);

describe(
  "the line protocol sink and VictoriaMetrics",
  {
    skip: skipWithout("victoriaMetrics"),
    timeout: 180_000,
  },
  () => {
    it("has every number there", async (t) => {
      const server = await databaseServer(t, "victoriaMetrics");
      const url = `http://127.0.0.1:${server.port}`;
      const hub = await startSinkHub(t, [
        `{ name: vm, type: line-protocol, url: "${url}", every: 50ms, retryAfter: 50ms }`,
        `{ name: vm2, type: line-protocol, url: "${url}", api: v2, org: o, bucket: b, measurement: second, every: 50ms, retryAfter: 50ms }`,
      ]);
      const node = await edgeNodeClient(t, hub.mqttPort);
      const time = Date.now() - 5000;
      await node.born(time, everyKind(time));
      for (let at = 1; at <= 100; at += 1) {
        await node.data(time + at, [metric("Hydraulics/Pressure", "Double", at, time + at)]);
      }
      await hub.untilWritten("vm");
      await hub.untilWritten("vm2");

      await fetch(`${url}/internal/force_flush`);
      const exported = async (name: string) =>
        JSON.parse(await (await fetch(`${url}/api/v1/export?match[]=${name}`)).text());
      const first = await exported('uns_value_num{metric="Hydraulics/Pressure"}');
      const second = await exported('second_num{metric="Hydraulics/Pressure"}');

      const wanted = [101.5, ...Array.from({ length: 100 }, (_, at) => at + 1)];
      assert.deepEqual(first.values, wanted);
      assert.deepEqual(
        first.timestamps,
        Array.from({ length: 101 }, (_, at) => time + at),
      );
      assert.deepEqual(second.values, wanted);
    });
  },
);
