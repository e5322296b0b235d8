/** What came on a topic, how births differed and who hears it, asked over HTTP of a real hub. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import { startTestHub } from "../../support/hub.ts";
import { dbirth, nbirth, speed } from "../../support/sparkplug-messages.ts";

const DATA = "spBv1.0/g/DDATA/e/d";
/** Of a level that is no topic itself. */
const PLAIN = { messages: false, retained: false };

describe("what was heard", () => {
  it("is each message of a topic with its packet's words, births with their difference, and the subscribers", async (t) => {
    const hub = await startTestHub(t);
    const ask = async (path: string): Promise<unknown> =>
      (await fetch(`http://127.0.0.1:${hub.httpPort}${path}`)).json();
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
      clientId: "reader-1",
      protocolVersion: 5,
    });
    t.after(() => client.endAsync(true));
    await client.subscribeAsync(
      ["spBv1.0/+/DDATA/#", "$share/two/spBv1.0/g/DDATA/e/+", "other/#"],
      { qos: 1 },
    );
    for (const { topic, payload } of [nbirth(), dbirth(), dbirth(2)])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const data = Buffer.from(speed(7, 3).payload);
    await client.publishAsync(DATA, data, {
      qos: 1,
      properties: { contentType: "x/y", userProperties: { line: "7" } },
    });

    const raw = JSON.stringify(await ask(`/api/ns/raw?topic=${DATA}`));
    const births = JSON.stringify(await ask("/api/ns/births?group=g&edgeNode=e&device=d"));
    const consumers: unknown = await ask(`/api/ns/consumers?topic=${DATA}`);

    assert.match(raw, new RegExp(`"hex":"${data.toString("hex")}"`));
    assert.match(raw, /"name":"Motor\/Speed".*"value":7/);
    assert.match(raw, /"Content Type","value":"x\/y".*"User Property","value":"line: 7"/);
    assert.match(births, /"changes":\{"added":\[\],"removed":\[\],"changed":\[\]\}/);
    assert.match(JSON.stringify(consumers), /"clientId":"reader-1".*"lastSentAt":\d{13}/);
    assert.match(
      JSON.stringify(consumers),
      /"clientId":"reader-1".*"filters":\[\{"filter":"spBv1.0\/\+\/DDATA\/#","qos":1\},\{"filter":"\$share\/two\/spBv1.0\/g\/DDATA\/e\/\+","qos":1\}\]/,
    );
  });

  it("is told level by level; a page goes on where the one before ended, also when that topic has gone", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    for (const name of ["1", "01", "2", "10"])
      await client.publishAsync(`line/${name}`, "x", { qos: 1, retain: true });
    const page = async (query: string) => {
      const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/ns/topics?p=line${query}`);
      return z
        .object({ rows: z.array(z.object({ name: z.string() })), more: z.boolean() })
        .parse(await answer.json());
    };
    const names = ({ rows }: Awaited<ReturnType<typeof page>>) => rows.map(({ name }) => name);

    assert.deepEqual(names(await page("")), ["01", "1", "2", "10"]);
    assert.deepEqual(names(await page("&limit=1&after=line/01")), ["1"]);
    await client.publishAsync("line/2", "", { qos: 1, retain: true });
    const last = await page("&after=line/2");
    assert.deepEqual([names(last), last.more], [["10"], false]);
    assert.deepEqual(names(await page("&after=line/99")), []);
  });

  it("may begin with a level that has no name, which has levels below it as any other", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    for (const topic of ["/a/1", "/c/1", "line/1"])
      await client.publishAsync(topic, "x", { qos: 1, retain: true });
    const topics = async (query: string) => {
      const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/ns/topics${query}`);
      const { rows } = z
        .object({ rows: z.array(z.object({ topic: z.string() })) })
        .parse(await answer.json());
      return rows.map(({ topic }) => topic);
    };

    const top = await topics("");

    assert.deepEqual([top.includes(""), top.includes("line")], [true, true]);
    assert.deepEqual(await topics("?p="), ["/a", "/c"]);
  });

  it("of a plain topic is the message that is kept for who subscribes", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    await client.publishAsync("line/1", '{"a":1}', { qos: 1, retain: true });
    const url = `http://127.0.0.1:${hub.httpPort}/api/ns/raw?topic=`;

    const found = await fetch(`${url}line/1`);
    const missing = await fetch(`${url}line/2`);

    assert.match(await found.text(), new RegExp(Buffer.from('{"a":1}').toString("hex")));
    assert.equal(missing.status, 404);
    assert.match(await missing.text(), /none came since the hub started/);
  });

  it("is not there for those who may not read the device", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("node", "viewer", ["node g/e"]);
    await hub.putUser("reader", "operator", ["read g"]);
    await hub.putUser("other", "operator", ["read h"]);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
      username: "node",
      password: PASSWORD,
      clientId: "node-1",
    });
    t.after(() => client.endAsync(true));
    for (const { topic, payload } of [nbirth(), dbirth(), speed(7, 2)])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const [reader, other] = [
      await hub.visit("reader", PASSWORD),
      await hub.visit("other", PASSWORD),
    ];

    const statuses = await Promise.all(
      [reader, other].map(
        async (visit) => (await visit.ask("GET", `/api/ns/raw?topic=${DATA}`)).status,
      ),
    );
    const births = await other.json("GET", "/api/ns/births?group=g&edgeNode=e&device=d");

    assert.deepEqual(statuses, [200, 404]);
    assert.deepEqual(births, { births: [] });
  });

  it("is a tree of topics: levels with what is below them, Sparkplug and plain ones alike", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    await client.publishAsync("line//1", "x", { qos: 1, retain: true });
    await client.publishAsync("line", "y", { qos: 1, retain: true });
    for (const { topic, payload } of [nbirth(), dbirth()])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const ask = async (path: string): Promise<unknown> =>
      (await fetch(`http://127.0.0.1:${hub.httpPort}/api/ns/${path}`)).json();

    const top = await ask("topics");
    const below = await ask("topics?p=line");
    const line = await ask("topics/line?p=line//1");
    const births = await ask("topics?p=spBv1.0/g&limit=1");

    assert.match(
      JSON.stringify(top),
      /\{"name":"line","topic":"line","branch":true,"messages":true,"retained":true,"only":\[\]\}.*"topic":"spBv1.0","branch":true,"messages":false/,
    );
    assert.deepEqual(below, {
      rows: [{ name: "", topic: "line/", branch: true, ...PLAIN, only: [] }],
      more: false,
    });
    assert.match(JSON.stringify(line), /"topic":"line".*"topic":"line\/".*"topic":"line\/\/1"/);
    assert.deepEqual(births, {
      rows: [
        {
          name: "DBIRTH",
          topic: "spBv1.0/g/DBIRTH",
          branch: true,
          ...PLAIN,
          only: [{ name: "e", topic: "spBv1.0/g/DBIRTH/e", branch: true, ...PLAIN }],
        },
      ],
      more: true,
    });
  });

  it("is told with the levels below that are alone, by topics and by places", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    await client.publishAsync("acme/press/cell/a/1", "x", { qos: 1, retain: true });
    await client.publishAsync("acme/press/cell/b", "y", { qos: 1, retain: true });
    for (const { topic, payload } of [nbirth(), dbirth()])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const level = z.object({ name: z.string() });
    const ask = async (path: string): Promise<readonly string[]> => {
      const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/ns/${path}`);
      const shape = z.object({ rows: z.array(level.extend({ only: z.array(level) })) });
      return shape
        .parse(await answer.json())
        .rows.map(({ name, only }) => [name, ...only.map((one) => one.name)].join(" · "));
    };

    assert.deepEqual(
      (await ask("topics")).filter((line) => line.startsWith("acme")),
      ["acme · press · cell"],
    );
    assert.deepEqual(await ask("topics?p=acme/press/cell"), ["a", "b"]);
    assert.ok((await ask("uns")).includes("g · e · d"));
  });

  it("stands in the plant, from the top down", async (t) => {
    const hub = await startTestHub(t);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`);
    t.after(() => client.endAsync(true));
    for (const { topic, payload } of [nbirth(), dbirth()])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const url = `http://127.0.0.1:${hub.httpPort}/api/ns/uns/line?p=`;

    const found = await fetch(`${url}g/e/d/Motor/Speed`);
    const missing = await fetch(`${url}g/e/x`);

    assert.match(
      await found.text(),
      /"kind":"place".*"kind":"device".*"name":"Speed".*"at":"g\/e\/d\/Motor\/Speed"/,
    );
    assert.equal(missing.status, 404);
  });
});
