import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { provedBy } from "../../scripts/citations.ts";
import { missing, readCoverage, type Standing } from "../../scripts/conformance.ts";

/** What may be without proof. Nothing is added here without a word why in `sparkplug-ids.json`. */
const OPEN_OF_EDGE_NODE = [
  "intro-edge-node-id-uniqueness",
  "topic-structure-namespace-unique-edge-node-descriptor",
  "payloads-nbirth-edge-node-descriptor",
];

const { standings, unknown } = await readCoverage();

function openOf(roles: readonly string[]): readonly Standing[] {
  return standings.filter(
    ({ state, statement }) => state !== "proved" && roles.includes(statement.role),
  );
}

describe("the coverage of Sparkplug 3.0", () => {
  it("counts every one of the 299 testable statements once", () => {
    assert.equal(standings.length, 299);
    assert.equal(new Set(standings.map(({ statement }) => statement.id)).size, 299);
  });

  it("has a mark and a proof for everything that an edge node or host can be tested for", async () => {
    assert.deepEqual(missing({ standings, unknown }), []);
  });

  it("leaves open for edge node and host exactly what no test can see, and says why", () => {
    const open = openOf(["E", "H", "EH"]);

    assert.deepEqual(
      open.map(({ statement }) => statement.id),
      OPEN_OF_EDGE_NODE,
    );
    for (const { statement } of open) assert.match(statement.untestable ?? "", /\w+ \w+/);
  });

  it("cites no id that the standard does not have", () => {
    assert.deepEqual(unknown, []);
  });
});

const id = (name: string): string => `[tck-id-${name}]`;
const ids = (text: string): readonly string[] =>
  provedBy(text, "a.test.ts").map((citation) => citation.id);

describe("a proof", () => {
  it("is a test that says so in its title", () => {
    const text = [
      `  it("one ${id("a")}", () => {});`,
      `  it(\n    "two " +\n      "${id("b")}" +\n      \` ${id("c")}\`,\n    () => {},\n  );`,
      `  test('three ${id("d")}', { timeout: 1 }, () => {});`,
    ].join("\n");

    assert.deepEqual(ids(text), ["a", "b", "c", "d"]);
    assert.equal(provedBy(text, "a.test.ts")[1]?.place, "a.test.ts:2");
  });

  it("is no comment, no other text, and nothing that is skipped", () => {
    const nothing = [
      `// it("${id("a")}", () => {});`,
      `/* it("${id("a")}", () => {}); */`,
      `/**\n it("${id("a")}", () => {});\n*/`,
      `const text = "${id("a")}";`,
      `assert.equal(x, "${id("a")}");`,
      `describe("group ${id("a")}", () => {});`,
      `it("plain", () => assert.ok("${id("a")}"));`,
      `it.skip("${id("a")}", () => {});`,
      `it.todo("${id("a")}");`,
      `it("${id("a")}", { skip: true }, () => {});`,
      `it("${id("a")}", { todo: "later" }, () => {});`,
      `describe.skip("group", () => {\n  it("${id("a")}", () => {});\n});`,
    ];

    for (const text of nothing) assert.deepEqual(ids(text), [], text);
  });
});
