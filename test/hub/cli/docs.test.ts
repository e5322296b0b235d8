import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { unshub } from "../../support/cli.ts";

const DOCS = join(import.meta.dirname, "../../../docs/cli.md");

describe("docs/cli.md", () => {
  it("shows every command as its help does, and no other", async () => {
    const { out } = await unshub("help");
    const usages = out.split("\n\n").filter((part) => part.startsWith("unshub "));

    const shown = [...readFileSync(DOCS, "utf8").matchAll(/```text\n([^]*?)\n```/g)].map(
      ([, text = ""]) => text.trimEnd(),
    );

    assert.deepEqual(shown, usages);
    assert.ok(shown.length > 25);
  });
});
