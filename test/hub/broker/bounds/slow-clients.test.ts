/** Clients that read nothing, many of them: what waits for them is bounded, what is dropped is counted, others get all. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ManualClock } from "../../../support/manual-clock.ts";
import {
  startTestBroker,
  type TestBroker,
  type TestBrokerOptions,
} from "../../../support/mqtt-broker.ts";
import { Neighbours } from "../../../support/mqtt-hostile.ts";
import { RawClient } from "../../../support/mqtt-raw-client.ts";

const MESSAGE = Buffer.alloc(50_000);

describe("fifty clients that stop reading", { timeout: 300_000 }, () => {
  it("lose QoS 0 beyond their bounds, exactly counted, are told to go, and keep their sessions", async () => {
    const clock = new ManualClock();
    const soft = 200_000;
    await using plant = await stalledPlant(50, { clock, limits: { outgoingSoftBytes: soft } });
    const { hub, clients } = plant;
    await using neighbours = await Neighbours.at(hub.port);
    await using reader = await RawClient.connected(hub.port, { clientId: "reader" });
    await reader.subscribe("data");
    const [sentBefore] = hub.broker.counters.sent;

    for (let count = 0; count < 200; count += 1) {
      await hub.broker.publish({ topic: "data", payload: MESSAGE, qos: 0, retain: false });
      await reader.take("publish");
    }
    await neighbours.roundTrips(10);

    const { counters } = hub.broker;
    const messages = 51 * 200;
    assert.equal(counters.sent[0] - sentBefore - 10 + counters.dropped.slow, messages);
    assert.ok(counters.dropped.slow > 5000);
    for (const { outgoingBytes } of hub.broker.sessions())
      assert.ok(outgoingBytes < soft + MESSAGE.length + 100, `${outgoingBytes} bytes wait`);
    const dropped = sum(hub.broker.sessions().map((session) => session.dropped));
    assert.equal(dropped, counters.dropped.slow);

    clock.pass(11_000);

    assert.equal(hub.broker.counters.ended.get(0x97), 50);
    assert.equal(hub.broker.counters.connections, 3);
    assert.equal(hub.broker.counters.sessions, 53);
    for (const client of clients) client.resumeReading();
    await Promise.all(clients.map(({ closed }) => closed));
    await neighbours.roundTrips(1);
  });

  for (const [bound, more, usedNow] of [
    ["one bound", { maxOutgoingBytes: 20_000_000 }, 0],
    ["a sixteenth of it when memory is short", { maxOutgoingBytes: 320_000_000 }, 0.9],
  ] as const) {
    it(`share ${bound}: those for whom most waits go first`, async () => {
      const clock = new ManualClock();
      let used = 0;
      const patience = { outgoingSoftBytes: 4_000_000, slowForMs: 1e9, stalledAfterMs: 1e9 };
      await using plant = await stalledPlant(10, {
        clock,
        limits: { ...patience, maxMemoryBytes: 1_000_000, ...more },
        usedMemory: () => 1_000_000 * used,
      });
      const { hub } = plant;

      for (let count = 0; count < 400; count += 1)
        await hub.broker.publish({ topic: "data", payload: MESSAGE, qos: 0, retain: false });
      const waiting = hub.broker.sessions().map(({ outgoingBytes }) => outgoingBytes);
      assert.ok(sum(waiting) > 20_000_000, `${sum(waiting)} bytes wait`);
      used = usedNow;
      clock.pass(500);

      const left = hub.broker.sessions().filter(({ isConnected }) => isConnected);
      assert.ok(left.length > 0 && left.length < 10, `${left.length} left`);
      assert.ok(sum(left.map(({ outgoingBytes }) => outgoingBytes)) <= 20_000_000);
      assert.equal(hub.broker.counters.ended.get(0x97), 10 - left.length);
    });
  }
});

describe("a client that stops reading", { timeout: 180_000 }, () => {
  it("is ended at once when more waits than may ever wait", async () => {
    const clock = new ManualClock();
    const limits = { outgoingSoftBytes: 400_000, outgoingHardBytes: 500_000 };
    await using plant = await stalledPlant(1, { clock, limits });
    const { hub } = plant;

    const payload = Buffer.alloc(8_000_000); // of which the system takes some
    await hub.broker.publish({ topic: "data", payload, qos: 0, retain: false });
    clock.pass(500);

    assert.equal((await hub.disconnected.next()).clientId, "stalled0");
    assert.equal(hub.broker.counters.ended.get(0x97), 1);
  });

  it("is ended after it has taken nothing for the time allowed, and finds its QoS 1 messages later", async () => {
    const clock = new ManualClock();
    await using plant = await stalledPlant(1, { clock });
    const { hub } = plant;
    for (let count = 0; count < 200; count += 1)
      await hub.broker.publish({ topic: "data", payload: MESSAGE, qos: 1, retain: false });

    clock.pass(9000);
    assert.equal(hub.broker.counters.ended.size, 0);
    clock.pass(2000);
    await hub.disconnected.next();

    await using again = await RawClient.connected(hub.port, { clientId: "stalled0", clean: false });
    for (let count = 0; count < 200; count += 1) {
      const { messageId = 0 } = await again.take("publish");
      again.send({ cmd: "puback", messageId });
    }
    assert.equal(hub.broker.counters.dropped.slow + hub.broker.counters.dropped.queueFull, 0);
  });
});

interface StalledPlant extends AsyncDisposable {
  readonly hub: TestBroker;
  readonly clients: readonly RawClient[];
}

/** A broker and clients that have subscribed to `data`, with QoS 1 and stored sessions, and read no more. */
async function stalledPlant(count: number, options: TestBrokerOptions): Promise<StalledPlant> {
  const stack = new AsyncDisposableStack();
  const hub = stack.use(await startTestBroker(options));
  const clients: RawClient[] = [];
  for (let index = 0; index < count; index += 1) {
    const clientId = `stalled${index}`;
    const client = stack.use(await RawClient.connected(hub.port, { clientId, clean: false }));
    await client.subscribe("data", 1);
    client.pauseReading();
    clients.push(client);
  }
  return { hub, clients, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
