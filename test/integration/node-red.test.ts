/** The recipe for Node-RED, word for word, in Node-RED where it is installed: CI puts it beside the repository, since it is large. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, it, type TestContext } from "node:test";
import { freePort } from "../support/free-port.ts";
import { startTestHub, tempDir } from "../support/hub.ts";
import { obedientNode } from "../support/obedient-node.ts";
import { blocksOf } from "../support/recipe.ts";

const NODE_RED = join(tmpdir(), "node-red/node_modules/node-red/red.js");

/** Runs a flow; hands over each line that Node-RED prints, until the test ends. */
async function* nodeRed(t: TestContext, flow: string): AsyncGenerator<string> {
  const folder = tempDir(t);
  const file = join(folder, "flows.json");
  writeFileSync(file, flow);
  const at = ["--userDir", folder, "--port", String(await freePort())];
  const settings = ["-D", "uiHost=127.0.0.1", "-D", "httpAdminRoot=false"];
  const child = spawn(process.execPath, [NODE_RED, ...at, ...settings, file], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "close");
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  yield* createInterface({ input: child.stdout });
}

describe("the flow for Node-RED", { timeout: 180_000 }, () => {
  it("prints good pressures with their unit, writes a setpoint and prints what came of it", async (t) => {
    if (!existsSync(NODE_RED)) {
      t.skip("Node-RED is not installed: see .ci/run");
      return;
    }
    const hub = await startTestHub(t, "", { more: "uns: { projection: { write: true } }" });
    const [flow = ""] = blocksOf("node-red.md", "json", { mqtt: hub.mqttPort });
    const { taken } = obedientNode(t, {
      mqttPort: hub.mqttPort,
      edgeNodeId: "gw-press",
      deviceId: "press-01",
      metrics: [
        { name: "Hydraulics/Pressure", value: 101.5, datatype: "Double", unit: "bar" },
        { name: "Hydraulics/Setpoint", value: 100, datatype: "Double" },
      ],
    });
    const { tree } = hub.hub;
    await hub.until(() => tree.find("Plant1/gw-press/press-01/Hydraulics/Setpoint") !== undefined);

    const wanted = [
      /20\S+Z Plant1\/gw-press\/press-01\/Hydraulics\/Pressure 101\.5 bar/,
      /confirmed/,
    ];
    const printed: string[] = [];
    for await (const line of nodeRed(t, flow)) {
      printed.push(line);
      if (wanted.every((pattern) => printed.some((each) => pattern.test(each)))) break;
    }

    assert.ok(
      printed.some((line) => line.includes("confirmed")),
      printed.join("\n"),
    );
    assert.deepEqual(taken, [["Hydraulics/Setpoint", 180]]);
  });
});
