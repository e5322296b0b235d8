/** The language of the filter: what each part means, and what is said of parts that mean nothing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assert as holds, property, string } from "fast-check";
import { find, Sight, type GatherFacts, type MetricFacts } from "../../../hub/src/feed/index.ts";
import { parseFilter } from "../../../hub/src/feed/filter-text.ts";
import { EVERYTHING } from "../../../hub/src/identity/index.ts";
import { joinPath, NodeSessions, UnsTree } from "../../../hub/src/tree/index.ts";
import { dbirth, message, nbirth, SOURCE_TIME, speed } from "../../support/sparkplug-messages.ts";

const NOW = SOURCE_TIME + 120_000;

/** `g/e/d` with Motor/Speed (1200 rpm, read and write) and ok; `g/oven` with temperatures that are old, and a text. */
function plantTree(): UnsTree {
  const tree = new UnsTree();
  const sessions = new NodeSessions(tree, () => undefined);
  sessions.apply(nbirth());
  sessions.apply(dbirth());
  const zone = (name: string, value: number | null, alias: number) =>
    ({ name, alias, datatype: "Float", tellDatatype: true, value, timestamp: NOW - 5000 }) as const;
  sessions.apply(
    message(
      "DBIRTH/e/oven",
      [
        zone("zone_1", 80, 11),
        zone("zone_12", 91.5, 12),
        zone("zone.x", null, 13),
        {
          name: "Recipe A-11",
          datatype: "String",
          tellDatatype: true,
          value: "A-117",
          timestamp: NOW,
        },
      ],
      2,
    ),
  );
  sessions.apply(message("DDEATH/e/d", [], 3));
  return tree;
}

const refused: GatherFacts = () => Promise.resolve(undefined);

describe("the filter", () => {
  const tree = plantTree();
  const sight = new Sight(tree, EVERYTHING);
  /** Of the oven an adapter knows the addresses, a client its node; the speed of the device has a plain topic. */
  const facts: MetricFacts = {
    sources: (id) => (isOven(id) ? ["press", "modbus"] : []),
    address: (id) => (isOven(id) ? `hr:${tree.rows.name(id).length}` : undefined),
    client: (id) => (isOven(id) ? "gw-oven" : "gw-press"),
    isRetained: (id) => tree.rows.name(id) === "Speed",
    violations: (id) => (isOven(id) ? 0 : 3),
  };
  const isOven = (id: number): boolean => tree.segments(id).includes("oven");
  const gather: GatherFacts = () => Promise.resolve(facts);
  /** Names of the metrics that fit, with those of their folders. */
  const fitting = async (filter: string): Promise<readonly string[]> => {
    const { rows, hits } = await find(sight, "run", { filter, limit: 100, now: NOW, gather });
    const metrics = rows.filter(({ kind }) => kind === "metric");
    assert.equal(hits, metrics.length);
    return metrics.map(({ id }) => joinPath(tree.segments(id)).split("/").slice(2).join("/"));
  };

  const OVEN = ["oven/zone_1", "oven/zone_12", "oven/zone.x", "oven/Recipe%20A-11"];
  const CASES: readonly (readonly [filter: string, fits: readonly string[]])[] = [
    ["SPEED mot", ["d/Motor/Speed"]],
    ["oven", OVEN],
    ["oven -zone", ["oven/Recipe%20A-11"]],
    ["src:modbus zone_1", ["oven/zone_1", "oven/zone_12"]],
    ["src:PRESS -zone", ["oven/Recipe%20A-11"]],
    ["addr:hr:6", ["oven/zone_1", "oven/zone.x"]],
    ["addr:hr:* zone_12", ["oven/zone_12"]],
    ["client:gw-o*", OVEN],
    ["node:e-* | device:ov.n | zone_12", ["oven/zone_12"]],
    ["retained:yes", ["d/Motor/Speed"]],
    ["device:d retained:no", ["d/ok"]],
    ["device:d violations>2", ["d/Motor/Speed", "d/ok"]],
    ["violations<1 zone_12", ["oven/zone_12"]],
    ['"oven/zone_1"', ["oven/zone_1"]],
    ['"Recipe A-11"', ["oven/Recipe%20A-11"]],
    ['"zone"', []],
    ["/^zone_\\d+$/", ["oven/zone_1", "oven/zone_12"]],
    ["g/+/oven/#", OVEN],
    ["g/+/+/ok", ["d/ok"]],
    ["+/oven/#", []],
    ["q:good device:oven", OVEN],
    ["q:stale,offline device:d", ["d/Motor/Speed", "d/ok"]],
    ["-q:good device:*", ["d/Motor/Speed", "d/ok"]],
    ["type:float", ["oven/zone_1", "oven/zone_12", "oven/zone.x"]],
    ["type:int*", ["bdSeq", "d/Motor/Speed"]],
    ["unit:RPM", ["d/Motor/Speed"]],
    ["group:g node:e* device:ov*", OVEN],
    ["alias:12", ["oven/zone_12"]],
    ["writable:yes device:d", ["d/Motor/Speed"]],
    ["value>85 type:float", ["oven/zone_12"]],
    ["value<1200 value>90", ["oven/zone_12"]],
    ["value=91.50", ["oven/zone_12"]],
    ["value=true", ["d/ok"]],
    ["value=null device:oven", ["oven/zone.x"]],
    ["value~a-11", ["oven/Recipe%20A-11"]],
    ["age>1m device:*", ["d/Motor/Speed", "d/ok"]],
    ["changed<10s", OVEN],
    ["speed | zone_12", ["d/Motor/Speed", "oven/zone_12"]],
    ["zone | oven", OVEN],
    ["| speed |", ["d/Motor/Speed"]],
  ];
  for (const [filter, fits] of CASES) {
    it(`finds by ${filter}`, async () => {
      assert.deepEqual([...(await fitting(filter))].toSorted(), [...fits].toSorted());
    });
  }

  const FAULTS: readonly (readonly [filter: string, says: RegExp])[] = [
    ["speed q:bda", /q: is one of good, bad, .* not "bda"/],
    ["speed colour:red", /"colour:" is not known; known are q, type/],
    ["speed /(/", /no regular expression/],
    ["speed /(a+)+$/", /repetition inside a repetition/],
    ["speed a/#/b", /# may only stand at the end/],
    ["speed value>high", /needs a number/],
    ["speed age>5", /write age>5m or age<10s/],
    ["speed unit:", /needs a word/],
    ["speed rate>often", /write rate>5/],
    ["speed violations~1", /write violations>5/],
    ["speed retained:maybe", /is one of yes, no/],
    ['speed ""', /between the quotes/],
  ];
  for (const [filter, says] of FAULTS) {
    it(`says what is wrong with ${filter}, and goes by the rest`, async () => {
      const { faults } = parseFilter(filter);

      assert.equal(faults.length, 1);
      assert.match(faults[0]?.says ?? "", says);
      assert.equal(filter.slice(faults[0]?.at, 99), filter.slice("speed ".length));
      assert.deepEqual(await fitting(filter), ["d/Motor/Speed"]);
    });
  }

  it("finds what usually speaks by the clock and has not for long, and how often it speaks", async () => {
    const talking = new UnsTree();
    const sessions = new NodeSessions(talking, () => undefined);
    sessions.apply({ ...nbirth(), receivedAt: NOW });
    sessions.apply({ ...dbirth(), receivedAt: NOW });
    for (let at = 1; at <= 30; at += 1)
      sessions.apply({ ...speed(at, at + 1), receivedAt: NOW + at * 2000 });
    const spoken = new Sight(talking, EVERYTHING);
    const hits = async (filter: string, now: number): Promise<number> =>
      (await find(spoken, "run", { filter, limit: 9, now, gather })).hits;
    const last = NOW + 60_000;

    assert.deepEqual(
      [await hits("silent", last + 9000), await hits("silent", last + 10_500)],
      [0, 1],
    );
    assert.equal(await hits("speed -silent", last + 10_500), 0);
    assert.deepEqual(
      [await hits("rate>0.4", last + 1000), await hits("rate>0.6", last + 1000)],
      [1, 0],
    );
    assert.equal(await hits("rate>0.4", last + 20_000), 0); // it speaks no more
  });

  it("says which parts somebody may not ask who reads values only", async () => {
    const asked = { filter: "speed client:x", limit: 9, now: NOW, gather: refused };

    const { hits, faults } = await find(sight, "run", asked);

    assert.equal(hits, 0);
    assert.match(faults[0]?.says ?? "", /for those who may read diagnostics/);
  });

  it("tells which words are to be marked", async () => {
    const { marks } = await find(sight, "run", {
      filter: 'mot "Speed" q:bad -x',
      limit: 1,
      now: NOW,
      gather,
    });

    assert.deepEqual(marks, ["mot", "Speed"]);
  });

  it("takes any text whatever, quickly", () => {
    holds(
      property(string({ maxLength: 500 }), (text) => {
        const { groups, faults } = parseFilter(text);
        assert.ok(groups.length > 0);
        for (const { at, length } of faults) assert.ok(at >= 0 && at + length <= text.length);
      }),
    );
  });
});
