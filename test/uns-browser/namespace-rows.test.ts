/** Rows of the Namespace page that stand for several, and what branches count. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { TreeRow } from "@unshub/hub/feed";
import type { Namespace } from "../../uns-browser/lib/namespace.ts";
import { branchRow, metricRow, settled } from "./fake-hub.ts";
import { Plant, welcomed } from "./fake-plant.ts";

const counts = { metrics: 300, bad: 0, stale: 0 };

/** A group, edge node and device, then folders a (4) › b (5) › c (6) with metrics x0 … x299 (10 to 309). */
const CHAINED: TreeRow[] = [
  branchRow(1, null, "Plant1", { counts }),
  branchRow(2, 1, "gw", { kind: "edgeNode", state: "online", counts }),
  branchRow(3, 2, "press", { kind: "device", state: "online", counts }),
  branchRow(4, 3, "a", { counts }),
  branchRow(5, 4, "b", { counts }),
  branchRow(6, 5, "c", { counts }),
  ...Array.from({ length: 300 }, (_, at) => metricRow(at + 10, 6, `x${at}`)),
];

/** As they are drawn, a chain in one. */
function shownRows(page: Namespace): readonly string[] {
  const tree = page.shown.get();
  return Array.from(tree.order.get(), (id) => {
    const view = tree.get(id);
    return [...(view?.chain ?? []), view?.row.name].join(" · ");
  });
}

/** As far as the device is unfolded. */
async function openDevice(plant: Plant): Promise<Namespace> {
  const page = await welcomed(plant, plant.open());
  for (const id of [1, 2, 3]) {
    page.unfold([id]);
    await settled();
  }
  return page;
}

describe("a chain of folders on the Namespace page", () => {
  it("is one row as soon as its device is unfolded, without a question for each folder", async () => {
    const plant = new Plant(CHAINED);
    const page = await openDevice(plant);

    assert.deepEqual(shownRows(page), ["Plant1", "gw", "press", "a · b · c"]);
    assert.deepEqual(
      plant.asked.filter((url) => /id=[456]&/.test(url)),
      [],
    );
    page.unfold([6]);
    await settled();
    assert.equal(shownRows(page).length, 304);
  });

  it("parts when a second row is announced below one of them, whose folder it watches", async () => {
    const plant = new Plant([...CHAINED]);
    const page = await openDevice(plant);
    page.watch([6]);
    plant.hub.time.pass(50);
    const watched = plant.hub.heard("view").at(-1)?.rows ?? [];
    assert.ok([4, 5, 6].every((id) => watched.includes(id)));

    plant.hub.say({ op: "n", s: 1, add: [metricRow(400, 5, "y")], cnt: [] });

    assert.deepEqual(shownRows(page), ["Plant1", "gw", "press", "a · b", "c", "y"]);
  });

  it("parts when a second row was born while there was no link", async () => {
    const plant = new Plant([...CHAINED]);
    const page = await openDevice(plant);
    plant.hub.line.closed();
    plant.rows.push(metricRow(400, 5, "y"));
    plant.hub.time.pass(0);
    plant.hub.welcome();
    for (let turn = 0; turn < 6; turn += 1) await settled();

    assert.deepEqual(shownRows(page), ["Plant1", "gw", "press", "a · b", "c", "y"]);
  });

  it("is selected by a link to any of its folders, and lets the keys go on from there", async () => {
    const plant = new Plant(CHAINED);

    const page = await welcomed(plant, plant.open("?p=Plant1/gw/press/a/b"));
    for (let turn = 0; turn < 6; turn += 1) await settled();

    const tree = page.shown.get();
    assert.deepEqual(shownRows(page), ["Plant1", "gw", "press", "a · b · c"]);
    assert.equal(page.selection.get()?.id, 5);
    assert.equal(tree.placeOf(5), 3);
    assert.equal(tree.tailOf(5), 6);
    assert.equal(page.missingPath.get(), null);
  });

  it("is unfolded again after a restart of the hub", async () => {
    const plant = new Plant(CHAINED);
    const page = await openDevice(plant);
    page.unfold([6]);
    await settled();
    plant.hub.line.closed();
    plant.hub.time.pass(0);
    plant.hub.epoch = "e2";

    await welcomed(plant, page);
    for (let turn = 0; turn < 12; turn += 1) await settled();

    assert.equal(shownRows(page).length, 304);
  });

  it("stands in one row above hits, too", async () => {
    const plant = new Plant(CHAINED);
    const page = await welcomed(plant, plant.open());

    page.filter.set("x299");
    plant.hub.time.pass(120);
    await settled();

    assert.deepEqual(shownRows(page), ["Plant1", "gw", "press", "a · b · c", "x299"]);
  });

  it("unfolds to the end when it is known to be one only then", async () => {
    const plant = new Plant([...CHAINED]);
    const page = await openDevice(plant);
    plant.rows.push(branchRow(500, 3, "late"), branchRow(501, 500, "on"), metricRow(502, 501, "z"));
    plant.hub.say({ op: "n", s: 1, add: [branchRow(500, 3, "late")], cnt: [] });
    assert.deepEqual(shownRows(page).at(-1), "late");
    page.select(500);

    page.unfold([500]);
    for (let turn = 0; turn < 4; turn += 1) await settled();

    assert.deepEqual(shownRows(page).slice(-2), ["late · on", "z"]);
    assert.equal(page.shown.get().tailOf(page.selection.get()?.id ?? 0), 501);
  });
});

const SILENT: TreeRow[] = [
  branchRow(1, null, "Plant1", { counts: { metrics: 2, bad: 0, stale: 0 } }),
  metricRow(2, 1, "Speed"),
  metricRow(3, 1, "Vibration"),
];

describe("the totals", () => {
  it("are those of the groups in every lens, and stay so", async () => {
    const plant = new Plant(SILENT);
    plant.topics = ["line/1"];
    const page = await welcomed(plant, plant.open("?lens=topic"));
    for (let turn = 0; turn < 4; turn += 1) await settled();
    assert.equal(page.totals.get().metrics, 2);
    page.watch([]);
    plant.hub.time.pass(50);
    assert.deepEqual(plant.hub.heard("view").at(-1)?.rows, [1]);

    plant.hub.say({ op: "n", s: 1, add: [], cnt: [1, 2, 1, 0, -1] });

    assert.equal(page.totals.get().bad, 1);
  });
});

describe("silent metrics", () => {
  it("are counted at the branches above them, and for the plant", async () => {
    const plant = new Plant(SILENT);
    const page = await welcomed(plant, plant.open());

    plant.hub.say({ op: "n", s: 1, add: [], cnt: [1, 2, 0, 0, -1], sil: [1, 2] });
    assert.equal(page.shown.get().get(1)?.row.counts?.silent, 2);
    assert.equal(page.totals.get().silent, 2);
    plant.hub.say({ op: "n", s: 2, add: [], cnt: [1, 2, 0, 0, -1], sil: [1, 0] });

    assert.equal(page.shown.get().get(1)?.row.counts?.silent, undefined);
    assert.equal(page.totals.get().silent, 0);
  });
});
