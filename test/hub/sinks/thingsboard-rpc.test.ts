/**
 * What ThingsBoard asks, as a write: a Mosquitto stands in for ThingsBoard, and says what its documentation says that it says
 * (MQTT gateway API, server-side RPC).
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import mqtt from "mqtt";
import { AskedLately } from "../../../hub/src/sinks/targets/asked-lately.ts";
import { BegunRequests } from "../../../hub/src/sinks/targets/begun-requests.ts";
import { connectMqtt } from "../../../hub/src/sinks/targets/mqtt-client.ts";
import {
  hearRpc,
  type RpcOptions,
  type RpcOutcome,
} from "../../../hub/src/sinks/targets/thingsboard-rpc.ts";
import {
  mosquittoServer,
  SKIP_WITHOUT_MOSQUITTO_SERVER as skip,
  type MosquittoServer,
} from "../../support/mosquitto-server.ts";
import { tempDir } from "../../support/hub.ts";
import { mqttListener, type MqttListener } from "../../support/mqtt-listener.ts";
import { obedientNode } from "../../support/obedient-node.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";
import { startSinkHub, type SinkHub } from "../../support/sink-hub.ts";

const DEVICE = "Plant1/gw/press";
const RPC = "v1/gateway/rpc";
/** Of what was asked once and retained. */
const OLD = 99;
const FAST = "every: 20ms, retryAfter: 20ms, retryAtMost: 50ms";

/** Says what ThingsBoard would, and hands over its answer. */
function thingsboard(client: mqtt.MqttClient, heard: MqttListener) {
  return async (id: number, method: string, params: unknown, device = DEVICE) => {
    await client.publishAsync(RPC, askedText(id, method, params, device), { qos: 1 });
    return await answerOf(heard, id);
  };
}

function askedText(id: number, method: string, params: unknown, device = DEVICE): string {
  return JSON.stringify({ device, data: { id, method, params } });
}

async function answerOf(heard: MqttListener, id: number): Promise<ReturnType<typeof JSON.parse>> {
  const answers = () =>
    heard.got
      .filter(({ topic, text }) => topic === RPC && text.includes('"success":'))
      .map(({ text }) => JSON.parse(text))
      .filter((said) => said.id === id);
  await heard.until(() => answers().length > 0);
  return answers()[0];
}

async function plant(t: TestContext, more = ", rpc: { as: token:tb }") {
  const server = await mosquittoServer(t);
  const client = await mqtt.connectAsync(server.url, { reconnectPeriod: 0 });
  client.on("error", () => undefined);
  t.after(() => client.end(true));
  await client.publishAsync(RPC, askedText(OLD, "Parts", 1), { qos: 1, retain: true });
  const heard = await mqttListener(t, server.url, "v1/gateway/#");
  const filter = 'filter: ["+/+/+/Hydraulics/#", "+/+/+/Parts"]';
  const sink = `{ name: tb, type: thingsboard, url: "${server.url}", token: gateway1, ${filter}, ${FAST}${more} }`;
  const hub = await startSinkHub(t, [sink]);
  const { taken } = obedientNode(t, {
    mqttPort: hub.mqttPort,
    edgeNodeId: "gw",
    deviceId: "press",
    metrics: [
      { name: "Hydraulics/Setpoint", value: 100, datatype: "Double" },
      { name: "Parts", value: 0, datatype: "Int64" },
      { name: "Hidden/Limit", value: 1, datatype: "Double" },
    ],
  });
  await heard.until(() => heard.got.some(({ text }) => text.includes('"Parts":')));
  return { server, hub, heard, taken, client, ask: thingsboard(client, heard) };
}

async function giveToken({ ask }: SinkHub, grants: readonly string[]): Promise<void> {
  const expiresAt = Date.now() + 3_600_000;
  const made = await ask("/api/v1/tokens/tb", {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ role: "operator", grants, expiresAt }),
  });
  assert.equal(typeof made.secret, "string", JSON.stringify(made));
}

describe("RPC of ThingsBoard", { skip, timeout: 180_000 }, () => {
  it("writes as the token may that is named, by the name of a metric or by write, and is answered with what came of it", async (t) => {
    const { hub, ask, taken } = await plant(t);
    await giveToken(hub, ["command Plant1"]);

    const byName = await ask(1, "Hydraulics/Setpoint", 120.5);
    const byWrite = await ask(2, "write", { metric: "Parts", value: 7 });
    const inside = await ask(3, "Hydraulics/Setpoint", { value: "99" });
    const large = await ask(4, "Parts", JSON.rawJSON("9007199254740993"));

    assert.deepEqual(
      { ...byName, data: { ...byName.data, afterMs: 0 } },
      {
        device: DEVICE,
        id: 1,
        data: { success: true, result: "confirmed", value: 120.5, afterMs: 0, unchanged: false },
      },
    );
    assert.deepEqual(
      [byWrite, inside, large].map(({ data }) => [data.success, data.value]),
      [
        [true, 7],
        [true, 99],
        [true, "9007199254740993"],
      ],
    );
    assert.deepEqual(taken, [
      ["Hydraulics/Setpoint", 120.5],
      ["Parts", 7],
      ["Hydraulics/Setpoint", 99],
      ["Parts", 9007199254740993n],
    ]);
    const trail = JSON.stringify(await hub.ask("/api/v1/audit"));
    assert.match(trail, /"actor":"token:tb"/);
    assert.match(trail, /RPC of ThingsBoard, sink tb/);
  });

  it("refuses what the token may not, what the sink does not carry and what is no value, and sends nothing", async (t) => {
    const { hub, ask, taken, client, heard } = await plant(t);
    const nobody = await ask(1, "Hydraulics/Setpoint", 1);
    await giveToken(hub, ["command Plant1 Parts"]);

    const notGranted = await ask(2, "Hydraulics/Setpoint", 1);
    const notCarried = await ask(3, "Hidden/Limit", 1);
    const noValue = await ask(4, "Parts", null);
    const misfit = await ask(5, "Parts", "many");
    const stranger = await ask(6, "Parts", 1, "Plant1/gw/other");
    const below = await ask(8, "press/Parts", 1, "Plant1/gw");
    for (const odd of [
      "no JSON",
      "[]",
      '{"device":"x"}',
      `{"device":"${DEVICE}","id":1,"data":{}}`,
    ])
      await client.publishAsync(RPC, odd, { qos: 1 });
    const last = await ask(7, "Parts", 2);

    const said = [nobody, notGranted, notCarried, noValue, misfit, stranger, below];
    assert.deepEqual(
      said.map(({ data }) => [data.success, data.code]),
      [
        [false, "FORBIDDEN"],
        [false, "FORBIDDEN"],
        [false, "NO_METRIC"],
        [false, "MISFIT"],
        [false, "MISFIT"],
        [false, "NO_METRIC"],
        [false, "NO_METRIC"],
      ],
    );
    assert.match(nobody.data.because, /there is no token:tb/);
    assert.equal(last.data.success, true);
    assert.equal(
      heard.got.filter(({ text }) => text.includes(`"id":${OLD},"data":{"success"`)).length,
      0,
    );
    assert.deepEqual(taken, [["Parts", 2]]);
  });

  it("is heard again from a server that was away, though no device said anything meanwhile", async (t) => {
    const { hub, server } = await plant(t);
    await giveToken(hub, ["command Plant1"]);
    await server.kill();
    await hub.untilSink("tb", ({ status }) => status === "down");

    await server.start();
    await hub.untilSink("tb", ({ status }) => status === "up");

    const { ask } = await askingAt(t, server);
    assert.equal((await ask(1, "Parts", 3)).data.success, true);
  });

  it("is carried out once when it comes again over a new connection, which gets the answer", async (t) => {
    const server = await mosquittoServer(t);
    const heard = await mqttListener(t, server.url, RPC);
    const client = await mqtt.connectAsync(server.url, { reconnectPeriod: 0 });
    client.on("error", () => undefined);
    t.after(() => client.end(true));
    const written: unknown[] = [];
    const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { promise: outcome, resolve: end } = Promise.withResolvers<RpcOutcome>();
    const options: RpcOptions = {
      as: "token:tb",
      name: "tb",
      url: server.url,
      log: SILENT_LOG,
      lately: new AskedLately(() => 0),
      begun: { isOfBefore: () => false, begin: async () => undefined },
      sourceOf: (device, metric) => `${device}/${metric}`,
      write: async ({ input }) => {
        begun[written.push(input) - 1]?.resolve();
        return await outcome;
      },
    };
    const before = await connectMqtt(server.url, { clientId: "hub" });
    await hearRpc(before, options);
    await client.publishAsync(RPC, askedText(7, "Parts", 3), { qos: 1 });
    await begun[0]?.promise;
    await before.client.endAsync(true);

    const after = await connectMqtt(server.url, { clientId: "hub" });
    t.after(() => after.client.end(true));
    await hearRpc(after, options);
    for (const [id, value] of [
      [7, 3],
      [8, 4],
    ] as const)
      await client.publishAsync(RPC, askedText(id, "Parts", value), { qos: 1 });
    await begun[1]?.promise; // what came before has been heard
    end({ result: "confirmed" });

    assert.equal((await answerOf(heard, 7)).data.success, true);
    assert.deepEqual(written, [3, 4]);
  });

  it("is not written again after a restart of the hub, and is when the answer to that has arrived", async (t) => {
    const server = await mosquittoServer(t);
    const heard = await mqttListener(t, server.url, RPC);
    const client = await mqtt.connectAsync(server.url, { reconnectPeriod: 0 });
    t.after(() => client.end(true));
    const file = join(tempDir(t), "tb.rpc.json");
    const written: (readonly [run: number, onDisk: string])[] = [];
    const begun = Promise.withResolvers<void>();
    /** Hears as a hub does that starts now; the first one is killed before its write has ended. */
    const startOf = async (run: number): Promise<mqtt.MqttClient> => {
      const connection = await connectMqtt(server.url, { clientId: "hub" });
      const requests = new BegunRequests(file, () => 1_800_000_000_000);
      await hearRpc(connection, {
        as: "token:tb",
        name: "tb",
        url: server.url,
        log: SILENT_LOG,
        begun: requests,
        lately: new AskedLately(
          () => 0,
          (key) => void requests.end(key),
        ),
        sourceOf: (device, metric) => `${device}/${metric}`,
        write: async () => {
          written.push([run, readFileSync(file, "utf8")]);
          begun.resolve();
          return run === 1 ? await new Promise<never>(() => undefined) : { result: "confirmed" };
        },
      });
      return connection.client;
    };
    const ask = () => client.publishAsync(RPC, askedText(7, "Parts", 3), { qos: 1 });
    const first = await startOf(1);
    await ask();
    await begun.promise;
    await first.endAsync(true);

    const second = await startOf(2);
    t.after(() => second.end(true));
    await ask();
    const unknown = await answerOf(heard, 7);
    while (readFileSync(file, "utf8") !== '{"begun":[]}\n') await pause(10); // its answer has arrived
    await ask();
    await heard.until(() => heard.got.some(({ text }) => text.includes('"confirmed"')));

    assert.partialDeepStrictEqual(unknown, { data: { success: false, result: "unknown" } });
    assert.deepEqual(
      written.map(([run]) => run),
      [1, 2],
    );
    assert.match(written[0]?.[1] ?? "", /^\{"begun":\[\["[\w-]{43}",1800000000000\]\]\}\n$/);
  });

  it("is not heard unless it is configured", async (t) => {
    const { hub, client, heard, taken } = await plant(t, "");
    await giveToken(hub, ["command Plant1"]);
    await client.publishAsync(RPC, askedText(1, "Parts", 1), { qos: 1 });
    await heard.until(() => heard.got.some(({ text }) => text.includes('"id":1,')));

    await hub.ask("/api/ns/write", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ path: "Plant1/gw/press/Parts", value: 2 }),
    });

    assert.deepEqual(taken, [["Parts", 2]]);
  });
});

describe("what ThingsBoard asked lately", () => {
  it("is carried out again when its answer has arrived, or half a minute after its end", async () => {
    let nowMs = 0;
    const lately = new AskedLately<number>(() => nowMs);
    let count = 0;
    const ask = (key: string) => lately.once(key, async () => (count += 1));

    const twice = [await ask("a"), await ask("a"), await ask("b")];
    lately.answered("a");
    const again = [await ask("a"), await ask("b")];
    nowMs = 30_000;
    const later = await ask("b");

    assert.deepEqual([twice, again, later], [[1, 1, 2], [3, 2], 4]);
  });
});

async function askingAt(t: TestContext, { url }: MosquittoServer) {
  const heard = await mqttListener(t, url, "v1/gateway/#");
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0 });
  client.on("error", () => undefined);
  t.after(() => client.end(true));
  return { ask: thingsboard(client, heard) };
}
