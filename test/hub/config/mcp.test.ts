import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseConfig, type HubConfig } from "../../../hub/src/config/index.ts";
import { checkAdapterConfig } from "../../../hub/src/supervisor/index.ts";

const parse = async (mcp: string): Promise<HubConfig["mcp"]> => {
  const text = `listeners: { http: {} }\n${mcp}\n`;
  return (await parseConfig(text, { file: "unshub.yaml", checkAdapter: checkAdapterConfig })).mcp;
};

describe("mcp in the configuration", () => {
  it("reads and writes nothing unless it says so", async () => {
    assert.deepEqual(await parse(""), {
      enabled: true,
      writes: false,
      writeAllow: [],
      approval: "hub",
    });
  });

  it("takes filters as MQTT has them, and a second person at the hub or none", async () => {
    const read = await parse(
      'mcp: { writes: true, writeAllow: ["acme/+/x", "#"], approval: client }',
    );

    assert.deepEqual(read.writeAllow, ["acme/+/x", "#"]);
    assert.equal(read.approval, "client");
    await assert.rejects(parse('mcp: { writeAllow: ["a/#/b"] }'), /mcp\.writeAllow\[0\].*filter/);
    await assert.rejects(parse('mcp: { writeAllow: ["a+"] }'), /mcp\.writeAllow\[0\].*filter/);
    await assert.rejects(parse("mcp: { approval: nobody }"), /mcp\.approval/);
    await assert.rejects(parse("mcp: { write: true }"), /unknown key "write"/);
  });
});
