/** The rules of i3X about values, now and before, and about writing them. */
import assert from "node:assert/strict";
import { listAt, textAt, valueAt } from "./i3x-client.ts";
import { BOGUS, childrenOf, type Check } from "./i3x-findings.ts";
import { isNotFound, isRefused, isVqt, itemsOf, resultsOf, schemaFault } from "./i3x-rules.ts";

const DAY_MS = 86_400_000;

function lastDays(): { readonly startTime: string; readonly endTime: string } {
  const now = Date.now();
  // the plant of the tests says that it is 2023
  return {
    startTime: new Date(now - 2000 * DAY_MS).toISOString(),
    endTime: new Date(now).toISOString(),
  };
}

export const QUERY: readonly Check[] = [
  {
    id: "QRY-01…03",
    rule: "every value has its quality and time, and is one of its type",
    run: async (found) => {
      const ids = found.objects.map((one) => textAt(one, "elementId"));
      const values = resultsOf(await found.post("/objects/value", { elementIds: ids }), ids);
      for (const [at, vqt] of values.entries()) {
        isVqt(vqt);
        const type = found.types.get(textAt(found.objects[at], "typeElementId"));
        const value = valueAt(vqt, "value");
        if (value === null) continue;
        const fault = schemaFault(valueAt(type, "schema"), value);
        assert.equal(fault, undefined, textAt(found.objects[at], "elementId"));
      }
      const sample = new Set(found.sample(10));
      found.values = new Map(
        ids.map((id, at) => [id, values[at]] as const).filter(([id]) => sample.has(id)),
      );
    },
  },
  {
    id: "QRY-04",
    rule: "values of unknown elements fail by themselves",
    run: async ({ post, objects }) => {
      const ids = [textAt(objects[0], "elementId"), BOGUS, textAt(objects[0], "elementId")];
      const items = itemsOf(await post("/objects/value", { elementIds: ids }), ids);
      isNotFound(items[1]);
    },
  },
  {
    id: "QRY-05, QRY-06",
    rule: "a composition has its components when they are asked for, and only then",
    run: async (found) => {
      const id = found.composition();
      const below = childrenOf(found, id);
      for (const [maxDepth, expected] of [
        [0, below.all],
        [1, undefined],
        [undefined, undefined],
        [2, below.own],
      ] as const) {
        const body = { elementIds: [id], ...(maxDepth !== undefined && { maxDepth }) };
        const [value] = resultsOf(await found.post("/objects/value", body), [id]);
        const components = valueAt(value, "components");
        assert.equal(valueAt(value, "isComposition"), true);
        if (expected === undefined) {
          assert.equal(components, undefined);
          continue;
        }
        assert.deepEqual(Object.keys(Object(components)).toSorted(), expected);
        for (const vqt of Object.values(Object(components))) isVqt(vqt);
      }
    },
  },
  {
    id: "QRY-07, QRY-08",
    rule: "the past is values with their qualities, in the range and the oldest first",
    run: async (found) => {
      const ids = found.objects.map((one) => textAt(one, "elementId"));
      const range = lastDays();
      const body = { elementIds: ids, ...range };
      const results = resultsOf(await found.post("/objects/history", body), ids);
      found.past = results.flatMap((result) => listAt(result, "values"));
      assert.ok(found.past.length > 0);
      for (const result of results) {
        const times = listAt(result, "values").map((vqt) => textAt(vqt, "timestamp"));
        assert.deepEqual(times, times.toSorted());
        for (const time of times) assert.ok(time >= range.startTime && time <= range.endTime);
      }
      for (const vqt of found.past) isVqt(vqt);
    },
  },
  {
    id: "QRY-09, QRY-10",
    rule: "the past of unknown elements fails by itself; times are needed, and must be times",
    run: async ({ post, objects }) => {
      const id = textAt(objects[0], "elementId");
      const range = lastDays();
      const body = { elementIds: [id, BOGUS], ...range };
      isNotFound(itemsOf(await post("/objects/history", body), [id, BOGUS])[1]);
      for (const wrong of [{}, { startTime: range.startTime }, { ...range, endTime: "tomorrow" }])
        isRefused(await post("/objects/history", { elementIds: [id], ...wrong }), 400);
    },
  },
  {
    id: "QRY-11",
    rule: "the past of a composition is that of its components",
    run: async (found) => {
      const id = found.composition();
      const body = { elementIds: [id], maxDepth: 2, ...lastDays() };
      const [past] = resultsOf(await found.post("/objects/history", body), [id]);
      const components = Object.entries(Object(valueAt(past, "components")));
      assert.deepEqual(components.map(([key]) => key).toSorted(), childrenOf(found, id).own);
      for (const [, component] of components)
        for (const vqt of listAt(component, "values")) isVqt(vqt);
      const [flat] = resultsOf(await found.post("/objects/history", { ...body, maxDepth: 1 }), [
        id,
      ]);
      assert.equal(valueAt(flat, "components"), undefined);
    },
  },
];

export const UPDATE: readonly Check[] = [
  {
    id: "UPD-01, UPD-02",
    rule: "what is Good can be written as it is, and reads as before",
    run: async (found) => {
      for (const [elementId, vqt] of found.values) {
        if (valueAt(vqt, "quality") !== "Good") continue;
        const value = valueAt(vqt, "value");
        if (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) continue; // JSON.parse has lost digits
        const body = { updates: [{ elementId, value: { value, quality: "Good" } }] };
        const answer = await found.door.ask("PUT", "/objects/value", body);
        assert.deepEqual(resultsOf(answer, [elementId]), [null]);
        const [after] = resultsOf(await found.post("/objects/value", { elementIds: [elementId] }), [
          elementId,
        ]);
        assert.deepEqual(valueAt(after, "value"), value);
      }
    },
  },
  {
    id: "UPD-03",
    rule: "a write to nothing fails by itself",
    run: async (found) => {
      const [elementId, vqt] = found.good();
      const updates = [
        { elementId, value: { value: valueAt(vqt, "value") } },
        { elementId: BOGUS, value: { value: 1 } },
      ];
      const answer = await found.door.ask("PUT", "/objects/value", { updates });
      const [good, bad] = itemsOf(answer, [elementId, BOGUS]);
      assert.equal(valueAt(good, "success"), true);
      isNotFound(bad);
    },
  },
  {
    id: "UPD-04",
    rule: "what stands in the past can be written as it is",
    run: async (found) => {
      const [elementId, vqt] = found.good();
      const [value, timestamp] = [valueAt(vqt, "value"), valueAt(vqt, "timestamp")];
      const body = { updates: [{ elementId, value: { value, quality: "Good", timestamp } }] };
      const answer = await found.door.ask("PUT", "/objects/history", body);
      assert.deepEqual(resultsOf(answer, [elementId]), [null]);
    },
  },
];
