import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseConfig } from "../../../hub/src/config/index.ts";
import { unsSection } from "../../../hub/src/uns/placement/index.ts";

const DOCS = readFileSync(join(import.meta.dirname, "../../../docs/uns.md"), "utf8");

describe("docs/uns.md", () => {
  it("shows examples that are right", async () => {
    const examples = Array.from(DOCS.matchAll(/```yaml\n([^`]*)```/g), ([, yaml = ""]) => yaml);

    for (const yaml of examples) {
      const options = { file: "unshub.yaml", checkAdapter: () => Promise.resolve() };
      const { uns } = await parseConfig(`listeners: { mqtt: {} }\n${yaml}`, options);
      assert.ok(uns.placement.length > 0);
    }
    assert.equal(examples.length, 2);
  });

  it("names every key, and the defaults of the projection as they are", () => {
    const { projection = {} } = unsSection.parse({ projection: {} });

    for (const [key, value] of Object.entries(projection)) {
      const text = Array.isArray(value) ? JSON.stringify(value) : String(value);
      const line = DOCS.split("\n").find((each) => each.trim().startsWith(`${key}:`)) ?? "";
      const isNamed =
        key === "topics" ? line.includes(`default ${text}`) : line.includes(`: ${text}`);
      assert.ok(isNamed || (key === "root" && line.includes('""')), `${key}: ${text}`);
    }
  });
});
