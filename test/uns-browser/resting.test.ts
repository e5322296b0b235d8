/** What is shown of the row that is selected while an arrow key is held. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createResting } from "../../uns-browser/lib/resting.ts";
import { createSignal } from "../../uns-browser/lib/signal.ts";
import { FakeTime } from "./fake-hub.ts";

function open() {
  const time = new FakeTime();
  const source = createSignal<number | null>(null);
  const resting = createResting(source, time.timer);
  const seen: (number | null)[] = [];
  resting.subscribe(() => seen.push(resting.get()));
  return { time, source, seen };
}

describe("a signal that is read at leisure", () => {
  it("follows at once what stood still before", () => {
    const { time, source, seen } = open();
    source.set(1);
    time.pass(100);
    source.set(2);

    assert.deepEqual(seen, [1, 2]);
  });

  it("leaves out what passes, and ends with what stays", () => {
    const { time, source, seen } = open();
    for (const id of [1, 2, 3, 4]) {
      source.set(id);
      time.pass(33);
    }
    time.pass(100);

    assert.deepEqual(seen, [1, 4]);
  });

  it("is nothing as soon as there is nothing", () => {
    const { time, source, seen } = open();
    source.set(1);
    source.set(2);
    source.set(null);
    time.pass(1000);

    assert.deepEqual(seen, [1, null]);
  });
});
