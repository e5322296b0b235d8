/** The delay of a Will: it waits, unless the session ends first, and it is dropped when the client is back in time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assertNothingMore, collect, Suite, unique, WAITING } from "../../support/mqtt-suite.ts";
import type { WireClient } from "../../support/mqtt-wire-client.ts";
import { IS_FOREIGN } from "../../support/server-under-test.ts";

/** Seconds; at the hub so many that a machine that stands still for a while does not use them up. */
const DELAY = IS_FOREIGN ? 2 : 100;

describe("a Will with a delay", WAITING, () => {
  const suite = new Suite();

  interface Case {
    readonly clientId: string;
    readonly topic: string;
    readonly watcher: WireClient;
    readonly client: WireClient;
  }

  /** A client whose session lasts `expiry` seconds, with a Will that waits `delay` seconds; and who watches for it. */
  async function dying(delay: number, expiry: number): Promise<Case> {
    const topic = unique("will");
    const clientId = unique("c");
    const watcher = await suite.client();
    await watcher.subscribe({ filter: topic, qos: 1 });
    const client = await suite.client({
      clientId,
      clean: false,
      properties: [["sessionExpiry", expiry]],
      will: { topic, payload: "late", qos: 1, properties: [["willDelay", delay]] },
    });
    return { clientId, topic, watcher, client };
  }

  it("goes out after the delay, not before [MQTT5-3.1.2-8]", async () => {
    const { watcher, client } = await dying(DELAY, 300);
    await client.vanish();
    await assertNothingMore(watcher, watcher);
    await suite.passSeconds(DELAY * 0.5);
    await assertNothingMore(watcher, watcher);

    await suite.passSeconds(DELAY * 1.1);

    assert.equal((await watcher.takeMessage()).payload, "late");
  });

  it("waits also after DISCONNECT 0x04 [MQTT5-3.1.2-8]", async () => {
    const { watcher, client } = await dying(DELAY, 300);
    await client.leave({ reasonCode: 0x04 });
    await assertNothingMore(watcher, watcher);

    await suite.passSeconds(DELAY * 1.1);

    assert.equal((await watcher.takeMessage()).payload, "late");
  });

  it("does not go out when the client is back before [MQTT5-3.1.3-9] [MQTT5-3.1.2-8]", async () => {
    const { clientId, watcher, client } = await dying(DELAY, 300);
    await client.vanish();

    const again = await suite.client({
      clientId,
      clean: false,
      properties: [["sessionExpiry", 300]],
    });
    await suite.passSeconds(DELAY * 1.1);

    assert.deepEqual(await collect(watcher, watcher), []);
    await again.ping();
  });

  it("does not go out when a new connection takes the session over [MQTT5-3.1.3-9]", async () => {
    const { clientId, watcher, client } = await dying(DELAY, 300);

    const again = await suite.client({
      clientId,
      clean: false,
      properties: [["sessionExpiry", 300]],
    });
    await client.lastWord();
    await suite.passSeconds(DELAY * 1.1);

    assert.deepEqual(await collect(watcher, watcher), []);
    await again.ping();
  });

  it("goes out when the session ends first [MQTT5-3.1.2-8]", async () => {
    const { watcher, client } = await dying(100, 1);

    await client.vanish();

    assert.equal((await watcher.takeMessage()).payload, "late");
  });

  it("goes out at once when the session ends with the connection [MQTT5-3.1.2-8]", async () => {
    const { watcher, client } = await dying(100, 0);

    await client.vanish();

    assert.equal((await watcher.takeMessage()).payload, "late");
  });

  it("goes out when a Clean Start takes over and ends the session [MQTT5-3.1.2-8] [MQTT5-3.1.2-4]", async () => {
    const { clientId, watcher } = await dying(100, 300);

    await suite.client({ clientId, clean: true });

    assert.equal((await watcher.takeMessage()).payload, "late");
  });

  it("goes out once, though both its delay and the session end [MQTT5-3.1.2-10]", async () => {
    const { watcher, client } = await dying(1, 2);
    await client.vanish();
    await watcher.takeMessage();

    await suite.passSeconds(2.1);

    assert.deepEqual(await collect(watcher, watcher), []);
  });
});
