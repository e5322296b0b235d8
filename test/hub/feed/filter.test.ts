/** The language of the filter: what each part means, and what is said of parts that mean nothing. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { assert as holds, property, string } from "fast-check";
import { find, Sight } from "../../../hub/src/feed/index.ts";
import { parseFilter } from "../../../hub/src/feed/filter-text.ts";
import { EVERYTHING } from "../../../hub/src/identity/index.ts";
import { joinPath, NodeSessions, UnsTree } from "../../../hub/src/tree/index.ts";
import { dbirth, message, nbirth, SOURCE_TIME } from "../../support/sparkplug-messages.ts";

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

describe("the filter", () => {
  const tree = plantTree();
  const sight = new Sight(tree, EVERYTHING);
  /** Names of the metrics that fit, with those of their folders. */
  const fitting = async (filter: string): Promise<readonly string[]> => {
    const { rows, hits } = await find(sight, "run", { filter, limit: 100, now: NOW });
    const metrics = rows.filter(({ kind }) => kind === "metric");
    assert.equal(hits, metrics.length);
    return metrics.map(({ id }) => joinPath(tree.segments(id)).split("/").slice(2).join("/"));
  };

  const OVEN = ["oven/zone_1", "oven/zone_12", "oven/zone.x", "oven/Recipe%20A-11"];
  const CASES: readonly (readonly [filter: string, fits: readonly string[]])[] = [
    ["SPEED mot", ["d/Motor/Speed"]],
    ["oven", OVEN],
    ["oven -zone", ["oven/Recipe%20A-11"]],
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

  it("tells which words are to be marked", async () => {
    const { marks } = await find(sight, "run", {
      filter: 'mot "Speed" q:bad -x',
      limit: 1,
      now: NOW,
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
