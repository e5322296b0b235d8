/** The limits of a queue and what happens there, for sessions in memory and on disk, absent and slow. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { BrokerLives } from "../../../support/broker-lives.ts";
import type { TestBroker } from "../../../support/mqtt-broker.ts";
import { RawClient } from "../../../support/mqtt-raw-client.ts";

type Policy = "drop-oldest" | "reject-new" | "end-session";

const KINDS = ["absent, lasting", "slow, lasting", "slow, clean"] as const;
/** The slow one has this many in flight. */
const IN_FLIGHT = 5;

function terms(kind: (typeof KINDS)[number]) {
  const isLasting = kind !== "slow, clean";
  const receiveMaximum = IN_FLIGHT;
  return {
    protocolVersion: 5,
    clientId: "receiver",
    clean: !isLasting,
    properties: { receiveMaximum, sessionExpiryInterval: isLasting ? 3600 : 0 },
  } as const;
}

/** A receiver that acknowledges nothing, or has gone; then so many messages for it, numbered from 1. */
async function overfill(
  hub: TestBroker,
  kind: (typeof KINDS)[number],
  payloads: readonly string[],
): Promise<RawClient> {
  const receiver = await RawClient.connected(hub.port, terms(kind));
  await receiver.subscribe("a", 1);
  if (kind === "absent, lasting") {
    receiver.vanish();
    await hub.disconnected.next();
  }
  for (const payload of payloads) {
    // oxlint-disable-next-line no-await-in-loop -- so that each finds what those before it have left
    await hub.broker.publish({ topic: "a", payload: Buffer.from(payload), qos: 1, retain: false });
  }
  return receiver;
}

/** Waits until so many were dropped: which are the oldest is read from disk. */
async function dropped(hub: TestBroker, count: number): Promise<number> {
  while (hub.broker.counters.dropped.queueFull < count) {
    // oxlint-disable-next-line no-await-in-loop
    await pause(1);
  }
  return hub.broker.counters.dropped.queueFull;
}

/** Takes so many messages and proves that no other waited. */
async function takeAll(
  hub: TestBroker,
  receiver: RawClient,
  count: number,
): Promise<readonly string[]> {
  const texts: string[] = [];
  while (texts.length <= count) {
    // oxlint-disable-next-line no-await-in-loop -- each is acknowledged when it has come
    const { payload, messageId = 0 } = await receiver.take("publish");
    receiver.send({ cmd: "puback", messageId });
    texts.push(String(payload));
    if (texts.length === count)
      void hub.broker.publish({ topic: "a", payload: Buffer.from("last"), qos: 1, retain: false });
  }
  assert.equal(texts.pop(), "last");
  return texts;
}

async function whatArrives(
  hub: TestBroker,
  kind: (typeof KINDS)[number],
  { receiver, count }: { readonly receiver: RawClient; readonly count: number },
): Promise<readonly string[]> {
  if (kind !== "absent, lasting") return await takeAll(hub, receiver, count);
  await using back = await RawClient.connected(hub.port, terms(kind));
  return await takeAll(hub, back, count);
}

function numbers(from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, at) => String(from + at));
}

describe("a queue with a limit", { timeout: 180_000 }, () => {
  for (const kind of KINDS) {
    const inFlight = kind === "absent, lasting" ? 0 : IN_FLIGHT;
    const limits = (queuePolicy: Policy) => ({ maxQueuedMessages: 10, queuePolicy });

    it(`drops the oldest that wait, and counts them (${kind})`, async (t) => {
      const hub = await new BrokerLives(t, { limits: limits("drop-oldest") }).start();
      const receiver = await overfill(hub, kind, numbers(1, 30));

      const count = await dropped(hub, 20 - inFlight);
      const { queued } = hub.broker.counters;
      const got = await whatArrives(hub, kind, { receiver, count: inFlight + 10 });

      assert.deepEqual([count, queued], [20 - inFlight, 10]);
      assert.deepEqual(got, [...numbers(1, inFlight), ...numbers(21, 30)]);
    });

    it(`drops the new ones, and counts them (${kind})`, async (t) => {
      const hub = await new BrokerLives(t, { limits: limits("reject-new") }).start();
      const receiver = await overfill(hub, kind, numbers(1, 30));

      const { queued, dropped: counts } = hub.broker.counters;
      const got = await whatArrives(hub, kind, { receiver, count: inFlight + 10 });

      assert.deepEqual([counts.queueFull, queued], [20 - inFlight, 10]);
      assert.deepEqual(got, numbers(1, inFlight + 10));
    });

    it(`ends the session (${kind})`, async (t) => {
      const hub = await new BrokerLives(t, { limits: limits("end-session") }).start();
      const receiver = await overfill(hub, kind, numbers(1, inFlight + 11));
      await new Promise(setImmediate);
      await receiver.closed;

      assert.equal(hub.broker.sessions().length, 0);
    });
  }

  it("counts bytes as they are, not as they are on average", async (t) => {
    const limits = { maxQueuedBytes: 10 * 101, queuePolicy: "drop-oldest" } as const; // topic: 1
    const hub = await new BrokerLives(t, { limits }).start();
    const small = numbers(1, 30);
    const large = numbers(31, 40).map((text) => text.padEnd(100));
    const receiver = await overfill(hub, "absent, lasting", [...small, ...large]);

    const count = await dropped(hub, 30);
    const got = await whatArrives(hub, "absent, lasting", { receiver, count: 10 });

    assert.equal(count, 30);
    assert.deepEqual(got, large);
  });

  it("goes on counting where it was after a restart", async (t) => {
    const limits = { maxQueuedMessages: 10 };
    const lives = new BrokerLives(t, { limits });
    const first = await lives.start();
    const receiver = await overfill(first, "absent, lasting", numbers(1, 8));
    await lives.kill(first);
    const second = await lives.start();
    for (const text of numbers(9, 15)) {
      // oxlint-disable-next-line no-await-in-loop
      await second.broker.publish({
        topic: "a",
        payload: Buffer.from(text),
        qos: 1,
        retain: false,
      });
    }

    const count = await dropped(second, 5);
    const got = await whatArrives(second, "absent, lasting", { receiver, count: 10 });

    assert.equal(count, 5);
    assert.deepEqual(got, numbers(6, 15));
  });
});

describe("a long queue", { timeout: 300_000 }, () => {
  it("of 100 000 messages comes from disk in order, while more come", async (t) => {
    const lives = new BrokerLives(t, { limits: { maxQueuedMessages: 200_000 } });
    const hub = await lives.start();
    const receiver = await overfill(hub, "absent, lasting", []);
    receiver.vanish();
    const total = 100_000;
    const publish = async (count: number): Promise<void> =>
      await hub.broker.publish({
        topic: "a",
        payload: Buffer.from(String(count)),
        qos: 1,
        retain: false,
      });
    for (let count = 1; count < total; count += 1000) {
      const some = Array.from({ length: 1000 }, (_, at) => publish(count + at));
      // oxlint-disable-next-line no-await-in-loop
      await Promise.all(some);
    }

    await using back = await RawClient.connected(hub.port, {
      ...terms("absent, lasting"),
      properties: { sessionExpiryInterval: 3600 },
    });
    const more = 2000;
    for (let count = 1; count <= total + more; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const { payload, messageId = 0 } = await back.take("publish");
      back.send({ cmd: "puback", messageId });
      if (Number(String(payload)) !== count) assert.fail(`${String(payload)} instead of ${count}`);
      if (count > total - more && count <= total) void publish(count + more);
    }

    assert.equal(hub.broker.counters.dropped.queueFull, 0);
  });

  it("of a slow receiver stays in order when it goes over from memory to disk and back, QoS 0 in its place", async (t) => {
    const hub = await new BrokerLives(t).start();
    await using slow = await RawClient.connected(hub.port, terms("slow, lasting"));
    await slow.subscribe("a", 1);
    const total = 5000;
    const publish = (count: number): void => {
      const qos = count % 1000 === 999 ? 0 : 1;
      void hub.broker.publish({
        topic: "a",
        payload: Buffer.from(String(count)),
        qos,
        retain: false,
      });
    };
    for (let count = 1; count <= total; count += 1) publish(count);
    const texts: number[] = [];
    while (texts.at(-1) !== 2 * total) {
      // oxlint-disable-next-line no-await-in-loop
      const { payload, messageId } = await slow.take("publish");
      if (messageId !== undefined) slow.send({ cmd: "puback", messageId });
      texts.push(Number(String(payload)));
      if (texts.length <= total) publish(total + texts.length);
    }

    assert.deepEqual(
      texts,
      texts.toSorted((a, b) => a - b),
    );
    assert.equal(texts.filter((count) => count % 1000 !== 999).length, 2 * total - 10);
  });

  it("of large messages in flight comes again whole when the receiver is back", async (t) => {
    const hub = await new BrokerLives(t).start();
    const properties = { sessionExpiryInterval: 3600 };
    const first = await RawClient.connected(hub.port, { ...terms("slow, lasting"), properties });
    await first.subscribe("a", 1);
    for (const text of numbers(1, 20)) {
      // oxlint-disable-next-line no-await-in-loop
      await hub.broker.publish({
        topic: "a",
        payload: Buffer.from(text.padEnd(200_000)),
        qos: 1,
        retain: false,
      });
    }
    for (let count = 0; count < 20; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await first.take("publish");
    }
    first.vanish();
    await hub.disconnected.next();

    await using back = await RawClient.connected(hub.port, {
      ...terms("slow, lasting"),
      properties,
    });
    const got: string[] = [];
    for (let count = 0; count < 20; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const { payload, dup } = await back.take("publish");
      got.push(`${String(payload).trim()} ${dup}`);
    }

    assert.deepEqual(
      got,
      numbers(1, 20).map((text) => `${text} true`),
    );
  });
});
