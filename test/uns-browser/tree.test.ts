import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeKind, TreeRow } from "@unshub/hub/feed";
import { createTree, type Tree } from "../../uns-browser/lib/tree.ts";

function row(
  id: number,
  parent: number | null,
  name: string,
  more: Partial<TreeRow> = {},
): TreeRow {
  const kind: NodeKind = more.kind ?? "folder";
  return { id, parent, name, kind, branch: kind !== "metric", ...more };
}

function names(tree: Tree): readonly string[] {
  return Array.from(tree.order.get(), (id) => tree.get(id)?.row.name ?? "?");
}

/** group 1 › node 2 › devices 3 and 4; 3 › metrics 5 and 6. Nothing is unfolded. */
function plant(): Tree {
  const tree = createTree();
  tree.put([
    row(1, null, "Plant1", { kind: "group" }),
    row(2, 1, "gw-press", { kind: "edgeNode", state: "online" }),
    row(4, 2, "press-10", { kind: "device" }),
    row(3, 2, "press-2", { kind: "device" }),
    row(5, 3, "Temperature", { kind: "metric", unit: "°C", datatype: "Float", writable: false }),
    row(6, 3, "Speed", { kind: "metric" }),
  ]);
  for (const parent of [null, 1, 2, 3, 4]) tree.markLoaded(parent);
  return tree;
}

/** The same numbers each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
}

let lastId = 0;

/** Some rows below a row that is known, or at the top, and some below those. */
function arrive(tree: Tree, parent: number, random: () => number): void {
  const above = tree.get(parent) === null ? null : parent;
  const rows: TreeRow[] = [];
  for (let count = Math.floor(random() * 4); count >= 0; count -= 1) {
    lastId += 1;
    rows.push(row(lastId, above, `row ${Math.floor(random() * 1000)}`));
    lastId += 1;
    rows.push(row(lastId, lastId - 1, `row ${Math.floor(random() * 1000)}`));
  }
  tree.put(rows);
}

/** A level that is known to have one level below it and nothing else has no row of its own. */
function expectedOrder(tree: Tree, parent: number | null): readonly number[] {
  return tree.childrenOf(parent).flatMap((id) => {
    const isJoined = tree.isLoaded(id) && tree.childrenOf(id).length === 1;
    if (isJoined) return expectedOrder(tree, id);
    return [id, ...(tree.isUnfolded(id) ? expectedOrder(tree, id) : [])];
  });
}

/** As a person reads it: two spaces a level, a chain in one line. */
function drawn(tree: Tree): readonly string[] {
  return Array.from(tree.order.get(), (id) => {
    const { row: own, level, chain } = tree.get(id) ?? {};
    return `${"  ".repeat((level ?? 1) - 1)}${[...(chain ?? []), own?.name].join(" · ")}`;
  });
}

/** device 1 › folders a (2) › b (3) › c (4) › metric x (5). All of it is known, the device is unfolded. */
function chained(): Tree {
  const tree = createTree();
  tree.put([
    row(1, null, "press", { kind: "device" }),
    row(2, 1, "a"),
    row(3, 2, "b"),
    row(4, 3, "c"),
    row(5, 4, "x", { kind: "metric" }),
  ]);
  for (const parent of [null, 1, 2, 3, 4]) tree.markLoaded(parent);
  tree.unfold([1]);
  return tree;
}

describe("the tree", () => {
  it("shows the groups alone until something is unfolded", () => {
    assert.deepEqual(names(plant()), ["Plant1"]);
  });

  it("unfolds in natural order, depth first", () => {
    const tree = plant();

    tree.unfold([1, 2, 3]);

    assert.deepEqual(names(tree), [
      "Plant1",
      "gw-press",
      "press-2",
      "Speed",
      "Temperature",
      "press-10",
    ]);
    assert.equal(tree.placeOf(5), 4);
    assert.equal(tree.get(5)?.level, 4);
  });

  it("remembers what was unfolded below a row that is folded", () => {
    const tree = plant();
    tree.unfold([1, 2, 3]);

    tree.fold(1);
    assert.deepEqual(names(tree), ["Plant1"]);
    assert.equal(tree.placeOf(5), -1);
    tree.unfold([1]);

    assert.equal(names(tree).length, 6);
  });

  it("folds everything below when asked to", () => {
    const tree = plant();
    tree.unfold([1, 2, 3]);

    tree.fold(1, "all");
    tree.unfold([1]);

    assert.deepEqual(names(tree), ["Plant1", "gw-press"]);
  });

  it("puts a new row in its sorted place", () => {
    const tree = plant();
    tree.unfold([1, 2]);

    tree.announce([row(7, 2, "press-3", { kind: "device" })]);

    assert.deepEqual(names(tree), ["Plant1", "gw-press", "press-2", "press-3", "press-10"]);
  });

  it("leaves out new rows under a parent whose children are not loaded, and marks it as unfoldable", () => {
    const tree = createTree();
    tree.put([row(1, null, "Plant1", { kind: "group", branch: false })]);

    tree.announce([row(2, 1, "gw", { kind: "edgeNode" })]);

    assert.equal(tree.get(2), null);
    assert.equal(tree.get(1)?.row.branch, true);
  });

  it("changes a row that is known without moving any", () => {
    const tree = plant();
    tree.unfold([1, 2]);
    const order = tree.order.get();

    tree.announce([row(2, 1, "gw-press", { kind: "edgeNode", state: "offline" })]);

    assert.equal(tree.get(2)?.row.state, "offline");
    assert.equal(tree.order.get(), order);
  });

  it("takes counts and states, and keeps states where the hub says −1", () => {
    const tree = plant();

    tree.count([1, 12, 3, 4, -1, 2, 12, 3, 4, 0, 99, 1, 1, 1, 1]);

    assert.deepEqual(tree.get(1)?.row.counts, { metrics: 12, bad: 3, stale: 4 });
    assert.equal(tree.get(1)?.row.state, undefined);
    assert.equal(tree.get(2)?.row.state, "offline");
    tree.count([2, 12, 3, 4, -1]);
    assert.equal(tree.get(2)?.row.state, "offline");
    tree.count([2, 12, 3, 4, 2]);
    assert.equal(tree.get(2)?.row.state, "last-known");
  });

  it("notices that children are missing by the counts", () => {
    const tree = plant();
    tree.count([3, 2, 0, 0, -1]);
    assert.equal(tree.isComplete(3), true);

    tree.count([3, 5, 0, 0, -1]);

    assert.equal(tree.isComplete(3), false);
  });

  it("gives back every field of a row", () => {
    const tree = plant();

    assert.deepEqual(tree.get(5)?.row, {
      id: 5,
      parent: 3,
      name: "Temperature",
      kind: "metric",
      branch: false,
      unit: "°C",
      datatype: "Float",
      writable: false,
    });
  });

  it("knows the way up and the path of a row", () => {
    const tree = createTree();
    tree.put([row(1, null, "a/b"), row(2, 1, ""), row(3, 2, "温 度")]);

    assert.deepEqual(tree.lineOf(3), [1, 2, 3]);
    assert.equal(tree.pathOf(3), "a%2Fb//%E6%B8%A9%20%E5%BA%A6");
  });

  it("keeps one order whatever the order of pages", () => {
    const ids = Array.from({ length: 1200 }, (_, at) => at + 2);
    const pages = [ids.slice(500, 1000), ids.slice(0, 500), ids.slice(1000)];
    const tree = createTree();
    tree.put([row(1, null, "Plant1")]);
    tree.unfold([1]);

    for (const page of pages)
      tree.put(page.map((id) => row(id, 1, `temp_${id}`, { kind: "metric" })));

    assert.deepEqual([...tree.order.get()], [1, ...ids]);
  });

  it("is in order after any unfolding, folding and arriving, in any turn", () => {
    const random = seeded(7);
    const tree = createTree();
    for (let step = 0; step < 2000; step += 1) {
      const [id, parent] = [1 + Math.floor(random() * 300), Math.floor(random() * 300)];
      const kind = random();
      if (kind < 0.4) arrive(tree, parent, random);
      else if (kind < 0.7) tree.unfold([id, parent]);
      else if (kind < 0.8 && tree.get(id) !== null) tree.markLoaded(id);
      else tree.fold(id, kind < 0.9 ? "all" : undefined);

      assert.deepEqual([...tree.order.get()], expectedOrder(tree, null), `step ${step}`);
    }
    assert.ok(tree.order.get().length > 50);
    assert.ok([...tree.order.get()].some((id) => (tree.get(id)?.chain.length ?? 0) > 0));
  });

  it("forgets everything with the epoch", () => {
    const tree = plant();
    tree.unfold([1, 2]);

    tree.clear();

    assert.deepEqual(names(tree), []);
    assert.equal(tree.isLoaded(1), false);
    assert.equal(tree.get(1), null);
  });
});

describe("a chain of levels that have nothing but the next one below them", () => {
  it("is one row, named by all of them, that unfolds to what is below the last one", () => {
    const tree = chained();
    assert.deepEqual(drawn(tree), ["press", "  a · b · c"]);

    tree.unfold([4]);

    assert.deepEqual(drawn(tree), ["press", "  a · b · c", "    x"]);
    assert.deepEqual([tree.tailOf(2), tree.placeOf(3), tree.placeOf(5)], [4, 1, 2]);
    assert.deepEqual([tree.get(4)?.above, tree.get(5)?.above], [1, 4]);
    assert.equal(tree.pathOf(4), "press/a/b/c");
    tree.fold(4);
    assert.deepEqual(drawn(tree), ["press", "  a · b · c"]);
  });

  it("parts where a second row is born, and nothing that was shown vanishes", () => {
    const tree = chained();
    tree.unfold([4]);

    tree.announce([row(6, 3, "z", { kind: "metric" })]);

    assert.deepEqual(drawn(tree), ["press", "  a · b", "    c", "      x", "    z"]);
    tree.announce([row(7, 2, "b2")]);
    assert.deepEqual(drawn(tree), [
      "press",
      "  a",
      "    b",
      "      c",
      "        x",
      "      z",
      "    b2",
    ]);
  });

  it("is none of devices, nodes and groups, which have a state, nor before it is known to be alone", () => {
    const tree = createTree();
    tree.put([
      row(1, null, "Plant1", { kind: "group" }),
      row(2, 1, "gw", { kind: "edgeNode", state: "online" }),
      row(3, 2, "press", { kind: "device", state: "online" }),
      row(4, 3, "a"),
      row(5, 4, "b"),
    ]);
    for (const parent of [null, 1, 2, 3]) tree.markLoaded(parent);

    tree.unfold([1, 2, 3, 4]);
    assert.deepEqual(drawn(tree), ["Plant1", "  gw", "    press", "      a", "        b"]);
    tree.markLoaded(4);

    assert.deepEqual(drawn(tree), ["Plant1", "  gw", "    press", "      a · b"]);
  });

  it("ends above a metric, and at a topic that has a message of its own", () => {
    const tree = createTree();
    tree.put([
      row(-2, null, "acme", { kind: "topic" }),
      row(-3, -2, "line", { kind: "topic", retained: true }),
      row(-4, -3, "cell", { kind: "topic" }),
      row(-5, -4, "speed", { kind: "topic", branch: false }),
    ]);
    for (const parent of [null, -2, -3, -4]) tree.markLoaded(parent);

    tree.unfold([-2, -3, -4]);

    assert.deepEqual(drawn(tree), ["acme · line", "  cell", "    speed"]);
  });

  it("is folded together again when what stood beside it has gone", () => {
    const tree = createTree();
    tree.put([
      row(-2, null, "acme", { kind: "topic" }),
      row(-3, -2, "a", { kind: "topic" }),
      row(-4, -2, "b", { kind: "topic" }),
    ]);
    for (const parent of [null, -2]) tree.markLoaded(parent);
    tree.unfold([-2]);
    assert.deepEqual(drawn(tree), ["acme", "  a", "  b"]);

    tree.keepOnly(-2, new Set([-3]));

    assert.deepEqual(drawn(tree), ["acme · a"]);
  });

  it("is one row among hits, too, of which nothing more is to be known", () => {
    const tree = createTree({ isWhole: true });
    tree.put([row(1, null, "press", { kind: "device" }), row(2, 1, "a"), row(3, 2, "b")]);
    tree.put([row(4, 3, "x", { kind: "metric" })]);

    tree.unfold([1, 2, 3]);

    assert.deepEqual(drawn(tree), ["press", "  a · b", "    x"]);
  });
});
