/** The rules of i3X about subscriptions. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { listAt, textAt, valueAt } from "./i3x-client.ts";
import { BOGUS, type Check } from "./i3x-findings.ts";
import { isNotFound, isRefused, isVqt, itemsOf, resultOf, resultsOf } from "./i3x-rules.ts";

export const SUBSCRIBE: readonly Check[] = [
  {
    id: "SUB-01, SUB-02",
    rule: "a subscription is made and listed",
    run: async (found) => {
      const { clientId } = found;
      const made = resultOf(await found.post("/subscriptions", { clientId, displayName: "ours" }));
      found.subscriptionId = textAt(made, "subscriptionId");
      assert.equal(Buffer.from(found.subscriptionId, "base64url").length, 32);
      const ids = [found.subscriptionId, BOGUS];
      const answer = await found.mine("/list", { subscriptionIds: ids });
      const [own, other] = itemsOf(answer, ids, "subscriptionId");
      assert.equal(valueAt(own, "result", "displayName"), "ours");
      isNotFound(other);
    },
  },
  {
    id: "SUB-15",
    rule: "every call names its client",
    run: async ({ subscriptionId, post }) => {
      const ids = { subscriptionIds: [subscriptionId] };
      const body = { subscriptionId, elementIds: [] };
      for (const path of ["", "/list", "/delete", "/register", "/unregister", "/sync", "/stream"])
        isRefused(await post(`/subscriptions${path}`, { ...ids, ...body }), 400);
    },
  },
  {
    id: "SUB-16",
    rule: "a subscription of another client does not exist",
    run: async ({ subscriptionId, post, objects }) => {
      const clientId = randomUUID();
      const own = { clientId, subscriptionId };
      const elementIds = [textAt(objects[0], "elementId")];
      isRefused(await post("/subscriptions/sync", own), 404);
      isRefused(await post("/subscriptions/stream", own), 404);
      isRefused(await post("/subscriptions/register", { ...own, elementIds }), 404);
      isRefused(await post("/subscriptions/unregister", { ...own, elementIds }), 404);
      for (const path of ["/list", "/delete"]) {
        const body = { clientId, subscriptionIds: [subscriptionId] };
        const answer = await post(`/subscriptions${path}`, body);
        isNotFound(itemsOf(answer, [subscriptionId], "subscriptionId")[0]);
      }
    },
  },
  {
    id: "SUB-03…05",
    rule: "elements are registered, twice too, unknown ones fail by themselves",
    run: async (found) => {
      const good = [...found.values]
        .filter(([, vqt]) => valueAt(vqt, "quality") === "Good")
        .map(([id]) => id);
      found.registered = good.slice(0, 2);
      const [first = ""] = found.registered;
      const answer = await found.mine("/register", { elementIds: found.registered });
      assert.deepEqual(resultsOf(answer, found.registered), [null, null]);
      const ids = [first, BOGUS];
      const again = itemsOf(await found.mine("/register", { elementIds: ids }), ids);
      assert.equal(valueAt(again[0], "success"), true);
      isNotFound(again[1]);
      const listed = await found.mine("/list", { subscriptionIds: [found.subscriptionId] });
      const [detail] = resultsOf(listed, [found.subscriptionId], "subscriptionId");
      assert.deepEqual(
        listAt(detail, "monitoredObjects"),
        found.registered.map((elementId) => ({ elementId, maxDepth: 1 })),
      );
    },
  },
  {
    id: "SUB-06, SUB-07",
    rule: "what waits comes in numbered batches, again and again until it is acknowledged",
    run: async (found) => {
      const batches = listAt(resultOf(await found.mine("/sync")));
      const updates = batches.flatMap((batch) => listAt(batch, "updates"));
      for (const update of updates) isVqt(update);
      assert.deepEqual(
        updates.map((update) => textAt(update, "elementId")).slice(0, 2),
        found.registered,
      );
      const numbers = numbersOf(batches);
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      );
      const again = numbersOf(listAt(resultOf(await found.mine("/sync"))));
      assert.deepEqual(again.slice(0, numbers.length), numbers);
      const last = again.at(-1) ?? 0;
      const after = resultOf(await found.mine("/sync", { lastSequenceNumber: last }));
      for (const number of numbersOf(listAt(after))) assert.ok(number > last);
      for (const wrong of [-2, 1.5, "1"])
        isRefused(await found.mine("/sync", { lastSequenceNumber: wrong }), 400);
    },
  },
  {
    id: "SUB-13",
    rule: "−1 acknowledges everything",
    run: async (found) => {
      await found.mine("/unregister", { elementIds: found.registered });
      await found.mine("/register", { elementIds: found.registered });
      const before = numbersOf(listAt(resultOf(await found.mine("/sync"))));
      assert.ok(before.length > 0);
      const cleared = resultOf(await found.mine("/sync", { lastSequenceNumber: -1 }));
      const after = resultOf(await found.mine("/sync"));
      for (const number of numbersOf([...listAt(cleared), ...listAt(after)]))
        assert.ok(number > Math.max(...before));
    },
  },
  {
    id: "SUB-08",
    rule: "elements are unregistered; what was not registered fails by itself",
    run: async (found) => {
      const ids = [found.registered[0] ?? "", BOGUS];
      const items = itemsOf(await found.mine("/unregister", { elementIds: ids }), ids);
      assert.equal(valueAt(items[0], "success"), true);
      isNotFound(items[1]);
    },
  },
  {
    id: "SUB-09, SUB-14",
    rule: "one stream at a time: another one ends the first as if it had said everything",
    run: async (found) => {
      const body = { clientId: found.clientId, subscriptionId: found.subscriptionId };
      const first = await found.door.stream(body);
      assert.equal(first.status, 200);
      assert.match(first.headers["content-type"] ?? "", /^text\/event-stream/);
      assert.equal(first.headers["cache-control"], "no-store");
      isRefused(await found.mine("/sync"), 400);
      const ended = first.next();
      const second = await found.door.stream(body);
      const took = AbortSignal.timeout(5000);
      const late = new Promise<"late">((resolve) => {
        took.addEventListener("abort", () => resolve("late"));
      });
      assert.equal(await Promise.race([ended, late]), undefined);
      second.close();
    },
  },
  {
    id: "SUB-10, SUB-11",
    rule: "what is deleted is gone",
    run: async (found) => {
      const { subscriptionId: id } = found;
      const answer = await found.mine("/delete", { subscriptionIds: [id] });
      assert.deepEqual(resultsOf(answer, [id], "subscriptionId"), [null]);
      isRefused(await found.mine("/sync"), 404);
      isRefused(await found.mine("/stream"), 404);
    },
  },
];

function numbersOf(batches: readonly unknown[]): readonly number[] {
  return batches.map((batch) => Number(valueAt(batch, "sequenceNumber")));
}
