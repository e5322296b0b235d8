/** What happens when our own code throws: it costs one client its connection, and is said. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

function fails(): never {
  throw new Error("a bug");
}

describe("a bug that a client meets", { timeout: 180_000 }, () => {
  for (const [what, options] of [
    ["mayReceive", { mayReceive: (_id: string, topic: string) => topic !== "bad" || fails() }],
    ["watcherOf", { watcherOf: (topic: string) => (topic === "bad" ? fails() : undefined) }],
  ] as const) {
    it(`ends its connection with 0x80, is logged and counted, and touches nobody else: ${what}`, async () => {
      await using hub = await startTestBroker(options);
      await using other = await RawClient.connected(hub.port, { clientId: "other" });
      await other.subscribe("#");
      await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

      client.send(publishPacket("good", "1"));
      await other.take("publish");
      client.send(publishPacket("bad", "2"));

      assert.equal((await client.take("disconnect")).reasonCode, 0x80);
      await client.closed;
      await other.ping();
      assert.equal(hub.broker.counters.faults, 1);
      const errors = hub.log.all.filter(({ level }) => level === "error");
      assert.deepEqual(
        errors.map(({ fields }) => String(fields["error"])),
        ["Error: a bug"],
      );
    });
  }

  it("is not the end of the process when it shows after a decision that took a while", async () => {
    await using hub = await startTestBroker({
      mayConnect: async () => ({ allow: true }),
      connected: ({ clientId }) => {
        if (clientId === "bad") fails();
      },
    });
    await using other = await RawClient.connected(hub.port, { clientId: "other" });
    await using client = await RawClient.open(hub.port);

    client.send({ ...client.connectPacket(), clientId: "bad" });

    await client.closed;
    await other.ping();
    assert.equal(hub.broker.counters.faults, 1);
  });

  it("is not the end of the process when it shows while retained messages are given out", async () => {
    await using hub = await startTestBroker({
      mayReceive: (_id, topic) => topic !== "bad" || fails(),
    });
    await using other = await RawClient.connected(hub.port, { clientId: "other" });
    other.send(publishPacket("bad", "kept", { retain: true }));
    await other.ping();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    await client.subscribe("#");

    assert.equal((await client.take("disconnect")).reasonCode, 0x80);
    await other.ping();
    assert.equal(hub.broker.counters.faults, 1);
  });
});

describe("a DISCONNECT that says that something is wrong", { timeout: 180_000 }, () => {
  for (const [reasonCode, isHeard] of [
    [0x00, false],
    [0x04, true],
    [0x81, true],
  ] as const) {
    it(`with reason code ${reasonCode} ${isHeard ? "sets the Will free" : "takes the Will away"} [MQTT5-3.1.2-10]`, async () => {
      await using hub = await startTestBroker();
      const will = { topic: "will", payload: Buffer.from("w"), qos: 0 as const, retain: false };
      await using client = await RawClient.connected(hub.port, { protocolVersion: 5, will });

      client.send({ cmd: "disconnect", reasonCode });
      await hub.disconnected.next();

      assert.equal(hub.published.all.length, isHeard ? 1 : 0);
    });
  }
});
