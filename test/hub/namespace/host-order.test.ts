import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bdSeqOf, decodePayload, encodePayload, readTopic } from "@unshub/sparkplug";
import type { PublishedMessage } from "../../../hub/src/broker/index.ts";
import { HostOrder } from "../../../hub/src/namespace/host-order.ts";
import {
  dbirth,
  message,
  nbirth,
  ndeath,
  SOURCE_TIME,
  speed,
} from "../../support/sparkplug-messages.ts";
import { SimulatedTime } from "../../support/sparkplug-time.ts";

const TIMEOUT = 2000;

/** What is delivered, and what is said of nodes that cannot be believed. */
function openOrder(reorderTimeoutMs = TIMEOUT) {
  const time = new SimulatedTime();
  const delivered: PublishedMessage[] = [];
  const told: string[] = [];
  const byMessage = new Map<unknown, PublishedMessage>();
  const order = new HostOrder({
    clock: time.clock(),
    reorderTimeoutMs,
    deliver: ({ payload }) => {
      const found = byMessage.get(payload);
      if (found !== undefined) delivered.push(found);
    },
    stale: ({ edgeNodeId }, because) => told.push(`${edgeNodeId} stale: ${because}`),
    needsRebirth: ({ edgeNodeId }, cause) => told.push(`${edgeNodeId} asked: ${cause}`),
    settled: () => undefined,
    faulty: (topic) => told.push(`fault on ${topic}`),
  });
  const hear = (...messages: readonly PublishedMessage[]): void => {
    for (const each of messages) {
      const reading = readTopic(each.topic);
      assert.ok(reading.kind === "sparkplug" && reading.topic.kind !== "state");
      byMessage.set(each.payload, each);
      order.take(reading.topic, each);
    }
  };
  return { order, time, delivered, told, hear };
}

/** The same a second later. */
function later(birth: PublishedMessage): PublishedMessage {
  const { seq, metrics } = decodePayload(birth.payload);
  const named = metrics.map(({ name = "", alias }) => ({
    ...(alias === undefined ? {} : { alias }),
    name,
    datatype: "Int64" as const,
    tellDatatype: true,
    value: name === "bdSeq" ? (bdSeqOf(decodePayload(birth.payload)) ?? 0) : 0,
  }));
  const timestamp = SOURCE_TIME + 1000;
  return { ...birth, payload: encodePayload({ timestamp, seq, metrics: named }) };
}

const LOST = ["e stale: messages were lost", "e asked: messages missing"];

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

  it(
    "are not believed any more when the Reorder Timeout ends, which starts with the first that is early " +
      "[tck-id-operational-behavior-host-reordering-start] [tck-id-operational-behavior-host-reordering-param] " +
      "[tck-id-operational-behavior-host-reordering-rebirth]",
    () => {
      const { hear, delivered, time, told } = openOrder();
      hear(birth, device, speed(5, 5));
      time.run(TIMEOUT - 1);
      hear(speed(3, 3));
      assert.deepEqual(told, []);

      time.run(1);

      assert.deepEqual(told, LOST);
      assert.deepEqual(delivered, [birth, device]);
    },
  );

  it("wait for nothing where the timeout is 0", () => {
    const { hear, delivered, told } = openOrder(0);

    hear(birth, device, speed(3, 3));

    assert.deepEqual(told, LOST);
    assert.deepEqual(delivered, [birth, device]);
  });

  it("are forgotten with their session when a birth comes", () => {
    const { hear, delivered, time } = openOrder();
    const again = later(nbirth(1));
    const devicesAgain = later(dbirth(1));
    hear(birth, device, speed(9, 9), again, devicesAgain);

    time.run(TIMEOUT);

    assert.deepEqual(delivered, [birth, device, again, devicesAgain]);
  });

  it("never hold back a death", () => {
    const { hear, delivered } = openOrder();
    const death = ndeath();

    hear(birth, speed(9, 9), death);

    assert.deepEqual(delivered, [birth, death]);
  });

  it("are not shown before a birth, but for a death, whose birth a snapshot may know", () => {
    const { hear, delivered, told } = openOrder();
    const death = ndeath();

    hear(speed(1, 77), death);

    assert.deepEqual(delivered, [death]);
    assert.deepEqual(told, ["e asked: message before birth"]);
  });

  it("of a session that is over do not pass for those of the one that lives", () => {
    const { hear, delivered, told } = openOrder();
    const now = later(nbirth(1));

    hear(now, birth);

    assert.deepEqual(delivered, [now]);
    assert.deepEqual(told, ["e stale: messages were lost", "e asked: birth out of order"]);
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

  it("that are broken make their node doubtful, and no other", () => {
    const { hear, delivered, told } = openOrder();
    const broken = { ...speed(1, 2), payload: Uint8Array.of(0x12, 0x7f) };

    hear(birth, device, broken);

    assert.deepEqual(delivered, [birth, device]);
    assert.deepEqual(told, [
      "fault on spBv1.0/g/DDATA/e/d",
      "e stale: messages were lost",
      "e asked: undecodable payload",
    ]);
  });

  it("of a server that is lost are stale, and nothing waits any more", () => {
    const { hear, delivered, time, order, told } = openOrder();
    hear(birth, device, speed(9, 9));

    order.lost();
    time.run(TIMEOUT);

    assert.deepEqual(delivered, [birth, device]);
    assert.deepEqual(told, ["e stale: connection to the server lost"]);
  });
});
