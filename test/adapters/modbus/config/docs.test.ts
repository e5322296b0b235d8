import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { deviceSchema } from "../../../../adapters/modbus/src/config/device-schema.ts";
import { parseModbusConfig } from "../../../../adapters/modbus/src/config/parse.ts";
import { tagSchema } from "../../../../adapters/modbus/src/config/tag-schema.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const DOCS = readFileSync(join(ROOT, "docs/configuration.md"), "utf8");
const SECTION = DOCS.slice(DOCS.indexOf("\n## Modbus"));

/** The parts of an entry that are the adapter's. */
function modbusEntries(yaml: string): readonly object[] {
  const file: { adapters: readonly Record<string, unknown>[] } = parse(yaml);
  return file.adapters.map(({ link, defaults, devices }) => ({
    link,
    ...(defaults !== undefined && { defaults }),
    devices,
  }));
}

describe("docs/configuration.md about Modbus", () => {
  it("names every key of a device and of a tag", () => {
    const keys = [...Object.keys(deviceSchema.shape), ...Object.keys(tagSchema.shape)];

    const unnamed = keys.filter((key) => !SECTION.includes(`\`${key}\``));

    assert.deepEqual(unnamed, []);
  });

  it("shows an example that is right, with a table that is right", () => {
    const [, yaml = ""] = /```yaml\n([^`]*)```/.exec(SECTION) ?? [];
    const [, csv = ""] = /```csv\n([^`]*)```/.exec(SECTION) ?? [];
    const folder = mkdtempSync(join(tmpdir(), "unshub-docs-"));
    writeFileSync(join(folder, "press01.csv"), csv.replaceAll("Hydraulics/", "Table/"));

    const entries = modbusEntries(yaml.replace("tags/press01.csv", "press01.csv"));
    const configs = entries.map((entry) => parseModbusConfig(entry, { folder }));
    rmSync(folder, { recursive: true });

    assert.deepEqual(
      configs.map(({ devices, warnings }) => [devices.length, warnings]),
      [
        [1, []],
        [2, []],
      ],
    );
  });

  it("is followed by the adapter's sample, which is right as it stands", () => {
    const sample = readFileSync(join(ROOT, "adapters/modbus/sample.yaml"), "utf8");

    const configs = modbusEntries(sample).map((entry) =>
      parseModbusConfig(entry, { folder: ROOT }),
    );

    assert.deepEqual(
      configs.map(({ devices }) => devices.length),
      [1, 2],
    );
  });
});
