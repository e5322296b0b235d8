import assert from "node:assert/strict";
import { appendFileSync, statSync, writeFileSync } from "node:fs";
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

  it("is found anywhere in a trail of more than is looked through at once, by number and by time", async (t) => {
    const file = join(tempDir(t), "audit.jsonl");
    const reason = "long ".repeat(800);
    const lines = Array.from({ length: 10_000 }, (_, index) =>
      JSON.stringify({
        number: index + 1,
        at: new Date(index * 60_000).toISOString(),
        object: "valve",
        reason,
      }),
    );
    writeFileSync(file, `${lines.join("\n")}\n`);
    const numbersOf = async (question: object): Promise<readonly number[]> => {
      const page = await auditPage(file, { limit: 3, fits: EVERYTHING, ...question });
      return page.lines.map(({ number }) => number);
    };

    assert.ok(statSync(file).size > 36_000_000);
    assert.deepEqual(await numbersOf({ before: 5 }), [2, 3, 4]);
    assert.deepEqual(await numbersOf({ before: 5001 }), [4998, 4999, 5000]);
    assert.deepEqual(await numbersOf({ from: 60_000, to: 180_000 }), [2, 3]);
    assert.deepEqual(await numbersOf({ from: 599_940_000 }), [10_000]);
    assert.deepEqual(await numbersOf({ to: 0 }), []);
  });

  it("is found where lines say no time", async (t) => {
    const file = join(tempDir(t), "audit.jsonl");
    const reason = "long ".repeat(80);
    const lines = Array.from({ length: 2000 }, (_, index) =>
      JSON.stringify({ number: index + 1, object: "valve", reason }),
    );
    writeFileSync(file, `${lines.join("\n")}\n`);

    const page = await auditPage(file, { limit: 2, fits: EVERYTHING });

    assert.deepEqual(
      page.lines.map(({ number }) => number),
      [1999, 2000],
    );
  });
});
