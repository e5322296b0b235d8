import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TreeRow } from "@unshub/hub/feed";
import { markedParts } from "../../uns-browser/lib/filter.ts";
import { branchRow, metricRow, settled } from "./fake-hub.ts";
import { Plant, shownNames, welcomed } from "./fake-plant.ts";

const SMALL: TreeRow[] = [
  branchRow(1, null, "Plant1", { counts: { metrics: 2, bad: 0, stale: 0 } }),
  branchRow(2, 1, "Motor", { counts: { metrics: 2, bad: 0, stale: 0 } }),
  metricRow(3, 2, "Speed"),
  metricRow(4, 2, "Vibration"),
];

const LARGE: TreeRow[] = [
  branchRow(1, null, "Plant1", { counts: { metrics: 900, bad: 0, stale: 0 } }),
  ...Array.from({ length: 900 }, (_, at) => metricRow(at + 2, 1, `temp_${at}`)),
];

function asksForPath(url: string): boolean {
  return url.startsWith("/api/ns/path");
}

describe("the Namespace page", () => {
  it("unfolds a small plant wholly", async () => {
    const plant = new Plant(SMALL);

    const page = await welcomed(plant, plant.open());

    assert.deepEqual(shownNames(page), ["Plant1", "Motor", "Speed", "Vibration"]);
    assert.equal(page.loader.top.get(), "ready");
  });

  it("looks through another lens until somebody chooses the first one again, also while it lists changes", async () => {
    const plant = new Plant(SMALL);
    const page = await welcomed(plant, plant.open("?p=Plant1/Motor/Speed"));

    page.setLens("topic");
    await settled();
    await settled();
    assert.equal(page.lens.get(), "topic");
    page.look({ at: null, since: 1 }, "list");
    await settled();
    page.setLens("uns");
    await settled();
    await settled();

    assert.equal(page.lens.get(), "uns");
    assert.equal(page.past.changes.get().kind, "off");
    plant.hub.time.pass(300);
    assert.match(plant.search, /lens=uns/);
  });

  it("begins a lens again whose first question was not answered", async () => {
    const plant = new Plant(SMALL);
    plant.topics = ["line"];
    plant.refuses = /topics/;
    const page = await welcomed(plant, plant.open("?lens=topic"));
    assert.equal(typeof page.loader.top.get(), "object");

    plant.refuses = null;
    page.retry();
    await settled();
    await settled();

    assert.equal(page.loader.top.get(), "ready");
    assert.deepEqual(shownNames(page), ["line"]);
  });

  it("unfolds a small plant also when the first try to show it failed", async () => {
    const plant = new Plant(SMALL);
    plant.refuses = /children/;
    const page = await welcomed(plant, plant.open());
    plant.refuses = null;

    page.retry();
    await settled();
    await settled();

    assert.deepEqual(shownNames(page), ["Plant1", "Motor", "Speed", "Vibration"]);
  });

  it("shows in a lens that was looked at before what is there now, and topics that come while they are shown", async () => {
    const plant = new Plant(SMALL);
    plant.topics = ["a"];
    const page = await welcomed(plant, plant.open("?lens=topic"));
    page.setLens("sparkplug");
    await settled();
    plant.topics = ["a", "b"];

    page.setLens("topic");
    await settled();
    await settled();
    assert.deepEqual(shownNames(page), ["a", "b"]);
    plant.topics = ["b", "c"];
    page.goTo("c");
    plant.hub.time.pass(5000);
    await settled();
    await settled();

    assert.deepEqual(shownNames(page), ["b", "c"]);
    page.setLens("sparkplug");
    await settled();
    const asked = plant.asked.length;
    plant.hub.time.pass(60_000);
    await settled();
    assert.equal(plant.asked.slice(asked).filter((url) => url.includes("topics")).length, 0);
  });

  it("says that the hub did not answer for a path, which is not a missing one, and asks again", async () => {
    const plant = new Plant(LARGE);
    plant.refuses = /path/;
    const page = await welcomed(plant, plant.open("?p=Plant1/temp_700"));
    assert.deepEqual(
      [page.missingPath.get(), page.unansweredPath.get()],
      [null, "Plant1/temp_700"],
    );

    plant.refuses = null;
    plant.hub.time.pass(3000);
    await settled();
    await settled();

    assert.deepEqual([page.unansweredPath.get(), page.selection.get()?.id], [null, 702]);
    assert.ok(page.shown.get().placeOf(702) > 0);
  });

  it("asks for nothing any more once it is left, also while the hub does not answer", async () => {
    const plant = new Plant(SMALL);
    plant.refuses = /path/;
    const page = plant.open("?p=Plant1/Motor/Speed");
    plant.hub.welcome();
    page.stop(); // its first questions are under way
    await settled();
    await settled();
    const asked = plant.asked.length;

    plant.hub.time.pass(60_000);
    await settled();

    assert.equal(plant.asked.length, asked);
  });

  it("draws a linked row in the end although a level above it did not come at first", async () => {
    const plant = new Plant(LARGE);
    plant.refuses = /children\?id=1/;
    const page = await welcomed(plant, plant.open("?p=Plant1/temp_700"));
    assert.equal(page.unansweredPath.get(), "Plant1/temp_700");

    plant.refuses = null;
    plant.hub.time.pass(3000);
    await settled();
    await settled();

    assert.equal(page.selection.get()?.id, 702);
    assert.ok(page.shown.get().placeOf(702) > 0);
  });

  it("goes back to the path of another lens as it stands in the address", async () => {
    const plant = new Plant(SMALL);
    plant.topics = ["line"];
    const page = await welcomed(plant, plant.open("?p=Plant1/Motor/Speed"));

    plant.search = "?p=line&lens=topic";
    page.followAddress();
    await settled();
    await settled();

    assert.equal(page.lens.get(), "topic");
    assert.equal(page.shown.get().get(page.selection.get()?.id ?? 0)?.row.name, "line");
    plant.search = "?p=Plant1/Motor/Speed";
    page.followAddress();
    await settled();
    await settled();
    assert.equal(page.selection.get()?.id, 3);
  });

  it("shows only the top of a large plant, and fetches the rest page by page", async () => {
    const plant = new Plant(LARGE);
    const page = await welcomed(plant, plant.open());
    assert.deepEqual(shownNames(page), ["Plant1"]);

    page.unfold([1]);
    await settled();
    await settled();

    assert.equal(shownNames(page).length, 901);
    assert.deepEqual(plant.asked.slice(1), [
      "/api/ns/children?id=1&limit=500",
      "/api/ns/children?id=1&after=501&limit=500",
    ]);
  });

  it("says that nothing is published, until the first row is announced", async () => {
    const plant = new Plant([]);
    const page = await welcomed(plant, plant.open());
    assert.equal(page.loader.top.get(), "empty");

    plant.rows = SMALL;
    plant.hub.say({ op: "n", s: 1, add: SMALL.slice(0, 1), cnt: [] });
    await settled();
    await settled();

    assert.equal(page.loader.top.get(), "ready");
    assert.deepEqual(shownNames(page), ["Plant1", "Motor", "Speed", "Vibration"]);
  });

  it("follows a link to a row deep in a large plant", async () => {
    const plant = new Plant(LARGE);

    const page = await welcomed(plant, plant.open("?p=Plant1/temp_700"));

    assert.deepEqual(page.selection.get(), { id: 702, scroll: "show" });
    assert.equal(page.details.state.get().kind, "loading");
  });

  it("takes a metric's own slashes, encoded or not", async () => {
    const plant = new Plant(SMALL);

    const page = await welcomed(plant, plant.open("?p=Plant1/Motor%2FSpeed"));

    assert.equal(page.selection.get()?.id, 3);
  });

  it("says when a link leads nowhere, and keeps the link", async () => {
    const plant = new Plant(SMALL);

    const page = await welcomed(plant, plant.open("?p=Plant1/gone"));
    plant.hub.time.pass(1000);

    assert.equal(page.missingPath.get(), "Plant1/gone");
    assert.equal(plant.search, "?p=Plant1/gone");
  });

  it("goes to a row that is born after its link was opened, and asks once for many names", async () => {
    const plant = new Plant([...SMALL]);
    const page = await welcomed(plant, plant.open("?p=Late/n/Value"));
    assert.equal(page.missingPath.get(), "Late/n/Value");
    const late = [branchRow(10, null, "Late"), branchRow(11, 10, "n"), metricRow(12, 11, "Value")];
    const askedBefore = plant.asked.filter(asksForPath).length;
    plant.rows.push(...late);

    plant.hub.say({ op: "n", s: 1, add: late.slice(0, 1), cnt: [] });
    plant.hub.say({ op: "n", s: 2, add: late.slice(1), cnt: [] });
    plant.hub.time.pass(300);
    await settled();
    await settled();

    assert.equal(page.missingPath.get(), null);
    assert.deepEqual(page.selection.get(), { id: 12, scroll: "show" });
    assert.ok(page.shown.get().placeOf(12) > 0);
    assert.equal(plant.asked.filter(asksForPath).length, askedBefore + 1);
  });

  it("watches the last row above a missing path, so that it hears of the birth", async () => {
    const plant = new Plant(LARGE);
    const page = await welcomed(plant, plant.open("?p=Plant1/late"));

    page.watch([]);
    plant.hub.time.pass(50);

    assert.deepEqual(plant.hub.heard("view").at(-1)?.rows, [1]);
  });

  it("does not go to a late row when the person has chosen another meanwhile", async () => {
    const plant = new Plant([...SMALL]);
    const page = await welcomed(plant, plant.open("?p=Plant1/late"));
    const late = metricRow(12, 1, "late");
    plant.rows.push(late);

    plant.hub.say({ op: "n", s: 1, add: [late], cnt: [] });
    page.select(3);
    plant.hub.time.pass(1000);
    await settled();

    assert.equal(page.selection.get()?.id, 3);
  });

  it("writes selection and filter into the address 200 ms after the last change", async () => {
    const plant = new Plant(SMALL);
    const page = await welcomed(plant, plant.open("?other=1"));

    page.select(3);
    plant.hub.time.pass(199);
    assert.equal(plant.search, "?other=1");
    page.select(4);
    plant.hub.time.pass(200);

    assert.equal(plant.search, "?other=1&p=Plant1/Motor/Vibration");
  });

  it("shows the hits of a filter unfolded, and the plant as it was afterwards", async () => {
    const plant = new Plant(SMALL);
    const page = await welcomed(plant, plant.open());
    page.fold(1, false);

    page.filter.set("Vib");
    plant.hub.time.pass(120);
    await settled();
    assert.deepEqual(shownNames(page), ["Plant1", "Motor", "Vibration"]);
    assert.deepEqual(page.filter.state.get(), { kind: "found", hits: 1, shown: 1 });
    page.filter.set("");

    assert.deepEqual(shownNames(page), ["Plant1"]);
  });

  it("shows what was found where it stands once the filter is cleared", async () => {
    const plant = new Plant(LARGE);
    const page = await welcomed(plant, plant.open());
    page.filter.set("temp_700");
    plant.hub.time.pass(120);
    await settled();
    page.select(702);

    page.filter.set("");
    await settled();
    await settled();

    assert.equal(page.selection.get()?.id, 702);
    assert.ok(page.shown.get().placeOf(702) > 0);
  });

  it("after a restart of the hub unfolds and selects the same paths under their new ids", async () => {
    const plant = new Plant(LARGE);
    const page = await welcomed(plant, plant.open());
    page.unfold([1]);
    await settled();
    await settled();
    page.select(702);
    plant.hub.time.pass(200);
    plant.hub.line.closed();
    plant.hub.time.pass(0);
    plant.hub.epoch = "e2";
    plant.rows = LARGE.map((row) => ({
      ...row,
      id: row.id + 5000,
      parent: row.parent === null ? null : row.parent + 5000,
    }));

    await welcomed(plant, page);
    await settled();

    assert.equal(shownNames(page).length, 901);
    assert.equal(page.selection.get()?.id, 5702);
    assert.equal(page.isRestarted.get(), true);
    plant.hub.time.pass(10_000);
    assert.equal(page.isRestarted.get(), false);
  });

  it("fetches children again when the counts say that some were never announced", async () => {
    const plant = new Plant([...SMALL]);
    const page = await welcomed(plant, plant.open());
    plant.rows.push(metricRow(9, 2, "Torque"));

    plant.hub.say({ op: "n", s: 1, add: [], cnt: [2, 3, 0, 0, -1] });
    await settled();

    assert.deepEqual(shownNames(page), ["Plant1", "Motor", "Speed", "Torque", "Vibration"]);
  });

  it("moves the selection up when its row is folded away", async () => {
    const plant = new Plant(SMALL);
    const page = await welcomed(plant, plant.open());
    page.select(3);

    page.fold(1, false);

    assert.equal(page.selection.get()?.id, 1);
  });

  it("says when the hub has another page than this one", async () => {
    const plant = new Plant(SMALL);
    const page = await welcomed(plant, plant.open());
    plant.hub.line.closed();
    plant.hub.time.pass(0);

    plant.hub.welcome({ build: "b2" });

    assert.equal(page.isOutdated.get(), true);
  });

  it("watches what is drawn, what is above it, and what is selected", async () => {
    const plant = new Plant(SMALL);
    const page = await welcomed(plant, plant.open());
    page.select(4);

    page.watch([3]);
    plant.hub.time.pass(50);

    const rows = plant.hub.heard("view").at(-1)?.rows ?? [];
    assert.deepEqual(
      rows.toSorted((a, b) => a - b),
      [1, 2, 3, 4],
    );
  });
});

describe("marking hits", () => {
  it("marks every word wherever it stands", () => {
    assert.deepEqual(markedParts("press-Express", ["PRESS", "x"]), [
      { text: "press", isHit: true },
      { text: "-E", isHit: false },
      { text: "xpress", isHit: true },
    ]);
  });

  it("marks nothing rather than the wrong letters", () => {
    assert.deepEqual(markedParts("İx", ["x"]), [{ text: "İx", isHit: false }]);
    assert.deepEqual(markedParts("", ["x"]), []);
    assert.deepEqual(markedParts("abc", [""]), [{ text: "abc", isHit: false }]);
  });
});
