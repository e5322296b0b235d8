import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SparkplugMessage } from "@unshub/sparkplug";
import { HubHost } from "../../../hub/src/namespace/index.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";

function openHost() {
  const sent: SparkplugMessage[] = [];
  const clock = { now: 5000 };
  const host = new HubHost({
    hostId: "plant1",
    log: SILENT_LOG,
    now: () => clock.now,
    publish: async (message) => {
      sent.push(message);
    },
  });
  return { host, sent, clock };
}

describe("the hub as host application", () => {
  it("says online and offline on STATE, retained at QoS 1 [tck-id-host-topic-phid-birth-qos]", async () => {
    const { host, sent, clock } = openHost();

    await host.comeOnline();
    clock.now = 6000;
    await host.goOffline();

    const texts = sent.map((message) => Buffer.from(message.payload).toString());
    assert.deepEqual(texts, [
      '{"online":true,"timestamp":5000}',
      '{"online":false,"timestamp":6000}',
    ]);
    for (const { topic, qos, retain } of sent)
      assert.deepEqual([topic, qos, retain], ["spBv1.0/STATE/plant1", 1, true]);
  });

  it("asks a node for its births once in a while, not in a storm", () => {
    const { host, sent, clock } = openHost();
    const node = { groupId: "g", edgeNodeId: "e" };

    for (let n = 0; n < 100; n += 1) host.requestRebirth(node, "sequence gap");
    host.requestRebirth({ ...node, edgeNodeId: "other" }, "sequence gap");
    clock.now += 10_000;
    host.requestRebirth(node, "sequence gap");

    const topics = sent.map((message) => message.topic);
    assert.deepEqual(topics, ["spBv1.0/g/NCMD/e", "spBv1.0/g/NCMD/other", "spBv1.0/g/NCMD/e"]);
  });

  it("asks no more than a hundred nodes in ten seconds, whoever invents their ids", () => {
    const { host, sent, clock } = openHost();

    for (let n = 0; n < 500; n += 1)
      host.requestRebirth({ groupId: "g", edgeNodeId: `e${n}` }, "data before birth");
    assert.equal(sent.length, 100);
    clock.now += 10_000;
    host.requestRebirth({ groupId: "g", edgeNodeId: "e499" }, "data before birth");

    assert.equal(sent.length, 101);
  });
});
