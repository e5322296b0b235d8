/** Pins that the hub keeps for everybody, as the page follows and changes them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { followSharedPins, pinsInView } from "../../uns-browser/lib/shared-pins.ts";
import { createSignal } from "../../uns-browser/lib/signal.ts";
import { answering, type Said } from "./fake-answers.ts";
import { FakeTime } from "./fake-hub.ts";

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));
const says = (...paths: readonly string[]) => ({ status: 200, body: { paths } });

function follow(answers: Parameters<typeof answering>[1]) {
  const said: Said[] = [];
  const time = new FakeTime();
  const send = answering(said, answers);
  const pins = followSharedPins({ send, timer: time.timer, localNow: () => time.now });
  return { pins, said, time };
}

describe("shared pins on the page", () => {
  it("are asked for again, and go when they may no longer be read", async () => {
    const { pins, time } = follow([says("g/e"), says("g/e", "g/f"), { status: 403, body: {} }]);
    await settled();
    const first = pins.paths.get();
    time.pass(20_000);
    await settled();
    const second = pins.paths.get();
    time.pass(20_000);
    await settled();

    assert.deepEqual([first, second, pins.paths.get()], [["g/e"], ["g/e", "g/f"], []]);
  });

  it("stay while the hub is away", async () => {
    const { pins, time } = follow([says("g/e"), 502]);
    await settled();
    time.pass(20_000);
    await settled();

    assert.deepEqual(pins.paths.get(), ["g/e"]);
  });

  it("are changed at the hub, which says why not", async () => {
    const because = "at most 40 pins are shared; take one away first";
    const { pins, said } = follow([
      says(),
      says("g/e"),
      says("g/e"),
      { status: 409, body: { detail: because } },
      says("g/e"),
    ]);
    await settled();

    assert.equal(await pins.change({ add: ["g/e"] }), null);
    assert.deepEqual(pins.paths.get(), ["g/e"]);
    assert.equal(
      await pins.change({ add: ["g/f"] }),
      `At most 40 pins are shared; take one away first.`,
    );
    assert.deepEqual(said[1]?.body, { add: ["g/e"] });
  });

  it("stand before one's own, each once", () => {
    const shared = { paths: createSignal<readonly string[]>(["a", "b"]) };
    const own = { paths: createSignal<readonly string[]>(["b", "c"]) };
    const inView = pinsInView(shared, own);

    const before = inView.paths.get();
    own.paths.set(["c", "d"]);

    assert.deepEqual(
      [before, inView.paths.get()],
      [
        ["a", "b", "c"],
        ["a", "b", "c", "d"],
      ],
    );
  });
});
