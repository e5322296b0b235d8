/** What docs/commands.md shows is what the hub takes and answers. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { commandsSection } from "../../../hub/src/command/index.ts";

const ROOT = join(import.meta.dirname, "../../..");
const text = readFileSync(join(ROOT, "docs/commands.md"), "utf8");

describe("docs/commands.md", () => {
  it("shows a section that the hub takes, with the usual values", () => {
    const [, yaml = ""] = /```yaml\n([^]*?)```/.exec(text) ?? [];
    const { commands } = z.object({ commands: z.unknown() }).parse(parse(yaml));

    const shown = commandsSection.parse(commands);
    const usual = commandsSection.parse({});

    assert.equal(shown.rules.length, 3);
    assert.deepEqual({ ...shown, rules: [] }, usual);
  });

  it("names every outcome and every reason for a refusal", () => {
    const source = readFileSync(join(ROOT, "hub/src/command/outcome.ts"), "utf8");
    const [codes = "", ...rest] = source.split("export interface Refusal");
    const names = [
      ...codes.matchAll(/\| "([A-Z_]+)"/g),
      ...rest.join("").matchAll(/result: ((?:"[a-z]+"(?: \| )?)+)/g),
    ].flatMap(([, found = ""]) => found.replaceAll('"', "").split(" | "));

    assert.ok(names.length >= 20, names.join(" "));
    assert.deepEqual(
      names.filter((name) => !text.includes(`\`${name}\``)),
      [],
    );
  });
});
