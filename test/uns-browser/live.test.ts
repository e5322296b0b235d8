import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NamesMessage, WireValue } from "@unshub/hub/feed";
import { createHubClock } from "../../uns-browser/lib/clock.ts";
import { createLive, type Live } from "../../uns-browser/lib/live.ts";
import { createValueStore, type ValueStore } from "../../uns-browser/lib/store.ts";
import { FakeHub } from "./fake-hub.ts";

interface Page {
  readonly hub: FakeHub;
  readonly live: Live;
  readonly store: ValueStore;
  readonly welcomes: string[];
  readonly names: NamesMessage[];
  /** Sends the next `d`; `g` is that of the last view unless given. */
  readonly delta: (u: readonly WireValue[], s: number, g?: number) => void;
}

function openPage(): Page {
  const hub = new FakeHub();
  const store = createValueStore();
  const welcomes: string[] = [];
  const names: NamesMessage[] = [];
  const clock = createHubClock(() => hub.time.now);
  const events = {
    welcomed: (_: unknown, epoch: string) => void welcomes.push(epoch),
    namesChanged: (message: NamesMessage) => void names.push(message),
  };
  const live = createLive({ socket: hub.world, clock, store, events, ui: "test" });
  const delta: Page["delta"] = (u, s, g = hub.heard("view").at(-1)?.g ?? 0) => {
    hub.say({ op: "d", s, g, t: hub.time.now, u });
  };
  return { hub, live, store, welcomes, names, delta };
}

/** A page that watches metrics 1 and 2 and has their values, with frame 1. */
function watchingPage(): Page {
  const page = openPage();
  page.hub.welcome();
  page.live.watch([1, 2]);
  page.hub.time.pass(50);
  page.delta([1, 10, 2, 0, 1, 2, 20, 2, 0, 1], 1);
  return page;
}

describe("the live protocol", () => {
  it("says hello on opening and is live with the welcome", () => {
    const { hub, live, welcomes } = openPage();
    assert.equal(live.link.get().kind, "opening");

    hub.welcome();

    assert.deepEqual(hub.said, [{ op: "hello", v: 1, ui: "test" }]);
    assert.equal(live.link.get().kind, "live");
    assert.deepEqual(welcomes, ["first"]);
  });

  it("tells its view once, 50 ms after the last change", () => {
    const { hub, live } = openPage();
    hub.welcome();

    live.watch([1]);
    hub.time.pass(49);
    live.watch([1, 2]);
    live.watch([1, 2]);
    hub.time.pass(49);
    assert.deepEqual(hub.heard("view"), []);
    hub.time.pass(1);

    assert.deepEqual(hub.heard("view"), [{ op: "view", g: 1, rows: [1, 2] }]);
  });

  it("watches no more rows than the hub allows", () => {
    const { hub, live } = openPage();
    hub.welcome({ maxRows: 3 });

    live.watch([1, 2, 3, 4, 5]);
    hub.time.pass(50);

    assert.deepEqual(hub.heard("view")[0]?.rows, [1, 2, 3]);
  });

  it("drops frames of an older view, but counts and acknowledges them", () => {
    const { hub, live, store, delta } = watchingPage();
    live.watch([2, 3]);
    hub.time.pass(200);

    delta([2, 99, 2, 0, 1], 2, 1);
    delta([3, 30, 2, 0, 1], 3, 2);

    assert.equal(store.read(2)?.value, 20);
    assert.equal(store.read(3)?.value, 30);
    hub.time.pass(100);
    assert.deepEqual(hub.heard("ack").at(-1), { op: "ack", s: 3 });
    assert.equal(hub.heard("hello").length, 1);
  });

  it("acknowledges at once, then at most every 80 ms", () => {
    const { hub, delta } = watchingPage();
    hub.time.pass(80);
    const before = hub.heard("ack").length;

    delta([1, 11, 2, 0, 1], 2);
    delta([1, 12, 2, 0, 1], 3);
    assert.deepEqual(hub.heard("ack").at(-1), { op: "ack", s: 2 });
    hub.time.pass(80);

    assert.deepEqual(hub.heard("ack").at(-1), { op: "ack", s: 3 });
    assert.equal(hub.heard("ack").length, before + 2);
  });

  it("marks all last known and asks again when frames are missing", () => {
    const { hub, store, delta } = watchingPage();

    delta([1, 11, 2, 0, 1], 4);

    assert.equal(store.read(1)?.value, 10);
    assert.equal(store.read(1)?.quality, "last-known");
    assert.deepEqual(hub.heard("hello").at(-1), {
      op: "hello",
      v: 1,
      ui: "test",
      resume: { epoch: "e1", seq: 4 },
    });
    assert.equal(hub.heard("view").at(-1)?.g, 2);
    hub.time.pass(80);
    assert.deepEqual(hub.heard("ack").at(-1), { op: "ack", s: 4 });
    delta([1, 12, 2, 0, 1], 5);
    assert.equal(store.read(1)?.quality, "good");
  });

  it("asks again when the hub says reset", () => {
    const { hub, store } = watchingPage();

    hub.say({ op: "reset", why: "slow" });

    assert.equal(store.read(2)?.quality, "last-known");
    assert.equal(hub.heard("hello").length, 2);
    assert.equal(hub.heard("view").at(-1)?.g, 2);
  });

  it("keeps values as last known while the link is gone, and watches again in the same epoch", () => {
    const { hub, live, store, welcomes } = watchingPage();
    hub.time.pass(500);
    hub.line.closed();

    const link = live.link.get();
    assert.deepEqual(link, { kind: "lost", tries: 1, valuesFrom: hub.time.now - 500 });
    assert.equal(store.read(1)?.quality, "last-known");
    hub.time.pass(0);
    hub.welcome();

    assert.deepEqual(welcomes, ["first", "same"]);
    assert.deepEqual(hub.heard("view").at(-1)?.rows, [1, 2]);
  });

  it("forgets values and rows when another epoch answers", () => {
    const { hub, store, welcomes } = watchingPage();
    hub.line.closed();
    hub.time.pass(0);
    hub.epoch = "e2";

    hub.welcome();

    assert.deepEqual(welcomes, ["first", "new"]);
    assert.equal(store.read(1), null);
    assert.equal(hub.heard("view").length, 1);
  });

  it("says that it lags when the hub falls silent, and gives the line up after ten seconds", () => {
    const { hub, live } = watchingPage();
    hub.say({ op: "stat", in: 5, shown: 2, lag: 0, clients: 1 });

    hub.time.pass(4000);
    assert.ok((live.traffic.get()?.lagMs ?? 0) >= 3000);
    assert.equal(live.link.get().kind, "live");
    hub.time.pass(8000);

    assert.equal(hub.opened, 2);
    assert.equal(live.link.get().kind, "lost");
  });

  it("tells how many changes the values shown stand for, anew each second", () => {
    const { hub, live, delta } = watchingPage();
    const stat = { op: "stat", in: 5, shown: 2, lag: 0, clients: 3, changes: 90 } as const;
    delta([1, 11, 2, 0, 7, 2, 21, 2, 0, 4], 2);

    hub.say(stat);
    const first = live.traffic.get();
    hub.say(stat);

    assert.partialDeepStrictEqual(first, { merged: 13, changes: 90, pages: 3 });
    assert.equal(live.traffic.get()?.merged, 0);
  });

  it("says that it lags when frames come late", () => {
    const { hub, live } = watchingPage();

    hub.say({ op: "d", s: 2, g: 1, t: hub.time.now - 2300, u: [] });
    hub.say({ op: "stat", in: 5, shown: 2, lag: 0, clients: 1 });

    assert.ok((live.traffic.get()?.lagMs ?? 0) > 2200);
  });

  it("says that it lags on a slow line where no value changes", () => {
    const { hub, live } = watchingPage();
    const stat = { op: "stat", in: 0, shown: 0, lag: 0, clients: 1 } as const;

    hub.say({ ...stat, t: hub.time.now - 2300 });
    const late = live.traffic.get()?.lagMs ?? 0;
    hub.say({ ...stat, t: hub.time.now });

    assert.ok(late > 2200);
    assert.equal(live.traffic.get()?.lagMs, 0);
  });

  it("freezes the picture on pause, fills in rows that come into view, and catches up", () => {
    const { hub, live, store, delta } = watchingPage();
    live.pause();
    delta([1, 99, 2, 0, 1], 2);
    assert.equal(store.read(1)?.value, 10);

    live.watch([1, 3]);
    hub.time.pass(50);
    delta([1, 99, 2, 0, 1, 3, 30, 2, 0, 1], 3);
    assert.equal(store.read(1)?.value, 10);
    assert.equal(store.read(3)?.value, 30);
    assert.deepEqual(
      hub.said.findLast(({ op }) => op === "pause" || op === "resume"),
      { op: "pause" },
    );
    live.resume();
    delta([1, 99, 2, 0, 1, 3, 31, 2, 0, 1], 4);

    assert.equal(store.read(1)?.value, 99);
    assert.equal(live.pausedAt.get(), null);
  });

  it("hides with the tab: values are last known until the first frame after it is back", () => {
    const { hub, live, store, delta } = watchingPage();

    live.hide();
    assert.deepEqual(hub.said.at(-1), { op: "hide" });
    hub.time.pass(60_000);
    assert.equal(live.link.get().kind, "live");
    assert.equal(store.read(1)?.quality, "last-known");
    live.show();

    assert.deepEqual(hub.heard("view").at(-1)?.rows, [1, 2]);
    delta([1, 11, 2, 0, 1], 2);
    assert.equal(store.read(1)?.quality, "good");
  });

  it("passes on changes of the tree and overhears what it does not understand", () => {
    const { hub, names } = watchingPage();

    hub.line.received('{"op":"tomorrow"}');
    hub.line.received("no json");
    hub.say({ op: "n", s: 2, add: [], cnt: [1, 5, 0, 0, -1] });

    assert.equal(names.length, 1);
    assert.equal(hub.heard("hello").length, 1);
  });

  it("starts nothing after stop", () => {
    const { hub, live } = watchingPage();
    live.stop();

    hub.time.pass(120_000);

    assert.equal(hub.opened, 1);
  });
});
