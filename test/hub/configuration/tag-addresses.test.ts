import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { AdapterEntry } from "../../../hub/src/config/index.ts";
import { TagAddresses } from "../../../hub/src/configuration/index.ts";
import { tempDir, type Ending } from "../../support/hub.ts";

function entryIn(t: Ending, tags: number): AdapterEntry {
  const folder = tempDir(t);
  const lines = Array.from({ length: tags }, (_, at) => `Line/Tag${at},hr:${at},int16,fast`);
  writeFileSync(join(folder, "tags.csv"), ["name,at,type,group", ...lines].join("\n"));
  const groups = { fast: { interval: "1s" } };
  const plc = { name: "plc", unit: 1, groups, tagFile: "tags.csv" };
  const second = { name: "plc-2", unit: 2, groups, tags: [{ name: "On", at: "co:3" }] };
  const input = { link: { host: "127.0.0.1" }, devices: [plc, second] };
  const names = { name: "press", protocol: "modbus", groupId: "g", edgeNodeId: "n" };
  return { ...names, memoryLimitBytes: 1, stopped: undefined, folder, input };
}

describe("the addresses of tags", { timeout: 60_000 }, () => {
  for (const isLarge of [false, true]) {
    it(`are read ${isLarge ? "by a thread of their own" : "at once"}, and again when others run`, async (t) => {
      const entry = entryIn(t, 5000);
      let entries = [entry, { ...entry, edgeNodeId: "gone", folder: "/nowhere" }];
      const addresses = new TagAddresses({ entries: () => entries, isLarge: () => isLarge });

      await Promise.all([addresses.look(), addresses.look()]);

      assert.equal(addresses.version, 1);
      const plc = addresses.of("g", "n", "plc");
      assert.equal(plc?.size, 5000);
      assert.deepEqual([plc.get("Line/Tag0"), plc.get("Line/Tag4999")], ["hr:0", "hr:4999"]);
      assert.equal(addresses.of("g", "n", "plc-2")?.get("On"), "co:3");
      assert.equal(addresses.of("g", "other", "plc"), undefined);
      entries = [{ ...entry, input: { link: {}, devices: [] } }];
      await addresses.look();
      assert.deepEqual([addresses.version, addresses.of("g", "n", "plc")], [2, undefined]);
    });
  }
});
