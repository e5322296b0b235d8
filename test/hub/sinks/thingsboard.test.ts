/** What ThingsBoard is told, through a Mosquitto that stands in for it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GatewayTeller } from "../../../hub/src/sinks/targets/thingsboard.ts";
import { Refused } from "../../../hub/src/sinks/target.ts";
import {
  mosquittoServer,
  SKIP_WITHOUT_MOSQUITTO_SERVER as skip,
} from "../../support/mosquitto-server.ts";
import { mqttListener } from "../../support/mqtt-listener.ts";
import { edgeNodeClient, metric, startSinkHub } from "../../support/sink-hub.ts";
import { sinkRecord } from "../../support/sink-record.ts";

describe("the ThingsBoard sink", { skip, timeout: 180_000 }, () => {
  it("connects devices, tells units and telemetry, and disconnects who dies", async (t) => {
    const server = await mosquittoServer(t);
    const heard = await mqttListener(t, server.url, "v1/gateway/#");
    const hub = await startSinkHub(t, [
      `{ name: tb, type: thingsboard, url: "${server.url}", token: gateway1, every: 20ms }`,
    ]);
    const node = await edgeNodeClient(t, hub.mqttPort);
    const unit = { key: "engUnit", datatype: "String", value: "bar" } as const;
    await node.born(1000, [
      { ...metric("Hydraulics/Pressure", "Double", 101.5, 1000), properties: [unit] },
      metric("Running", "Boolean", true, 1000),
      metric("Broken", "Double", Number.NaN, 1000),
    ]);
    await hub.untilWritten("tb");
    await node.client.publishAsync("spBv1.0/Plant1/DDEATH/gw/press", Buffer.from([0x18, 2]), {
      qos: 1,
    });
    await heard.until(() => heard.got.some(({ topic }) => topic === "v1/gateway/disconnect"));

    const told = heard.got.map(({ topic, text }) => [
      topic.slice("v1/gateway/".length),
      JSON.parse(text),
    ]);
    const device = "Plant1/gw/press";
    assert.deepEqual(told, [
      ["connect", { device, type: "UNS" }],
      ["attributes", { [device]: { online: true } }],
      ["attributes", { [device]: { "Hydraulics/Pressure.unit": "bar" } }],
      [
        "telemetry",
        { [device]: [{ ts: 1000, values: { "Hydraulics/Pressure": 101.5, Running: true } }] },
      ],
      ["attributes", { [device]: { online: false } }],
      ["disconnect", { device }],
    ]);
  });
});

const long = (letters: number, time: number) =>
  sinkRecord({ time, content: { kind: "text", value: "x".repeat(letters) } });

describe("telemetry for ThingsBoard", () => {
  it("is cut into messages that it takes, and a value that is too large alone is refused", () => {
    const records = Array.from({ length: 30 }, (_, time) => long(5000, time));

    const messages = new GatewayTeller()
      .messages(records)
      .filter(({ topic }) => topic.endsWith("telemetry"));

    assert.ok(messages.length >= 3);
    assert.ok(messages.every(({ payload }) => payload.length < 65_536));
    const times = messages.flatMap(({ payload }) =>
      JSON.parse(payload)["Plant1/gw/press"].map(({ ts }: { ts: number }) => ts),
    );
    assert.deepEqual(times, [...Array(30).keys()]);
    assert.throws(() => new GatewayTeller().messages([long(70_000, 0)]), Refused);
  });
});
