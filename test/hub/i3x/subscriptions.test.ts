/** Subscriptions: what is told of which change, what is kept, what goes, and for how long. */
import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Refusal, type Answer } from "../../../hub/src/i3x/envelope.ts";
import type { Subscription } from "../../../hub/src/i3x/subscriptions/subscription.ts";
import { listAt, textAt, valueAt, type Update } from "../../support/i3x-client.ts";
import { DEVICE, openSubscriptions, SPEED } from "../../support/i3x-subscriptions.ts";
import { dbirth, message, ndeath } from "../../support/sparkplug-messages.ts";

function jsonOf(answer: Answer | Refusal): unknown {
  assert.ok(!(answer instanceof Refusal), "refused");
  return JSON.parse(answer.pieces.join(""));
}

/** What waits, as one client after the other would see it. */
function told(subscription: Subscription): readonly Update[] {
  return subscription.take().map(({ text }) => JSON.parse(text));
}

function bodyOf({ head }: Subscription): { clientId: string; subscriptionId: string } {
  return { clientId: head.clientId, subscriptionId: head.id };
}

describe("a subscription", () => {
  it("is told the value at once, and then each change with the value that it had", async (t) => {
    const { subscriptions, create, say } = openSubscriptions();
    t.after(() => subscriptions.stop());
    const subscription = create();
    await subscriptions.register(subscription, [SPEED], 1);

    say(1);
    say(2);
    say(2);

    const values = told(subscription).map(({ value }) => value);
    assert.deepEqual(values, [1200, 1, 2, 2]);
  });

  it("is told a device once for all that changed in a turn, with the components that did", async (t) => {
    const { subscriptions, create, sessions } = openSubscriptions();
    t.after(() => subscriptions.stop());
    const [flat, deep] = [create(), create()];
    await subscriptions.register(flat, [DEVICE], 1);
    await subscriptions.register(deep, [DEVICE], 0);
    assert.deepEqual(
      told(deep).map(({ elementId }) => elementId),
      [DEVICE, SPEED, `${DEVICE}/ok`],
    );
    told(flat);

    const both = [
      { alias: 1, datatype: "Int32", tellDatatype: false, value: 7 },
      { alias: 2, datatype: "Boolean", tellDatatype: false, value: false },
    ] as const;
    sessions.apply(message("DDATA/e/d", both, 2));
    await nextTurn();

    assert.deepEqual(
      told(flat).map(({ elementId, value }) => [elementId, value]),
      [[DEVICE, { "Motor/Speed": 7, ok: false }]],
    );
    assert.deepEqual(
      told(deep).map(({ elementId }) => elementId),
      [DEVICE, SPEED, `${DEVICE}/ok`],
    );
  });

  it("is told that a device died, that it lives again, and of metrics that it did not have", async (t) => {
    const { subscriptions, create, sessions } = openSubscriptions();
    t.after(() => subscriptions.stop());
    const subscription = create();
    await subscriptions.register(subscription, [DEVICE, "spBv1.0/g/e"], 1);
    told(subscription);

    sessions.apply(ndeath());
    await nextTurn();
    const dead = told(subscription);
    sessions.apply(message("NBIRTH/e", [], 0));
    const more = {
      name: "New",
      alias: 9,
      datatype: "Int32",
      tellDatatype: true,
      value: 5,
    } as const;
    sessions.apply(message("DBIRTH/e/d", [more], 1));
    await nextTurn();
    const again = told(subscription);
    sessions.apply(message("DDATA/e/d", [{ ...more, value: 6 }], 2));
    await nextTurn();

    const qualities = new Map(dead.map(({ elementId, quality }) => [elementId, quality]));
    assert.equal(dead.length, 2);
    assert.equal(qualities.get(DEVICE), "Uncertain");
    assert.equal(qualities.get("spBv1.0/g/e"), "Good");
    const node = dead.find(({ elementId }) => elementId === "spBv1.0/g/e");
    assert.equal(valueAt(node, "value", "online"), false);
    const device = again.findLast(({ elementId }) => elementId === DEVICE);
    assert.deepEqual(device?.value, { New: 5 });
    assert.deepEqual(
      told(subscription).map(({ value }) => value),
      [{ New: 6 }],
    );
  });

  it("is told nothing any more of what is unregistered; what waits stays", async (t) => {
    const { subscriptions, create, say } = openSubscriptions();
    t.after(() => subscriptions.stop());
    const subscription = create();
    await subscriptions.register(subscription, [SPEED, DEVICE], 1);
    say(3);

    subscriptions.unregister(subscription, [SPEED, DEVICE]);
    say(4);
    await nextTurn();

    assert.deepEqual(
      told(subscription).map(({ value }) => value),
      [1200, { "Motor/Speed": 1200, ok: true }, 3],
    );
  });

  it("drops the oldest of more than 10 000 updates, leaves their number out and says so once", async (t) => {
    const { subscriptions, subscribe, create, owner, say } = openSubscriptions();
    t.after(() => subscriptions.stop());
    const subscription = create();
    const body = bodyOf(subscription);
    await subscriptions.register(subscription, [SPEED], 1);
    const first = jsonOf(subscribe.sync(owner, body));
    subscribe.sync(owner, { ...body, lastSequenceNumber: 1 });

    for (let value = 0; value <= 10_500; value += 1) say(value);
    const cut = subscribe.sync(owner, body);
    const after = subscribe.sync(owner, body);

    assert.equal(valueAt(first, "result", 0, "sequenceNumber"), 1);
    assert.ok("status" in cut && "status" in after);
    assert.deepEqual([cut.status, after.status], [206, 200]);
    const batches = listAt(jsonOf(cut), "result");
    assert.deepEqual(
      batches.map((batch) => valueAt(batch, "sequenceNumber")),
      [3],
    );
    const updates = listAt(batches[0], "updates");
    assert.ok(updates.length <= 10_000 && updates.length >= 9000, String(updates.length));
    assert.equal(valueAt(updates.at(-1), "value"), 10_500);
    const gone = 10_501 - updates.length;
    assert.equal(subscriptions.dropped, gone);
    assert.match(textAt(jsonOf(cut), "responseDetail", "detail"), new RegExp(`^${gone} updates`));
  });

  it("gives way when all together keep too much, and leaves nothing counted when it goes", async (t) => {
    const { subscriptions, create, say } = openSubscriptions({ mostBytes: 20_000 });
    t.after(() => subscriptions.stop());
    const small = create();
    await subscriptions.register(small, [`${DEVICE}/ok`], 1);
    const many = Array.from({ length: 5 }, () => create());
    for (const one of many) await subscriptions.register(one, [SPEED, DEVICE], 1);

    for (let value = 0; value < 500; value += 1) say(value);
    await nextTurn();

    assert.ok(subscriptions.bytes <= 20_000, String(subscriptions.bytes));
    assert.ok(subscriptions.dropped > 0);
    assert.equal(small.size, 1, "who keeps little loses nothing");
    for (const one of [...many, small]) subscriptions.delete(one);
    assert.equal(subscriptions.bytes, 0);
  });

  it("ends when nobody was heard for its time, and lives while somebody streams", (t) => {
    const { subscriptions, create, clock, owner, sight } = openSubscriptions();
    t.after(() => subscriptions.stop());
    const [silent, asked, streamed] = [create(), create(), create()];
    const out = new PassThrough();
    const left = subscriptions.stream(streamed, { out, waitingBytes: () => 0 }, () => sight);

    clock.now += 59_000;
    subscriptions.find(owner, asked.head.id);
    clock.now += 2000;
    subscriptions.sweep();

    const there = (one: Subscription): boolean =>
      subscriptions.find(owner, one.head.id) !== undefined;
    assert.deepEqual([silent, asked, streamed].map(there), [false, true, true]);
    left();
    clock.now += 61_000;
    subscriptions.sweep();
    assert.deepEqual([asked, streamed].map(there), [false, false]);
    assert.equal(subscriptions.size, 0);
  });

  it("is one of 20 of its owner, and monitors 5000 elements at most", async (t) => {
    const { subscriptions, create, owner } = openSubscriptions();
    t.after(() => subscriptions.stop());
    const all = Array.from({ length: 20 }, () => create());
    const [first] = all;
    assert.ok(first);

    const one = subscriptions.create(owner, null);
    const other = subscriptions.create({ ...owner, owner: "user:bob" }, null);
    const ids = Array.from({ length: 5001 }, (_, at) => `element ${at}`);
    const registered = await subscriptions.register(first, ids, 1);

    assert.ok(one instanceof Refusal && registered instanceof Refusal);
    assert.deepEqual([one.status, registered.status], [429, 429]);
    assert.ok(one.waitMs !== undefined && registered.waitMs !== undefined);
    assert.ok(!(other instanceof Refusal));
    assert.equal(new Set(all.map(({ head }) => head.id)).size, 20);
  });

  it("stops writing to a client that does not read, and goes on when it does", async (t) => {
    const { subscriptions, create, sight, say } = openSubscriptions();
    t.after(() => subscriptions.stop());
    const subscription = create();
    await subscriptions.register(subscription, [SPEED], 1);
    const out = new PassThrough();
    const reader = { waiting: 2 * 1024 * 1024 };
    subscriptions.stream(subscription, { out, waitingBytes: () => reader.waiting }, () => sight);
    say(5);
    subscriptions.sweep();
    const before = String(out.read());

    reader.waiting = 0;
    subscriptions.sweep();

    assert.equal(before, ": hb\n\n");
    const lines = String(out.read()).split("\n");
    assert.equal(lines.length, 3);
    assert.deepEqual(
      JSON.parse(lines[0]?.slice("data: ".length) ?? "").map(({ value }: Update) => value),
      [1200, 5],
    );
    assert.deepEqual(lines.slice(1), ["", ""]);
    assert.equal(subscription.size, 0);
  });

  it("is not born again by a birth that changes nothing of what is monitored", async (t) => {
    const { subscriptions, create, sessions } = openSubscriptions();
    t.after(() => subscriptions.stop());
    const subscription = create();
    await subscriptions.register(subscription, [DEVICE], 1);
    told(subscription);

    sessions.apply(dbirth(2));
    await nextTurn();

    assert.equal(told(subscription).length, 1);
  });
});
