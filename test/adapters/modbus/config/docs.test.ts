import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { deviceSchema } from "../../../../adapters/modbus/src/config/device-schema.ts";
import { tagSchema } from "../../../../adapters/modbus/src/config/tag-schema.ts";
import { parseConfig, type HubConfig } from "../../../../hub/src/config/index.ts";
import { checkAdapterConfig } from "../../../../hub/src/supervisor/index.ts";
import { tempDir } from "../../../support/hub.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const DOCS = readFileSync(join(ROOT, "docs/configuration.md"), "utf8");
const SECTION = DOCS.slice(DOCS.indexOf("\n## Modbus"));

/** The adapters of a configuration whose other parts are the least that is needed. */
async function adaptersOf(yaml: string, folder: string): Promise<HubConfig["adapters"]> {
  const text = `listeners: { http: {} }\n${yaml}`;
  const file = join(folder, "unshub.yaml");
  return (await parseConfig(text, { file, checkAdapter: checkAdapterConfig })).adapters;
}

describe("docs/configuration.md about Modbus", () => {
  it("names every key of a device and of a tag", () => {
    const keys = [...Object.keys(deviceSchema.shape), ...Object.keys(tagSchema.shape)];

    const unnamed = keys.filter((key) => !SECTION.includes(`\`${key}\``));

    assert.deepEqual(unnamed, []);
  });

  it("shows an example that is right, with a table that is right", async (t) => {
    const [, yaml = ""] = /```yaml\n([^`]*)```/.exec(SECTION) ?? [];
    const [, csv = ""] = /```csv\n([^`]*)```/.exec(SECTION) ?? [];
    const folder = tempDir(t);
    mkdirSync(join(folder, "tags"));
    writeFileSync(join(folder, "tags/press01.csv"), csv.replaceAll("Hydraulics/", "Table/"));

    const adapters = await adaptersOf(yaml, folder);

    assert.deepEqual(
      adapters.map(({ name }) => name),
      ["press-hall", "meters"],
    );
  });

  it("is followed by the adapter's sample, which is right as it stands", async () => {
    const sample = readFileSync(join(ROOT, "adapters/modbus/sample.yaml"), "utf8");

    const adapters = await adaptersOf(sample, ROOT);

    assert.deepEqual(
      adapters.map(({ name }) => name),
      ["press", "meters"],
    );
  });
});
