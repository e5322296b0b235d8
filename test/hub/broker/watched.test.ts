/** What the rest of the hub may do to messages: retained ones made for a subscriber, payloads changed on their way. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Broker, MqttMessage, RetainedProvider } from "../../../hub/src/broker/contract.ts";
import { tempDir } from "../../support/hub.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

function live(payload: () => string): MqttMessage {
  return { topic: "live/a", payload: Buffer.from(payload()), qos: 1, retain: true };
}

/** One message, `live/a`, which is another one each time. */
function counting(): RetainedProvider & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    owns: (topic) => topic.startsWith("live/"),
    asked,
    *matching(filter) {
      asked.push(filter);
      yield undefined;
      if (filter.startsWith("live/")) yield live(() => String(asked.length));
    },
  };
}

/** The payloads that are kept as retained. */
function keptIn(broker: Broker, filter: string): readonly string[] {
  return [...broker.retained(filter)].flatMap((message) =>
    message === undefined ? [] : [Buffer.from(message.payload).toString()],
  );
}

describe("retained messages that are made for who subscribes", { timeout: 180_000 }, () => {
  it("are made anew for each subscription, and come as retained ones do", async () => {
    const provided = counting();
    await using hub = await startTestBroker({ provided });
    await using reader = await RawClient.connected(hub.port);

    await reader.subscribe("live/#", 1);
    const first = await reader.take("publish");
    await reader.subscribe("live/a");
    const second = await reader.take("publish");

    assert.deepEqual([String(first.payload), first.qos, first.retain], ["1", 1, true]);
    assert.deepEqual([String(second.payload), second.qos, second.retain], ["2", 0, true]);
    assert.deepEqual(provided.asked, ["live/#", "live/a"]);
  });

  it("come beside those that are kept, once for all filters of a SUBSCRIBE", async () => {
    await using hub = await startTestBroker({ provided: counting() });
    await hub.broker.publish({ topic: "kept", payload: Buffer.from("k"), qos: 0, retain: true });
    await using reader = await RawClient.connected(hub.port);

    const subscriptions = ["live/+", "kept", "live/#"].map((topic) => ({ topic, qos: 1 as const }));
    reader.send({ cmd: "subscribe", messageId: 1, subscriptions });
    await reader.take("suback");
    const topics = [(await reader.take("publish")).topic, (await reader.take("publish")).topic];
    await reader.ping();

    assert.deepEqual(topics.toSorted(), ["kept", "live/a"]);
  });

  it("are not kept when they are published to who is subscribed, in memory or on disk", async (t) => {
    const storage = { folder: tempDir(t), durability: "process" } as const;
    {
      await using hub = await startTestBroker({ provided: counting(), storage });
      await using reader = await RawClient.connected(hub.port);
      await reader.subscribe("live/a");
      await reader.take("publish");
      await hub.broker.publish(live(() => "told"));

      assert.equal(String((await reader.take("publish")).payload), "told");
      assert.deepEqual(keptIn(hub.broker, "live/#"), []);
    }
    await using again = await startTestBroker({ storage });
    assert.deepEqual(keptIn(again.broker, "live/#"), []);
  });

  it("wait in a session that is stored, like any other", async (t) => {
    const storage = { folder: tempDir(t), durability: "process" } as const;
    await using hub = await startTestBroker({ provided: counting(), storage });
    const session = { clientId: "away", clean: false };
    await using reader = await RawClient.connected(hub.port, session);
    await reader.subscribe("live/a", 1);
    const first = await reader.take("publish"); // and is not acknowledged
    await reader[Symbol.asyncDispose]();

    await using back = await RawClient.connected(hub.port, session);
    const again = await back.take("publish");

    assert.deepEqual([again.payload, again.dup, again.retain], [first.payload, true, true]);
  });

  it("end only the connection of who asked when making them fails, and are logged", async () => {
    const provided: RetainedProvider = {
      owns: (topic) => topic.startsWith("live/"),
      *matching(filter) {
        yield undefined;
        if (filter === "live/a") throw new Error("no such thing");
      },
    };
    await using hub = await startTestBroker({ provided });
    await using other = await RawClient.connected(hub.port, { clientId: "other" });
    await using reader = await RawClient.connected(hub.port, { clientId: "reader" });

    await reader.subscribe("live/a");
    await reader.closed;
    await other.ping();

    assert.ok(hub.log.all.some(({ level }) => level === "error"));
  });

  it("know who would get them", async () => {
    await using hub = await startTestBroker();
    await using reader = await RawClient.connected(hub.port);
    await using shared = await RawClient.connected(hub.port, { clientId: "shared" });

    const before = hub.broker.hasReceivers("live/a");
    await reader.subscribe("live/+");
    await shared.subscribe("$share/group/other/#");

    assert.deepEqual(
      [before, hub.broker.hasReceivers("live/a"), hub.broker.hasReceivers("other/a")],
      [false, true, true],
    );
    assert.equal(hub.broker.hasReceivers("nobody"), false);
  });
});

/** The same in capitals. */
function louder({ payload }: MqttMessage) {
  return { allow: true, payload: Buffer.from(String(payload).toUpperCase()) } as const;
}

describe("a payload that is changed on its way", { timeout: 180_000 }, () => {
  for (const qos of [0, 1, 2] as const) {
    it(`reaches all subscribers and the retained tree, at QoS ${qos}`, async () => {
      await using hub = await startTestBroker({ watcherOf: () => louder });
      await using old = await RawClient.connected(hub.port, { clientId: "old" });
      await using young = await RawClient.connected(hub.port, {
        clientId: "young",
        protocolVersion: 5,
      });
      await Promise.all([old.subscribe("a", 2), young.subscribe("a", 2)]);
      await using sender = await RawClient.connected(hub.port, {
        clientId: "sender",
        protocolVersion: 5,
      });

      const properties = { contentType: "text", userProperties: { of: "it" } };
      sender.send({ ...publishPacket("a", "quiet and longer", { qos, retain: true }), properties });

      const [one, two] = [await old.take("publish"), await young.take("publish")];
      assert.deepEqual([String(one.payload), one.qos], ["QUIET AND LONGER", qos]);
      assert.deepEqual([String(two.payload), two.qos], ["QUIET AND LONGER", qos]);
      assert.partialDeepStrictEqual(two.properties, properties);
      if (qos === 1) await sender.take("puback");
      if (qos === 2) await sender.take("pubrec");
      assert.deepEqual(keptIn(hub.broker, "a"), ["QUIET AND LONGER"]);
    });
  }

  it("is that of a Will, too", async () => {
    await using hub = await startTestBroker({ watcherOf: () => louder });
    await using reader = await RawClient.connected(hub.port);
    await reader.subscribe("gone");
    const will = { topic: "gone", payload: Buffer.from("bye"), qos: 1, retain: false } as const;
    await using client = await RawClient.connected(hub.port, { clientId: "with-will", will });

    client.vanish();

    assert.equal(String((await reader.take("publish")).payload), "BYE");
  });

  it("may be swallowed with success: 0x10 in PUBACK, and a QoS 2 message to its end", async () => {
    const nobody = { allow: false, reasonCode: 0x10, because: "not now" } as const;
    await using hub = await startTestBroker({ watcherOf: () => () => nobody });
    await using reader = await RawClient.connected(hub.port, { clientId: "reader" });
    await reader.subscribe("a", 2);
    await using sender = await RawClient.connected(hub.port, { protocolVersion: 5 });

    sender.publish("a", "x", 1, 1);
    const puback = await sender.take("puback");
    sender.publish("a", "x", 2, 2);
    const pubrec = await sender.take("pubrec");
    sender.send({ cmd: "pubrel", messageId: 2 });
    const pubcomp = await sender.take("pubcomp");
    await reader.ping();

    assert.deepEqual([puback.reasonCode, pubrec.reasonCode], [0x10, 0x10]);
    assert.equal(puback.properties?.reasonString, "not now");
    assert.equal(pubcomp.reasonCode ?? 0, 0);
  });
});
