import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { children, find, pathRows, Sight, valueAnswer } from "../../../hub/src/feed/index.ts";
import { readClientMessage } from "../../../hub/src/feed/client-message.ts";
import { wireValue } from "../../../hub/src/feed/tree-view.ts";
import { EVERYTHING } from "../../../hub/src/identity/index.ts";
import { NodeSessions, UnsTree } from "../../../hub/src/tree/index.ts";
import { dbirth, message, nbirth } from "../../support/sparkplug-messages.ts";

function plantTree(): UnsTree {
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  sessions.apply(nbirth());
  sessions.apply(dbirth());
  const metrics = ["zone 10", "zone 9", "Zone 1"].map(
    (name) => ({ name, datatype: "Int8", tellDatatype: true, value: 1 }) as const,
  );
  sessions.apply(message("DBIRTH/e/oven", metrics, 2));
  return tree;
}

describe("values on the wire", () => {
  it("are exact or told as what they are", () => {
    assert.deepEqual(wireValue(2n ** 63n), { i64: "9223372036854775808" });
    assert.deepEqual(wireValue(Number.NaN), { f: "NaN" });
    assert.deepEqual(wireValue(Number.NEGATIVE_INFINITY), { f: "-Infinity" });
    assert.deepEqual(wireValue(Uint8Array.of(1, 2)), { b: 2 });
    assert.deepEqual(
      [wireValue(""), wireValue(null), wireValue(false), wireValue(1.5)],
      ["", null, false, 1.5],
    );
    assert.equal(wireValue("x".repeat(500)), `${"x".repeat(200)}…`);
  });

  it("tell in a few words what has no place in a row", () => {
    const table = { columns: ["a", "b"], types: ["Int8", "Int8"] as const, rows: [[1, 2]] };
    const motor = { isDefinition: false, templateRef: "Motor", metrics: [], parameters: [] };

    assert.deepEqual(wireValue([1, 2, 3], "Int32Array"), { o: "Int32[3]" });
    assert.deepEqual(wireValue(table), { o: "DataSet 2×1" });
    assert.deepEqual(wireValue({ ...motor, version: "2" }), { o: "Template Motor v2, 0 members" });
  });
});

const gather = (): Promise<undefined> => Promise.resolve(undefined);

describe("the tree over HTTP", () => {
  const tree = plantTree();
  const sight = new Sight(tree, EVERYTHING);
  const epoch = "e";
  const ask = { id: undefined, after: undefined, limit: 500, valuesAt: undefined };

  it("sorts children as a person does", () => {
    const rows = children(sight, epoch, { ...ask, id: tree.find("g/e/oven") })?.rows;

    assert.deepEqual(
      rows?.map((row) => row.name),
      ["Zone 1", "zone 9", "zone 10"],
    );
  });

  it("gives children page by page", () => {
    const id = tree.find("g/e/oven");
    const first = children(sight, epoch, { ...ask, id, limit: 2 });
    const second = children(sight, epoch, { ...ask, id, limit: 2, after: first?.rows[1]?.id });

    assert.deepEqual([first?.more, second?.more], [true, false]);
    assert.deepEqual(
      second?.rows.map((row) => row.name),
      ["zone 10"],
    );
    assert.equal(children(sight, epoch, { ...ask, id: 999 }), undefined);
  });

  it("tells folders that are alone below others with the row that they stand below", () => {
    const chained = new UnsTree();
    const sessions = new NodeSessions(chained, () => undefined);
    sessions.apply(nbirth());
    const type = { datatype: "Int8", tellDatatype: true, value: 1 } as const;
    const metrics = ["a/b/c/x", "d/y", "e/f/z", "e/z"].map((name) => ({ name, ...type }));
    sessions.apply(message("DBIRTH/e/oven", metrics, 1));
    const id = chained.find("g/e/oven");

    const answer = children(new Sight(chained, EVERYTHING), epoch, { ...ask, id });

    assert.deepEqual(
      answer?.only?.map((row) => [row.name, row.parent]),
      [
        ["b", chained.find("g/e/oven/a")],
        ["c", chained.find("g/e/oven/a/b")],
      ],
    );
  });

  it("tells the rows on the way to a path", () => {
    const rows = pathRows(sight, epoch, "g/e/d/Motor/Speed")?.rows;

    assert.deepEqual(
      rows?.map((row) => row.kind),
      ["group", "edgeNode", "device", "folder", "metric"],
    );
    assert.equal(pathRows(sight, epoch, "g/x"), undefined);
  });

  it("finds metrics by words in any order and case, ancestors first", async () => {
    const answer = await find(sight, epoch, { filter: "SPEED mot", limit: 10, now: 0, gather });

    assert.equal(answer.hits, 1);
    assert.deepEqual(
      answer.rows.map((row) => row.name),
      ["g", "e", "d", "Motor", "Speed"],
    );
    assert.equal((await find(sight, epoch, { filter: "zone", limit: 1, now: 0, gather })).hits, 3);
  });

  it("tells everything of one metric", () => {
    const answer = valueAnswer(sight, epoch, tree.find("g/e/d/Motor/Speed") ?? 0);

    assert.equal(answer?.topic, "spBv1.0/g/DDATA/e/d");
    assert.deepEqual([answer?.deviceId, answer?.metric, answer?.alias], ["d", "Motor/Speed", "1"]);
    assert.equal(valueAnswer(sight, epoch, tree.find("g/e/d") ?? 0), undefined);
  });
});

describe("what a page sends", () => {
  it("is read when it is uns.v1", () => {
    assert.deepEqual(readClientMessage('{"op":"view","g":1,"rows":[1,2]}'), {
      message: { op: "view", g: 1, rows: [1, 2] },
    });
  });

  for (const text of [
    "",
    "{",
    "[]",
    '{"op":"fly"}',
    '{"op":"view","g":1,"rows":[-1]}',
    `{"op":"view","g":1,"rows":[${"1,".repeat(400)}1]}`,
  ]) {
    it(`is refused with a sentence: ${text.slice(0, 40)}`, () => {
      assert.ok("because" in readClientMessage(text));
    });
  }
});
