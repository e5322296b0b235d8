/** Keep-alive: who says nothing is cut off after one and a half times of it, who speaks is not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inBoth, Suite, unique, WAITING } from "../../support/mqtt-suite.ts";
import { IS_FOREIGN } from "../../support/server-under-test.ts";
import { numberOf } from "../../support/mqtt-wire-properties.ts";

/** Seconds of a client that must not be cut off; at the hub so many that a machine may stand still for some. */
const LONG = IS_FOREIGN ? 1 : 20;

describe("a client with a keep-alive", WAITING, () => {
  const suite = new Suite();

  inBoth(
    "is cut off when it says nothing, as if the network had failed",
    "[MQTT5-3.1.2-22]",
    "[MQTT311-3.1.2-24]",
    async (version) => {
      const will = { topic: unique("will"), payload: "silent" };
      await using watcher = await suite.client({ version });
      await watcher.subscribe(will.topic);
      await using client = await suite.open(version);
      const began = performance.now(); // its CONNACK may be read late

      await client.connect({ clientId: unique("c"), keepAlive: 1, will });
      const last = await client.lastWord();

      assert.ok(performance.now() - began >= 1000, "not before the second is over");
      if (version === 5 && last !== undefined) assert.equal(last.type, "disconnect");
      assert.equal((await watcher.takeMessage()).payload, "silent");
    },
  );

  it("has just this one when the server sets none itself [MQTT5-3.2.2-22] [MQTT5-3.1.2-22]", async (t) => {
    await using client = await suite.open(5);
    const connack = await client.connect({ clientId: unique("c"), keepAlive: 1 });
    if (numberOf(connack, "serverKeepAlive", 1) !== 1) {
      t.skip("this server sets a keep-alive of its own");
      return;
    }

    await client.lastWord();
  });

  it("obeys the Server Keep Alive instead, where the server sets one [MQTT5-3.2.2-21] [MQTT5-3.1.2-21]", async (t) => {
    await using client = await suite.open(5);
    const connack = await client.connect({ clientId: unique("c"), keepAlive: 0 });
    const seconds = numberOf(connack, "serverKeepAlive", 0);
    if (seconds === 0 || IS_FOREIGN) {
      t.skip("this server sets no keep-alive, or one that would have to be waited for");
      return;
    }

    await suite.passSeconds(seconds * 1.4);
    await client.ping();
    await suite.passSeconds(seconds * 1.6);

    assert.equal((await client.lastWord())?.type, "disconnect");
  });

  inBoth(
    "stays when it pings in time",
    "[MQTT5-3.1.2-22] [MQTT5-3.12.4-1]",
    "[MQTT311-3.1.2-24] [MQTT311-3.12.4-1]",
    async (version) => {
      await using client = await suite.client({ version, keepAlive: LONG });

      for (let round = 0; round < 3; round += 1) {
        await suite.passSeconds(LONG * 0.75);
        await client.ping();
      }
    },
  );

  inBoth(
    "stays when it sends anything else in time",
    "[MQTT5-3.1.2-22]",
    "[MQTT311-3.1.2-24]",
    async (version) => {
      await using client = await suite.client({ version, keepAlive: LONG });
      const topic = unique("t");

      for (let round = 0; round < 3; round += 1) {
        await suite.passSeconds(LONG * 0.75);
        await client.publish(topic, "still here", { qos: 1 });
      }

      await client.ping();
    },
  );
});
