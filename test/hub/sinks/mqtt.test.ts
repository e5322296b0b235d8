/** The MQTT sink and Mosquitto. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { unshub } from "../../support/cli.ts";
import {
  mosquittoServer,
  SKIP_WITHOUT_MOSQUITTO_SERVER as skip,
} from "../../support/mosquitto-server.ts";
import { mqttListener } from "../../support/mqtt-listener.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";
import { edgeNodeClient, everyKind, metric, startSinkHub } from "../../support/sink-hub.ts";

describe("the MQTT sink", { skip, timeout: 180_000 }, () => {
  it("publishes plain topics, with unit and type, retained, in their order, also what came while the server was away", async (t) => {
    const server = await mosquittoServer(t, { user: "hub", password: "se cret" });
    const hub = await startSinkHub(t, [
      `{ name: bridge, type: mqtt, url: "${server.url}", user: hub, password: "se cret", prefix: site, begin: oldest, every: 20ms, retryAfter: 20ms, retryAtMost: 100ms }`,
    ]);
    const node = await edgeNodeClient(t, hub.mqttPort);
    const time = Date.now() - 5000;
    await node.born(time, everyKind(time));
    await hub.untilWritten("bridge");
    const login = server.url.replace("//", "//hub:se%20cret@");
    const late = await mqttListener(t, login, "site/#");
    await late.until(() => late.got.length >= 11);
    const retained = late.got.splice(0);

    await server.kill();
    for (let at = 1; at <= 50; at += 1) {
      await node.data(time + at, [metric("Parts", "Int32", at, time + at)]);
    }
    const down = await hub.untilSink("bridge", ({ status }) => status === "down");
    const said = await unshub("sinks", "--url", hub.url);
    await server.start();
    const again = await mqttListener(t, login, "site/Plant1/gw/press/Parts");
    await again.until(() => again.got.some(({ text }) => text.includes('"value":50,')));
    await hub.untilWritten("bridge");

    const told = (name: string) => {
      const found = retained.find(({ topic }) => topic === `site/Plant1/gw/press/${name}`);
      assert.ok(found, name);
      return found;
    };
    const pressure = told("Hydraulics/Pressure");
    assert.deepEqual(JSON.parse(pressure.text), {
      value: 101.5,
      timestamp: new Date(time).toISOString(),
      quality: "Good",
    });
    assert.deepEqual(
      { ...pressure.packet.properties?.userProperties },
      { datatype: "Double", unit: "bar", source: "spBv1.0/Plant1/gw/press" },
    );
    assert.deepEqual([pressure.packet.retain, pressure.packet.qos], [true, 1]);
    assert.match(told("Total").text, /"value":-9007199254740993,/);
    assert.match(told("Huge").text, /"value":18446744073709551615,/);
    assert.match(down.error ?? "", /ECONNREFUSED|connection/);
    assert.match(said.out, /^bridge +mqtt +down/m);
    assert.equal(said.exitCode, 1);
    const values = again.got.map(({ text }) => JSON.parse(text).value);
    assert.deepEqual(
      values.filter((value, at) => at > 0 && value < values[at - 1]),
      [],
    );
  });

  it("loses nothing when its connection is cut, or falls silent, in the middle of a batch", async (t) => {
    const server = await mosquittoServer(t);
    await using proxy = await FreezableProxy.start(server.port);
    const heard = await mqttListener(t, server.url, "Plant1/gw/press/Parts");
    const hub = await startSinkHub(t, [
      `{ name: bridge, type: mqtt, url: "mqtt://127.0.0.1:${proxy.port}", version: 3, begin: oldest, rows: 500, timeout: 500ms, every: 20ms, retryAfter: 20ms, retryAtMost: 50ms }`,
    ]);
    const node = await edgeNodeClient(t, hub.mqttPort);
    const time = Date.now() - 5000;
    await node.born(time, [metric("Parts", "Int32", 0, time)]);
    for (let at = 1; at <= 3000; at += 1) {
      await node.data(time + at, [metric("Parts", "Int32", at, time + at)]);
      if (at % 500 === 250) proxy.cut();
      if (at === 1400) proxy.freeze();
      if (at === 1900) proxy.thaw();
    }
    await hub.untilWritten("bridge");
    // what was not acknowledged in time is told once more, the last of all at the end
    await heard.until(() => heard.got.at(-1)?.text.includes('"value":3000,') === true);

    const values = new Set(heard.got.map(({ text }) => JSON.parse(text).value));
    assert.equal(values.size, 3001);
    assert.ok((await hub.sink("bridge")).errors >= 1);
  });
});
