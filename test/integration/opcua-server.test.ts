import assert from "node:assert/strict";
import { it } from "node:test";
import { decodePayload, encodePayload, metricValue, type MetricToSend } from "@unshub/sparkplug";
import mqtt from "mqtt";
import { AttributeIds, DataType, Variant } from "node-opcua-client";
import { startTestHub } from "../support/hub.ts";
import { Monitored, openClient, subscribe, unsId } from "../support/opcua-hub-server.ts";

const SETPOINT: MetricToSend = {
  name: "Oven/Setpoint",
  datatype: "Int32",
  tellDatatype: true,
  value: 180,
  properties: [{ key: "readOnly", datatype: "Boolean", value: false }],
};
const BD_SEQ: MetricToSend = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 };

function payload(metrics: readonly MetricToSend[], seq?: number): Buffer {
  return Buffer.from(encodePayload({ timestamp: Date.now(), seq, metrics }));
}

/** An edge node over MQTT whose device does what it is told. */
async function startEdgeNode(
  t: { after(end: () => unknown): void },
  port: number,
): Promise<mqtt.MqttClient> {
  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
    clientId: "gw",
    reconnectPeriod: 0,
    will: { topic: "spBv1.0/P/NDEATH/gw", payload: payload([BD_SEQ]), qos: 1, retain: false },
  });
  t.after(() => client.endAsync(true));
  await client.subscribeAsync("spBv1.0/P/DCMD/gw/#", { qos: 1 });
  client.on("message", (_topic, bytes) => {
    const [sent] = decodePayload(bytes).metrics;
    if (sent === undefined) return;
    const value = metricValue(sent, "Int32");
    client.publish("spBv1.0/P/DDATA/gw/oven", payload([{ ...SETPOINT, value }], 2));
  });
  await client.publishAsync("spBv1.0/P/NBIRTH/gw", payload([BD_SEQ], 0));
  await client.publishAsync("spBv1.0/P/DBIRTH/gw/oven", payload([SETPOINT], 1));
  return client;
}

it("a SCADA without MQTT reads, monitors and writes what edge nodes say over MQTT", async (t) => {
  const listeners = "{ mqtt: { port: 0 }, opcua: { port: 0, security: [None], write: true } }";
  const { hub, mqttPort, until } = await startTestHub(t, "", { listeners });
  const node = await startEdgeNode(t, mqttPort);
  await until(() => hub.tree.find("P/gw/oven/Oven/Setpoint") !== undefined);
  const port = hub.addresses.find(({ kind }) => kind === "opcua")?.port ?? 0;
  const session = await openClient(t, `opc.tcp://127.0.0.1:${port}`);
  const nodeId = await unsId(session, "P/gw/oven/Oven/Setpoint");
  const monitored = await Monitored.open(subscribe(session), nodeId, { samplingInterval: 100 });
  await monitored.until(({ value }) => value.value === 180);

  const status = await session.write({
    nodeId,
    attributeId: AttributeIds.Value,
    value: { value: new Variant({ dataType: DataType.Int32, value: 200 }) },
  });

  assert.equal(status.name, "Good");
  await monitored.until(({ value, statusCode }) => value.value === 200 && statusCode.value === 0);
  node.stream.destroy(); // its Will tells the rest
  await monitored.until(
    ({ statusCode }) => statusCode.name === "UncertainNoCommunicationLastUsableValue",
  );
});
