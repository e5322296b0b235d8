import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { oneAtATime } from "../../uns-browser/lib/one-at-a-time.ts";

describe("one at a time", () => {
  it("leaves out what is asked for meanwhile, and goes on after an end, also a bad one", async () => {
    const begun: number[] = [];
    const ends: PromiseWithResolvers<void>[] = [];
    const go = oneAtATime((step: number) => {
      begun.push(step);
      const end = Promise.withResolvers<void>();
      ends.push(end);
      return end.promise;
    });

    const first = go(1);
    await go(2);
    ends[0]?.reject(new Error("no answer"));
    await assert.rejects(first, /no answer/);
    const third = go(3);
    ends[1]?.resolve();
    await third;

    assert.deepEqual(begun, [1, 3]);
  });
});
