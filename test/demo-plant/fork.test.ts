import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { forkDemoPlant } from "@unshub/demo-plant";

const ENTRY = join(import.meta.dirname, "../../examples/demo-plant/src/process.ts");

function taken(port: number): RegExp {
  return new RegExp(`Port ${port} .* taken.*ss -ltnp`);
}

describe("the demo plant in a process of its own", { timeout: 180_000 }, () => {
  let pkiDir: string;
  before(async () => {
    pkiDir = await mkdtemp(join(tmpdir(), "unshub-plant-"));
  });
  after(() => rm(pkiDir, { recursive: true, force: true }));

  it("listens when it is ready, and no longer when it is stopped", async () => {
    const plant = await forkDemoPlant({ modbusPort: 0, opcuaPort: 0, pkiDir });
    const socket = connect(plant.modbusPort, "127.0.0.1");
    await once(socket, "connect");

    await plant.stop();
    await plant.stop(); // does no harm

    const [failure] = await once(connect(plant.modbusPort, "127.0.0.1"), "error");
    assert.equal(failure.code, "ECONNREFUSED");
    socket.destroy();
  });

  it("says which port is taken, and how to find out by whom", async () => {
    const plant = await forkDemoPlant({ modbusPort: 0, opcuaPort: 0, pkiDir });

    const { modbusPort, opcuaPort } = plant;
    const onModbus = forkDemoPlant({ modbusPort, opcuaPort: 0, pkiDir });
    const onOpcua = forkDemoPlant({ modbusPort: 0, opcuaPort, pkiDir });

    await assert.rejects(onModbus, { code: "CHILD_FAILED", message: taken(modbusPort) });
    await assert.rejects(onOpcua, { code: "CHILD_FAILED", message: taken(opcuaPort) });
    await plant.stop();
  });

  it("ends when its parent is gone, but not by Ctrl+C, and stays silent", async () => {
    const options = JSON.stringify({ modbusPort: 0, opcuaPort: 0, pkiDir });
    const child = fork(ENTRY, [options], { execArgv: [], silent: true });
    let said = "";
    child.stdout?.on("data", (text) => (said += text));
    child.stderr?.on("data", (text) => (said += text));
    const [report] = await once(child, "message");
    child.kill("SIGINT");

    child.disconnect();
    const [code, signal] = await once(child, "exit");

    assert.equal(report.kind, "ready");
    assert.equal(code, 0);
    assert.equal(signal, null);
    assert.equal(said, "");
  });
});
