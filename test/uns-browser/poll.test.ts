/** What a page asks the hub again and again, and what waits above a list. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pageAt, PAGES } from "../../uns-browser/lib/pages.ts";
import { asking, createPoll, heldBack, type Understood } from "../../uns-browser/lib/poll.ts";
import { whileSeen } from "../../uns-browser/lib/timer.ts";
import { answering, silent, type Said } from "./fake-answers.ts";
import { FakeTime } from "./fake-hub.ts";

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));
const numberIn = (value: unknown): number | null => (typeof value === "number" ? value : null);

function open(
  answers: Parameters<typeof answering>[1],
  isLast: (value: number) => boolean = () => false,
) {
  const said: Said[] = [];
  const time = new FakeTime();
  const world = { send: answering(said, answers), timer: time.timer, localNow: () => time.now };
  const poll = createPoll(world, { everyMs: 1000, ask: asking("/api/x", numberIn), isLast });
  return { poll, said, time };
}

/** What a poll says that was answered once and is then refused. */
async function refusedLater(status: number) {
  const { poll, time } = open([
    { status: 200, body: 7 },
    { status, body: { detail: "no" } },
  ]);
  await settled();
  time.pass(1000);
  await settled();
  return poll.state.get();
}

describe("what is asked again and again", () => {
  it("keeps the last answer when the hub goes, and says that it is old", async () => {
    const { poll, time } = open([{ status: 200, body: 7 }, 502]);
    await settled();
    const first = poll.state.get();
    time.pass(1000);
    await settled();

    assert.partialDeepStrictEqual(first, { kind: "ready", value: 7, isOld: false });
    assert.partialDeepStrictEqual(poll.state.get(), { kind: "ready", value: 7, isOld: true });
  });

  it("asks no more once the last answer is there, unless somebody wants to know", async () => {
    const { poll, said, time } = open(
      [1, 2, 3].map((body) => ({ status: 200, body })),
      (value) => value === 2,
    );
    await settled();
    for (let second = 0; second < 4; second += 1) {
      time.pass(1000);
      await settled();
    }
    assert.equal(said.length, 2);
    assert.partialDeepStrictEqual(poll.state.get(), { kind: "ready", value: 2 });

    await poll.refresh();
    assert.partialDeepStrictEqual(poll.state.get(), { kind: "ready", value: 3 });
  });

  it("is not overtaken by the answer to an older question", async () => {
    const time = new FakeTime();
    const waiting: ((value: number) => void)[] = [];
    const ask = async (): Promise<Understood<number>> =>
      await new Promise((resolve) => {
        waiting.push((value) => resolve({ kind: "done", value }));
      });
    const world = { send: silent, timer: time.timer, localNow: () => time.now };
    const poll = createPoll(world, { everyMs: 1000, ask });
    void poll.refresh();
    const answer = async (question: number, value: number): Promise<unknown> => {
      waiting[question]?.(value);
      await settled();
      return poll.state.get();
    };

    const newer = await answer(1, 2);
    const older = await answer(0, 1);
    time.pass(1000);

    assert.partialDeepStrictEqual(newer, { kind: "ready", value: 2 });
    assert.partialDeepStrictEqual(older, { kind: "ready", value: 2 });
    assert.equal(waiting.length, 3); // and it is asked on
    assert.partialDeepStrictEqual(await answer(2, 3), { kind: "ready", value: 3 });
  });

  it("says why the hub refuses, and that it does not know the answer", async () => {
    const refused = open([{ status: 403, body: { detail: "the role viewer may not" } }]);
    const strange = open([{ status: 200, body: "seven" }]);
    await settled();

    assert.deepEqual(refused.poll.state.get(), {
      kind: "failed",
      because: "The role viewer may not.",
    });
    assert.equal(strange.poll.state.get().kind, "failed");
  });

  it("keeps the last answer as old when the hub refuses, unless that may not be seen, or is gone", async () => {
    for (const status of [409, 500])
      assert.partialDeepStrictEqual(await refusedLater(status), {
        value: 7,
        isOld: true,
        because: "No.",
      });
    for (const status of [401, 403, 404])
      assert.deepEqual(await refusedLater(status), { kind: "failed", because: "No." });
  });

  it("forgets why it was refused once it is answered, or once nobody answers", async () => {
    const { poll, time } = open([
      { status: 200, body: 7 },
      { status: 500, body: { detail: "no" } },
      502,
      { status: 200, body: 8 },
    ]);
    await settled();
    const seen: unknown[] = [];
    for (let round = 0; round < 3; round += 1) {
      time.pass(1000);
      await settled();
      const state = poll.state.get();
      seen.push(state.kind === "ready" ? [state.value, state.isOld, state.because] : state);
    }

    assert.deepEqual(seen, [
      [7, true, "No."],
      [7, true, undefined],
      [8, false, undefined],
    ]);
  });

  it("is asked no more when its page is left", async () => {
    const { poll, said, time } = open([{ status: 200, body: 7 }]);
    await settled();

    poll.stop();
    time.pass(10_000);
    await settled();

    assert.equal(said.length, 1);
  });
});

describe("an answer that does not come", () => {
  it("makes the last one old after five seconds, and fresh again once it is there", async () => {
    const time = new FakeTime();
    const waiting: (() => void)[] = [];
    const answer = { ok: true, status: 200, json: () => Promise.resolve(7) };
    const poll = createPoll(
      {
        send: () => new Promise((resolve) => waiting.push(() => resolve(answer))),
        timer: time.timer,
        localNow: () => time.now,
      },
      { everyMs: 1000, ask: asking("/api/x", numberIn) },
    );
    const isOld = (): unknown => {
      const state = poll.state.get();
      return state.kind === "ready" ? state.isOld : state.kind;
    };
    waiting.shift()?.();
    await settled();
    time.pass(1000 + 4999);
    const soon = isOld();
    time.pass(1);
    const late = isOld();
    waiting.shift()?.();
    await settled();

    assert.deepEqual([soon, late, isOld()], [false, true, false]);
  });
});

describe("a hidden tab", () => {
  it("asks nothing, and at once when it is shown, unless its page was left", async () => {
    const time = new FakeTime();
    const said: Said[] = [];
    let isHidden = false;
    const shown = new Set<() => void>();
    const timer = whileSeen(time.timer, {
      isHidden: () => isHidden,
      onceShown: (run) => {
        shown.add(run);
        return () => shown.delete(run);
      },
    });
    const send = answering(said, [{ status: 200, body: 7 }]);
    const question = { everyMs: 1000, ask: asking("/api/x", numberIn) };
    const poll = createPoll({ send, timer, localNow: () => time.now }, question);
    await settled();
    isHidden = true;
    time.pass(60_000);
    await settled();
    const whileHidden = said.length;
    isHidden = false;
    for (const run of shown) run();
    await settled();
    const whenShown = said.length;
    shown.clear();
    isHidden = true;
    time.pass(1000);
    poll.stop();

    assert.deepEqual([whileHidden, whenShown], [1, 2]);
    assert.equal(shown.size, 0);
  });
});

describe("a list", () => {
  it("shows what it showed, and counts what came since", () => {
    assert.deepEqual(heldBack(["c", "a", "b"], String, new Set(["a", "b", "gone"])), {
      shown: ["a", "b"],
      news: 1,
    });
    assert.equal(heldBack(["a"], String, null).news, 0);
  });
});

describe("the navigation", () => {
  it("leads to each page by a letter of its own", () => {
    assert.equal(new Set(PAGES.map(({ letter }) => letter)).size, PAGES.length);
    assert.equal(pageAt("d"), "/diag/");
    assert.equal(pageAt("z"), null);
  });
});
