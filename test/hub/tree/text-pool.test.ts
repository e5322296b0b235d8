import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import { AliasTable, UNKNOWN } from "../../../hub/src/tree/alias-table.ts";
import { NO_TEXT, TextPool } from "../../../hub/src/tree/text-pool.ts";

describe("a pool of texts", () => {
  it("gives each distinct text one number and gives the text back, whatever its letters", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" })), (texts) => {
        const pool = new TextPool();
        const ids = texts.map((text) => pool.add(text));

        assert.deepEqual(
          ids.map((id) => pool.text(id)),
          texts,
        );
        assert.deepEqual(
          texts.map((text) => pool.find(text)),
          ids,
        );
        assert.equal(pool.size, new Set(texts).size);
      }),
    );
  });

  it("holds many and long ones, and knows what it does not hold", () => {
    const pool = new TextPool();
    const long = "ü".repeat(20_000);
    const ids = Array.from({ length: 50_000 }, (_, at) => pool.add(`name ${at}`));
    pool.add(long);

    assert.deepEqual([pool.find("name 49999"), pool.find(long)], [ids.at(-1), 50_000]);
    assert.equal(pool.text(50_000), long);
    assert.equal(pool.find("name 50000"), NO_TEXT);
  });
});

describe("a table of aliases", () => {
  it("finds what a birth announced, close together or far apart, and nothing else", () => {
    const anyAlias = fc.oneof(
      fc.nat({ max: 300 }),
      fc.nat(),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
    );
    fc.assert(
      fc.property(fc.array(anyAlias), anyAlias, (aliases, other) => {
        const ids = aliases.map((_, at) => at);
        const table = new AliasTable(aliases, ids);
        const expected = new Map(aliases.map((alias, at) => [alias, at]));

        for (const alias of [...aliases, other]) {
          assert.equal(table.get(alias), expected.get(alias) ?? UNKNOWN);
        }
      }),
    );
  });
});
