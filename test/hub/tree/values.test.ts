import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MetricValue } from "@unshub/sparkplug";
import { MetricColumns } from "../../../hub/src/tree/values.ts";

describe("columns of metrics", () => {
  it("keep every kind of value exact, also after they grew and when the kind changes", () => {
    const columns = new MetricColumns();
    const values: readonly MetricValue[] = [
      0,
      -0,
      1.5,
      Number.NaN,
      true,
      false,
      "",
      "x",
      2n ** 63n,
      null,
      Uint8Array.of(1),
    ];

    for (let id = 0; id < 5000; id += 1) columns.setValue(id, values[id % values.length] ?? null);
    for (const [id, value] of values.entries()) assert.deepEqual(columns.value(id), value);
    for (let id = 0; id < 5000; id += 1)
      columns.setValue(id, values[(id + 1) % values.length] ?? null);

    assert.deepEqual(columns.value(4999), values[5000 % values.length]);
    assert.deepEqual(columns.value(999_999), null);
  });

  it("know nothing of a metric that was never heard", () => {
    const columns = new MetricColumns();
    columns.setValue(3000, 1);

    assert.equal(columns.quality(2999), "none");
    assert.equal(columns.quality(50_000), "none");
    assert.equal(columns.receivedAt(2999), 0);
  });
});
