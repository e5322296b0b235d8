import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import opcua from "@unshub/adapter-opcua";
import { parse } from "yaml";
import {
  browseSchema,
  eventSchema,
  methodSchema,
} from "../../../adapters/opcua/src/config/data-schema.ts";
import { entrySchema } from "../../../adapters/opcua/src/config/entry-schema.ts";
import { TAG_KEYS } from "../../../adapters/opcua/src/config/tag-table.ts";

const ROOT = join(import.meta.dirname, "../../..");
const DOCS = readFileSync(join(ROOT, "docs/configuration.md"), "utf8");
const SECTION = DOCS.slice(DOCS.indexOf("\n## OPC UA\n"));

/** The parts of entries that are the adapter's. */
function entriesOf(yaml: string): readonly object[] {
  const file: { adapters: readonly Record<string, unknown>[] } = parse(yaml);
  return file.adapters.map(
    ({ name: _name, protocol: _protocol, group: _group, edgeNode: _node, ...rest }) => rest,
  );
}

describe("docs/configuration.md about OPC UA", () => {
  it("names every key", () => {
    const keys = [entrySchema, browseSchema, eventSchema, methodSchema]
      .flatMap((schema) => Object.keys(schema.shape))
      .concat(TAG_KEYS);

    const unnamed = keys.filter((key) => !SECTION.includes(`\`${key}\``));

    assert.deepEqual(unnamed, []);
  });

  it("shows an example that is right, and so is the adapter's sample", () => {
    const [, example = ""] = /```yaml\n([^`]*)```/.exec(SECTION) ?? [];
    const sample = readFileSync(join(ROOT, "adapters/opcua/sample.yaml"), "utf8");

    const tags = [...entriesOf(example), ...entriesOf(sample)].map(
      (entry) => opcua.parseConfig(entry).tags.length,
    );

    assert.deepEqual(tags, [1, 3]);
  });
});
