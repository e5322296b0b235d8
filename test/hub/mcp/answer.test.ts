import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_ANSWER_BYTES, toolResult } from "../../../hub/src/mcp/answer.ts";
import { cut, cutTexts, cutValue, quoted } from "../../../hub/src/mcp/texts.ts";
import { valueJson } from "../../../hub/src/tree/index.ts";

describe("an answer of a tool", () => {
  it("says the same as text and as structure, with integers as they are", () => {
    const value = valueJson(2n ** 63n - 1n);

    const answer = toolResult({ result: { value, none: undefined } });

    assert.equal(answer.content[0]?.text, '{"value":9223372036854775807}');
    assert.match(JSON.stringify(answer.structuredContent), /:9223372036854775807\}/);
  });

  it("stays below 64 KB, whatever is in its list, and says what is missing", () => {
    for (const text of ["short", "“ä”".repeat(100), "\u0000".repeat(300)]) {
      const found = Array.from({ length: 5000 }, (_, index) => ({ index, text }));

      const answer = toolResult({ result: { count: 5000, found }, list: "found" });

      const { found: shown, count, cut: says } = answer.structuredContent;
      assert.ok(Buffer.byteLength(JSON.stringify(answer)) < MAX_ANSWER_BYTES);
      assert.ok(Array.isArray(shown) && shown.length > 10 && shown.length < 5000);
      assert.deepEqual(shown, found.slice(0, shown.length));
      assert.equal(count, 5000);
      assert.match(String(says), new RegExp(`^${shown.length} of 5000 are shown`));
    }
  });

  it("holds nothing but a sentence when even one item is too large", () => {
    const answer = toolResult({ result: { found: ["x".repeat(100_000)] }, list: "found" });

    assert.match(answer.content[0]?.text ?? "", /^\{"cut":"the answer would be larger/);
  });
});

describe("texts of devices", () => {
  it("are cut at 1 KB, wherever they stand, and quoted in sentences", () => {
    const long = "y".repeat(5000);

    assert.equal(cut(long).length, 1025);
    assert.equal(cutValue(long), cut(long));
    assert.deepEqual(cutTexts({ a: [long, 1, null], b: { c: "short" } }), {
      a: [cut(long), 1, null],
      b: { c: "short" },
    });
    assert.equal(quoted('a"\nb'), String.raw`"a\"\nb"`);
  });

  it("and values that are long lists are cut, and say how long they are", () => {
    const list = Array.from({ length: 10_000 }, (_, index) => index);

    const shown = cutValue(list);

    assert.partialDeepStrictEqual(shown, { letters: JSON.stringify(list).length });
    assert.deepEqual(cutValue([1, 2]), [1, 2]);
  });
});
