/** The names, types and labels of `/metrics` that dashboards and alerts of others are written for. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { pressAdapter, pressMemory, startTestHub } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { nbirth, speed } from "../../support/sparkplug-messages.ts";

/** Name, type, and the labels of each of its samples. */
const TABLE: readonly (readonly [name: string, type: string, labels: string])[] = [
  ["unshub_mqtt_connections", "gauge", "protocol"],
  ["unshub_mqtt_messages_received_total", "counter", "qos"],
  ["unshub_mqtt_messages_sent_total", "counter", "qos"],
  ["unshub_mqtt_bytes_received_total", "counter", ""],
  ["unshub_mqtt_bytes_sent_total", "counter", ""],
  ["unshub_mqtt_messages_dropped_total", "counter", "reason"],
  ["unshub_mqtt_retained_messages", "gauge", ""],
  ["unshub_mqtt_subscriptions", "gauge", ""],
  ["unshub_mqtt_sessions", "gauge", "state"],
  ["unshub_sparkplug_messages_total", "counter", "type"],
  ["unshub_sparkplug_rejected_total", "counter", "rule"],
  ["unshub_sparkplug_node_online", "gauge", "group,node"],
  ["unshub_sparkplug_sequence_gaps_total", "counter", "group,node"],
  ["unshub_sparkplug_rebirth_requests_total", "counter", "group,node"],
  ["unshub_sparkplug_metrics", "gauge", ""],
  ["unshub_adapter_up", "gauge", "adapter"],
  ["unshub_adapter_poll_duration_seconds", "histogram", "adapter"],
  ["unshub_adapter_errors_total", "counter", "adapter,kind"],
  ["unshub_adapter_points", "gauge", "adapter"],
  ["unshub_i3x_requests_total", "counter", "route,status"],
  ["unshub_i3x_request_duration_seconds", "histogram", "route"],
  ["unshub_i3x_subscriptions", "gauge", ""],
  ["unshub_i3x_stream_clients", "gauge", ""],
  ["unshub_i3x_updates_dropped_total", "counter", ""],
  ["unshub_sink_up", "gauge", "sink"],
  ["unshub_sink_rows_written_total", "counter", "sink"],
  ["unshub_sink_errors_total", "counter", "sink"],
  ["unshub_sink_lag_seconds", "gauge", "sink"],
  ["unshub_sink_backlog_rows", "gauge", "sink"],
  ["unshub_ingest_to_projection_seconds", "histogram", ""],
  ["unshub_log_bytes", "gauge", ""],
  ["unshub_log_oldest_timestamp_seconds", "gauge", ""],
  ["unshub_value", "gauge", "path,unit"],
];

const MORE = `
uns: { projection: {} }
metrics: { values: ["#"] }
sinks: [{ name: far, type: mqtt, url: "mqtt://127.0.0.1:1" }]
`;

describe("the names of /metrics", { timeout: 120_000 }, () => {
  it("are there with their types and labels, once there is something to count", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const sparkplug = ", rules: { T03: reject }";
    const hub = await startTestHub(t, pressAdapter(plc.port), { more: MORE, sparkplug });
    const url = `http://127.0.0.1:${hub.httpPort}`;
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { protocolVersion: 5 });
    t.after(() => client.endAsync(true));
    const say = (topic: string, payload: Uint8Array): Promise<unknown> =>
      client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    await say("spBv1.0/g/NBIRTH/e", nbirth().payload);
    await say("spBv1.0/g/DDATA/e/unborn", speed(1, 1).payload); // asks for births
    await say("spBv1.0/g/DDATUM/e/d", speed(2, 2).payload).catch(() => undefined);
    await (await fetch(`${url}/i3x/v1/info`)).text();

    let [text, missing] = ["", ["everything"]];
    while (missing.length > 0) {
      text = await (await fetch(`${url}/metrics`)).text();
      missing = TABLE.flatMap(([name]) => (samplesOf(text, name).length > 0 ? [] : [name]));
    }

    for (const [name, type, labels] of TABLE) {
      assert.match(text, new RegExp(`^# TYPE ${name} ${type}$`, "m"));
      for (const sample of samplesOf(text, name)) assert.equal(labelsOf(sample), labels, sample);
    }
    for (const protocol of ["3.1.1", "5"])
      assert.ok(text.includes(`unshub_mqtt_connections{protocol="${protocol}"}`), protocol);
    for (const reason of ["queue_full", "acl", "size", "namespace"])
      assert.ok(text.includes(`unshub_mqtt_messages_dropped_total{reason="${reason}"}`), reason);
  });
});

/** The lines of a metric, also those of a histogram. */
function samplesOf(text: string, name: string): readonly string[] {
  const line = new RegExp(`^${name}(?:_bucket|_sum|_count)?(?:\\{.*\\})? `);
  return text.split("\n").filter((each) => line.test(each));
}

/** Without the bounds of buckets. */
function labelsOf(sample: string): string {
  const labels = [...sample.matchAll(/[{,](?<label>\w+)="/g)].map(
    ({ groups }) => groups?.["label"],
  );
  return labels.filter((label) => label !== "le").join();
}
