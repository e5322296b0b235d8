/** The past on the Namespace page: values of an instant, and what differs from one. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TreeRow } from "@unshub/hub/feed";
import {
  createPast,
  faultOfMoments,
  isOtherwise,
  NOW,
  type Past,
} from "../../uns-browser/lib/past.ts";
import { readAddress, writeAddress } from "../../uns-browser/lib/path.ts";
import { branchRow, FakeTime, metricRow, settled } from "./fake-hub.ts";

const ROWS: readonly TreeRow[] = [branchRow(1, null, "Plant1"), metricRow(2, 1, "Speed")];
const DIFFERENCE = {
  epoch: "e1",
  hits: 1,
  rows: ROWS,
  from: 1000,
  to: 5000,
  before: [2, 1200, 2, -10, 0],
  after: [2, 1500, 1, -20, 0],
};

function answer(url: URL): unknown {
  if (url.pathname.endsWith("/difference")) return DIFFERENCE;
  const ids = url.searchParams.get("ids")?.split(",").map(Number) ?? [];
  const at = Number(url.searchParams.get("at"));
  return { epoch: "e1", t: at, u: ids.flatMap((id) => [id, at / 10, 2, -5, 0]) };
}

/** Answers each question after what it asks about; `asked` has all of them. */
class FakeHistory {
  readonly asked: string[] = [];
  readonly time = new FakeTime();
  /** Instead of an answer. */
  refuses: { readonly status: number; readonly detail: string } | null = null;

  open(): Past {
    const past = createPast(async (url) => {
      this.asked.push(url);
      if (this.refuses !== null) {
        const { status, detail } = this.refuses;
        return { ok: false, status, json: async () => ({ detail }) };
      }
      return { ok: true, status: 200, json: async () => answer(new URL(url, "http://hub")) };
    }, this.time.timer);
    past.begin("e1");
    return past;
  }
}

describe("the past", () => {
  it("is asked for the rows on screen, each once", async () => {
    const history = new FakeHistory();
    const past = history.open();
    past.set({ at: 5000, since: 1000 });

    past.watch([2, 3, -4]); // a level of another lens is no row of the hub
    history.time.pass(100);
    await settled();
    past.watch([2, 3, 4]);
    history.time.pass(100);
    await settled();

    assert.deepEqual(history.asked, [
      "/api/ns/at?at=5000&ids=2,3",
      "/api/ns/at?at=1000&ids=2,3",
      "/api/ns/at?at=5000&ids=4",
      "/api/ns/at?at=1000&ids=4",
    ]);
    assert.deepEqual(past.values.read(4), {
      value: 500,
      wireQuality: 2,
      quality: "good",
      sourceTime: 4995,
    });
    assert.equal(past.before.read(2)?.value, 100);
  });

  it("is not asked for while the page shows now", () => {
    const history = new FakeHistory();
    const past = history.open();

    past.watch([2]);
    history.time.pass(1000);

    assert.deepEqual(history.asked, []);
  });

  it("lists what differs, with what it was and what it became, by the filter", async () => {
    const history = new FakeHistory();
    const past = history.open();
    past.set({ at: null, since: 1000 });

    past.list("speed q:bad");
    await settled();

    assert.deepEqual(history.asked, ["/api/ns/difference?from=1000&f=speed%20q%3Abad&limit=2000"]);
    assert.deepEqual(past.changes.get(), { kind: "ready", hits: 1, shown: 1, to: 5000 });
    assert.deepEqual([...past.tree.order.get()], [1, 2]);
    const [before, after] = [past.before.read(2), past.after.read(2)];
    assert.deepEqual([before?.value, after?.value, after?.quality], [1200, 1500, "stale"]);
    assert.equal(isOtherwise(before, after), true);
    past.endList();
    assert.deepEqual([past.changes.get().kind, past.tree.order.get().length], ["off", 0]);
  });

  it("lists nothing out of an answer of another epoch, whose ids are other metrics", async () => {
    const past = new FakeHistory().open();
    past.begin("e2");
    past.set({ at: null, since: 1000 });

    past.list("");
    await settled();

    assert.deepEqual([past.changes.get().kind, past.tree.order.get().length], ["asking", 0]);
    past.begin("e1");
    past.list("");
    await settled();
    assert.deepEqual([...past.tree.order.get()], [1, 2]);
  });

  it("says why it is not there, asks again by itself, and is silent once there is an answer", async () => {
    const history = new FakeHistory();
    const past = history.open();
    history.refuses = { status: 404, detail: "nothing is recorded" };
    past.set({ at: 5000, since: 1000 });
    past.watch([2]);
    history.time.pass(100);
    past.list("");
    await settled();
    assert.equal(past.fault.get(), "Nothing is recorded.");
    assert.deepEqual(past.changes.get(), { kind: "failed", because: "Nothing is recorded." });

    history.refuses = null;
    history.time.pass(5000);
    await settled();

    assert.equal(past.values.read(2)?.value, 500);
    assert.equal(past.fault.get(), null);
    history.refuses = { status: 503, detail: "busy" };
    past.watch([3]);
    history.time.pass(100);
    await settled();
    assert.equal(past.fault.get(), "Busy.");
    past.begin("e2"); // the hub was started again
    assert.equal(past.fault.get(), null);
  });

  it("forgets what it knew of another moment, and of another run of the hub", async () => {
    const history = new FakeHistory();
    const past = history.open();
    past.set({ at: 5000, since: null });
    past.watch([2]);
    history.time.pass(100);
    await settled();

    past.set({ at: 6000, since: null });
    assert.equal(past.values.read(2), null);
    await settled();
    assert.equal(past.values.read(2)?.value, 600);
    past.begin("e2");
    assert.equal(past.values.read(2), null);
    past.set(NOW);
    assert.deepEqual(past.moments.get(), NOW);
  });

  it("takes no moments that have not come, nor the wrong way round", () => {
    assert.match(faultOfMoments(NOW, 9000) ?? "", /Fill in one/);
    assert.match(faultOfMoments({ at: 9001, since: null }, 9000) ?? "", /not come yet/);
    assert.match(faultOfMoments({ at: 5000, since: 6000 }, 9000) ?? "", /must be before/);
    assert.equal(faultOfMoments({ at: 6000, since: 5000 }, 9000), null);
  });

  it("stands in the address bar, where a colleague finds it", () => {
    const address = readAddress("?x=1&at=2026-11-23T05%3A00%3A00Z&since=yesterday&p=a");

    assert.deepEqual([address.at, address.since], [Date.UTC(2026, 10, 23, 5), null]);
    assert.equal(
      writeAddress("?x=1&at=old", { ...address, since: Date.UTC(2026, 10, 23, 4) }),
      "?x=1&p=a&at=2026-11-23T05:00:00.000Z&since=2026-11-23T04:00:00.000Z",
    );
  });
});
