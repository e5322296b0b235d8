/** Findings and explanations, as the page reads, sorts and filters them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  fitting,
  parseExplanation,
  parseFindings,
  pathOfTopic,
} from "../../uns-browser/lib/findings.ts";

const NOW = 10_000_000;
const GAP = {
  code: "SEQ_GAP",
  title: "A gap in the sequence",
  level: "observe",
  clientId: "press-4",
  topic: "spBv1.0/g/DDATA/e/d",
  ids: ["tck-id-1", 7],
  count: 3,
  firstAt: 1000,
  lastAt: NOW - 5000,
};
const OLD = { ...GAP, code: "OLD", level: "reject", firstAt: 500, lastAt: 600 };
const ANYTHING = { text: "", level: "all", withinMs: null } as const;

const codes = (filter: object): readonly string[] => {
  const found = parseFindings({ now: NOW, findings: [GAP, OLD, { ...GAP, count: "x" }, null] });
  return found === null ? [] : fitting(found, { ...ANYTHING, ...filter }).map(({ code }) => code);
};

describe("findings", () => {
  it("come with the worst first, and without what is of another shape", () => {
    assert.deepEqual(codes({}), ["OLD", "SEQ_GAP"]);
    assert.equal(parseFindings([]), null);
  });

  it("are filtered by every word, by severity and by age", () => {
    assert.deepEqual(codes({ text: "PRESS-4 gap" }), ["OLD", "SEQ_GAP"]);
    assert.deepEqual(codes({ text: "weld" }), []);
    assert.deepEqual(codes({ level: "reject" }), ["OLD"]);
    assert.deepEqual(codes({ withinMs: 60_000 }), ["SEQ_GAP"]);
  });

  it("lead to the edge node or device on whose topic they were seen", () => {
    assert.equal(pathOfTopic("spBv1.0/g/DDATA/e/d"), "g/e/d");
    assert.equal(pathOfTopic("spBv1.0/my group/NBIRTH/e"), "my%20group/e");
    assert.equal(pathOfTopic("$sparkplug/certificates/spBv1.0/g/NBIRTH/e"), "g/e");
    assert.equal(pathOfTopic("spBv1.0/STATE/host"), null);
  });
});

describe("an explanation", () => {
  it("is the verdict and the hops that this page knows", () => {
    const hop = { hop: "guard", status: "broken", says: "It refuses.", evidence: [] };

    const explanation = parseExplanation({
      verdict: { status: "broken", says: "It refuses.", todo: "Look." },
      hops: [hop, { ...hop, status: "new" }],
    });

    assert.equal(explanation?.todo, "Look.");
    assert.deepEqual(explanation.hops, [
      { name: "guard", status: "broken", says: "It refuses.", todo: null },
    ]);
    assert.equal(parseExplanation({ hops: [] }), null);
  });
});
