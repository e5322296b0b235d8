/** Which lines of a text are others in another one. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changedLines } from "../../../hub/src/configuration/index.ts";

function shown(before: string, after: string): string {
  return changedLines(before, after)
    .map(({ kind, number, text }) => `${kind === "gone" ? "-" : "+"}${number} ${text}`)
    .join("\n");
}

describe("changed lines", () => {
  it("are those that are gone and those that are new, each with its number, and no other", () => {
    assert.equal(shown("a\nb\nc", "a\nb\nc"), "");
    assert.equal(shown("a\nb\nc", "a\nB\nc"), "-2 b\n+2 B");
    assert.equal(shown("a\nb", "a\nnew\nb"), "+2 new");
    assert.equal(shown("a\nb\nc", "c"), "-1 a\n-2 b");
    assert.equal(shown("\na: 1\nb: 2\nc: 3\n", "a: 1\nb: 2\nc: 4\n"), "-1 \n-4 c: 3\n+3 c: 4");
  });

  it("give back the text after when they are applied to the text before, whatever the two are", () => {
    for (let round = 0; round < 200; round += 1) {
      const words = (seed: number): readonly string[] =>
        Array.from(
          { length: (round + seed) % 7 },
          (_, at) => "abc"[(round * seed + at * at) % 3] ?? "",
        );
      const [before, after] = [words(3), words(5)];
      const lines = changedLines(before.join("\n"), after.join("\n"));

      const gone = new Set(lines.flatMap(({ kind, number }) => (kind === "gone" ? [number] : [])));
      const rest = (before.length === 0 ? [""] : [...before]).filter((_, at) => !gone.has(at + 1));
      for (const { kind, number, text } of lines)
        if (kind === "new") rest.splice(number - 1, 0, text);
      assert.deepEqual(rest, after.length === 0 ? [""] : after);
    }
  });
});
