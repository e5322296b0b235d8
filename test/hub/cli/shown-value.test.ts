import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonText, jsonValue, qualityWord } from "../../../hub/src/cli/shown-value.ts";
import { wireQuality } from "../../../hub/src/feed/tree-view.ts";
import type { TreeQuality } from "../../../hub/src/tree/index.ts";

describe("a value of the feed for programs", () => {
  it("is exact and of its own type; what JSON cannot say is null", () => {
    const values = [
      jsonValue(12874.312345678, "Double"),
      jsonValue("PB-1", "String"),
      jsonValue(null, "String"),
      jsonValue(true, "Boolean"),
      jsonValue({ i64: "18446744073709551615" }, "UInt64"),
      jsonValue({ f: "NaN" }, "Float"),
      jsonValue(0, "DateTime"),
      jsonValue({ b: 3 }, "Bytes"),
      jsonValue(1_000_000_000_000_000_000n, "Double"), // as http.ts reads a number beyond 2^53
    ];

    const text = jsonText(values);

    assert.equal(
      text,
      '[12874.312345678,"PB-1",null,true,18446744073709551615,null,"1970-01-01T00:00:00.000Z","3 bytes",1000000000000000000]',
    );
  });

  it("has a word for every quality of the tree, silent ones included", () => {
    const qualities: readonly TreeQuality[] = [
      "good",
      "stale",
      "offline",
      "bad",
      "uncertain",
      "none",
    ];

    assert.deepEqual(
      qualities.map((quality) => qualityWord(wireQuality(quality))),
      qualities,
    );
    assert.equal(qualityWord(wireQuality("last-known")), "last known");
    assert.equal(qualityWord(7), "silent");
  });
});
