import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Backoff } from "@unshub/adapter";
import { pauseMs } from "@unshub/sparkplug";

describe("pauses between attempts", () => {
  it("double up to the longest, less up to a fifth by chance", () => {
    const range = { firstMs: 100, longestMs: 1000 };

    const longest = [0, 1, 2, 3, 4, 5000].map((attempt) => pauseMs(range, attempt, 0));
    const shortest = [0, 4].map((attempt) => pauseMs(range, attempt, 1));

    assert.deepEqual(longest, [100, 200, 400, 800, 1000, 1000]);
    assert.deepEqual(shortest, [80, 800]);
  });

  it("are of adapters anything up to that, and short again when things work", () => {
    const backoff = new Backoff(100, 1000, () => 0.5);

    const pauses = [backoff.next(), backoff.next(), backoff.next(), backoff.next(), backoff.next()];
    backoff.reset();

    assert.deepEqual([...pauses, backoff.next()], [50, 100, 200, 400, 500, 50]);
  });
});
