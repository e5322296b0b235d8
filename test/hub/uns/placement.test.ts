import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  levelOf,
  levelsOfName,
  nameOf,
  placementOf,
  unsSection,
} from "../../../hub/src/uns/placement/index.ts";
import { topLevelOf } from "../../../hub/src/uns/placement/names.ts";
import { placementIn } from "../../support/uns-plant.ts";

type Ids = readonly [group: string, node: string, device?: string];

/** The path that rules give, or why there is none. */
function placed(placement: unknown, [groupId, edgeNodeId, deviceId]: Ids): string {
  const answer = placementOf(placementIn(placement))({ groupId, edgeNodeId, deviceId });
  return answer.kind === "placed" ? answer.path : `! ${answer.because}`;
}

function problemsOf(uns: unknown): readonly string[] {
  const { error } = unsSection.safeParse(uns);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}

describe("a placement rule", () => {
  const table: readonly (readonly [what: string, rules: unknown, ids: Ids, path: string])[] = [
    [
      "takes the parts of the group first",
      undefined,
      ["acme:dallas", "line1", "press"],
      "acme/dallas/line1/press",
    ],
    [
      "leaves a group without delimiter whole",
      undefined,
      ["Plant1", "gw", "press"],
      "Plant1/gw/press",
    ],
    [
      "does not place edge nodes unless it says so",
      undefined,
      ["acme", "gw"],
      "! no rule is for it",
    ],
    [
      "places edge nodes with `places: all`",
      [{ method: "group", places: "all" }],
      ["acme:x", "gw"],
      "acme/x/gw",
    ],
    [
      "refuses a group with an empty part",
      undefined,
      ["acme::x", "gw", "d"],
      "! rule 1 fits, but its group has an empty part",
    ],
    [
      "takes the parts of the device alone",
      [{ method: "device" }],
      ["any", "gw1", "acme:dallas:press01"],
      "acme/dallas/press01",
    ],
    [
      "by device passes over those without the delimiter",
      [{ method: "device" }, { method: "group" }],
      ["any", "gw1", "press01"],
      "any/gw1/press01",
    ],
    [
      "by levels puts the enterprise before",
      [{ method: "levels", enterprise: "acme" }],
      ["dallas", "line1", "cell2"],
      "acme/dallas/line1/cell2",
    ],
    [
      "maps one device to a path",
      [{ method: "map", group: "g", node: "n", device: "d", path: "acme/a/b" }],
      ["g", "n", "d"],
      "acme/a/b",
    ],
    [
      "maps by pattern and template",
      [{ method: "map", node: "gw-*", path: "acme/{group.2}/{node}-{device}" }],
      ["x:y", "gw-1", "d"],
      "acme/y/gw-1-d",
    ],
    [
      "whose template finds nothing leaves it to the next",
      [{ method: "map", path: "a/{group.3}/{device}" }, { method: "group" }],
      ["x:y", "n", "d"],
      "x/y/n/d",
    ],
    [
      "that is not for this group leaves it to the next",
      [
        { method: "levels", enterprise: "a", group: "P*" },
        { method: "levels", enterprise: "b" },
      ],
      ["Q1", "n", "d"],
      "b/Q1/n/d",
    ],
    [
      "escapes what a topic cannot have",
      [{ method: "levels", enterprise: "a" }],
      ["50%", "n 1", " d"],
      "a/50%25/n 1/%20d",
    ],
    ["never begins with $ or a top of the hub", undefined, ["$SYS", "n", "d"], "%24SYS/n/d"],
    ["keeps Sparkplug's own top free", undefined, ["spBv1.0", "n", "d"], "%73pBv1.0/n/d"],
    ["keeps the top of the unplaced free", undefined, ["unplaced", "n", "d"], "%75nplaced/n/d"],
    [
      "fills a gap with one level, whatever the id",
      [{ method: "map", path: "a/{device}" }],
      ["g", "n", "_state"],
      "a/%5Fstate",
    ],
  ];
  for (const [what, rules, ids, path] of table) {
    it(what, () => {
      assert.equal(placed(rules, ids), path);
    });
  }
});

describe("the section uns", () => {
  const table: readonly (readonly [what: string, uns: unknown, problem: RegExp])[] = [
    [
      "a path that all devices would share",
      { placement: [{ method: "map", path: "acme/x" }] },
      /placement\.0\.path: .*use \{device\}/,
    ],
    [
      "an unknown gap",
      { placement: [{ method: "map", path: "acme/{devise}", device: "d" }] },
      /gap that is none of/,
    ],
    [
      "a wildcard in a path",
      { placement: [{ method: "map", path: "acme/+/{device}" }] },
      /cannot have "\+" as a level/,
    ],
    [
      "an empty level",
      { placement: [{ method: "levels", enterprise: "acme//x" }] },
      /has an empty level/,
    ],
    [
      "a top of Sparkplug",
      { projection: { root: "spBv1.0" } },
      /projection\.root: .*cannot begin with "spBv1.0"/,
    ],
    [
      "a top that clients do not see",
      { projection: { root: "$uns" } },
      /cannot begin with "\$uns"/,
    ],
    [
      "a rule behind one that takes all",
      { placement: [{ method: "group", places: "all" }, { method: "group" }] },
      /placement\.1: is never reached/,
    ],
    ["no rule at all", { placement: [] }, /name at least one rule/],
    [
      "a filter that is none",
      { projection: { topics: ["acme/#/x"] } },
      /"acme\/#\/x" is not a filter/,
    ],
    ["a root of its own for umh", { projection: { format: "umh", root: "x" } }, /umh\/v1/],
    ["an unknown key", { projection: { formt: "umh" } }, /formt/],
    ["an unknown method", { placement: [{ method: "guess" }] }, /placement\.0\.method/],
  ];
  for (const [what, uns, problem] of table) {
    it(`refuses ${what}`, () => {
      assert.match(problemsOf(uns).join("\n"), problem);
    });
  }

  it("places by the group and publishes nothing when it is left out", () => {
    const config = unsSection.parse({});

    assert.deepEqual(config.placement, [{ method: "group", delimiter: ":", places: "devices" }]);
    assert.equal(config.projection, undefined);
  });
});

describe("a level", () => {
  const name = fc.string({
    unit: fc.constantFrom(
      "a",
      "B",
      "%",
      "+",
      "#",
      "/",
      " ",
      "_",
      "$",
      "\0",
      "\u007f",
      "é",
      "😀",
      ".",
      "2",
    ),
    maxLength: 8,
  });

  it("is read back as the name it was made of, and can stand in a topic", () => {
    fc.assert(
      fc.property(name, (text) => {
        const level = levelOf(text.replaceAll("/", ""));

        assert.equal(nameOf(level), text.replaceAll("/", ""));
        assert.doesNotMatch(level, /[+#\0/]|^_|^\s|\s$/);
      }),
      { numRuns: 3000 },
    );
  });

  it("of two names is never the same, first or later", () => {
    fc.assert(
      fc.property(name, name, (a, b) => {
        for (const write of [levelOf, topLevelOf, levelsOfName])
          assert.equal(write(a) === write(b), a === b);
      }),
      { numRuns: 3000 },
    );
  });
});
