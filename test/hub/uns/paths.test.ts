import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { browse } from "../../../hub/src/uns/index.ts";
import { tempDir } from "../../support/hub.ts";
import { openPaths } from "../../support/uns-plant.ts";

describe("the path of a metric", () => {
  it("is the place of its device and its name, and leads back to it", () => {
    const plant = openPaths();
    plant.born("acme:dallas", "line1", "press", ["Hydraulics/Pressure", "50%", "_state", "a//b"]);

    const paths = ["Hydraulics/Pressure", "50%25", "_state", "a//b"].map((name) => {
      const id = plant.id(`acme%3Adallas/line1/press/${name}`);
      const path = plant.paths.pathOf(id);
      assert.equal(plant.paths.find(path ?? ""), id);
      return path;
    });

    assert.deepEqual(paths, [
      "acme/dallas/line1/press/Hydraulics/Pressure",
      "acme/dallas/line1/press/50%25",
      "acme/dallas/line1/press/%5Fstate",
      "acme/dallas/line1/press/a//b",
    ]);
  });

  it("of an edge node itself stands under Sparkplug's top", () => {
    const plant = openPaths();
    plant.born("acme", "gw", "d", ["x"]);

    assert.equal(plant.paths.pathOf(plant.id("acme/gw/bdSeq")), "spBv1.0/acme/gw/bdSeq");
    assert.equal(plant.paths.find("spBv1.0/acme/gw/bdSeq"), plant.id("acme/gw/bdSeq"));
    assert.deepEqual(plant.findings.findings(), []);
  });

  it("of a device without a rule is told, once for the device", () => {
    const plant = openPaths([{ method: "device" }]);
    plant.born("g", "n", "d", ["x", "y"]);

    const found = plant.findings.findings();

    assert.equal(plant.paths.pathOf(plant.id("g/n/d/x")), "unplaced/g/n/d/x");
    assert.equal(plant.paths.find("unplaced/g/n/d/x"), plant.id("g/n/d/x"));
    assert.deepEqual(
      found.map(({ code, subject, because }) => [code, subject, because]),
      [["U01", "device g/n/d", "no rule is for it"]],
    );
  });

  it("with more folders than the tree makes is found all the same", () => {
    const plant = openPaths();
    const deep = Array.from({ length: 40 }, (_, at) => `f${at}`).join("/");
    plant.born("g", "n", "d", [deep]);

    const id = plant.paths.find(`g/n/d/${deep}`);

    assert.equal(plant.paths.pathOf(id ?? -1), `g/n/d/${deep}`);
  });

  it("is found only as it is written", () => {
    const plant = openPaths();
    plant.born("g", "n", "d", ["x y", "a/b"]);

    assert.notEqual(plant.paths.find("g/n/d/x y"), undefined);
    assert.equal(plant.paths.find("g/n/d/x%20y"), undefined);
    assert.equal(plant.paths.find("g/n/d/a%2Fb"), undefined);
    assert.equal(plant.paths.find("g/n"), undefined);
  });
});

describe("two devices that want one place", () => {
  const rules = [{ method: "map", path: "acme/{device}" }];

  it("are both named in a finding; the first one keeps it", () => {
    const plant = openPaths(rules);
    plant.born("g", "n1", "press", ["x"]);
    plant.born("g", "n2", "press", ["x"]);

    const [found] = plant.findings.findings();

    assert.equal(plant.paths.pathOf(plant.id("g/n1/press/x")), "acme/press/x");
    assert.equal(plant.paths.pathOf(plant.id("g/n2/press/x")), "unplaced/g/n2/press/x");
    assert.equal(plant.paths.find("acme/press/x"), plant.id("g/n1/press/x"));
    assert.deepEqual([found?.code, found?.subject], ["U02", "device g/n2/press"]);
    assert.match(found?.because ?? "", /g\/n1\/press stands at acme\/press already.*g\/n2\/press/);
    assert.equal(plant.lines.length, 1);
  });

  it("stay where they are after a restart in which the other one is born first", (t) => {
    const file = join(tempDir(t), "places.json");
    const before = openPaths(rules, file);
    before.born("g", "n1", "press", ["x"]);
    before.born("g", "n2", "press", ["x"]);

    const after = openPaths(rules, file);
    after.born("g", "n2", "press", ["x"]);
    after.born("g", "n1", "press", ["x"]);

    assert.deepEqual(JSON.parse(readFileSync(file, "utf8")), { "acme/press": "g/n1/press" });
    assert.equal(after.paths.pathOf(after.id("g/n1/press/x")), "acme/press/x");
    assert.equal(after.paths.pathOf(after.id("g/n2/press/x")), "unplaced/g/n2/press/x");
    assert.equal(after.findings.findings().length, 1);
  });

  it("no longer do when the rules put the first one elsewhere", (t) => {
    const file = join(tempDir(t), "places.json");
    const before = openPaths(rules, file);
    before.born("g", "n1", "press", ["x"]);
    before.born("g", "n2", "press", ["x"]);

    const after = openPaths(
      [{ method: "map", node: "n1", device: "press", path: "acme/other" }, ...rules],
      file,
    );
    after.born("g", "n2", "press", ["x"]);

    assert.equal(after.paths.pathOf(after.id("g/n2/press/x")), "acme/press/x");
    assert.deepEqual(after.findings.findings(), []);
  });
});

describe("two metrics that want one path", () => {
  it("because a device stands below another are both named; the first one keeps it", () => {
    const plant = openPaths([{ method: "device" }]);
    plant.born("g", "n", "a:b", ["c/d", "c/e"]);
    plant.born("g", "n", "a:b:c", ["d", "f"]);

    const [found] = plant.findings.findings();

    assert.equal(plant.paths.pathOf(plant.id("g/n/a%3Ab/c/d")), "a/b/c/d");
    assert.equal(plant.paths.find("a/b/c/d"), plant.id("g/n/a%3Ab/c/d"));
    const moved = plant.id("g/n/a%3Ab%3Ac/d");
    assert.equal(plant.paths.pathOf(moved), "unplaced/g/n/a:b:c/d");
    assert.equal(plant.paths.find("unplaced/g/n/a:b:c/d"), moved);
    assert.equal(plant.paths.find("unplaced/g/n/a:b:c/f"), undefined);
    assert.equal(plant.paths.find("a/b/c/f"), plant.id("g/n/a%3Ab%3Ac/f"));
    assert.match(
      found?.because ?? "",
      /g\/n\/a:b c\/d stands at a\/b\/c\/d already.*g\/n\/a:b:c d/,
    );
  });
});

describe("a metric and a folder at one path", () => {
  it("are told apart: the path is that of the metric", () => {
    const plant = openPaths();
    plant.born("a", "b", "b", ["a/"]);
    plant.born("a:b", "b", "a", ["/x"]);

    assert.equal(plant.paths.find("a/b/b/a/"), plant.id("a/b/b/a/"));
    assert.equal(plant.paths.find("a/b/b/a//x"), plant.id("a%3Ab/b/a//x"));
  });
});

describe("paths of any plant", () => {
  const id = fc.constantFrom("a", "b", "a:b", "b:a", "a:b:c", "c", "+", "_x", "%2F", " ");
  const device = fc.record({
    group: fc.constantFrom("g", "a", "a:b", "$x", "unplaced"),
    node: fc.constantFrom("n", "b", "c"),
    device: id,
    metrics: fc.array(
      fc.constantFrom("a", "b", "c", "a/b", "b/c", "c/a/b", "_state", "a/", "/a", "%", "x/set"),
      { minLength: 1, maxLength: 6 },
    ),
  });
  const rules = fc.constantFrom<unknown>(
    undefined,
    [{ method: "device" }, { method: "group" }],
    [{ method: "levels", enterprise: "a" }],
    [{ method: "map", path: "a/{device}" }],
    [
      { method: "device", group: "a*" },
      { method: "map", path: "{group.2}/{device}" },
    ],
  );

  it("are never of two metrics, lead back, can be topics, and are the same after a restart", () => {
    fc.assert(
      fc.property(rules, fc.array(device, { maxLength: 8 }), (placement, devices) => {
        const plant = openPaths(placement);
        for (const one of devices) plant.born(one.group, one.node, one.device, one.metrics);
        const metrics = Array.from({ length: plant.tree.rows.size }, (_, row) => row).filter(
          (row) => plant.tree.rows.isMetric(row) && row > 0,
        );

        const paths = metrics.map((row) => plant.paths.pathOf(row) ?? "none");
        const again = plant.open();

        assert.equal(new Set(paths).size, metrics.length, paths.join(" "));
        assert.deepEqual(
          paths.map((path) => plant.paths.find(path)),
          metrics,
        );
        assert.deepEqual(
          metrics.map((row) => again.pathOf(row)),
          paths,
        );
        assert.ok(paths.every((path) => !/[+#\0]|^\$|\/_/.test(path)));
      }),
      { numRuns: 500 },
    );
  });

  it("are all found by looking around from the top", () => {
    fc.assert(
      fc.property(rules, fc.array(device, { maxLength: 6 }), (placement, devices) => {
        const plant = openPaths(placement);
        for (const one of devices) plant.born(one.group, one.node, one.device, one.metrics);

        const seen = new Map<number, string>();
        const walk = (path: string): void => {
          for (const row of browse({ ...plant, sees: () => true }, path) ?? []) {
            if (row.kind === "metric" && row.id !== undefined) seen.set(row.id, row.path);
            else walk(row.path);
          }
        };
        walk("");

        for (const [row, path] of seen) assert.equal(plant.paths.pathOf(row), path);
        assert.equal(seen.size, plant.tree.rows.counts(0).metrics);
      }),
      { numRuns: 300 },
    );
  });
});
