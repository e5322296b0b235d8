/** A client that connects again and again waits longer each time for its CONNACK; nobody else does, and it is never banned. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ManualClock } from "../../support/manual-clock.ts";
import { startTestBroker, type TestBroker } from "../../support/mqtt-broker.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const SESSION_TAKEN_OVER = 0x8e;
const LIMITS = {
  exemptLoopback: false,
  connectsPerSecondPerAddress: 1000,
  connectsPerMinutePerClient: 3,
  connectWithinMs: 5000,
};

async function connectAndGo(hub: TestBroker, clientId: string): Promise<void> {
  const client = await RawClient.connected(hub.port, { clientId });
  client.vanish();
  await hub.disconnected.next();
}

/** As often as it may. */
async function wearOut(hub: TestBroker, clientId: string): Promise<void> {
  // oxlint-disable-next-line no-await-in-loop
  for (let count = 0; count < 3; count += 1) await connectAndGo(hub, clientId);
}

/** Sends CONNECT and answers how many seconds its CONNACK takes, by the clock of the test. */
async function secondsUntilServed(hub: TestBroker, clock: ManualClock): Promise<number> {
  const delayed = hub.broker.counters.connacksDelayed;
  await using client = await RawClient.open(hub.port);
  const served = client.connect({ clientId: "flapping" });
  while (hub.broker.counters.connacksDelayed === delayed) await aMoment();
  const before = hub.broker.counters.accepted;
  let seconds = 0;
  for (; hub.broker.counters.accepted === before && seconds < 100; seconds += 0.5) clock.pass(500);
  await served;
  client.vanish();
  await hub.disconnected.next();
  return seconds;
}

const aMoment = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("a client that connects again and again", { timeout: 180_000 }, () => {
  it("waits 1, 2, 4 seconds and so on for its CONNACK, up to the longest delay", async () => {
    const clock = new ManualClock();
    await using hub = await startTestBroker({
      clock,
      limits: { ...LIMITS, maxConnackDelayMs: 6000 },
    });
    await wearOut(hub, "flapping");

    const delays: number[] = [];
    // oxlint-disable-next-line no-await-in-loop
    for (let count = 0; count < 5; count += 1) delays.push(await secondsUntilServed(hub, clock));

    assert.deepEqual(delays, [1, 2, 4, 6, 6]);
    assert.equal(hub.broker.counters.connacksDelayed, 5);
    const { fields } = await hub.log.find(({ level }) => level === "warn");
    assert.deepEqual([fields["clientId"], fields["delaySeconds"]], ["flapping", 1]);
  });

  it("is served at once again after a minute in peace", async () => {
    const clock = new ManualClock();
    await using hub = await startTestBroker({ clock, limits: LIMITS });
    await wearOut(hub, "flapping");
    await secondsUntilServed(hub, clock);
    await secondsUntilServed(hub, clock);

    clock.pass(60_000);
    await wearOut(hub, "flapping");

    assert.equal(hub.broker.counters.connacksDelayed, 2);
    assert.equal(await secondsUntilServed(hub, clock), 1);
  });

  it("that gives up waiting and comes back goes on waiting where it was, and is not locked out", async () => {
    const clock = new ManualClock();
    await using hub = await startTestBroker({ clock, limits: LIMITS });
    await wearOut(hub, "flapping");
    for (let count = 0; count < 3; count += 1) await secondsUntilServed(hub, clock);

    await using impatient = await RawClient.open(hub.port);
    impatient.send({ ...impatient.connectPacket(), clientId: "flapping" });
    while (hub.broker.counters.connacksDelayed < 4) await aMoment(); // eight seconds
    clock.pass(6500);
    await using again = await RawClient.open(hub.port);
    const served = again.connect({ clientId: "flapping" });
    await impatient.closed;
    clock.pass(1500);
    await served;

    await again.ping();
    assert.deepEqual(impatient.received, []);
    assert.equal(hub.broker.counters.ended.get(SESSION_TAKEN_OVER), 1);
  });

  it("keeps its present connection until the next one is answered, and holds up nobody else", async () => {
    const clock = new ManualClock();
    await using hub = await startTestBroker({ clock, limits: LIMITS });
    await connectAndGo(hub, "flapping");
    await connectAndGo(hub, "flapping");
    await using present = await RawClient.connected(hub.port, { clientId: "flapping" });
    await using rival = await RawClient.open(hub.port);
    const served = rival.connect({ clientId: "flapping" });
    while (hub.broker.counters.connacksDelayed < 1) await aMoment();

    await using other = await RawClient.connected(hub.port, { clientId: "other" });
    await other.ping();
    await present.ping();
    assert.deepEqual(rival.received, []);
    clock.pass(1000);
    await served;

    await present.closed;
    await rival.ping();
  });

  it("is not held up on this machine itself, nor when there is no limit", async () => {
    for (const change of [
      { exemptLoopback: true },
      { connectsPerMinutePerClient: Number.POSITIVE_INFINITY },
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      await using hub = await startTestBroker({ limits: { ...LIMITS, ...change } });
      // oxlint-disable-next-line no-await-in-loop
      for (let count = 0; count < 3; count += 1) await wearOut(hub, "flapping");
      assert.equal(hub.broker.counters.connacksDelayed, 0);
    }
  });

  it("does not keep the broker from stopping while it waits", async () => {
    await using hub = await startTestBroker({ clock: new ManualClock(), limits: LIMITS });
    await wearOut(hub, "flapping");
    await using client = await RawClient.open(hub.port);
    client.send({ ...client.connectPacket(), clientId: "flapping" });
    while (hub.broker.counters.connacksDelayed < 1) await aMoment();

    await hub.broker.stop();

    await client.closed;
  });
});
