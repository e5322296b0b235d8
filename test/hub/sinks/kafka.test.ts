/** What Kafka is told, without a Kafka: the message of a value, and a cluster that is not there. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { kafkaMessage } from "../../../hub/src/sinks/targets/kafka.ts";
import { freePort } from "../../support/free-port.ts";
import { edgeNodeClient, metric, startSinkHub } from "../../support/sink-hub.ts";
import { sinkRecord } from "../../support/sink-record.ts";

describe("the Kafka sink", { timeout: 180_000 }, () => {
  it("keys a value by its path, with the payload of plain topics and its own time", () => {
    const record = sinkRecord({ subject: { unit: "bar" }, quality: "offline" });

    const message = kafkaMessage(record, "uns");

    assert.deepEqual(message, {
      topic: "uns",
      key: "Plant1/gw/press/n",
      value: '{"value":1,"timestamp":"2023-11-14T22:13:20.000Z","quality":"Uncertain"}',
      timestamp: 1_700_000_000_000n,
      headers: new Map([
        ["datatype", "Double"],
        ["unit", "bar"],
        ["quality", "offline"],
      ]),
    });
  });

  it("says that no broker answers, and goes on trying", async (t) => {
    const port = await freePort();
    const hub = await startSinkHub(t, [
      `{ name: kafka, type: kafka, brokers: ["127.0.0.1:${port}"], every: 20ms, retryAfter: 20ms, retryAtMost: 50ms }`,
    ]);
    const node = await edgeNodeClient(t, hub.mqttPort);
    await node.born(1000, [metric("n", "Int32", 1, 1000)]);

    const state = await hub.untilSink("kafka", ({ errors }) => errors >= 3);

    assert.equal(state.status, "down");
    assert.match(state.error ?? "", /ECONNREFUSED/);
    assert.deepEqual([state.rowsWritten, state.deadLetters], [0, 0]);
  });
});
