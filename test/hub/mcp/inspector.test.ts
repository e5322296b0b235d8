/** The command line of the MCP Inspector, where it is installed: CI puts it beside the repository, since it is large. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { openMcpPlant, PRESS } from "../../support/mcp-plant.ts";

const INSPECTOR = join(tmpdir(), "mcp-inspector/node_modules/.bin/mcp-inspector");

describe("the MCP Inspector", { timeout: 300_000 }, () => {
  it("lists and calls what the hub has", async (t) => {
    if (!existsSync(INSPECTOR)) {
      t.skip("the MCP Inspector is not installed: see .ci/run");
      return;
    }
    const plant = await openMcpPlant(t);
    const secret = await plant.addToken("inspector", "operator", ["read *"]);
    const inspect = async (...args: readonly string[]): Promise<unknown> => {
      const header = `Authorization: Bearer ${secret}`;
      const to = ["--cli", `${plant.url}/mcp`, "--transport", "http", "--header", header];
      const { stdout } = await promisify(execFile)(process.execPath, [INSPECTOR, ...to, ...args]);
      return JSON.parse(stdout);
    };
    const call = ["--method", "tools/call", "--tool-name", "uns_search"];

    const tools = await inspect("--method", "tools/list");
    const found = await inspect(...call, "--tool-arg", "words=pressure");
    const prompts = await inspect("--method", "prompts/list");
    const press = await inspect("--method", "resources/read", "--uri", `uns://object/${PRESS}`);

    assert.partialDeepStrictEqual(tools, { tools: [{ name: "uns_search" }, { name: "uns_read" }] });
    assert.partialDeepStrictEqual(found, {
      structuredContent: { hits: 1, found: [{ elementId: `${PRESS}/Hydraulics/Pressure` }] },
    });
    assert.partialDeepStrictEqual(prompts, { prompts: [{ name: "diagnose_device" }] });
    assert.partialDeepStrictEqual(press, { contents: [{ mimeType: "application/json" }] });
  });
});
