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
import { startTestHub } from "../support/hub.ts";
import { rawPayload, type RawMetric } from "../support/sparkplug-raw.ts";
import { mosquittoPub, mosquittoSub, SKIP_WITHOUT_MOSQUITTO } from "../support/mqtt-mosquitto.ts";

const PRESSURE = `${PRESS}/Hydraulics/Pressure`;
const TIME = new Date(READ_AT).toISOString();

function worth(value: string, quality: string): string {
  return `{"value":${value},"timestamp":"${TIME}","quality":"${quality}"}`;
}

describe("plain topics", { timeout: 180_000 }, () => {
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
      correlation: undefined,
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
      [
        ...["acme", "acme/dallas", "acme/dallas/line1"].map((level) => `${level}/_violations`),
        ...["Hydraulics/Pressure", "Running", "Setpoint", "_model", "_state", "_violations"].map(
          (name) => `${PRESS}/${name}`,
        ),
      ].toSorted(),
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
    while (all.size < metrics.length + 3) {
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

describe("what JSON says of a value", { timeout: 180_000 }, () => {
  it("of each datatype is exact, or is what can be said of it", async (t) => {
    const table = [
      ["UInt64", 18_446_744_073_709_551_615n, "18446744073709551615"],
      ["Float", 0.5, "0.5"],
      ["Double", Number.POSITIVE_INFINITY, null],
      ["String", 'a "b"', '"a \\"b\\""'],
      ["UUID", "1b4e28ba-2fa1-11d2-883f-0016d3cca427", '"1b4e28ba-2fa1-11d2-883f-0016d3cca427"'],
      ["DateTime", 1_700_000_000_000, '"2023-11-14T22:13:20.000Z"'],
      ["Bytes", Uint8Array.of(1, 2, 255), '"AQL/"'],
      ["Int32Array", [1, -2], "[1,-2]"],
      ["StringArray", ["a", "b"], '["a","b"]'],
    ] as const;
    const metrics = table.map(([datatype, value]) => born(datatype, value, { datatype }));
    const { port } = await startJsonPlant(t, "{}", { metrics });

    for (const [datatype, , text] of table) {
      const reader = await JsonReader.open(t, port, `${PRESS}/${datatype}`);
      const told = (await reader.heard.next()).text;
      assert.equal(told, text === null ? worth("null", "Bad") : worth(text, "Good"), datatype);
    }
  });

  it("does not move with what is historical, and is nothing where nothing was said", async (t) => {
    const hub = await startTestHub(t, "", { more: "uns: { projection: {} }" });
    const edge = await writer(t, hub.mqttPort);
    const say = (what: string, seq: number, metrics: readonly RawMetric[]): Promise<unknown> => {
      const payload = rawPayload({ timestamp: READ_AT, seq, metrics });
      return edge.publishAsync(`spBv1.0/g/${what}`, payload, { qos: 0 });
    };
    const int = { timestamp: READ_AT, datatype: 3 };
    await say("NBIRTH/e", 0, [{ name: "bdSeq", datatype: 4, timestamp: READ_AT, long: 0 }]);
    await say("DBIRTH/e/d", 1, [
      { name: "a", ...int, int: 1 },
      { name: "unsaid", ...int },
    ]);
    await hub.until(() => hub.hub.tree.find("g/e/d/unsaid") !== undefined);
    const reader = await JsonReader.open(t, hub.mqttPort, "g/e/d/#");
    const unsaid = await reader.next("g/e/d/unsaid");

    await say("DDATA/e/d", 2, [{ name: "a", ...int, int: 99, isHistorical: true }]);
    await say("DDATA/e/d", 3, [{ name: "a", ...int, int: 2 }]);
    await reader.heard.find(({ text }) => text.includes('"value":2,'));

    assert.ok(!reader.heard.all.some(({ text }) => text.includes('"value":99')));
    assert.equal(unsaid.text, worth("null", "Bad"));
  });
});

describe("the ways of telling", { timeout: 180_000 }, () => {
  it("with `retain: false` are changes alone", async (t) => {
    const { edge, port } = await startJsonPlant(t, "{ retain: false, qos: 0 }");
    const reader = await JsonReader.open(t, port, `${PRESS}/Setpoint`);

    edge.node.changed("press", [reading("Setpoint", 26)]);
    const change = await reader.heard.find(({ text }) => text.includes("26"));
    const late = await JsonReader.open(t, port, `${PRESS}/Setpoint`);
    edge.node.changed("press", [reading("Setpoint", 27)]);
    const first = await late.heard.next();

    assert.partialDeepStrictEqual(change, { retain: false, qos: 0 });
    assert.match(first.text, /27/, "who comes late hears nothing that was told before");
  });

  it("with a deadband are the last of several changes", async (t) => {
    const { edge, port } = await startJsonPlant(t, "{ deadband: 300ms }");
    const reader = await JsonReader.open(t, port, `${PRESS}/Setpoint`);
    await reader.heard.next();

    const changes = Array.from({ length: 50 }, (_, at) => 100 + at);
    for (const value of changes) {
      edge.node.changed("press", [reading("Setpoint", value)]);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    await reader.heard.find(({ text }) => text.includes('"value":149'));

    assert.ok(reader.heard.all.length < changes.length / 2);
  });
});

describe("the format of plain topics", { timeout: 180_000 }, () => {
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

    const topics = reader.heard.all.map(({ topic }) => topic);
    const own = topics.filter((topic) => topic.startsWith(`${PRESS}/`));
    const leaves = new Set(own.map((topic) => topic.slice(PRESS.length + 1)));
    assert.deepEqual([...leaves].toSorted(), ["_model", "_state", "_values", "_violations"]);
  });

  it("may have a root before every path", async (t) => {
    const { port } = await startJsonPlant(t, "{ root: uns/plain }");
    const reader = await JsonReader.open(t, port, "uns/#");

    const first = await reader.next(`uns/plain/${PRESSURE}`);

    assert.match(first.text, /101\.5/);
  });
});

describe("plain topics of a part of the plant", { timeout: 180_000 }, () => {
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

describe("what clients publish on the hub's plain topics", { timeout: 180_000 }, () => {
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

describe("Mosquitto's clients", { skip: SKIP_WITHOUT_MOSQUITTO, timeout: 180_000 }, () => {
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
