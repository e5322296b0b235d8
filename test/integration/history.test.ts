/** The history of a whole hub: over HTTP, in the terminal, across a restart. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import mqtt from "mqtt";
import type { PublishedMessage } from "../../hub/src/broker/index.ts";
import { unshub } from "../support/cli.ts";
import { startTestHub, tempDir, type Ending, type TestHub } from "../support/hub.ts";
import {
  dbirth,
  message,
  nbirth,
  sentAt,
  SOURCE_TIME as T,
  speed,
} from "../support/sparkplug-messages.ts";

const SPEED = "g/e/d/Motor/Speed";

/** A hub that an MQTT client has told of a device with a value beyond 2^53. */
async function toldHub(t: Ending, options: Parameters<typeof startTestHub>[2] = {}) {
  const hub = await startTestHub(t, "", options);
  const say = await speaker(t, hub);
  await say(nbirth());
  await say(dbirth());
  await say(speed(1300, 2, { timestamp: T + 1000 }));
  const count = { name: "Count", datatype: "UInt64", tellDatatype: true, timestamp: T } as const;
  await say(message("DBIRTH/e/e2", [{ ...count, value: 2n ** 63n + 1n }], 3));
  const ask = async (question: string) => {
    const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/history${question}`);
    return { status: answer.status, text: await answer.text() };
  };
  const json = async (question: string) => JSON.parse((await ask(question)).text);
  return { hub, say, ask, json, url: `http://127.0.0.1:${hub.httpPort}` };
}

/** Each message is through the broker when the next one is said. */
async function speaker(t: Ending, { mqttPort }: TestHub) {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
  t.after(() => client.end(true));
  return async ({ topic, payload }: PublishedMessage): Promise<void> => {
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  };
}

describe("the history over HTTP", { timeout: 180_000 }, () => {
  it("answers values, buckets, an instant, a difference and the order of arrival", async (t) => {
    const { hub, json } = await toldHub(t);
    const path = `path=${encodeURIComponent(SPEED)}`;

    const raw = await json(`?${path}&from=${T}&to=${T + 5000}`);
    const byId = await json(
      `?id=${hub.hub.tree.find(SPEED)}&from=${T + 500}&to=2033-01-01T00:00:00Z`,
    );
    const buckets = await json(`?${path}&from=${T}&to=${T + 2000}&px=2`);
    const then = await json(`/at?path=g/e/d&at=${T + 999}`);
    const changed = await json(`/difference?from=${T}&to=${T + 1000}`);
    const log = await json(`/log?offset=1&limit=2`);

    assert.partialDeepStrictEqual(raw, {
      path: SPEED,
      values: [
        { time: T, value: 1200, quality: "good", datatype: "Int32" },
        { time: T + 1000, value: 1300 },
      ],
      more: false,
    });
    assert.deepEqual(
      byId.values.map(({ time, value }: { time: number; value: number }) => [time, value]),
      [
        [T, 1200], // what held at the begin comes first
        [T + 1000, 1300],
      ],
    );
    assert.partialDeepStrictEqual(buckets.buckets, [
      { time: T, first: 1200, count: 1, goodMs: 1000 },
      { time: T + 1000, max: 1300, average: 1300 },
    ]);
    assert.deepEqual(buckets.spans, [{ time: T, quality: "good" }]);
    assert.partialDeepStrictEqual(then.metrics, [
      { path: SPEED, value: 1200 },
      { path: "g/e/d/ok", value: true },
    ]);
    assert.partialDeepStrictEqual(changed.metrics, [
      { path: SPEED, before: { value: 1200 }, now: { value: 1300 } },
    ]);
    assert.equal(changed.metrics.length, 1);
    assert.partialDeepStrictEqual(log, { entries: [{ offset: 1 }, { offset: 2 }], next: 3 });
  });

  it("answers large integers exactly, and wrong questions with what is wrong", async (t) => {
    const { ask } = await toldHub(t);

    const count = await ask(`?path=g/e/e2/Count&from=${T}`);
    const nowhere = await ask(`?path=g/e/d/Nothing&from=0`);
    const noRange = await ask(`?path=${SPEED}`);
    const nothing = await ask("?from=0");
    const backwards = await ask(`?path=${SPEED}&from=${T}&to=0`);
    const tooMany = await ask(`?path=${SPEED}&from=0&limit=10001`);

    assert.match(count.text, /"value":9223372036854775809,/);
    assert.deepEqual([nowhere.status, noRange.status, nothing.status], [404, 400, 400]);
    assert.match(nowhere.text, /nothing was ever recorded at \\"g\/e\/d\/Nothing\\"/);
    assert.match(noRange.text, /from/);
    assert.match(nothing.text, /say which metric/);
    assert.deepEqual([backwards.status, tooMany.status], [400, 400]);
  });

  it("is off when the configuration says so, and says so", async (t) => {
    const { ask } = await toldHub(t, { more: "history: { record: false }" });

    const answer = await ask(`?path=${SPEED}&from=0`);

    assert.equal(answer.status, 404);
    assert.match(answer.text, /history\.record is false/);
  });

  it("that is not recorded is a finding, and nothing else: values go on", async (t) => {
    const more = "history: { minFreeDisk: 1000000GiB }";
    const { hub, say, url } = await toldHub(t, { more });
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.end(true));
    const told = new Promise<string>((resolve) => {
      client.on("message", (topic, payload) => resolve(`${topic} ${payload.toString()}`));
    });
    await client.subscribeAsync("$UNS/findings/HISTORY/#");

    const finding = await told;
    await say(speed(1700, 4, { timestamp: T + 3000 }));
    const ready = await fetch(`${url}/readyz`);
    const listed = await unshub("findings", "--url", url);

    assert.match(finding, /^\$UNS\/findings\/HISTORY\/test .*history\.minFreeDisk asks for/);
    assert.match(listed.out, /the history is not recorded/);
    assert.match(listed.out, /make room on the disk/);
    assert.equal(ready.status, 200);
    assert.partialDeepStrictEqual(await ready.json(), { reasons: ["history-stopped"] });
    const { tree } = hub.hub;
    assert.equal(tree.metric(tree.find(SPEED) ?? 0)?.value, 1700);
  });

  it("is told in /metrics and /healthz", async (t) => {
    const { hub, ask, url } = await toldHub(t);
    await ask(`?path=${SPEED}&from=0`);
    await hub.stop();
    const again = await toldHub(t, { dataDir: join(hub.file, "..") });
    await again.ask(`?path=${SPEED}&from=0`);

    const metrics = await (await fetch(`${again.url}/metrics`)).text();
    const health = JSON.parse(await (await fetch(`${again.url}/healthz`)).text());

    assert.match(metrics, /^unshub_log_recording 1$/m);
    assert.match(metrics, /^unshub_log_values_total [1-9]/m);
    assert.equal(health.components.history.recording, true);
    assert.notEqual(url, again.url);
  });
});

describe("the history across a restart", { timeout: 180_000 }, () => {
  it("has everything from before, and a gap where the hub was away", async (t) => {
    const dataDir = tempDir(t);
    const first = await toldHub(t, { dataDir });
    const now = Date.now();
    await first.say(speed(1400, 4, { timestamp: now }));
    await first.hub.stop();

    const second = await startTestHub(t, "", { dataDir });
    const say = await speaker(t, second);
    await say(sentAt(nbirth(1), Date.now()));
    await say(sentAt(dbirth(), Date.now()));
    await say(speed(1500, 2, { timestamp: Date.now() + 5 }));

    const answer = await fetch(
      `http://127.0.0.1:${second.httpPort}/api/history?path=${SPEED}&from=0&to=4e12`,
    );
    const { values } = JSON.parse(await answer.text());
    const shown = values.map((past: { gap?: boolean; value: unknown; reason?: string }) =>
      past.gap === true ? past.reason : past.value,
    );
    assert.deepEqual(shown.slice(0, 4), [1200, 1300, 1400, "not recorded: the hub was stopped"]);
    assert.equal(shown.at(-1), 1500);
  });
});

describe("the history in the terminal", { timeout: 180_000 }, () => {
  it("is printed as a table, as JSON lines, in parts", async (t) => {
    const { url } = await toldHub(t);
    const range = ["--from", String(T), "--to", String(T + 10_000), "--url", url];

    const table = await unshub("history", SPEED, ...range);
    const json = await unshub("history", "g/e/e2/Count", ...range, "--json");
    const parts = await unshub("history", SPEED, ...range, "--buckets", "2");

    assert.deepEqual(table.out.split("\n"), [
      "TIME                      VALUE  QUALITY",
      "2023-11-14T22:13:20.000Z   1200  good",
      "2023-11-14T22:13:21.000Z   1300  good",
    ]);
    assert.match(
      json.out,
      /^\{"path":"g\/e\/e2\/Count","time":1700000000000,"value":9223372036854775809,/,
    );
    assert.match(
      parts.out,
      /2023-11-14T22:13:20\.000Z {2} 1200 {2}1300 {2}1200 {2}1300 {5}1250 {6}2 {2}5\.0 s/,
    );
  });

  it("is printed in parts also where a number is beyond 2^53", async (t) => {
    const { url, say } = await toldHub(t);
    const energy = {
      name: "Energy",
      datatype: "Double",
      tellDatatype: true,
      timestamp: T,
    } as const;
    await say(message("DBIRTH/e/e3", [{ ...energy, value: 2 ** 60 }], 3));
    const range = ["--from", String(T), "--to", String(T + 10_000), "--url", url];

    const parts = await unshub("history", "g/e/e3/Energy", ...range, "--buckets", "1");
    const json = await unshub("history", "g/e/e3/Energy", ...range, "--buckets", "1", "--json");

    const value = String(2 ** 60);
    assert.equal(parts.exitCode, 0, parts.err);
    assert.match(parts.out, new RegExp(` {2}${value}`));
    assert.match(
      json.out,
      new RegExp(`"first":${value},"last":${value},"min":${value},"max":${value},`),
    );
  });

  it("shows an instant, the difference of two, and what is complete", async (t) => {
    const { url, say } = await toldHub(t);
    await say(sentAt(speed(1, 9, { timestamp: T + 2000 }), T + 2000));

    const then = await unshub("history", "g/e/d", "--at", String(T + 10), "--url", url);
    const changed = await unshub(
      "history",
      "--at",
      String(T),
      "--and",
      String(T + 1500),
      "--url",
      url,
    );
    const whole = await unshub("history", "--completeness", "--url", url);

    assert.match(then.out, /^g\/e\/d\/Motor\/Speed {2}2023-11-14T22:13:20\.000Z {3}1200 {2}good$/m);
    assert.deepEqual(changed.out.split("\n"), [
      "PATH               2023-11-14T22:13:20.000Z  2023-11-14T22:13:21.500Z",
      "g/e/d/Motor/Speed                      1200                      1300",
    ]);
    assert.match(whole.out, /EDGE NODE +MESSAGES +BIRTHS +GAPS +LOST/);
    const days = [...whole.out.matchAll(/g\/e((?: +\d+){5})/g)].map(([, counts = ""]) =>
      counts.trim().split(/ +/).map(Number),
    );
    const sums = [0, 1, 2, 3, 4].map((at) => days.reduce((sum, day) => sum + (day[at] ?? 0), 0));
    assert.deepEqual(sums, [5, 3, 1, 5, 0], whole.out); // midnight may be between them
  });

  it("says in a sentence that there is nothing, where a head alone would stand", async (t) => {
    const { url } = await toldHub(t);
    const then = String(T - 10_000);
    const said = async (...args: string[]): Promise<string> => {
      const { out, err } = await unshub(...args, "--url", url);
      return `${out}\n${err}`;
    };

    const values = await said(
      "history",
      "g/e/d/ok",
      "--from",
      String(T + 1),
      "--to",
      String(T + 2),
    );
    const instant = await said("history", "--at", then);
    const same = await said("history", SPEED, "--at", String(T + 1), "--and", String(T + 2));
    const none = await said("export", "g/e/nothing", "--from", then);
    const days = await said("history", "--completeness", "--from", then, "--to", String(T - 9000));

    assert.match(values, /^TIME.*\n2023-11-14T22:13:20\.000Z {3}true {2}good/); // what held at the begin
    assert.match(instant, /^Nothing is known of 2023-11-14T22:13:10\.000Z\.\n/);
    assert.match(same, /^Nothing differs between .* and .* at or below g\/e\/d\/Motor\/Speed\.\n/);
    assert.match(none, /^time_utc,.*\nNothing was recorded at or below "g\/e\/nothing" from /);
    assert.match(days, /^No edge node was heard from 2023-11-14T22:13:10\.000Z to /);
  });

  it("refuses what it does not understand, with exit code 2", async () => {
    const mistakes = [
      ["history"],
      ["history", "a", "b"],
      ["history", "a", "--since", "yesterday"],
      ["history", "a", "--from", "1h", "--since", "1h"],
      ["history", "a", "--from", "1h", "--to", "2h"],
      ["history", "a", "--buckets", "many"],
      ["history", "a", "--buckets", "0"],
      ["history", "a", "--at", "1h", "--buckets", "5"],
      ["history", "a", "--at", "1h", "--since", "2h"],
      ["history", "a", "--and", "1h"],
      ["history", "a", "--completeness"],
      ["export", "--format", "xml"],
    ];
    for (const args of mistakes) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      const { exitCode, err } = await unshub(...args);
      assert.equal(exitCode, 2, args.join(" "));
      assert.notEqual(err, "");
    }
  });

  it("is exported for rows that were chosen, each once, and for what fits a filter", async (t) => {
    const { url } = await toldHub(t);
    const lines = async (query: string): Promise<string[]> => {
      const answer = await fetch(`${url}/api/history/export?from=${T}&to=${T + 10_000}${query}`);
      const [, ...rest] = (await answer.text()).trimEnd().split("\n");
      return rest.map((line) => line.split(",").slice(1, 3).join(" "));
    };

    const chosen = await lines(`&path=g/e/d/ok&path=${SPEED}&path=g/e/d/ok`);
    const below = await lines(`&path=g/e/d&path=${SPEED}`);
    const fitting = await lines("&f=type:Boolean device:d");
    const odd = await fetch(`${url}/api/history/export?from=${T}&f=q:god`);

    assert.deepEqual(chosen, ["g/e/d/ok true", `${SPEED} 1200`, `${SPEED} 1300`]);
    assert.deepEqual(below, [`${SPEED} 1200`, `${SPEED} 1300`, "g/e/d/ok true"]);
    assert.deepEqual(fitting, ["g/e/d/ok true"]);
    assert.equal(odd.status, 400);
    assert.match(await odd.text(), /"detail":"f: .*good/);
  });

  it("is exported as CSV that no spreadsheet runs, or as JSON lines, into a file", async (t) => {
    const { url, say } = await toldHub(t);
    const text = { name: "Text", datatype: "String", tellDatatype: true, timestamp: T } as const;
    await say(message("DBIRTH/e/e3", [{ ...text, value: '=cmd|"x",y' }], 4));
    const file = join(tempDir(t), "export.jsonl");
    const range = ["--from", String(T), "--to", String(T + 10_000), "--url", url];

    const csv = await unshub("export", "g/e/d", ...range);
    const quoted = await unshub("export", "g/e/e3", ...range);
    const json = await unshub("export", ...range, "--format", "jsonl", "--out", file);

    const head = "time_utc,path,value,quality,source_time,received_time,unit,type";
    const [first, ...rest] = csv.out.split("\n");
    assert.equal(first, head);
    assert.deepEqual(
      rest.map((line) =>
        line
          .split(",")
          .filter((_, at) => at !== 5)
          .join(","),
      ),
      [
        `2023-11-14T22:13:20.000Z,${SPEED},1200,good,2023-11-14T22:13:20.000Z,rpm,Int32`,
        `2023-11-14T22:13:21.000Z,${SPEED},1300,good,2023-11-14T22:13:21.000Z,rpm,Int32`,
        "2023-11-14T22:13:20.000Z,g/e/d/ok,true,good,2023-11-14T22:13:20.000Z,,Boolean",
      ],
    );
    assert.match(quoted.out, /,"'=cmd\|""x"",y",good,/);
    assert.match(json.err, /^7 lines in /);
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    assert.equal(lines.length, 7);
    assert.match(
      lines.join("\n"),
      /"path":"g\/e\/e2\/Count","time":1700000000000,"value":9223372036854775809/,
    );
  });
});
