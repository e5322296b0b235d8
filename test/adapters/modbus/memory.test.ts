/** What a tag costs in memory, from the table on disk to the last values of an adapter that runs. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import modbus from "@unshub/adapter-modbus";
import { collectedHeapBytes } from "../../support/heap.ts";

const DEVICES = 2;
const TAGS_PER_DEVICE = 50_000;

const silent = (): void => undefined;

function table(): string {
  const rows = Array.from(
    { length: TAGS_PER_DEVICE },
    (_, at) => `Line${at % 50}/Cell${at % 7}/Value ${at};hr:${at};int16;all;0.1;bar;Value ${at}`,
  );
  return ["name;at;type;group;scale;unit;description", ...rows].join("\n");
}

it("100 000 tags of tables need less than 1 KB each, configuration and last values together", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "unshub-memory-"));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "tags.csv"), table());
  const devices = Array.from({ length: DEVICES }, (_, unit) => ({
    name: `plc-${unit}`,
    unit: unit + 1,
    groups: { all: { interval: "1s" } },
    tagFile: "tags.csv",
  }));
  const before = memoryBytes();

  const config = modbus.parseConfig({ link: { host: "127.0.0.1", port: 1 }, devices }, { folder });
  const parsed = memoryBytes();
  const adapter = modbus.create(config, {
    now: () => Date.now(),
    isSlow: () => false,
    dataDir: folder,
    log: { debug: silent, info: silent, warn: silent, error: silent },
    report: { born: silent, changed: silent, samples: silent, died: silent },
  });
  await adapter.start();
  t.after(() => adapter.stop());

  const each = (memoryBytes() - before) / (DEVICES * TAGS_PER_DEVICE);
  t.diagnostic(
    `configuration ${Math.round((parsed - before) / (DEVICES * TAGS_PER_DEVICE))}, all ${Math.round(each)} bytes a tag`,
  );
  assert.ok(each < 1024, `${each} bytes`);
});

function memoryBytes(): number {
  return collectedHeapBytes() + process.memoryUsage().arrayBuffers;
}
