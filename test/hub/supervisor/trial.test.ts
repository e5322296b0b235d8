/** A connection that is tried in a thread of its own: it goes when the hub stops, and breaks nothing when it cannot begin. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { tryConnection } from "../../../hub/src/supervisor/trial.ts";
import { tempDir } from "../../support/hub.ts";
import { portOf } from "../../support/modbus-port.ts";

function wishFor(port: number) {
  const input = {
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    security: "none",
    allowNone: true,
    device: "cell",
    groups: { fast: { interval: "1s" } },
    tags: [{ name: "State", node: "i=2259", group: "fast" }],
  };
  const place = { folder: "/" };
  return { name: "cell", protocol: "opcua", input, place, deviceId: undefined };
}

describe("the trial of a connection", { timeout: 60_000 }, () => {
  it("ends when the hub stops, also while nobody answers", async (t) => {
    const mute = createServer((socket) => socket.on("error", () => undefined));
    await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
    t.after(() => mute.close());
    const asked = once(mute, "connection");
    const hub = new AbortController();

    const trial = tryConnection(tempDir(t), wishFor(portOf(mute)), hub.signal);
    await Promise.race([asked, trial]);
    hub.abort();

    assert.deepEqual(await trial, { steps: [], broken: "the hub stops" });
  });

  it("says why it could not begin", async (t) => {
    const dataDir = tempDir(t);
    mkdirSync(join(dataDir, "adapters"));
    writeFileSync(join(dataDir, "adapters", "cell"), "no folder");

    const { signal } = new AbortController();
    const { steps, broken } = await tryConnection(dataDir, wishFor(9), signal);

    assert.deepEqual(steps, []);
    assert.match(broken ?? "", /non-directory/);
  });
});
