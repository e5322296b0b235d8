import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { DeltaMessage, WireValue } from "@unshub/hub/feed";
import { createValueStore } from "../../uns-browser/lib/store.ts";

function delta(u: readonly WireValue[], t = 10_000): DeltaMessage {
  return { op: "d", s: 1, g: 1, t, u };
}

describe("the value store", () => {
  it("keeps every kind of value as it came", () => {
    const values: readonly WireValue[] = [
      1.5,
      0,
      true,
      false,
      "",
      "text",
      null,
      { i64: "9223372036854775807" },
      { f: "NaN" },
      { b: 12 },
      { o: "DataSet 3×12" },
    ];
    const store = createValueStore();

    store.apply(delta(values.flatMap((value, id) => [id, value, 2, -100, 1])), "live");

    assert.deepEqual(
      values.map((_, id) => store.read(id)?.value),
      values,
    );
  });

  it("counts the source time from the hub's clock, and knows never", () => {
    const store = createValueStore();

    store.apply(delta([1, 5, 2, -250, 1, 2, null, 3, null, 0], 10_000), "live");

    assert.equal(store.read(1)?.sourceTime, 9750);
    assert.equal(store.read(2)?.sourceTime, null);
    assert.equal(store.read(2)?.quality, "none");
    assert.equal(store.read(3), null);
  });

  it("leaves out an entry it cannot believe, and takes the others", () => {
    const store = createValueStore();

    store.apply(delta([1, 5, 9, 0, 1, 2, 6, 2, 0, 1]), "live");

    assert.equal(store.read(1), null);
    assert.equal(store.read(2)?.value, 6);
  });

  it("turns every value into last known when the link is gone, and back with the next frame", () => {
    const store = createValueStore();
    store.apply(delta([1, 5, 2, 0, 1, 2, 6, 0, 0, 1]), "live");

    store.markAllLastKnown();

    assert.equal(store.read(1)?.quality, "last-known");
    assert.equal(store.read(2)?.quality, "last-known");
    assert.equal(store.read(2)?.wireQuality, 0);
    store.apply(delta([1, 5, 2, 0, 1]), "live");
    assert.equal(store.read(1)?.quality, "good");
    assert.equal(store.read(2)?.quality, "last-known");
  });

  it("takes rows that are no longer watched for last known", () => {
    const store = createValueStore();
    store.apply(delta([1, 5, 2, 0, 1, 2, 6, 2, 0, 1]), "live");

    store.watch([2]);

    assert.equal(store.read(1)?.quality, "last-known");
    assert.equal(store.read(2)?.quality, "good");
  });

  it("paused, fills in only what has no true picture", () => {
    const store = createValueStore();
    store.apply(delta([1, 5, 2, 0, 1]), "live");

    store.apply(delta([1, 99, 2, 0, 1, 2, 7, 2, 0, 1]), "paused");

    assert.equal(store.read(1)?.value, 5);
    assert.equal(store.read(2)?.value, 7);
  });

  it("tells only those who show the row", () => {
    const store = createValueStore();
    const told: number[] = [];
    const stop = store.subscribe(1, () => told.push(1));
    store.subscribe(2, () => told.push(2));

    store.apply(delta([1, 5, 2, 0, 1]), "live");
    stop();
    store.apply(delta([1, 6, 2, 0, 1]), "live");

    assert.deepEqual(told, [1]);
  });

  it("gives a new version for every change, also after all was forgotten", () => {
    const store = createValueStore();
    const versions = [store.version(1)];
    store.apply(delta([1, 5, 2, 0, 1]), "live");
    versions.push(store.version(1));
    store.markAllLastKnown();
    versions.push(store.version(1));
    store.clear();
    versions.push(store.version(1));

    assert.equal(new Set(versions).size, versions.length);
    assert.equal(store.read(1), null);
  });

  it("grows beyond its first capacity", () => {
    const store = createValueStore();
    const u = Array.from({ length: 5000 }, (_, id) => [id, id / 2, 2, 0, 1]).flat();

    store.apply(delta(u), "live");

    assert.equal(store.read(0)?.value, 0);
    assert.equal(store.read(4999)?.value, 2499.5);
  });
});
