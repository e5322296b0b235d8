import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Aedes } from "aedes";
import type { Listener, RoutedPacket } from "../../../hub/src/broker/aedes/internals.ts";
import { type ListenerOwner, MessageRouter } from "../../../hub/src/broker/aedes/message-router.ts";

/** What both queues have in common. */
interface Queue {
  on(filter: string, listener: Listener): unknown;
  emit(packet: RoutedPacket, done: () => void): unknown;
}

describe("the message router", () => {
  it("carries a queue that overflows the stack of aedes' own", async () => {
    // `concurrency: 1` makes the queue long at once; the default of 100 only needs more publishers.
    const own = new Aedes({ concurrency: 1 });
    // as: `mq` is missing in aedes' types; it is the default queue
    // eslint-disable-next-line typescript/no-unsafe-type-assertion -- as above
    const defaultQueue = (own as unknown as { mq: Queue }).mq;

    assert.throws(() => releaseAfterFilling(defaultQueue), RangeError);

    const { router, routed } = makeRouter();
    await releaseAfterFilling(router);
    assert.equal(routed.length, 100_001);
  });

  it("does not wait for a subscriber that never says it is done", async () => {
    const { router } = makeRouter();
    const seen: string[] = [];
    router.on("a", () => {}); // never calls back
    router.on("a", ({ topic }) => seen.push(topic));

    for (let count = 0; count < 1000; count += 1) await emitted(router, "a");

    assert.equal(seen.length, 1000);
  });

  it("calls back after the emit, never within it", async () => {
    const { router } = makeRouter();
    let isInside = true;

    const done = new Promise<boolean>((resolve) => {
      router.emit(message("a"), () => resolve(isInside));
    });
    isInside = false;

    assert.equal(await done, false);
  });

  it("lets no message overtake the one that gave rise to it, for any subscriber", () => {
    const { router, routed } = makeRouter();
    const seen: string[] = [];
    router.on("first", () => router.emit(message("second")));
    router.on("#", ({ topic }) => seen.push(topic));

    router.emit(message("first"));
    router.emit(message("third"));

    assert.deepEqual(routed, ["first", "second", "third"]);
    assert.deepEqual(seen, ["first", "second", "third"]);
  });

  it("does not recurse when each message gives rise to the next", () => {
    const { router, routed } = makeRouter();
    let left = 100_000;
    router.on("chain", () => {
      left -= 1;
      if (left > 0) router.emit(message("chain"));
    });

    router.emit(message("chain"));

    assert.equal(routed.length, 100_000);
  });

  it("lets the others have a message when one listener throws", () => {
    const { router, failures } = makeRouter();
    const seen: string[] = [];
    router.on("a", () => {
      throw new Error("broken");
    });
    router.on("+", ({ topic }) => seen.push(topic));

    router.emit(message("a"));

    assert.deepEqual(seen, ["a"]);
    assert.equal(failures.length, 1);
  });

  it("tells those that watch before any subscriber", () => {
    const order: string[] = [];
    const { router } = makeRouter({ passing: () => order.push("passing") });
    router.on("a", () => order.push("subscriber"));

    router.emit(message("a"));

    assert.deepEqual(order, ["passing", "subscriber"]);
  });

  it("gives a client whose subscriptions overlap one copy, with the highest QoS [MQTT5-3.3.4-2]", () => {
    const owners = new Map<Listener, ListenerOwner>();
    const { router } = makeRouter({ ownerOf: (listener) => owners.get(listener) });
    const client = {};
    const seen: number[] = [];
    for (const [filter, qos] of [["a/#", 0] as const, ["a/b", 1] as const, ["+/b", 0] as const]) {
      const listener: Listener = (packet) => seen.push(packet.qos);
      owners.set(listener, { client, qos });
      router.on(filter, listener);
    }

    router.emit({ ...message("a/b"), qos: 2 });

    assert.deepEqual(seen, [1]);
  });

  it("no longer calls a listener that was removed", () => {
    const { router } = makeRouter();
    const seen: string[] = [];
    const listener: Listener = ({ topic }) => seen.push(topic);
    router.on("a", listener);
    router.emit(message("a"));

    router.removeListener("a", listener);
    router.emit(message("a"));

    assert.equal(seen.length, 1);
  });

  it("keeps aedes' talk with itself from everybody", () => {
    const { router, routed } = makeRouter();
    const seen: string[] = [];
    router.on("$SYS/#", ({ topic }) => seen.push(topic));

    router.emit(message("$SYS/engine/heartbeat"));
    router.emit(message("$SYS/hub/uptime"));

    assert.deepEqual(seen, ["$SYS/hub/uptime"]);
    assert.deepEqual(routed, ["$SYS/hub/uptime"]);
  });

  it("takes no message once it is closed", async () => {
    const { router, routed } = makeRouter();

    router.close();

    const error = await new Promise((resolve) => router.emit(message("a"), resolve));
    assert.ok(error instanceof Error);
    assert.deepEqual(routed, []);
  });

  it("looks receivers up anew when more topics pass than it remembers", () => {
    const { router } = makeRouter();
    let count = 0;
    router.on("many/+", () => {
      count += 1;
    });

    for (let topic = 0; topic < 25_000; topic += 1) router.emit(message(`many/${topic}`));

    assert.equal(count, 25_000);
  });
});

/** Fills the queue behind one message that is held, then lets that one go. */
function releaseAfterFilling(queue: Queue): Promise<void> {
  const held: (() => void)[] = [];
  queue.on("held", (_packet, done) => held.push(done));
  queue.emit(message("held"), () => {});
  const last = new Promise<void>((resolve) => {
    for (let count = 1; count <= 100_000; count += 1) {
      queue.emit(message("nobody"), count === 100_000 ? resolve : () => {});
    }
  });
  for (const release of held) release();
  return last;
}

function makeRouter(options: Partial<ConstructorParameters<typeof MessageRouter>[0]> = {}): {
  router: MessageRouter;
  routed: string[];
  failures: unknown[];
} {
  const routed: string[] = [];
  const failures: unknown[] = [];
  const router = new MessageRouter({
    housekeepingPrefix: "$SYS/engine/",
    ownerOf: () => undefined,
    passing: ({ topic }) => routed.push(topic),
    failed: (error) => failures.push(error),
    ...options,
  });
  return { router, routed, failures };
}

function emitted(router: MessageRouter, topic: string): Promise<void> {
  return new Promise((resolve) => {
    router.emit(message(topic), () => resolve());
  });
}

function message(topic: string): RoutedPacket {
  return {
    cmd: "publish",
    topic,
    payload: Buffer.alloc(0),
    qos: 0,
    retain: false,
    dup: false,
    brokerId: "engine",
    brokerCounter: 1,
  };
}
