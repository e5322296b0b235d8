/** What is said aloud when metrics become bad. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { followBadNews } from "../../uns-browser/lib/bad-news.ts";
import { createSignal } from "../../uns-browser/lib/signal.ts";
import { FakeTime } from "./fake-hub.ts";

function open() {
  const time = new FakeTime();
  const totals = createSignal({ metrics: 0, bad: 0 });
  const hub = createSignal({ epoch: "run1.all" });
  const news = followBadNews({ totals, hub }, time.timer);
  const said: (string | null)[] = [];
  news.said.subscribe(() => said.push(news.said.get()));
  const bad = (count: number): void => totals.set({ metrics: 10, bad: count });
  const epoch = (name: string): void => hub.set({ epoch: name });
  return { time, news, said, bad, epoch };
}

describe("bad news", () => {
  it("is what becomes bad, not what was when the page was opened", () => {
    const { said, bad } = open();

    bad(3);
    bad(4);

    assert.deepEqual(said, ["1 more metric is bad, 4 in all"]);
  });

  it("is one sentence in five seconds, with all that came meanwhile", () => {
    const { said, bad, time } = open();
    bad(0);

    for (const count of [1, 2, 3, 5]) bad(count);
    time.pass(5000);
    bad(6);
    time.pass(5000);

    assert.deepEqual(said, [
      "1 more metric is bad, 1 in all",
      "4 more metrics are bad, 5 in all",
      "1 more metric is bad, 6 in all",
    ]);
  });

  it("is not what is seen more of with other rights, or told anew by a hub that was restarted", () => {
    const { said, bad, time, epoch } = open();
    bad(1);

    epoch("run1.more");
    bad(0);
    bad(40);
    time.pass(5000);
    epoch("run2.more");
    time.pass(5000);
    epoch("run2.more");
    bad(41);

    assert.deepEqual(said, ["1 more metric is bad, 41 in all"]);
  });

  it("is not what was good again before it was said", () => {
    const { said, bad, time } = open();
    bad(0);
    bad(1);

    bad(4);
    bad(1);
    time.pass(5000);
    bad(0);
    time.pass(5000);

    assert.deepEqual(said, ["1 more metric is bad, 1 in all"]);
  });
});
