/** How fast one client may publish: above it the client is read more slowly; nothing is lost and others are not slowed. */
import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, it } from "node:test";
import { ManualClock } from "../../../support/manual-clock.ts";
import { startTestBroker, type TestBroker } from "../../../support/mqtt-broker.ts";
import { publishPacket, RawClient } from "../../../support/mqtt-raw-client.ts";

const RATE = 100;
const BURST = 2 * RATE;

/** Publishes at once as often as it is told. */
async function flood(
  hub: TestBroker,
  count: number,
  { qos = 0, bytes = 1 }: { readonly qos?: 0 | 1; readonly bytes?: number } = {},
): Promise<RawClient> {
  const client = await RawClient.connected(hub.port, { clientId: "fast", keepalive: 5 });
  const payload = Buffer.alloc(bytes, "x");
  const packets = Array.from({ length: count }, (_, at) =>
    publishPacket("a", payload, { qos, messageId: at + 1 }),
  );
  client.send(...packets, { cmd: "pingreq" });
  return client;
}

const received = ({ broker }: TestBroker): number => {
  const [zero, one] = broker.counters.received;
  return zero + one;
};

async function untilPaused(hub: TestBroker, times: number): Promise<void> {
  while (hub.broker.counters.throttled < times) {
    // oxlint-disable-next-line no-await-in-loop
    await new Promise(setImmediate);
  }
}

describe("a client that publishes faster than it may", { timeout: 180_000 }, () => {
  for (const qos of [0, 1] as const) {
    it(`is read no faster, after a burst of twice as many, and loses nothing: QoS ${qos}`, async () => {
      const clock = new ManualClock();
      await using hub = await startTestBroker({ clock, limits: { publishesPerSecond: RATE } });
      const own = received(hub);
      await using client = await flood(hub, BURST + 2 * RATE, { qos });

      await untilPaused(hub, 1);
      const atOnce = received(hub) - own;
      clock.pass(1000);
      await untilPaused(hub, 2);
      const aSecondLater = received(hub) - own;
      const passing = setInterval(() => clock.pass(100), 1);
      await client.find("pingresp");
      clearInterval(passing);

      assert.deepEqual([atOnce, aSecondLater], [BURST + 1, BURST + RATE + 1]);
      assert.equal(hub.published.all.length, BURST + 2 * RATE);
      assert.equal(hub.broker.counters.dropped.slow, 0);
      assert.equal(client.received.filter(({ cmd }) => cmd === "puback").length, qos * 400);
    });
  }

  it("is counted by bytes as well", async () => {
    const clock = new ManualClock();
    const limits = { publishBytesPerSecond: 100_000 };
    await using hub = await startTestBroker({ clock, limits });
    await using client = await flood(hub, 40, { bytes: 10_000 - 5 - 1 }); // 10 000 with header and topic

    await untilPaused(hub, 1);

    assert.equal(hub.published.all.length, 21);
    assert.equal(client.received.length, 1);
  });

  it("is named in the log once, holds up nobody else, and is not taken for silent meanwhile", async () => {
    const clock = new ManualClock();
    await using hub = await startTestBroker({ clock, limits: { publishesPerSecond: 1 } });
    await using fast = await flood(hub, 20);
    await untilPaused(hub, 1);
    await using other = await RawClient.connected(hub.port, { clientId: "other" });

    other.publish("b", "x");
    await other.ping();
    for (let seconds = 0; seconds < 9; seconds += 0.5) clock.pass(500); // its keep alive is 5 s

    await other.ping();
    assert.equal(hub.broker.counters.ended.size, 0);
    const warnings = hub.log.all.filter(({ level }) => level === "warn");
    assert.deepEqual(
      warnings.map(({ fields }) => fields["clientId"]),
      ["fast"],
    );
    assert.equal(fast.received.length, 1);
  });

  it("is not held up when it is part of this process", async () => {
    await using hub = await startTestBroker({ limits: { publishesPerSecond: 1 } });
    const [ours, brokers] = duplexPair();
    hub.broker.attach(brokers);
    await using client = new RawClient(ours);
    await client.connect({ clientId: "adapter" });

    for (let count = 0; count < 50; count += 1) client.publish("a", "x");
    await client.ping();

    assert.equal(hub.published.all.length, 50);
    assert.equal(hub.broker.counters.throttled, 0);
  });
});
