import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Audit, auditPage } from "../../../hub/src/identity/index.ts";
import { tempDir } from "../../support/hub.ts";

const COUNT = 4000;
const EVERYTHING = (): boolean => true;

/** More lines than are read at once, every tenth about a valve. */
function longTrail(t: TestContext): string {
  const file = join(tempDir(t), "audit.jsonl");
  const audit = new Audit({ file, now: () => 0 });
  for (let index = 1; index <= COUNT; index += 1) {
    const object = index % 10 === 0 ? "valve ä" : "pump";
    audit.later({ actor: "user:ann", via: "api", action: "command", object, result: "done" });
  }
  audit.flush();
  return file;
}

describe("a page of the audit trail", () => {
  it("follows the page after it, from the end to the first line, each line once", async (t) => {
    const file = longTrail(t);

    const numbers: number[] = [];
    let before: number | undefined;
    do {
      const page = await auditPage(file, { limit: 700, before, fits: EVERYTHING });
      numbers.unshift(...page.lines.map(({ number }) => number));
      before = page.next;
    } while (before !== undefined);

    assert.deepEqual(
      numbers,
      Array.from({ length: COUNT }, (_, index) => index + 1),
    );
  });

  it("holds what fits, however far from the end, and passes over half a line", async (t) => {
    const file = longTrail(t);
    appendFileSync(file, '{"number":4001,"act');

    const { lines, next } = await auditPage(file, {
      limit: 350,
      fits: ({ object }) => object === "valve ä",
    });

    assert.equal(lines.length, 350);
    assert.equal(lines.at(-1)?.number, COUNT);
    assert.equal(lines[0]?.number, COUNT - 349 * 10);
    assert.ok(next !== undefined && next > COUNT - 350 * 10);
  });
});
