import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { OutgoingPacket } from "../../../hub/src/broker/aedes/internals.ts";
import { OutgoingQueue } from "../../../hub/src/broker/aedes/outgoing-queue.ts";

describe("the queue of a session", () => {
  it("repeats what was sent with DUP and the same packet identifier, in order (A15) [MQTT5-3.3.1-1]", () => {
    const queue = new OutgoingQueue();
    queue.enqueue(publish(1));
    queue.enqueue(publish(2));

    queue.sending({ ...publish(1), messageId: 50 });

    assert.deepEqual(queue.owed(), [{ ...publish(1), messageId: 50, dup: true }, publish(2)]);
  });

  it("forgets what was acknowledged, and only that", () => {
    const queue = new OutgoingQueue();
    queue.enqueue(publish(1));
    queue.enqueue(publish(2));
    queue.sending({ ...publish(1), messageId: 50 });

    assert.equal(queue.settle(undefined), undefined);
    assert.equal(queue.settle(51), undefined);
    assert.deepEqual(queue.settle(50), publish(1));

    assert.deepEqual(queue.owed(), [publish(2)]);
  });

  it("keeps the PUBREL in the place of its message", () => {
    const queue = new OutgoingQueue();
    queue.enqueue(publish(1));
    queue.sending({ ...publish(1), messageId: 50 });

    queue.sending({ cmd: "pubrel", messageId: 50 });

    assert.deepEqual(queue.owed(), [{ cmd: "pubrel", messageId: 50 }]);
    queue.settle(50);
    assert.equal(queue.size, 0);
  });

  it("gives no two messages one packet identifier [MQTT5-2.2.1-3]", () => {
    const queue = new OutgoingQueue();
    queue.enqueue(publish(1));
    queue.enqueue(publish(2));
    const first = { ...publish(1), messageId: 65_535 };
    const second = { ...publish(2), messageId: 65_535 };

    queue.sending(first);
    queue.sending(second);

    assert.equal(first.messageId, 65_535);
    assert.equal(second.messageId, 1);
  });

  it("lets its oldest message go when it is full, and says so (A16)", () => {
    const queue = new OutgoingQueue({ maxMessages: 2, maxBytes: 1000 });

    const dropped = [1, 2, 3].map((counter) => queue.enqueue(publish(counter)));

    assert.deepEqual(dropped, [0, 0, 1]);
    assert.deepEqual(queue.owed(), [publish(2), publish(3)]);
  });

  it("counts bytes as well as messages, and keeps one that is larger than all room", () => {
    const queue = new OutgoingQueue({ maxMessages: 100, maxBytes: 10 });
    queue.enqueue(publish(1));

    const dropped = queue.enqueue(publish(2, 100));

    assert.equal(dropped, 1);
    assert.equal(queue.size, 1);
  });
});

function publish(brokerCounter: number, bytes = 4): OutgoingPacket {
  return { cmd: "publish", brokerCounter, payload: Buffer.alloc(bytes), qos: 1 };
}
