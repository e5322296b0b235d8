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

describe("a new connection to ThingsBoard", () => {
  it("begins with the devices that are there, and tells units anew", () => {
    const teller = new GatewayTeller();
    const value = sinkRecord({ subject: { unit: "bar" } });
    const told = teller.messages([value]);

    const again = [teller.again(), teller.messages([value])];
    teller.messages([sinkRecord({ quality: "offline" })]);

    assert.deepEqual(again.flat(), told);
    assert.deepEqual(teller.again(), []);
  });

  it("tells again that a device is gone, since it may not have arrived, but once in a connection", () => {
    const teller = new GatewayTeller();
    const gone = sinkRecord({ quality: "offline" });
    teller.messages([sinkRecord({}), gone, gone]);
    teller.again();

    const told = teller.messages([gone, gone]);

    const device = "Plant1/gw/press";
    assert.deepEqual(
      told.map(({ topic, payload }) => [topic.slice("v1/gateway/".length), JSON.parse(payload)]),
      [
        ["connect", { device, type: "UNS" }],
        ["attributes", { [device]: { online: false } }],
        ["disconnect", { device }],
      ],
    );
  });
});

describe("a metric that ThingsBoard names", () => {
  it("is one of that device, not of one that stands below it, and is found where it stands in the tree", () => {
    const teller = new GatewayTeller();
    const place = "acme/dallas/press";
    const path = `${place}/Hydraulics/Setpoint`;
    teller.messages([sinkRecord({ subject: { path, place, metric: "Hydraulics/Setpoint" } })]);

    const found = [
      teller.sourceOf(place, "Hydraulics/Setpoint"),
      teller.sourceOf("acme/dallas", "press/Hydraulics/Setpoint"),
      teller.sourceOf(place, "Hydraulics"),
    ];

    assert.deepEqual(found, ["Plant1/gw/press/Hydraulics/Setpoint", undefined, undefined]);
  });
});

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
    const teller = new GatewayTeller();
    assert.throws(() => teller.messages([long(70_000, 0)]), Refused);
    assert.match(teller.messages([long(1, 0)])[0]?.topic ?? "", /connect$/); // it has not been said yet
  });

  it("that is too large leaves noted what was told before, and nothing of itself", () => {
    const teller = new GatewayTeller();
    const place = "Plant1/gw/other";
    const other = sinkRecord({
      subject: { path: `${place}/n`, place, deviceId: "other", unit: "rpm" },
    });
    teller.messages([other]);

    assert.throws(
      () => teller.messages([{ ...other, quality: "offline" }, long(70_000, 0)]),
      Refused,
    );

    const topics = teller.messages([other]).map(({ topic }) => topic);
    assert.deepEqual(topics, ["v1/gateway/telemetry"]);
    assert.deepEqual(
      teller.again().map(({ payload }) => payload),
      ['{"device":"Plant1/gw/other","type":"UNS"}', '{"Plant1/gw/other":{"online":true}}'],
    );
    assert.equal(teller.sourceOf("Plant1/gw/press", "n"), undefined);
  });
});
