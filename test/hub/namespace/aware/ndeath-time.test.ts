/** The time of deaths, as an aware server may set it. */
import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { IConnectPacket } from "mqtt-packet";
import { scanPayload } from "@unshub/sparkplug";
import { startTestHub, type TestHub } from "../../../support/hub.ts";
import { deathWill, nbirth } from "../../../support/guard-plant.ts";
import { publishPacket, RawClient } from "../../../support/mqtt-raw-client.ts";

const IDS = { clientId: "gw", edge: "e", host: "h" };
const WILL = deathWill(IDS);

interface Plant {
  readonly hub: TestHub;
  readonly edge: RawClient;
  readonly listener: RawClient;
}

async function openPlant(
  t: TestContext,
  sparkplug: string,
  will: IConnectPacket["will"] = WILL,
): Promise<Plant> {
  const hub = await startTestHub(t, "", { sparkplug });
  const listener = await RawClient.connected(hub.mqttPort, { clientId: "listener" });
  await listener.subscribe(WILL.topic, 1);
  const edge = await RawClient.connected(hub.mqttPort, { clientId: "gw", ...(will && { will }) });
  const { topic, payload } = nbirth(IDS);
  edge.send(publishPacket(topic, Buffer.from(payload)));
  await edge.settle();
  t.after(() => Promise.all([listener, edge].map((client) => client[Symbol.asyncDispose]())));
  return { hub, edge, listener };
}

async function deathHeard(listener: RawClient): Promise<Buffer> {
  const { payload } = await listener.find("publish");
  return Buffer.from(payload);
}

/** What came is what was sent, with a time in front that lies between these two. */
function assertStamped(came: Buffer, sent: Buffer, from: number): void {
  const { timestamp = 0 } = scanPayload(came);
  assert.ok(timestamp >= from && timestamp <= Date.now(), String(timestamp));
  assert.equal(came.subarray(came.length - sent.length).toString("hex"), sent.toString("hex"));
  assert.equal(came.length, sent.length + 7);
}

describe("the time of an NDEATH", { timeout: 180_000 }, () => {
  it("of a Will is that of its delivery, all else as it was sent [tck-id-conformance-mqtt-aware-ndeath-timestamp]", async (t) => {
    const { edge, listener, hub } = await openPlant(t, ", ndeathTimestamp: server");
    const from = Date.now();

    edge.vanish();

    assertStamped(await deathHeard(listener), Buffer.from(WILL.payload), from);
    await hub.until(() => hub.hub.tree.state(hub.hub.tree.find("G/e") ?? 0) === "offline");
  });

  for (const qos of [0, 1] as const) {
    it(`of a message at QoS ${qos} is that of its delivery, too`, async (t) => {
      const { edge, listener } = await openPlant(t, ", ndeathTimestamp: server");
      const from = Date.now();

      edge.send(publishPacket(WILL.topic, Buffer.from(WILL.payload), { qos }));

      assertStamped(await deathHeard(listener), Buffer.from(WILL.payload), from);
    });
  }

  it("stays as it was sent where nothing else is asked for", async (t) => {
    const { edge, listener } = await openPlant(t, "");

    edge.vanish();

    assert.deepEqual(await deathHeard(listener), WILL.payload);
  });

  it("is not set in what is no payload: that passes as it is, and is told", async (t) => {
    const payload = Buffer.from("1205", "hex");
    const { edge, listener, hub } = await openPlant(t, ", ndeathTimestamp: server", {
      ...WILL,
      payload,
    });

    edge.vanish();

    assert.deepEqual(await deathHeard(listener), payload);
    assert.ok(hub.hub.guard.findings().some(({ code }) => code === "C07"));
  });
});
