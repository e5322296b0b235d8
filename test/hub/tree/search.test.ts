import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { message, nbirth } from "../../support/sparkplug-messages.ts";
import { openTestTree } from "../../support/sparkplug-tree.ts";

const NAMES = [
  "Line 3/Motor/Speed",
  "Line 3/Motor/Current",
  "Line 4/Motor 3/Speed",
  "Größe/ÜBER",
  "İstanbul/Alarm",
  "a%20b/50%",
  "temp",
];

function openPlant(names: readonly string[] = NAMES) {
  const { tree, sessions } = openTestTree();
  sessions.apply(nbirth());
  const metrics = names.map((name) => {
    return { name, datatype: "Int8", tellDatatype: true, value: 1 } as const;
  });
  sessions.apply(message("DBIRTH/e/Press 1", metrics, 1));
  const found = async (words: string): Promise<readonly string[]> => {
    const { ids } = await tree.search(words, 100);
    return ids.map((id) => tree.segments(id).slice(3).join("/"));
  };
  return { tree, sessions, found };
}

describe("a search", () => {
  const searches: readonly (readonly [string, string, readonly string[]])[] = [
    ["part of a name, any case", "SPEE", ["Line 3/Motor/Speed", "Line 4/Motor 3/Speed"]],
    ["words of several names, in any order", "curr line", ["Line 3/Motor/Current"]],
    ["a name above", "press temp", ["temp"]],
    ["nothing that is cut between two names", "edpress", []],
    ["words across a slash", "3/motor", ["Line 3/Motor/Speed", "Line 3/Motor/Current"]],
    ["whole names between slashes", "3/motor/sp", ["Line 3/Motor/Speed"]],
    ["nothing below a name that only begins so", "4/motor/speed", []],
    ["a path as it stands in an address", "press%201/line%204/", ["Line 4/Motor 3/Speed"]],
    ["letters beyond ASCII", "grö über", ["Größe/ÜBER"]],
    ["letters that change their length", "i̇stan alarm", ["İstanbul/Alarm"]],
    ["percent signs that are part of a name", "a%20b 50%", ["a%20b/50%"]],
    ["nothing of what is not there", "no such", []],
    ["many words with slashes", "3/m 3/mo 3/mot r/s ".repeat(7), ["Line 3/Motor/Speed"]],
    ["more than eight different words", "c u r e n t l i o m 3", ["Line 3/Motor/Current"]],
    ["nothing when the ninth word is elsewhere", "l i n e 3 m o t curr temp", []],
    ["nothing when one of many is not there", `${"3/m ".repeat(28)} x/s`, []],
  ];
  for (const [what, words, expected] of searches) {
    it(`finds ${what}`, async () => {
      const { found } = openPlant();

      assert.deepEqual(await found(words), expected);
    });
  }

  it("finds everything when nothing is asked", async () => {
    const { tree } = openPlant();

    assert.equal((await tree.search(" ", 3)).hits, tree.rows.counts(0).metrics);
    assert.equal((await tree.search(" ", 3)).ids.length, 3);
  });

  it("finds what came after the last one", async () => {
    const { sessions, found } = openPlant();
    await found("fresh");
    const metric = { name: "Fresh", datatype: "Int8", tellDatatype: true, value: 1 } as const;

    sessions.apply(message("DBIRTH/e/later", [metric], 2));

    assert.deepEqual(await found("fresh"), ["Fresh"]);
  });

  it("lets others go on meanwhile", async () => {
    const names = Array.from({ length: 60_000 }, (_, at) => `Folder ${at}/Metric ${at}`);
    const { tree } = openPlant(names);
    const done: string[] = [];

    const search = tree.search("metric 59999", 10).then(({ hits }) => done.push(`${hits} found`));
    const other = nextTurn().then(() => done.push("another"));
    await Promise.all([search, other]);

    assert.deepEqual(done, ["another", "1 found"]);
  });
});
