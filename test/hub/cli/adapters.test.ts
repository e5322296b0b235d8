import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { unshub } from "../../support/cli.ts";
import { pressAdapter, pressMemory, startTestHub } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";

describe("unshub adapters", { timeout: 120_000 }, () => {
  it("stops one with the reason, says so in the list, and starts it again", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const hub = await startTestHub(t, pressAdapter(server.port));
    await hub.until(() => hub.hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
    const url = `http://127.0.0.1:${hub.httpPort}`;

    const stopped = await unshub("adapters", "stop", "press", "--because", "rebuilt", "--url", url);
    const list = await unshub("adapters", "--url", url);
    const twice = await unshub("adapters", "stop", "press", "--url", url);
    const nobody = await unshub("adapters", "start", "nobody", "--url", url);
    const started = await unshub("adapters", "start", "press", "--url", url);

    assert.equal(stopped.out.trim(), "adapter press is stopped");
    assert.match(
      list.out,
      /^press +modbus +Plant1\/gw-press +stopped by anonymous: rebuilt +0 +1$/m,
    );
    assert.match(twice.err, /adapter "press" is stopped already/);
    assert.match(nobody.err, /there is no adapter "nobody"/);
    assert.deepEqual([twice.exitCode, nobody.exitCode], [1, 1]);
    assert.equal(started.exitCode, 0);
    assert.doesNotMatch(readFileSync(hub.file, "utf8"), /enabled: false/);
  });
});
