import assert from "node:assert/strict";
import { networkInterfaces } from "node:os";
import { describe, it, type TestContext } from "node:test";
import { connectAsync } from "mqtt";
import { pressAdapter, pressMemory, startTestHub } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { publishPacket, RawClient, subscribePacket } from "../../support/mqtt-raw-client.ts";
import { promtoolCheck, SKIP_WITHOUT_PROMTOOL } from "../../support/promtool.ts";
import { dbirth, nbirth, ndeath, speed } from "../../support/sparkplug-messages.ts";

describe("/metrics", { timeout: 180_000 }, () => {
  it("counts what clients do, in the names of northbound monitoring", async (t) => {
    const { mqttPort, httpPort } = await startTestHub(t);
    await using client = await RawClient.connected(mqttPort, {
      clientId: "nobody-reads-this",
      protocolVersion: 5,
    });
    await client.subscribe("a/secret/topic");
    const before = await metricsOf(httpPort);
    client.send(publishPacket("a/secret/topic", "x", { qos: 1, retain: true }));
    await client.take("publish");
    await client.take("puback"); // it is on disk

    const text = await metricsOf(httpPort);

    assert.equal(valueOf(text, 'unshub_mqtt_connections{protocol="5"}'), 1);
    const received = 'unshub_mqtt_messages_received_total{qos="1"}';
    assert.equal(valueOf(text, received) - valueOf(before, received), 1);
    assert.ok(valueOf(text, "unshub_mqtt_bytes_received_total") > 20);
    assert.equal(valueOf(text, "unshub_mqtt_subscriptions"), 1);
    assert.equal(valueOf(text, 'unshub_mqtt_connects_total{result="accepted"}'), 1);
    assert.equal(valueOf(text, 'unshub_mqtt_messages_dropped_total{reason="queue_full"}'), 0);
    assert.equal(valueOf(text, "unshub_mqtt_store_ready"), 1);
    assert.ok(valueOf(text, "unshub_mqtt_commit_duration_seconds_count") > 0);
    assert.ok(valueOf(text, "process_resident_memory_bytes") > 1e6);
    assert.match(text, /^nodejs_eventloop_lag_seconds \d/m);
    assert.match(text, /^unshub_event_loop_delay_p99_seconds \d/m);
    for (const name of ["nobody-reads-this", "secret", "127.0.0.1"]) {
      assert.ok(!text.includes(name), name);
    }
  });

  it("says by which reason the hub has ended connections", async (t) => {
    const { mqttPort, httpPort } = await startTestHub(t);
    await using older = await RawClient.connected(mqttPort, { clientId: "same" });
    await using younger = await RawClient.connected(mqttPort, { clientId: "same" });
    await older.closed;
    await younger.ping();

    const text = await metricsOf(httpPort);

    assert.equal(valueOf(text, 'unshub_mqtt_disconnects_total{reason="session_taken_over"}'), 1);
  });

  it("says by which reason filters were not granted, also to MQTT 3, which has no word for it", async (t) => {
    const { mqttPort, httpPort } = await startTestHub(t);
    await using client = await RawClient.connected(mqttPort);
    client.send(subscribePacket("a/#/b", "a/b"));
    assert.deepEqual((await client.take("suback")).granted, [0x80, 0]);

    const text = await metricsOf(httpPort);

    const refused = 'unshub_mqtt_subscriptions_refused_total{reason="topic_filter_invalid"}';
    assert.equal(valueOf(text, refused), 1);
  });

  it("counts Sparkplug messages, what the guard refused, and gaps", async (t) => {
    const { httpPort, say } = await openPlant(t, ", rules: { T03: reject }");
    await say("spBv1.0/g/NBIRTH/e", nbirth().payload);
    await say("spBv1.0/g/DBIRTH/e/d", dbirth(1).payload);
    await say("spBv1.0/g/DDATA/e/d", speed(1, 2).payload);
    await say("spBv1.0/g/DDATA/e/d", speed(2, 9).payload);
    await say("spBv1.0/g/DDATUM/e/d", speed(3, 10).payload).catch(() => undefined);

    const text = await metricsOf(httpPort);

    for (const [sample, value] of [
      ['unshub_sparkplug_messages_total{type="NBIRTH"}', 1],
      ['unshub_sparkplug_messages_total{type="DBIRTH"}', 1],
      ['unshub_sparkplug_messages_total{type="DDATA"}', 2],
      ['unshub_sparkplug_rejected_total{rule="T03"}', 1],
      ['unshub_mqtt_messages_dropped_total{reason="namespace"}', 1],
      ['unshub_sparkplug_node_online{group="g",node="e"}', 1],
      ['unshub_sparkplug_sequence_gaps_total{group="g",node="e"}', 1],
      ["unshub_sparkplug_metrics", 1], // the others may have changed in what was lost
    ] as const) {
      assert.equal(valueOf(text, sample), value, sample);
    }
  });

  it("counts what its publisher had no right to publish", async (t) => {
    const { mqttPort, httpPort } = await startTestHub(t, "", {
      more: "identity: { anonymous: read }",
    });
    await using client = await RawClient.connected(mqttPort, { protocolVersion: 5 });
    client.publish("plant/line/speed", "1", 1);
    await client.take("puback");

    const text = await metricsOf(httpPort);

    assert.equal(valueOf(text, 'unshub_mqtt_messages_dropped_total{reason="acl"}'), 1);
  });

  it("puts edge nodes beyond the bound together, and those within it keep their labels", async (t) => {
    const { httpPort, say } = await openPlant(t, "", "metrics: { maxNodes: 1 }");
    await say("spBv1.0/later/NBIRTH/e", nbirth().payload);
    const before = await metricsOf(httpPort);
    await say("spBv1.0/a/NBIRTH/e", nbirth().payload);
    await say("spBv1.0/b/NBIRTH/e", nbirth().payload);

    const text = await metricsOf(httpPort);

    assert.ok(!before.includes("_other"), before);
    assert.equal(valueOf(text, 'unshub_sparkplug_node_online{group="later",node="e"}'), 1);
    assert.equal(valueOf(text, 'unshub_sparkplug_node_online{group="_other",node="_other"}'), 2);
    assert.ok(!text.includes('group="a"'), text);
  });

  it("counts what plain topics cost", async (t) => {
    const { httpPort, say } = await openPlant(t, "", "uns: { projection: {} }");
    await say("spBv1.0/g/NBIRTH/e", nbirth().payload);

    const text = await metricsOf(httpPort);

    assert.equal(valueOf(text, 'unshub_projection_messages_total{result="failed"}'), 0);
    assert.ok(valueOf(text, 'unshub_projection_messages_total{result="published"}') >= 0);
  });

  it("times how PLCs answer, and a value's way to its plain topic", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const more = "uns: { projection: {} }";
    const { mqttPort, httpPort } = await startTestHub(t, pressAdapter(plc.port), { more });
    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`);
    t.after(() => client.endAsync());
    await client.subscribeAsync("#");
    const counts = ["unshub_adapter_poll_duration_seconds", "unshub_ingest_to_projection_seconds"];
    const isCounted = (text: string): boolean =>
      counts.every((name) => new RegExp(`^${name}_count\\S* [1-9]`, "m").test(text));

    let text = await metricsOf(httpPort);
    for (let tries = 0; !isCounted(text) && tries < 5000; tries += 1)
      text = await metricsOf(httpPort);

    const polls = (suffix: string): number =>
      valueOf(text, `unshub_adapter_poll_duration_seconds_${suffix}`);
    const all = polls('count{adapter="press"}');
    assert.equal(polls('bucket{adapter="press",le="+Inf"}'), all);
    assert.ok(polls('sum{adapter="press"}') > 0);
    assert.ok(polls('bucket{adapter="press",le="5"}') <= all);
    if (SKIP_WITHOUT_PROMTOOL === false) assert.equal(promtoolCheck(text), "");
  });

  it("has the values that are named, while they are good", async (t) => {
    const more = 'metrics: { values: ["+/+/d/Motor/#"] }';
    const { httpPort, say } = await openPlant(t, "", more);
    await say("spBv1.0/g/NBIRTH/e", nbirth().payload);
    await say("spBv1.0/g/DBIRTH/e/d", dbirth().payload);

    const alive = valuesIn(await metricsOf(httpPort));
    await say("spBv1.0/g/NDEATH/e", ndeath().payload);
    const dead = valuesIn(await metricsOf(httpPort));

    assert.deepEqual(alive, ['unshub_value{path="g/e/d/Motor/Speed",unit="rpm"} 1200']);
    assert.deepEqual(dead, []);
  });

  it("is right in the eyes of Prometheus", { skip: SKIP_WITHOUT_PROMTOOL }, async (t) => {
    const { mqttPort, httpPort } = await startTestHub(t);
    await using client = await RawClient.connected(mqttPort);
    client.publish("spBv1.0/g/NDATA/e", "x", 1);
    await client.take("puback");

    assert.equal(promtoolCheck(await metricsOf(httpPort)), "");
  });

  it("is for this machine, and for others at a listener of its own", async (t) => {
    const address = otherAddress();
    if (address === undefined) return t.skip("This machine has no address but loopback.");
    const ports = await publicHub(t);
    const at = (port: number): string => `http://${address}:${port}/metrics`;

    const refused = await fetch(at(ports.http));
    const local = await fetch(`http://127.0.0.1:${ports.http}/metrics`);
    const own = await fetch(at(ports.metrics));

    assert.equal(refused.status, 403);
    assert.match(await refused.text(), /for this machine only; open listeners\.metrics/);
    assert.equal(local.status, 200);
    assert.equal(own.status, 200);
    assert.equal((await fetch(`http://${address}:${ports.metrics}/readyz`)).status, 200);
    assert.equal((await fetch(`http://${address}:${ports.metrics}/api/v1/clients`)).status, 404);
  });
});

/** A hub, and what says something as a client does; resolves once it is acknowledged. */
async function openPlant(
  t: TestContext,
  sparkplug: string,
  more = "",
): Promise<{
  readonly httpPort: number;
  readonly say: (topic: string, payload: Uint8Array) => Promise<unknown>;
}> {
  const { mqttPort, httpPort } = await startTestHub(t, "", { sparkplug, more });
  const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { protocolVersion: 5 });
  t.after(() => client.endAsync());
  const say = (topic: string, payload: Uint8Array): Promise<unknown> =>
    client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
  return { httpPort, say };
}

async function metricsOf(port: number): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get("content-type") ?? "", /^text\/plain; version=0\.0\.4/);
  return await answer.text();
}

/** The lines of values of the plant. */
function valuesIn(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.startsWith("unshub_value{"));
}

function valueOf(text: string, sample: string): number {
  const line = text.split("\n").find((each) => each.startsWith(`${sample} `));
  assert.ok(line !== undefined, `there is no ${sample}`);
  return Number(line.slice(sample.length + 1));
}

/** An IPv4 address of this machine that others could reach. */
function otherAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address;
}

/** A hub that can be reached from outside. */
async function publicHub(
  t: TestContext,
): Promise<{ readonly http: number; readonly metrics: number }> {
  const { hub } = await startTestHub(t, "", {
    listeners:
      "{ mqtt: { port: 0 }, http: { host: 0.0.0.0, port: 0 }, metrics: { host: 0.0.0.0, port: 0 } }",
    more: "identity: { insecure: true }",
  });
  const portOf = (wanted: string): number =>
    hub.addresses.find(({ kind }) => kind === wanted)?.port ?? 0;
  return { http: portOf("http"), metrics: portOf("metrics") };
}
