/** F-diskfull, before it is full: what must be stored is refused while there is still some room, and served again later. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { startTestBroker, type TestBroker } from "../../../support/mqtt-broker.ts";
import { publishPacket, RawClient } from "../../../support/mqtt-raw-client.ts";

const QUOTA_EXCEEDED = 0x97;
const MIB = 1024 * 1024;
const PLENTY = 1000 * MIB;

/** A broker on a disk that has as much room as the test says. */
async function start(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "unshub-space-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const disk = { freeBytes: PLENTY };
  const freeBytes = async (asked: string): Promise<number> => {
    assert.equal(asked, folder);
    return disk.freeBytes;
  };
  const hub = await startTestBroker({
    storage: { folder, durability: "process", freeBytes },
    limits: { minFreeDiskBytes: 200 * MIB, lookAtDiskEveryMs: 1 },
  });
  t.after(() => hub.broker.stop());
  return { hub, disk, folder };
}

async function becomes(hub: TestBroker, kind: "ready" | "full"): Promise<void> {
  while (hub.broker.storeState.kind !== kind) {
    // oxlint-disable-next-line no-await-in-loop
    await new Promise(setImmediate);
  }
}

function lasting(clientId: string) {
  const properties = { sessionExpiryInterval: 3600 };
  return { protocolVersion: 5, clientId, clean: false, properties } as const;
}

async function absentSubscriber(hub: TestBroker): Promise<void> {
  const absent = await RawClient.connected(hub.port, lasting("absent"));
  await absent.subscribe("a", 1);
  absent.vanish();
  await hub.disconnected.next();
}

describe("a broker whose disk is nearly full", { timeout: 180_000 }, () => {
  it("refuses with 0x97 what it would have to store, and serves the rest", async (t) => {
    const { hub, disk } = await start(t);
    await absentSubscriber(hub);
    await using client = await RawClient.connected(hub.port, lasting("client"));
    client.send(publishPacket("kept", "x", { qos: 1, retain: true }));
    await client.take("puback");
    disk.freeBytes = 199 * MIB;
    await becomes(hub, "full");
    await client.subscribe("live", 1);

    client.send(publishPacket("a", "x", { qos: 1 }));
    const one = await client.take("puback");
    client.send(publishPacket("b", "x", { qos: 2 }));
    const two = await client.take("pubrec");
    client.send(publishPacket("r", "x", { qos: 1, retain: true }));
    const retained = await client.take("puback");
    client.send(publishPacket("kept", "", { qos: 1, retain: true }));
    const removed = await client.take("puback");
    client.publish("live", "x", 0);

    assert.deepEqual(
      [one.reasonCode, two.reasonCode, retained.reasonCode, removed.reasonCode],
      [QUOTA_EXCEEDED, QUOTA_EXCEEDED, QUOTA_EXCEEDED, 0],
    );
    const reason = one.properties?.reasonString ?? "";
    assert.match(reason, /^only 199 MiB are free on the disk of .*; mqtt\.limits\.minFreeDisk/);
    assert.equal((await client.take("publish")).topic, "live");
    assert.equal(hub.broker.counters.dropped.storeFull, 3);
    assert.equal(hub.broker.freeDiskBytes, 199 * MIB);
  });

  it("closes the connection of an MQTT 3 client instead of acknowledging", async (t) => {
    const { hub, disk } = await start(t);
    await absentSubscriber(hub);
    disk.freeBytes = 0;
    await becomes(hub, "full");
    await using client = await RawClient.connected(hub.port, { clientId: "four" });

    client.publish("a", "x", 1);
    await client.closed;

    assert.deepEqual(
      client.received.map(({ cmd }) => cmd),
      ["connack"],
    );
  });

  it("serves again by itself, with some distance to the limit, and tells each change once", async (t) => {
    const { hub, disk } = await start(t);
    await absentSubscriber(hub);
    await using client = await RawClient.connected(hub.port, lasting("client"));
    disk.freeBytes = 400 * MIB;
    await hub.log.find(({ message }) => message === "the disk will soon be full");
    disk.freeBytes = 100 * MIB;
    await becomes(hub, "full");
    disk.freeBytes = 210 * MIB;
    await looked(hub, 210 * MIB);
    const stillFull = hub.broker.storeState.kind;
    disk.freeBytes = PLENTY;
    await becomes(hub, "ready");

    client.send(publishPacket("a", "x", { qos: 1 }));
    const { reasonCode } = await client.take("puback");
    await using absent = await RawClient.connected(hub.port, lasting("absent"));

    assert.deepEqual([stillFull, reasonCode], ["full", 0]);
    assert.equal((await absent.take("publish")).topic, "a");
    const told = hub.log.all.filter(({ message }) => message.startsWith("the disk "));
    assert.deepEqual(
      told.map(({ level, message }) => [level, message]),
      [
        ["warn", "the disk will soon be full"],
        ["error", "the disk is nearly full"],
        ["info", "the disk has room again"],
      ],
    );
  });

  it("stores retained QoS 0 messages of that time when there is room", async (t) => {
    const { hub, disk, folder } = await start(t);
    disk.freeBytes = 0;
    await becomes(hub, "full");
    await using client = await RawClient.connected(hub.port, lasting("client"));
    client.send(publishPacket("r", "x", { retain: true }));
    await client.subscribe("r", 0);

    assert.equal((await client.take("publish")).retain, true);
    disk.freeBytes = PLENTY;
    await becomes(hub, "ready");
    await hub.broker.stop();
    const again = await startTestBroker({ storage: { folder, durability: "process" } });
    t.after(() => again.broker.stop());
    await using reader = await RawClient.connected(again.port, { clientId: "reader" });
    await reader.subscribe("r", 0);
    assert.equal((await reader.take("publish")).topic, "r");
  });
});

async function looked(hub: TestBroker, freeBytes: number): Promise<void> {
  while (hub.broker.freeDiskBytes !== freeBytes) {
    // oxlint-disable-next-line no-await-in-loop
    await new Promise(setImmediate);
  }
}
