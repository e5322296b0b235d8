/** The plant as plain topics: a real hub, a real edge node, MQTT.js and Mosquitto's clients. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import {
  born,
  JsonReader,
  plainEdge,
  PRESS,
  READ_AT,
  reading,
  saidBy,
  startJsonPlant,
  writer,
} from "../support/json-plant.ts";
import { mosquittoPub, mosquittoSub, SKIP_WITHOUT_MOSQUITTO } from "../support/mqtt-mosquitto.ts";

const PRESSURE = `${PRESS}/Hydraulics/Pressure`;
const TIME = new Date(READ_AT).toISOString();

function worth(value: string, quality: string): string {
  return `{"value":${value},"timestamp":"${TIME}","quality":"${quality}"}`;
}

describe("plain topics", { timeout: 60_000 }, () => {
  it("tell who comes late the last value of each metric, with what MQTT 5 can say of it", async (t) => {
    const { port } = await startJsonPlant(t, "{}");

    const reader = await JsonReader.open(t, port, "acme/#");
    const first = await reader.next(PRESSURE);

    assert.deepEqual(first, {
      topic: PRESSURE,
      text: `{"value":101.5,"timestamp":"${TIME}","quality":"Good"}`,
      qos: 1,
      retain: true,
      contentType: "application/json",
      isText: true,
      user: { datatype: "Double", unit: "bar", source: "spBv1.0/acme:dallas/line1/press" },
    });
  });

  it("have a state and a model beside the metrics, and nothing of the session", async (t) => {
    const { port } = await startJsonPlant(t, "{}");

    const reader = await JsonReader.open(t, port, "#");
    await reader.next(`${PRESS}/Running`);
    await saidBy(reader.client, "somewhere/else", "the end");
    await reader.next("somewhere/else");

    const topics = reader.heard.all.map(({ topic }) => topic).filter((at) => at.startsWith("acme"));
    const of = (leaf: string): unknown =>
      JSON.parse(reader.heard.all.find(({ topic }) => topic === `${PRESS}/${leaf}`)?.text ?? "0");
    assert.deepEqual(
      topics.toSorted(),
      ["Hydraulics/Pressure", "Running", "Setpoint", "_model", "_state"].map(
        (name) => `${PRESS}/${name}`,
      ),
    );
    assert.partialDeepStrictEqual(of("_state"), { online: true, node: "acme:dallas/line1" });
    assert.deepEqual(of("_model"), {
      metrics: [
        { name: "Hydraulics/Pressure", datatype: "Double", unit: "bar", writable: false },
        { name: "Setpoint", datatype: "Int32", low: 0, high: 350, writable: true },
        { name: "Running", datatype: "Boolean", writable: false },
      ],
    });
  });

  it("tell what changed, once, and nothing that is the same", async (t) => {
    const { edge, port } = await startJsonPlant(t, "{}");
    const reader = await JsonReader.open(t, port, `${PRESS}/Setpoint`);
    await reader.heard.next();

    edge.node.changed("press", [reading("Setpoint", 26, READ_AT + 1000)]);
    const changed = await reader.heard.next();
    edge.node.changed("press", [reading("Setpoint", 26, READ_AT + 2000)]);
    edge.node.changed("press", [reading("Setpoint", 27, READ_AT + 3000)]);
    const next = await reader.heard.next();

    assert.deepEqual(JSON.parse(changed.text), {
      value: 26,
      timestamp: new Date(READ_AT + 1000).toISOString(),
      quality: "Good",
    });
    assert.equal(changed.retain, false);
    assert.partialDeepStrictEqual(JSON.parse(next.text), { value: 27 });
  });

  it("become uncertain when their device dies, and good when it is born again", async (t) => {
    const { edge, port } = await startJsonPlant(t, "{}");
    const reader = await JsonReader.open(t, port, `${PRESS}/+`);
    await reader.next(`${PRESS}/Setpoint`);

    edge.node.died("press");
    const state = await reader.json(`${PRESS}/_state`);
    const dead = await reader.json(`${PRESS}/Setpoint`);
    const late = await JsonReader.open(t, port, `${PRESS}/Setpoint`);
    const kept = await late.json(`${PRESS}/Setpoint`);
    edge.node.born("press", [born("Setpoint", 25, { writable: true })]);
    const alive = await reader.json(`${PRESS}/Setpoint`);

    assert.partialDeepStrictEqual(state, { online: false });
    assert.deepEqual(dead, { value: 25, timestamp: TIME, quality: "Uncertain" });
    assert.deepEqual(kept, dead);
    assert.deepEqual(alive, { value: 25, timestamp: TIME, quality: "Good" });
  });

  it("become uncertain when the connection of their edge node is lost", async (t) => {
    const { hub, port } = await startJsonPlant(t, "{}");
    const reader = await JsonReader.open(t, port, PRESSURE);
    await reader.heard.next();

    await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/clients/line1`, { method: "DELETE" });
    const lost = await reader.json(PRESSURE);

    assert.deepEqual(lost, { value: 101.5, timestamp: TIME, quality: "Uncertain" });
  });

  it("with `onDeath: state` tell a death by the state alone", async (t) => {
    const { edge, port } = await startJsonPlant(t, "{ onDeath: state }");
    const reader = await JsonReader.open(t, port, `${PRESS}/+`);
    await reader.next(`${PRESS}/Setpoint`);
    await reader.next(`${PRESS}/Running`);
    const before = reader.heard.all.length;

    edge.node.died("press");
    await reader.next(`${PRESS}/_state`);
    edge.node.born("press", [born("Setpoint", 30, { writable: true }), born("Running", 1)]);
    await reader.next(`${PRESS}/Setpoint`);

    const told = reader.heard.all.slice(before).filter(({ topic }) => !topic.includes("/_"));
    assert.ok(told.every(({ text }) => !text.includes("Uncertain")));
  });

  it("are bad without a value, and say when there is none yet", async (t) => {
    const metrics = [
      born("nothing", null),
      born("nan", Number.NaN, { datatype: "Double" }),
      born("bad", 7, { quality: "bad" }),
      born("stale", 8, { quality: "stale" }),
      born("big", 9_007_199_254_740_993n, { datatype: "Int64" }),
    ];
    const { port } = await startJsonPlant(t, "{}", { metrics });
    const reader = await JsonReader.open(t, port, `${PRESS}/+`);

    const all = new Map<string, string>();
    while (all.size < metrics.length + 2) {
      const { topic, text } = await reader.heard.next();
      all.set(topic.slice(PRESS.length + 1), text);
    }

    assert.equal(all.get("nothing"), worth("null", "Bad"));
    assert.equal(all.get("nan"), worth("null", "Bad"));
    assert.equal(all.get("bad"), worth("null", "Bad"));
    assert.equal(all.get("stale"), worth("8", "Uncertain"));
    assert.equal(all.get("big"), worth("9007199254740993", "Good"));
  });
});

describe("the format of plain topics", { timeout: 60_000 }, () => {
  const table = [
    ["raw", PRESSURE, "101.5", "text/plain"],
    [
      "umh",
      `umh/v1/${PRESS}/_raw/Hydraulics/Pressure`,
      `{"timestamp_ms":${READ_AT},"value":101.5}`,
      "application/json",
    ],
    [
      "vqt+meta",
      PRESSURE,
      `{"value":101.5,"timestamp":"${TIME}","quality":"Good","datatype":"Double","unit":"bar"}`,
      "application/json",
    ],
    [
      "device",
      `${PRESS}/_values`,
      `{"value":{"Hydraulics/Pressure":101.5,"Setpoint":25,"Running":true},"timestamp":"${TIME}","quality":"Good"}`,
      "application/json",
    ],
  ] as const;
  for (const [format, topic, text, contentType] of table) {
    it(`${format} is as described`, async (t) => {
      const { edge, port } = await startJsonPlant(t, `{ format: ${format} }`);
      const reader = await JsonReader.open(t, port, "#");

      const first = await reader.next(topic);
      edge.node.changed("press", [reading("Hydraulics/Pressure", 102.5)]);
      const live = await reader.next(topic);

      assert.deepEqual([first.text, first.contentType, first.retain], [text, contentType, true]);
      assert.deepEqual([live.text, live.retain], [text.replace("101.5", "102.5"), false]);
    });
  }

  it("device has no topic for each metric", async (t) => {
    const { edge, port } = await startJsonPlant(t, "{ format: device }");
    const reader = await JsonReader.open(t, port, "acme/#");
    await reader.next(`${PRESS}/_values`);
    edge.node.changed("press", [reading("Setpoint", 26)]);
    await reader.next(`${PRESS}/_values`);

    const leaves = new Set(reader.heard.all.map(({ topic }) => topic.slice(PRESS.length + 1)));
    assert.deepEqual([...leaves].toSorted(), ["_model", "_state", "_values"]);
  });

  it("may have a root before every path", async (t) => {
    const { port } = await startJsonPlant(t, "{ root: uns/plain }");
    const reader = await JsonReader.open(t, port, "uns/#");

    const first = await reader.next(`uns/plain/${PRESSURE}`);

    assert.match(first.text, /101\.5/);
  });
});

describe("plain topics of a part of the plant", { timeout: 60_000 }, () => {
  it("are only those that a filter names", async (t) => {
    const { edge, port } = await startJsonPlant(t, `{ topics: ["+/+/line1/press/Hydraulics/#"] }`);
    const reader = await JsonReader.open(t, port, "acme/#");

    await reader.next(PRESSURE);
    edge.node.changed("press", [reading("Setpoint", 26), reading("Hydraulics/Pressure", 7)]);
    await reader.next(PRESSURE);

    const topics = new Set(reader.heard.all.map(({ topic }) => topic));
    assert.deepEqual(
      [...topics].filter((topic) => !topic.includes("/_")),
      [PRESSURE],
    );
  });

  it("are none without a section, and everybody may publish there", async (t) => {
    const { edge, port } = await startJsonPlant(t, undefined);
    const reader = await JsonReader.open(t, port, "acme/#");

    edge.node.changed("press", [reading("Setpoint", 26)]);
    const code = await saidBy(reader.client, `${PRESS}/Setpoint`, "mine", { retain: true });
    const own = await reader.heard.next();

    assert.equal(code, 0);
    assert.deepEqual([own.topic, own.text], [`${PRESS}/Setpoint`, "mine"]);
  });
});

describe("what clients publish on the hub's plain topics", { timeout: 60_000 }, () => {
  it("is refused with 0x87, and nobody hears it", async (t) => {
    const { port } = await startJsonPlant(t, "{}");
    const reader = await JsonReader.open(t, port, "acme/#");

    const codes = [
      await saidBy(reader.client, PRESSURE, "forged", { retain: true }),
      await saidBy(reader.client, "acme/anything", "forged"),
      await saidBy(reader.client, `${PRESS}/Setpoint/set`, "1"),
      await saidBy(reader.client, "other/place", "free"),
    ];
    const late = await JsonReader.open(t, port, PRESSURE);

    assert.deepEqual(codes, [0x87, 0x87, 0x87, 0]);
    assert.match((await late.heard.next()).text, /101\.5/);
    assert.ok(!reader.heard.all.some(({ text }) => text === "forged"));
  });

  it("is free beside the devices with `otherTopics: allow`", async (t) => {
    const { port } = await startJsonPlant(t, "{ otherTopics: allow }");
    const client = await writer(t, port);

    assert.equal(await saidBy(client, "acme/dallas/notes", "free"), 0);
    assert.equal(await saidBy(client, `${PRESS}/notes`, "forged"), 0x87);
  });

  it("cannot come as a Will: it is refused at CONNECT, and one from before goes nowhere", async (t) => {
    const will = { topic: PRESSURE, payload: Buffer.from("forged"), qos: 1, retain: true } as const;
    const { hub, port } = await startJsonPlant(t, "{}", { group: "early" });
    const options = { protocolVersion: 5, reconnectPeriod: 0, will, clientId: "w" } as const;
    await connectAsync(`mqtt://127.0.0.1:${port}`, options);
    const { edge: second } = plainEdge(t, port, { edgeNode: "line2", metrics: [born("x", 1)] });
    await hub.until(() => hub.hub.tree.find("acme%3Adallas/line2/press/x") !== undefined);
    const reader = await JsonReader.open(t, port, "acme/#");
    const ended = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/clients/w`, {
      method: "DELETE",
    });
    second.node.changed("press", [reading("x", 2)]);
    await reader.heard.find(({ text }) => text.includes('"value":2'));

    assert.ok(ended.ok);
    assert.ok(!reader.heard.all.some(({ text }) => text === "forged"));
    await assert.rejects(
      connectAsync(`mqtt://127.0.0.1:${port}`, { ...options, clientId: "w2" }),
      /Not authorized/,
    );
  });

  it(
    "is dropped for MQTT 3.1.1, which has no word for it",
    { skip: SKIP_WITHOUT_MOSQUITTO },
    async (t) => {
      const { port } = await startJsonPlant(t, "{}");

      await mosquittoPub(port, "-V", "mqttv311", "-t", PRESSURE, "-m", "forged", "-r", "-q", "1");
      await using sub = await mosquittoSub(port, "-V", "mqttv311", "-t", PRESSURE, "-F", "%r %p");

      assert.match(await sub.lines.next(), /^1 \{"value":101\.5,/);
    },
  );
});

describe("Mosquitto's clients", { skip: SKIP_WITHOUT_MOSQUITTO, timeout: 60_000 }, () => {
  for (const version of ["mqttv311", "mqttv5"]) {
    it(`with ${version} read plain topics`, async (t) => {
      const { edge, port } = await startJsonPlant(t, "{}");
      await using sub = await mosquittoSub(
        port,
        "-V",
        version,
        "-q",
        "1",
        "-t",
        `${PRESS}/Setpoint`,
        "-F",
        "%t %q %r %p",
      );
      const first = await sub.lines.next();
      edge.node.changed("press", [reading("Setpoint", 26)]);
      const live = await sub.lines.next();

      const tail = `"timestamp":"${TIME}","quality":"Good"}`;
      assert.equal(first, `${PRESS}/Setpoint 1 1 {"value":25,${tail}`);
      assert.equal(live, `${PRESS}/Setpoint 1 0 {"value":26,${tail}`);
    });
  }

  it("with MQTT 5 read their properties", async (t) => {
    const { port } = await startJsonPlant(t, "{}");
    await using sub = await mosquittoSub(port, "-V", "mqttv5", "-t", PRESSURE, "-F", "%C|%E|%P");

    const line = await sub.lines.next();

    assert.match(line, /^application\/json\|/);
    assert.match(line, /datatype:Double unit:bar source:spBv1\.0\/acme:dallas\/line1\/press/);
  });
});
