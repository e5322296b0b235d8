/** What Kafka is told, without a Kafka: the message of a value, and a cluster that is not there. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SinkRecord } from "../../../hub/src/sinks/record.ts";
import { kafkaMessages } from "../../../hub/src/sinks/targets/kafka.ts";
import { freePort } from "../../support/free-port.ts";
import { edgeNodeClient, metric, startSinkHub } from "../../support/sink-hub.ts";
import { sinkRecord } from "../../support/sink-record.ts";

function record(path: string, time: number, isHistorical = false): SinkRecord {
  return sinkRecord({ subject: { path }, time, isHistorical });
}

describe("the Kafka sink", { timeout: 180_000 }, () => {
  it("keys a value by its path, with the payload of plain topics and its own time", () => {
    const value = sinkRecord({ subject: { unit: "bar" }, quality: "offline" });

    const [message] = kafkaMessages([value], { topic: "uns", lastTopic: undefined });

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

  it("tells a topic of last values the last one of each path, and none of the past", () => {
    const records = [record("a", 1), record("b", 2), record("a", 3), record("b", 4, true)];

    const messages = kafkaMessages(records, { topic: "uns", lastTopic: "uns.last" });

    assert.deepEqual(
      messages.map(({ topic, key, timestamp }) => `${topic} ${key} ${timestamp}`),
      ["uns a 1", "uns b 2", "uns a 3", "uns b 4", "uns.last a 3", "uns.last b 2"],
    );
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
