import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readTopic } from "@unshub/sparkplug";
import type { PublishedMessage } from "../../../hub/src/broker/index.ts";
import { HostOrder } from "../../../hub/src/namespace/host-order.ts";
import { dbirth, message, nbirth, ndeath, speed } from "../../support/sparkplug-messages.ts";
import { SimulatedTime } from "../../support/sparkplug-time.ts";

const TIMEOUT = 2000;

/** What is delivered, as `TYPE value or seq`. */
function openOrder(reorderTimeoutMs = TIMEOUT) {
  const time = new SimulatedTime();
  const delivered: PublishedMessage[] = [];
  const byMessage = new Map<unknown, PublishedMessage>();
  const order = new HostOrder({
    clock: time.clock(),
    reorderTimeoutMs,
    deliver: (_topic, { payload }) => {
      const found = byMessage.get(payload);
      if (found !== undefined) delivered.push(found);
    },
  });
  const hear = (...messages: readonly PublishedMessage[]): void => {
    for (const each of messages) {
      const reading = readTopic(each.topic);
      assert.ok(reading.kind === "sparkplug" && reading.topic.kind !== "state");
      byMessage.set(each.payload, each);
      order.take(reading.topic, each);
    }
  };
  return { order, time, delivered, hear };
}

const birth = nbirth();
const device = dbirth(1);

describe("messages of an edge node", () => {
  it("pass at once while they are in order, over the end of seq", () => {
    const { hear, delivered } = openOrder();
    const data = Array.from({ length: 300 }, (_, at) => speed(at, (at + 2) % 256));

    hear(birth, device, ...data);

    assert.deepEqual(delivered, [birth, device, ...data]);
  });

  it("wait for one that is late, and go on in order when it comes [tck-id-operational-behavior-host-reordering-success]", () => {
    const { hear, delivered, time } = openOrder();
    const [two, three, four] = [speed(2, 2), speed(3, 3), speed(4, 4)];
    hear(birth, device, four, three);
    assert.deepEqual(delivered, [birth, device]);

    time.run(TIMEOUT - 1);
    hear(two);
    time.run(TIMEOUT);

    assert.deepEqual(delivered, [birth, device, two, three, four]);
  });

  it("go on with the gap when the Reorder Timeout ends, which starts with the first that is early [tck-id-operational-behavior-host-reordering-start] [tck-id-operational-behavior-host-reordering-param]", () => {
    const { hear, delivered, time } = openOrder();
    const [three, five] = [speed(3, 3), speed(5, 5)];
    hear(birth, device, five);
    time.run(TIMEOUT - 1);
    hear(three);
    assert.equal(delivered.length, 2);

    time.run(1);
    const six = speed(6, 6);
    hear(six);

    assert.deepEqual(delivered, [birth, device, three, five, six]);
  });

  it("wait for nothing where the timeout is 0", () => {
    const { hear, delivered } = openOrder(0);
    const [three, four] = [speed(3, 3), speed(4, 4)];

    hear(birth, device, three, four);

    assert.deepEqual(delivered, [birth, device, three, four]);
  });

  it("are forgotten with their session when a birth comes", () => {
    const { hear, delivered, time } = openOrder();
    const again = nbirth(1);
    hear(birth, device, speed(9, 9), again, device);

    time.run(TIMEOUT);

    assert.deepEqual(delivered, [birth, device, again, device]);
  });

  it("never hold back a death, nor what was said before any birth", () => {
    const { hear, delivered } = openOrder();
    const [early, death] = [speed(1, 77), ndeath()];

    hear(early, birth, speed(9, 9), death);

    assert.deepEqual(delivered, [early, birth, death]);
  });

  it("are heard once, although a server delivers them twice", () => {
    const { hear, delivered, time } = openOrder();
    const two = speed(2, 2);

    hear(birth, birth, device, two, two, device);
    time.run(TIMEOUT);

    assert.deepEqual(delivered, [birth, device, two]);
  });

  it("wait by themselves: other edge nodes go on", () => {
    const { hear, delivered } = openOrder();
    const other = { ...birth, topic: "spBv1.0/g/NBIRTH/other", payload: birth.payload.slice() };
    const itsData = message("NDATA/other", [], 1);

    hear(birth, speed(9, 9), other, itsData);

    assert.deepEqual(delivered, [birth, other, itsData]);
  });

  it("that are broken, or count beyond 255, are handed on for others to judge", () => {
    const { hear, delivered } = openOrder();
    const broken = { ...speed(1, 2), payload: Uint8Array.of(0x12, 0x7f) };
    const beyond = { ...speed(1, 2), payload: Uint8Array.of(0x18, 0x80, 0x02) };

    hear(birth, broken, beyond);

    assert.deepEqual(delivered, [birth, broken, beyond]);
  });

  it("leave no timer behind when all is forgotten", () => {
    const { hear, delivered, time, order } = openOrder();
    hear(birth, device, speed(9, 9));

    order.clear();
    time.run(TIMEOUT);

    assert.deepEqual(delivered, [birth, device]);
  });
});
