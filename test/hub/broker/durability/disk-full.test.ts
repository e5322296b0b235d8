/** F-diskfull: what needs the disk is refused with a reason, the rest goes on, and service returns with the space. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { startTestBroker, type TestBroker } from "../../../support/mqtt-broker.ts";
import { publishPacket, RawClient } from "../../../support/mqtt-raw-client.ts";

const QUOTA_EXCEEDED = 0x97;
const LARGE = Buffer.alloc(4000, "x");
const MOST_MESSAGES = 100_000;

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "unshub-full-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(t: TestContext, folder: string, maxPages?: number): Promise<TestBroker> {
  const storage = { folder, durability: "process", maxPages } as const;
  const hub = await startTestBroker({ storage, limits: { minFreeDiskBytes: 0 } }); // it finds out by itself
  t.after(() => hub.broker.stop());
  return hub;
}

function lasting(clientId: string) {
  return {
    protocolVersion: 5,
    clientId,
    clean: false,
    properties: { sessionExpiryInterval: 3600 },
  } as const;
}

/** Publishes into the queue of an absent subscriber until that is refused; answers how many were acknowledged. */
async function fill(hub: TestBroker): Promise<number> {
  const absent = await RawClient.connected(hub.port, lasting("absent"));
  await absent.subscribe("a", 1);
  absent.vanish();
  await hub.disconnected.next();
  await using filler = await RawClient.connected(hub.port, {
    protocolVersion: 5,
    clientId: "filler",
  });
  for (let count = 0; count < MOST_MESSAGES; count += 1) {
    filler.send(publishPacket("a", LARGE, { qos: 1 }));
    // oxlint-disable-next-line no-await-in-loop -- one after the other, so that all before the refused one are kept
    const { reasonCode = 0 } = await filler.take("puback");
    if (reasonCode === QUOTA_EXCEEDED) return count;
  }
  throw new Error("the disk does not become full");
}

/** Takes all that waits for the absent subscriber; answers how many messages those were. */
async function drain(hub: TestBroker, expected: number): Promise<void> {
  await using client = await RawClient.connected(hub.port, lasting("absent"));
  for (let count = 0; count < expected; count += 1) {
    // oxlint-disable-next-line no-await-in-loop -- each is acknowledged when it has come
    const { messageId = 0 } = await client.take("publish");
    client.send({ cmd: "puback", messageId });
  }
  await client.ping();
}

/** Publishes until that is acknowledged again. */
async function untilServed(hub: TestBroker): Promise<void> {
  await using client = await RawClient.connected(hub.port, {
    protocolVersion: 5,
    clientId: "probing",
  });
  for (;;) {
    client.publish("a", "small", 1);
    // oxlint-disable-next-line no-await-in-loop
    const { reasonCode = 0 } = await client.take("puback");
    if (reasonCode !== QUOTA_EXCEEDED) return;
    // oxlint-disable-next-line no-await-in-loop
    await new Promise(setImmediate);
  }
}

describe("a broker whose disk is full", { timeout: 180_000 }, () => {
  it("refuses QoS 1 and 2 that would need it: 0x97 for MQTT 5, no acknowledgement for MQTT 3", async (t) => {
    const hub = await start(t, newFolder(t), 300);
    const kept = await fill(hub);
    await using five = await RawClient.connected(hub.port, {
      protocolVersion: 5,
      clientId: "five",
    });
    five.publish("a", "x", 2);
    five.send(publishPacket("r", LARGE, { qos: 1, retain: true }));
    await using four = await RawClient.connected(hub.port, { clientId: "four" });
    four.publish("a", "x", 1);
    await four.closed;

    assert.ok(kept > 100);
    assert.equal(hub.broker.storeState.kind, "full");
    assert.equal((await five.take("pubrec")).reasonCode, QUOTA_EXCEEDED);
    assert.equal((await five.take("puback")).reasonCode, QUOTA_EXCEEDED);
    assert.deepEqual(
      four.received.map(({ cmd }) => cmd),
      ["connack"],
    );
  });

  it("goes on with QoS 0, and with QoS 1 and 2 that nobody has to keep, also for a lasting publisher of QoS 1", async (t) => {
    const hub = await start(t, newFolder(t), 300);
    await fill(hub);
    await using reader = await RawClient.connected(hub.port, { clientId: "reader" });
    await reader.subscribe("live", 2);
    await using writer = await RawClient.connected(hub.port, {
      protocolVersion: 5,
      clientId: "writer",
    });

    writer.publish("live", "0", 0);
    writer.publish("live", "1", 1);
    writer.publish("live", "2", 2);

    assert.equal((await writer.take("puback")).reasonCode, 0);
    assert.equal((await writer.take("pubrec")).reasonCode, 0);
    const got = [
      await reader.take("publish"),
      await reader.take("publish"),
      await reader.take("publish"),
    ];
    assert.deepEqual(
      got.map(({ payload }) => String(payload)),
      ["0", "1", "2"],
    );
  });

  it("refuses a subscription that it cannot store, and lets clients connect, edge nodes with Wills among them", async (t) => {
    const hub = await start(t, newFolder(t), 300);
    await fill(hub);
    const will = { topic: "death", payload: LARGE, qos: 1, retain: false } as const;
    await using five = await RawClient.connected(hub.port, { ...lasting("new-five"), will });
    await using four = await RawClient.connected(hub.port, { clientId: "new-four", clean: false });
    await using clean = await RawClient.connected(hub.port, { clientId: "clean", will });

    for (const client of [five, four, clean]) {
      client.send({
        cmd: "subscribe",
        messageId: 1,
        subscriptions: [{ topic: "x".repeat(1000), qos: 1 }],
      });
    }
    const [refused5, refused4, granted] = [
      await five.take("suback"),
      await four.take("suback"),
      await clean.take("suback"),
    ];
    await hub.broker.publish({ topic: "x".repeat(1000), payload: LARGE, qos: 0, retain: false });
    const got = await clean.take("publish");
    await five.ping();

    assert.deepEqual([refused5.granted, refused4.granted], [[QUOTA_EXCEEDED], [0x80]]);
    assert.deepEqual([granted.granted, got.qos], [[1], 0]);
    assert.equal(
      five.received.some(({ cmd }) => cmd === "publish"),
      false,
    );
  });

  it("tells the hub that a message of its own is not stored, gives it to those who are there, and stores it later", async (t) => {
    const folder = newFolder(t);
    const hub = await start(t, folder, 300);
    const kept = await fill(hub);
    await using reader = await RawClient.connected(hub.port, { clientId: "reader" });
    await reader.subscribe("state", 1);
    const message = { topic: "state", payload: Buffer.alloc(100_000, "x"), qos: 1 } as const;

    await assert.rejects(hub.broker.publish({ ...message, retain: true }), {
      code: "NOT_STORED",
      message: /^publish "state": not stored: .*full/,
    });
    assert.equal((await reader.take("publish")).topic, "state");
    await assert.rejects(hub.broker.publish({ ...message, topic: "a", retain: false }), {
      code: "NOT_STORED",
    });
    await hub.broker.publish({ ...message, qos: 0, retain: true });

    await drain(hub, kept);
    await untilServed(hub);
    await hub.broker.stop();
    const again = await start(t, folder);
    await using back = await RawClient.connected(again.port, { clientId: "back" });
    await back.subscribe("state");
    assert.equal((await back.take("publish")).topic, "state");
  });

  it("keeps all it acknowledged, serves again when there is room, and has then stored who came meanwhile", async (t) => {
    const folder = newFolder(t);
    const hub = await start(t, folder, 300);
    const kept = await fill(hub);
    await using late = await RawClient.connected(hub.port, lasting("late"));
    hub.broker.publish({ topic: "r/0", payload: LARGE, qos: 0, retain: true }).catch(assert.fail);

    await drain(hub, kept);
    await untilServed(hub);
    await late.subscribe("late", 1);
    await hub.broker.publish({ topic: "late", payload: LARGE, qos: 1, retain: false });
    await hub.broker.stop();
    const again = await start(t, folder);
    await using back = await RawClient.open(again.port, 5);
    const { sessionPresent } = await back.connect(lasting("late"));

    assert.equal(sessionPresent, true);
    assert.equal((await back.take("publish")).topic, "late");
    await back.subscribe("r/0");
    assert.equal((await back.take("publish")).topic, "r/0");
  });

  it("takes a QoS 2 message that it could not keep as a new one when it comes again", async (t) => {
    const hub = await start(t, newFolder(t), 300);
    await using publisher = await RawClient.connected(hub.port, {
      protocolVersion: 5,
      clientId: "two",
    });
    const absent = await RawClient.connected(hub.port, lasting("absent"));
    await absent.subscribe("a", 2);
    absent.vanish();
    await hub.disconnected.next();
    const huge = Buffer.alloc(2_000_000, "x"); // more than the file may ever have

    publisher.send(publishPacket("a", huge, { qos: 2, messageId: 9 }));
    const refused = await publisher.take("pubrec");
    await untilServed(hub);
    publisher.send(publishPacket("a", "small", { qos: 2, messageId: 9 }));
    const taken = await publisher.take("pubrec");
    await using back = await RawClient.connected(hub.port, lasting("absent"));
    const got = await back.take("publish");

    assert.deepEqual([refused.reasonCode, taken.reasonCode], [QUOTA_EXCEEDED, 0]);
    assert.equal(String(got.payload), "small");
    assert.equal(hub.broker.counters.queued <= 1, true, "what was lost does not count");
  });
});

describe("a broker on a small disk of its own", { timeout: 180_000 }, () => {
  it("refuses, keeps what it acknowledged, and serves again when there is room", async (t) => {
    const folder = mountedFolder(t);
    if (folder === undefined) {
      t.skip("only root may mount a disk");
      return;
    }
    const hub = await start(t, folder);
    const ballast = join(folder, "ballast");
    writeFileSync(ballast, Buffer.alloc(8 * 1024 * 1024));

    const kept = await fill(hub);
    rmSync(ballast);
    await untilServed(hub);
    await hub.broker.stop();
    const again = await start(t, folder);
    await drain(again, kept + 1);
    await again.broker.stop();

    assert.ok(kept > 100);
  });
});

/** A disk of 24 MiB in memory; `undefined` when this user may not mount. */
function mountedFolder(t: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "unshub-disk-"));
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", folder], { stdio: "ignore" });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined; // the caller says so
  }
  t.after(() => {
    execFileSync("umount", ["-l", folder]);
    rmSync(folder, { recursive: true });
  });
  return folder;
}
