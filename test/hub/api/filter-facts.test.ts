/** What the filter asks of other rooms than the tree, and what the past of the tree is, asked of a real hub. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { dbirth, nbirth, SOURCE_TIME, speed } from "../../support/sparkplug-messages.ts";

const found = z.looseObject({
  hits: z.int(),
  rows: z.array(
    z.looseObject({ kind: z.string(), name: z.string(), retained: z.boolean().optional() }),
  ),
  faults: z.array(z.looseObject({ says: z.string() })),
});

describe("the filter, asked of a hub", { timeout: 60_000 }, () => {
  it("knows the adapter and the address of a metric, its publisher, broken rules and retained plain topics", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const more = `uns: { projection: { topics: ["#"] } }`;
    const hub = await startTestHub(t, pressAdapter(server.port), { more });
    await hub.until(() => hub.hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, { clientId: "gw-e" });
    t.after(() => client.endAsync(true));
    // Data before the birth: a rule is broken.
    for (const { topic, payload } of [speed(1, 2), nbirth(), dbirth()])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const namesOf = async (filter: string): Promise<readonly string[]> => {
      const url = `http://127.0.0.1:${hub.httpPort}/api/ns/find?f=${encodeURIComponent(filter)}`;
      const { rows, faults } = found.parse(await (await fetch(url)).json());
      assert.deepEqual(faults, []);
      return rows.filter(({ kind }) => kind === "metric").map(({ name }) => name);
    };

    assert.deepEqual(await namesOf("src:modbus hydraulics"), ["Pressure", "Setpoint"]);
    assert.deepEqual(await namesOf("src:press addr:hr:*"), ["Pressure", "Setpoint"]);
    assert.deepEqual(await namesOf("src:press addr:hr:1"), ["Setpoint"]);
    assert.deepEqual(await namesOf("client:gw-e device:d"), ["Speed", "ok"]);
    assert.deepEqual(await namesOf("violations>0 device:d"), ["Speed", "ok"]);
    assert.deepEqual(await namesOf("violations>0 src:press"), []);
    assert.deepEqual(await namesOf("retained:yes speed"), ["Speed"]);
  });

  it("says what is not for those who may read values only", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("viewer", "viewer", ["read g"]);
    const viewer = await hub.visit("viewer", PASSWORD);

    const answer = found.parse(await viewer.json("GET", "/api/ns/find?f=client:gw-e"));
    const plain = found.parse(await viewer.json("GET", "/api/ns/find?f=retained:yes"));

    assert.match(answer.faults[0]?.says ?? "", /for those who may read diagnostics/);
    assert.deepEqual(plain.faults, []);
  });
});

describe("the past of the tree over HTTP", { timeout: 60_000 }, () => {
  it("is what rows were worth at an instant, and what differs between two, for who may see them", async (t) => {
    const hub = await startClosedHub(t);
    await hub.putUser("node", "viewer", ["node g/e"]);
    await hub.putUser("reader", "viewer", ["read g"]);
    await hub.putUser("other", "viewer", ["read h"]);
    const client = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPort}`, {
      username: "node",
      password: PASSWORD,
      clientId: "node-1",
    });
    t.after(() => client.endAsync(true));
    const later = speed(1500, 2, { timestamp: SOURCE_TIME + 60_000 });
    for (const { topic, payload } of [nbirth(), dbirth(), later])
      await client.publishAsync(topic, Buffer.from(payload), { qos: 1 });
    const id = hub.hub.tree.find("g/e/d/Motor/Speed") ?? -1;
    const [reader, other] = [
      await hub.visit("reader", PASSWORD),
      await hub.visit("other", PASSWORD),
    ];
    const at = `/api/ns/at?at=${SOURCE_TIME + 30_000}&ids=${id},0,99999`;
    const between = `from=${SOURCE_TIME + 30_000}&to=${SOURCE_TIME + 90_000}`;

    assert.partialDeepStrictEqual(await reader.json("GET", at), {
      t: SOURCE_TIME + 30_000,
      u: [id, 1200, 2, -30_000, 0],
    });
    assert.partialDeepStrictEqual(await reader.json("GET", `/api/ns/difference?${between}`), {
      hits: 1,
      rows: [{ name: "g" }, { name: "e" }, { name: "d" }, { name: "Motor" }, { name: "Speed" }],
      before: [id, 1200, 2, -30_000, 0],
      after: [id, 1500, 2, -30_000, 0],
    });
    const filtered = await reader.json("GET", `/api/ns/difference?${between}&f=ok`);
    assert.partialDeepStrictEqual(filtered, { hits: 0 });
    assert.partialDeepStrictEqual(await other.json("GET", at), { u: [] });
    const unseen = await other.json("GET", `/api/ns/difference?${between}`);
    assert.partialDeepStrictEqual(unseen, { hits: 0, rows: [] });
    const file = await reader.ask("GET", `/api/ns/difference/export?${between}`);
    assert.match(await file.text(), /^path,.*\ng\/e\/d\/Motor\/Speed,1200,good,.*,1500,good,.*\n$/);
    const backwards = await reader.ask("GET", `/api/ns/difference?from=2&to=1`);
    assert.equal(backwards.status, 400);
  });
});
