/** Streams of the past over MQTT: a real hub, a real edge node, MQTT.js, Mosquitto's client and a raw one. */
import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import { describe, it, type TestContext } from "node:test";
import type { IClientSubscribeOptions, MqttClient } from "mqtt";
import { startTestHub, tempDir } from "../support/hub.ts";
import { identityHub } from "../support/identity-hub.ts";
import {
  JsonReader,
  plainEdge,
  PRESS,
  READ_AT,
  reading,
  saidBy,
  startJsonPlant,
  writer,
  type Heard,
  type JsonPlant,
} from "../support/json-plant.ts";
import { mosquittoSub, SKIP_WITHOUT_MOSQUITTO } from "../support/mqtt-mosquitto.ts";
import { RawClient } from "../support/mqtt-raw-client.ts";

const SETPOINT = `${PRESS}/Setpoint`;

function say(plant: Pick<JsonPlant, "edge">, from: number, to: number): void {
  for (let value = from; value <= to; value += 1)
    plant.edge.node.changed("press", [reading("Setpoint", value, READ_AT + value)]);
}

function valueOf({ text }: Pick<Heard, "text">): number {
  const { value }: { value: number } = JSON.parse(text);
  return value;
}

function starting(
  offset: string | number,
  more: Record<string, string> = {},
): IClientSubscribeOptions {
  const userProperties = { "stream-offset": String(offset), ...more };
  return { qos: 1, properties: { userProperties } };
}

async function subscribed(
  t: TestContext,
  port: number,
  filter: string,
  options: IClientSubscribeOptions = { qos: 1 },
): Promise<JsonReader> {
  const reader = await JsonReader.open(t, port, undefined);
  await reader.client.subscribeAsync(filter, options);
  return reader;
}

function tsOf(reader: JsonReader): readonly unknown[] {
  return reader.heard.all.map(({ user }) => user["ts"]);
}

/** What came until `last`, as numbers. */
async function until(reader: JsonReader, last: number): Promise<readonly number[]> {
  await reader.heard.find((heard) => valueOf(heard) === last);
  return reader.heard.all.map(valueOf);
}

function numbers(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at);
}

/** The reason code and the words of a SUBACK; code 0 when it was granted. */
async function refusal(client: MqttClient, filter: string, options = starting("earliest")) {
  const ack = await new Promise<{ code: number; because: string | undefined }>((resolve) => {
    client.once("packetreceive", function look(packet) {
      if (packet.cmd !== "suback") return void client.once("packetreceive", look);
      const [code = 0] = packet.granted.map(Number);
      resolve({ code, because: packet.properties?.reasonString });
    });
    client.subscribe(filter, options, () => undefined);
  });
  return ack;
}

describe("the stream uns", { timeout: 180_000 }, () => {
  it("gives what was, then what is, on the topics where it was said", async (t) => {
    const plant = await startJsonPlant(t, "{}");
    say(plant, 30, 32);

    const reader = await subscribed(t, plant.port, `$stream/uns/${SETPOINT}`, starting("earliest"));
    await until(reader, 32);
    say(plant, 33, 33);
    const values = await until(reader, 33);

    assert.deepEqual(values, [25, 30, 31, 32, 33]);
    const [, first, second] = reader.heard.all;
    assert.deepEqual(
      { ...first, user: { ...first?.user, ts: "…" } },
      {
        topic: SETPOINT,
        text: `{"value":30,"timestamp":"${new Date(READ_AT + 30).toISOString()}","quality":"Good"}`,
        qos: 1,
        retain: false,
        contentType: "application/json",
        isText: true,
        user: {
          datatype: "Int32",
          source: "spBv1.0/acme:dallas/line1/press",
          ts: "…",
          key: SETPOINT,
        },
        correlation: undefined,
      },
    );
    const [ts = "", after = ""] = [first, second].map((heard) => String(heard?.user["ts"]));
    assert.match(ts, /^\d{16}$/);
    assert.ok(Number(after) > Number(ts));
  });

  it("names the metric by its path in the plant, whatever stands before it in the topic", async (t) => {
    const plant = await startJsonPlant(t, "{ root: uns/plain }");
    say(plant, 30, 30);

    const filter = `$stream/uns/uns/plain/${SETPOINT}`;
    const reader = await subscribed(t, plant.port, filter, starting("earliest"));
    const { topic, user } = await reader.heard.find((heard) => valueOf(heard) === 30);

    assert.deepEqual([topic, user["key"]], [`uns/plain/${SETPOINT}`, SETPOINT]);
  });

  it("goes on without gap and without double where ts + 1 is asked for", async (t) => {
    const plant = await startJsonPlant(t, "{}");
    say(plant, 1000, 4000);
    const whole = await subscribed(t, plant.port, `$stream/uns/${SETPOINT}`, starting("earliest"));
    await until(whole, 4000);
    const at = whole.heard.all.findIndex((heard) => valueOf(heard) === 2500);
    const ts = Number(whole.heard.all[at]?.user["ts"]);

    const rest = await subscribed(t, plant.port, `$stream/uns/${SETPOINT}`, starting(ts + 1));
    const values = await until(rest, 4000);

    assert.deepEqual(values, numbers(2501, 4000));
    assert.deepEqual(tsOf(rest), tsOf(whole).slice(at + 1));
  });

  it(
    "has no gap and no double between stored and live while values pour in, for MQTT 5 and 3.1.1",
    { skip: SKIP_WITHOUT_MOSQUITTO },
    async (t) => {
      const plant = await startJsonPlant(t, "{}");
      const last = 6000;
      const pouring = (async () => {
        for (let value = 100; value <= last; value += 50) {
          say(plant, value, Math.min(value + 49, last));
          await turn();
        }
      })();
      const filter = `$s/earliest/${PRESS}/+`;
      const older = await JsonReader.open(t, plant.port, `$s/earliest/${SETPOINT}`, {
        protocolVersion: 4,
      });
      const plain = ["-V", "5", "-q", "0", "-t", `$stream/uns/${SETPOINT}`, "-F", "%p"];
      const earliest = ["-D", "subscribe", "user-property", "stream-offset", "earliest"];
      await using young = await mosquittoSub(plant.port, ...plain, ...earliest);
      await using old = await mosquittoSub(
        plant.port,
        "-V",
        "mqttv311",
        "-q",
        "1",
        "-t",
        filter,
        "-v",
      );
      const readers = await Promise.all(
        [0, 1, 2].map(() =>
          subscribed(t, plant.port, `$stream/uns/${SETPOINT}`, starting("earliest")),
        ),
      );
      await pouring;

      const heard = await Promise.all([older, ...readers].map((reader) => until(reader, last)));
      await young.lines.find((line) => line.includes(`"value":${last},`));
      await old.lines.find((line) => line.includes(`Setpoint {"value":${last},`));

      const expected = [25, ...numbers(100, last)];
      for (const values of heard) assert.deepEqual(values, expected);
      assert.deepEqual(
        young.lines.all.map((text) => valueOf({ text })),
        expected,
      );
      const lines = old.lines.all.filter((line) => line.startsWith(SETPOINT));
      const told = lines.map((line) => valueOf({ text: line.slice(SETPOINT.length + 1) }));
      assert.deepEqual(told, expected);
    },
  );

  it("begins with what comes when nothing else is said, and ends with UNSUBSCRIBE", async (t) => {
    const plant = await startJsonPlant(t, "{}");
    say(plant, 30, 40);
    const earlier = await subscribed(
      t,
      plant.port,
      `$stream/uns/${SETPOINT}`,
      starting("earliest"),
    );
    await until(earlier, 40); // the hub has them
    const reader = await subscribed(t, plant.port, "$stream/uns");

    say(plant, 41, 41);
    const first = await reader.heard.next();
    await reader.client.unsubscribeAsync("$stream/uns");
    say(plant, 42, 42);
    await until(earlier, 42);
    await reader.client.subscribeAsync("somewhere");
    await saidBy(reader.client, "somewhere", "the end");
    await reader.next("somewhere");

    assert.equal(valueOf(first), 41);
    assert.deepEqual(
      reader.heard.all.map(({ topic }) => topic),
      [SETPOINT, "somewhere"],
    );
  });

  it("is as fast as stream-rate says", async (t) => {
    const plant = await startJsonPlant(t, "{}");
    say(plant, 100, 140);
    const began = performance.now();

    const slow = await subscribed(
      t,
      plant.port,
      `$stream/uns/${SETPOINT}`,
      starting("earliest", { "stream-rate": "100" }),
    );
    await until(slow, 140);

    assert.ok(performance.now() - began > 350); // 42 of them, a hundred a second
  });

  it("leaves half of the window to what is live, and waits while nothing is acknowledged", async (t) => {
    const plant = await startJsonPlant(t, "{}");
    say(plant, 100, 1000);
    await using slow = await RawClient.connected(plant.port, {
      protocolVersion: 5,
      clientId: "slow",
      properties: { receiveMaximum: 4 },
    });
    slow.send(
      {
        cmd: "subscribe",
        messageId: 1,
        subscriptions: [{ topic: "live", qos: 1 }],
      },
      {
        cmd: "subscribe",
        messageId: 2,
        subscriptions: [{ topic: `$stream/uns/${SETPOINT}`, qos: 1 }],
        properties: { userProperties: { "stream-offset": "earliest" } },
      },
    );
    const other = await writer(t, plant.port);

    await slow.take("suback");
    await slow.take("suback");
    const before = [await slow.take("publish"), await slow.take("publish")];
    await saidBy(other, "live", "now");
    const live = await slow.take("publish");
    slow.send({ cmd: "puback", messageId: before[0]?.messageId ?? 0 });
    slow.send({ cmd: "puback", messageId: live.messageId ?? 0 });
    const next = await slow.take("publish");

    assert.deepEqual(
      [...before, live, next].map(({ topic }) => topic),
      [SETPOINT, SETPOINT, "live", SETPOINT],
    );
  });

  it("refuses what it cannot give, with a code and words", async (t) => {
    const plant = await startJsonPlant(t, "{}");
    const client = await writer(t, plant.port);
    const cases = [
      [
        "$stream/nothing",
        starting("earliest"),
        0x8f,
        /there is no stream "nothing", only uns, sparkplug/,
      ],
      ["$stream/uns", starting("yesterday"), 0x83, /stream-offset "yesterday" is none of/],
      ["$stream/uns", starting("earliest", { "stream-rate": "much" }), 0x83, /stream-rate "much"/],
      ["$stream/a b", starting("earliest"), 0x8f, /"a b" is no name/],
      ["$s/soon/#", starting("earliest"), 0x8f, /"soon" in \$s/],
      ["$s/latest", starting("earliest"), 0x8f, /there is no filter/],
      ["$stream/sparkplug", starting("earliest"), 0x83, /replay\.sparkplug is left out/],
      ["$share/g/$stream/uns", starting("earliest"), 0x9e, /read by one alone/],
    ] as const;

    for (const [filter, options, code, words] of cases) {
      const found = await refusal(client, filter, options);
      assert.equal(found.code, code, filter);
      assert.match(found.because ?? "", words);
    }
    assert.equal(await saidBy(client, "$stream/uns", "x"), 0x90);

    await using old = await RawClient.connected(plant.port, { clientId: "old" });
    old.send({
      cmd: "subscribe",
      messageId: 1,
      subscriptions: [{ topic: "$s/soon/#", qos: 0 }],
    });
    assert.deepEqual((await old.take("suback")).granted, [0x80]);
  });

  it("gives nobody what he may not read", async (t) => {
    const hub = await identityHub(t, "", { more: "uns: { projection: {} }" });
    await hub.addUser("line", "viewer", ["node acme:dallas/line1"]);
    await hub.addUser("half", "viewer", [`subscribe ${SETPOINT}`]);
    const login = { password: "correct horse battery" };
    const edge = plainEdge(t, hub.mqttPort, { login: { username: "line", ...login } });
    const row = "acme%3Adallas/line1/press";
    await hub.until(() => hub.hub.tree.online(hub.hub.tree.find(row) ?? -1) === true);
    edge.edge.node.changed("press", [reading("Running", false), reading("Setpoint", 26)]);
    const reader = await JsonReader.open(t, hub.mqttPort, undefined, {
      username: "half",
      clientId: "half",
      ...login,
    });

    const all = await refusal(reader.client, `$stream/uns/${PRESS}/#`);
    const own = await refusal(reader.client, `$stream/uns/${SETPOINT}`);
    await until(reader, 26);
    const whole = await refusal(reader.client, "$stream/uns");
    edge.edge.node.changed("press", [reading("Running", true), reading("Setpoint", 27)]);
    await reader.heard.find((heard) => valueOf(heard) === 27);

    assert.deepEqual([all.code, own.code, whole.code], [0x87, 1, 1]);
    assert.deepEqual([...new Set(reader.heard.all.map(({ topic }) => topic))], [SETPOINT]);
  });
});

describe("streams of messages", { timeout: 180_000 }, () => {
  const STREAMS = `
replay:
  sparkplug: { retention: 1h }
  streams:
    - { name: machines, filter: "machines/#" }
    - { name: last, filter: "state/#", lastValuePerKey: true }
`;

  it("keep what was published, also over a restart, with its QoS and properties", async (t) => {
    const dataDir = tempDir(t);
    const hub = await startTestHub(t, "", { dataDir, more: STREAMS });
    const client = await writer(t, hub.mqttPort);
    const properties = { contentType: "text/plain", messageExpiryInterval: 100 };
    await client.publishAsync("machines/a", "one", { qos: 1, retain: true, properties });
    await client.publishAsync("elsewhere", "not this one", { qos: 1 });
    await client.publishAsync("machines/b", "two", { qos: 1 });
    await hub.stop();

    const again = await startTestHub(t, "", { dataDir, more: STREAMS });
    const reader = await subscribed(t, again.mqttPort, "$stream/machines", starting("earliest"));
    await reader.next("machines/b");
    await saidBy(reader.client, "machines/c", "three");
    await reader.next("machines/c");

    const heard = reader.heard.all.map(({ topic, text, qos, retain, contentType, user }) => [
      topic,
      text,
      qos,
      retain,
      contentType,
      user["key"],
    ]);
    assert.deepEqual(heard, [
      ["machines/a", "one", 1, false, "text/plain", "machines/a"],
      ["machines/b", "two", 1, false, undefined, "machines/b"],
      ["machines/c", "three", 1, false, undefined, "machines/c"],
    ]);
  });

  it("give Sparkplug as it came, from a time on, found by the filter alone", async (t) => {
    const hub = await startTestHub(t, "", { more: STREAMS });
    const plant = plainEdge(t, hub.mqttPort);
    const row = "acme%3Adallas/line1/press";
    await hub.until(() => hub.hub.tree.online(hub.hub.tree.find(row) ?? -1) === true);
    say(plant, 30, 31);
    const all = await subscribed(t, hub.mqttPort, "$s/earliest/spBv1.0/#");
    const last = await all.heard.find(({ topic }) => topic.includes("/DDATA/"));
    await all.heard.find(({ topic }) => topic.includes("/DDATA/"));

    const later = await subscribed(
      t,
      hub.mqttPort,
      `$s/${String(last.user["ts"])}/spBv1.0/acme:dallas/DDATA/#`,
    );
    const first = await later.heard.next();

    const types = all.heard.all.map(({ topic }) => topic.split("/")[2]);
    const own = types.filter((type) => /BIRTH|DATA/.test(type ?? ""));
    assert.deepEqual(own, ["NBIRTH", "DBIRTH", "DDATA", "DDATA"]);
    assert.equal(first.user["ts"], last.user["ts"]);
  });

  it("give of each topic the last message alone where that is asked for", async (t) => {
    const hub = await startTestHub(t, "", { more: STREAMS });
    const client = await writer(t, hub.mqttPort);
    for (const [topic, text] of [
      ["state/a", "1"],
      ["state/b", "1"],
      ["state/a", "2"],
      ["state/c", "1"],
    ] as const)
      await saidBy(client, topic, text);

    const reader = await subscribed(t, hub.mqttPort, "$stream/last", starting("earliest"));
    await reader.next("state/c");

    assert.deepEqual(
      reader.heard.all.map(({ topic, text }) => `${topic} ${text}`),
      ["state/b 1", "state/a 2", "state/c 1"],
    );
  });

  it("do not hold up who is live while somebody reads a long stream", async (t) => {
    const hub = await startTestHub(t, "", { more: STREAMS });
    const client = await writer(t, hub.mqttPort);
    for (let at = 0; at < 20_000; at += 1) client.publish("machines/a", `${at} ${"x".repeat(200)}`);
    await saidBy(client, "machines/a", "last");
    const live = await JsonReader.open(t, hub.mqttPort, "machines/#");
    const slow = await subscribed(
      t,
      hub.mqttPort,
      "$stream/machines",
      starting("earliest", { "stream-rate": "10" }),
    );
    await slow.heard.next();

    const fast = await subscribed(t, hub.mqttPort, "$stream/machines", starting("earliest"));
    await saidBy(client, "machines/b", "now");
    await live.next("machines/b");
    await fast.next("machines/b");

    assert.equal(fast.heard.all.length, 20_002);
    assert.equal(live.heard.all.length, 1);
    assert.ok(slow.heard.all.length < 10_000); // at ten a second it is far behind, however long the others took
  });
});
