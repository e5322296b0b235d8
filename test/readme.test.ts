import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

const ROOT = join(import.meta.dirname, "..");

describe("the README", () => {
  it("shows the first configuration as it stands in examples/gateway.yaml", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    const example = readFileSync(join(ROOT, "examples/gateway.yaml"), "utf8");

    const shown = /```yaml\n([^`]*)```/.exec(readme)?.[1];

    assert.equal(shown, example.slice(example.indexOf("hub:")));
  });
});
