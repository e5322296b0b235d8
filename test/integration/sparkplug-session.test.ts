/** What somebody else's client receives of the hub's own edge nodes. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bdSeqOf, decodePayload, deviceCommand, rebirthRequest } from "@unshub/sparkplug";
import { pressAdapter, pressMemory, startTestHub } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";
import { mosquittoSub, SKIP_WITHOUT_MOSQUITTO } from "../support/mqtt-mosquitto.ts";
import { SparkplugWatch } from "../support/sparkplug-watch.ts";

const PRESSURE = "Plant1/gw-press/press-01/Hydraulics/Pressure";
const SETPOINT = "Plant1/gw-press/press-01/Hydraulics/Setpoint";

describe("an edge node of the hub", () => {
  it(
    "is seen by mosquitto_sub: NBIRTH, DBIRTH, DDATA, DDEATH, NDEATH, STATE",
    { skip: SKIP_WITHOUT_MOSQUITTO },
    async (t) => {
      await using plc = await openModbusServer(pressMemory());
      const { hub, mqttPort, stop, until } = await startTestHub(t, pressAdapter(plc.port));
      await using sub = await mosquittoSub(
        mqttPort,
        "-V",
        "mqttv311",
        "-q",
        "1",
        "-t",
        "spBv1.0/#",
        "-F",
        "%t %q %r %x",
      );
      await sub.lines.find((line) => line.startsWith("spBv1.0/STATE/test 1 1")); // retained: the subscription stands
      await until(() => hub.tree.find(PRESSURE) !== undefined);
      await using control = await SparkplugWatch.open(`mqtt://127.0.0.1:${mqttPort}`, 4);
      const rebirth = rebirthRequest({ groupId: "Plant1", edgeNodeId: "gw-press" }, Date.now());
      await control.client.publishAsync(rebirth.topic, Buffer.from(rebirth.payload));
      await sub.lines.find((line) => line.startsWith("spBv1.0/Plant1/NBIRTH/gw-press 0 0"));
      await sub.lines.find((line) =>
        line.startsWith("spBv1.0/Plant1/DBIRTH/gw-press/press-01 0 0"),
      );
      Object.assign(plc.memory["1"]?.hr ?? {}, { 0: 1 });
      await sub.lines.find((line) => line.startsWith("spBv1.0/Plant1/DDATA/gw-press/press-01 0 0"));
      await stop();
      await sub.lines.find((line) =>
        line.startsWith("spBv1.0/Plant1/DDEATH/gw-press/press-01 0 0"),
      );
      const death = await sub.lines.find((line) =>
        line.startsWith("spBv1.0/Plant1/NDEATH/gw-press 1 0"),
      );
      const state = await sub.lines.find((line) => line.startsWith("spBv1.0/STATE/test 1 0"));

      const payload = Buffer.from(death.split(" ")[3] ?? "", "hex");
      assert.equal(bdSeqOf(decodePayload(payload)), 0);
      assert.match(
        Buffer.from(state.split(" ")[3] ?? "", "hex").toString(),
        /^{"online":false,"timestamp":\d+}$/,
      );
    },
  );

  for (const [kind, version] of [
    ["mqtt", 4],
    ["mqtt", 5],
    ["ws", 4],
    ["ws", 5],
  ] as const) {
    it(`speaks to MQTT.js over ${kind}, protocol ${version}: who comes late sees the births at once`, async (t) => {
      await using plc = await openModbusServer(pressMemory());
      const { mqttPort, wsPort } = await startTestHub(t, pressAdapter(plc.port));
      const url = kind === "mqtt" ? `mqtt://127.0.0.1:${mqttPort}` : `ws://127.0.0.1:${wsPort}`;
      await using early = await SparkplugWatch.open(url, version);
      Object.assign(plc.memory["1"]?.hr ?? {}, { 0: 5 });
      await early.until(({ values }) => values.get("Hydraulics/Pressure") === 5);

      await using late = await SparkplugWatch.open(url, version);
      Object.assign(plc.memory["1"]?.hr ?? {}, { 0: 6 });
      const data = await late.until(
        ({ type, values }) => type === "DDATA" && values.get("Hydraulics/Pressure") === 6,
      );

      assert.equal(data.type, "DDATA"); // its aliases have names
    });
  }
});

describe("a command", () => {
  it("from MQTT reaches the PLC, and what was read back comes as data", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const { hub, mqttPort, until } = await startTestHub(t, pressAdapter(plc.port));
    await using watch = await SparkplugWatch.open(`mqtt://127.0.0.1:${mqttPort}`, 5);
    await until(() => hub.tree.find(SETPOINT) !== undefined);

    const dcmd = deviceCommand(
      {
        groupId: "Plant1",
        edgeNodeId: "gw-press",
        deviceId: "press-01",
        metric: "Hydraulics/Setpoint",
        datatype: "Int16",
        value: 250,
      },
      Date.now(),
    );
    await watch.client.publishAsync(dcmd.topic, Buffer.from(dcmd.payload));
    await watch.until(
      ({ type, values }) => type === "DDATA" && values.get("Hydraulics/Setpoint") === 250,
    );

    assert.equal(plc.memory["1"]?.hr?.[1], 250);
  });
});
