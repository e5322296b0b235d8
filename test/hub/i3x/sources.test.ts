/** Where a metric comes from: `system.source` of objects whose adapter is the hub's own. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { pressAdapter, pressMemory, startTestHub } from "../../support/hub.ts";
import { I3xClient, listAt, textAt, valueAt } from "../../support/i3x-client.ts";
import { i3xEdge, isBorn, PRESS } from "../../support/i3x-plant.ts";
import { openModbusServer } from "../../support/modbus-server.ts";

const OWN = "Plant1/gw-press/press-01";
const SETPOINT = `${OWN}/Hydraulics/Setpoint`;

describe("the source of an object", { timeout: 60_000 }, () => {
  it("is the adapter and the address in the device; of other edge nodes there is none", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const hub = await startTestHub(t, pressAdapter(server.port));
    i3xEdge(t, hub);
    const { tree } = hub.hub;
    await hub.until(() => isBorn(hub, "press2"));
    await hub.until(() => tree.online(tree.find("Plant1/gw-press/press-01") ?? -1) === true);
    const client = new I3xClient(hub);
    const ids = [SETPOINT, `${OWN}/Running`, OWN, `${PRESS}/Setpoint`, `${PRESS}/Motor 1/Speed`];

    const { json } = await client.ask("POST", "/objects/list", {
      elementIds: ids,
      includeMetadata: true,
    });
    const listed = await sourcesIn(client);

    const sources = listAt(json, "results").map((item) =>
      valueAt(item, "result", "metadata", "system", "source"),
    );
    assert.deepEqual(sources, [
      { adapter: "press", address: "hr:1" },
      { adapter: "press", address: "co:0" },
      { adapter: "press" },
      undefined,
      undefined,
    ]);
    assert.deepEqual(
      ids.map((id) => listed.get(id)),
      sources,
      "the list of all objects says the same",
    );
    writeFileSync(hub.file, readFileSync(hub.file, "utf8").replace('"hr:1"', '"hr:0"'));
    await hub.hub.reload();
    while (addressOf(await sourcesIn(client)) !== "hr:0") await pause(50);
  });
});

/** The source of each object, as the list of all of them says it. */
async function sourcesIn(client: I3xClient): Promise<ReadonlyMap<string, unknown>> {
  const { json } = await client.ask("GET", "/objects?includeMetadata=true");
  return new Map(
    listAt(json, "result").map((object) => [
      textAt(object, "elementId"),
      valueAt(object, "metadata", "system", "source"),
    ]),
  );
}

function addressOf(sources: ReadonlyMap<string, unknown>): unknown {
  return valueAt(sources.get(SETPOINT) ?? {}, "address");
}
