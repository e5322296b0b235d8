import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it, type TestContext } from "node:test";
import { startTestHub } from "../support/hub.ts";
import { openModbusServer } from "../support/modbus-server.ts";

/** A hub that polls a register of a real server. */
async function openPlant(t: TestContext) {
  const server = await openModbusServer({ 1: { hr: { 0: 7, 1: 8 } } });
  t.after(() => server.close());
  const hub = await startTestHub(t, adapterYaml(server.port, "Pressure"));
  const { tree } = hub.hub;
  const valueAt = (name: string): unknown => tree.metric(tree.find(`g/n/plc/${name}`) ?? -1)?.value;
  const rewrite = (change: (text: string) => string): void =>
    writeFileSync(hub.file, change(readFileSync(hub.file, "utf8")));
  await hub.until(() => valueAt("Pressure") !== undefined);
  return { ...hub, valueAt, rewrite };
}

function adapterYaml(port: number, tag: string): string {
  return `  - name: press
    protocol: modbus
    group: g
    edgeNode: n
    link: { host: 127.0.0.1, port: ${port} }
    devices:
      - name: plc
        unit: 1
        groups: { fast: { interval: 100ms } }
        tags: [{ name: ${tag}, at: "hr:0", type: int16, group: fast }]`;
}

describe("a reload of the hub", { timeout: 180_000 }, () => {
  it("gives adapters their new configuration", async (t) => {
    const { hub, until, valueAt, rewrite } = await openPlant(t);

    rewrite((text) => text.replace("name: Pressure", "name: Flow"));
    await hub.reload();

    await until(() => valueAt("Flow") !== undefined);
  });

  it("of a bad file changes nothing, and the log says where it is bad", async (t) => {
    const { hub, logged, valueAt, rewrite, file } = await openPlant(t);

    rewrite((text) => text.replace("type: int16", "type: int17"));
    await hub.reload();

    const told = logged.find(({ message }) => message.startsWith("configuration not reloaded"));
    assert.equal(told?.level, "error");
    const [problem] =
      "problems" in told.fields && Array.isArray(told.fields.problems) ? told.fields.problems : [];
    assert.match(
      String(problem),
      new RegExp(`^${file}:\\d+:\\d+  adapters\\[0\\]\\.devices\\[0\\]\\.tags\\[0\\]`),
    );
    assert.notEqual(valueAt("Pressure"), undefined);
    assert.ok(!logged.some(({ message }) => message === "device died"));
  });

  it("leaves alone what takes a restart, and says so", async (t) => {
    const { hub, logged, rewrite } = await openPlant(t);

    rewrite((text) => text.replace("profile: observe", "profile: strict"));
    await hub.reload();

    const told = logged.find(({ message }) => message.startsWith("these sections changed"));
    assert.deepEqual(told?.fields, { sections: ["namespace"] });
    assert.ok(!logged.some(({ message }) => message === "device died"));
  });
});
