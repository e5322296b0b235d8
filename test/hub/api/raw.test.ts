/** What values were made of, asked over the connections of running adapters, by a real Modbus and a real OPC UA server. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DataType, StatusCodes, Variant } from "node-opcua-client";
import { z } from "zod";
import { PASSWORD, startClosedHub } from "../../support/http-hub.ts";
import { pressAdapter, pressMemory, startTestHub } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { labEntry, labTag, OpcUaLab } from "../../support/opcua-lab.ts";

const RAWS = z.object({ raws: z.array(z.looseObject({ tag: z.string(), raw: z.string() })) });

async function ask(port: number, adapter: string, body: object): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/api/v1/adapters/${adapter}/raw`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function rawsOf(port: number, adapter: string, body: object) {
  const answer = await ask(port, adapter, body);
  assert.equal(answer.status, 200, await answer.clone().text());
  return new Map(RAWS.parse(await answer.json()).raws.map((one) => [one.tag, one]));
}

describe("what values were made of", { timeout: 180_000 }, () => {
  it("is the registers of a Modbus device as they came with the last reading, without a request more", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const { httpPort, until, hub } = await startTestHub(t, pressAdapter(server.port));
    const running = "Plant1/gw-press/press-01/Running";
    await until(() => hub.tree.find(running) !== undefined);
    const asked = { device: "press-01", tags: ["Hydraulics/Pressure", "Running", "Nobody"] };

    await rawsOf(httpPort, "press", asked); // from here on somebody looks
    server.memory["1"] = { hr: { 0: 0xfffe, 1: 200 }, co: { 0: 0 } };
    const valueOf = (path: string) => hub.tree.values.value(hub.tree.find(path) ?? 0);
    await until(
      () =>
        valueOf("Plant1/gw-press/press-01/Hydraulics/Pressure") === -2 &&
        valueOf(running) === false,
    );
    const found = await rawsOf(httpPort, "press", asked);

    assert.equal(found.get("Hydraulics/Pressure")?.raw, "FF FE");
    assert.partialDeepStrictEqual(found.get("Hydraulics/Pressure")?.["now"], {
      value: -2,
      quality: "good",
    });
    assert.equal(found.get("Running")?.raw, "00");
    assert.equal(found.size, 2);
    const unknown = await ask(httpPort, "press", { ...asked, device: "x" });
    assert.equal(unknown.status, 409);
    assert.match(await unknown.text(), /there is no device/);
    const many = { device: "press-01", tags: Array.from({ length: 201 }, () => "x") };
    assert.equal((await ask(httpPort, "press", many)).status, 400);
    assert.equal((await ask(httpPort, "nobody", asked)).status, 404);
  });

  it("is there of tags that were read once, before anybody looked", async (t) => {
    const server = await openModbusServer(pressMemory());
    t.after(() => server.close());
    const entry = `${pressAdapter(server.port)}      - name: press-02
        unit: 1
        groups: { plate: { mode: once }, slow: { interval: 60s } }
        tags:
          - { name: Serial, at: "hr:1", type: int16, group: plate }
          - { name: Recipe, at: "hr:0", type: int16, group: slow }
`;
    const { httpPort, until, hub } = await startTestHub(t, entry);
    const idOf = (tag: string) => hub.tree.find(`Plant1/gw-press/press-02/${tag}`) ?? 0;
    await until(() =>
      ["Serial", "Recipe"].every((tag) => hub.tree.values.quality(idOf(tag)) === "good"),
    );

    const found = await rawsOf(httpPort, "press", {
      device: "press-02",
      tags: ["Serial", "Recipe"],
    });

    assert.deepEqual(
      [...found.values()].map(({ tag, raw }) => [tag, raw]),
      [
        ["Serial", "00 C8"],
        ["Recipe", "00 78"],
      ],
    );
  });

  it("is told of the devices only that somebody may read", async (t) => {
    const server = await openModbusServer({ ...pressMemory(), "2": { hr: { 0: 7 } } });
    t.after(() => server.close());
    const hub = await startClosedHub(
      t,
      `${pressAdapter(server.port)}      - name: press-02
        unit: 2
        groups: { fast: { interval: 100ms } }
        tags: [{ name: Recipe, at: "hr:0", type: int16, group: fast }]
`,
    );
    await hub.until(() => hub.hub.tree.find("Plant1/gw-press/press-02/Recipe") !== undefined);
    await hub.putUser("vera", "operator", ["read Plant1/gw-press/press-01"]);
    await hub.putUser("eva", "engineer", ["read Plant1/gw-press/press-01"]);
    const vera = await hub.visit("vera", PASSWORD);
    const eva = await hub.visit("eva", PASSWORD);
    const path = "/api/v1/adapters/press";

    const own = await vera.ask("POST", `${path}/raw`, { device: "press-01", tags: ["Running"] });
    const others = await vera.ask("POST", `${path}/raw`, { device: "press-02", tags: ["Recipe"] });
    const read = await eva.ask("POST", `${path}/reading`, { device: "press-02" });
    const registers = await eva.ask("POST", `${path}/registers`, {
      device: "press-02",
      at: "hr:0",
    });

    assert.deepEqual(
      [own, others, read, registers].map(({ status }) => status),
      [200, 404, 404, 404],
    );
  });

  it("is the variant of an OPC UA server with type, status and what was asked beside granted", async (t) => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Setpoint", 1.5);
    lab.addDouble("Broken", 2);
    lab.setDouble("Broken", 2, { status: StatusCodes.BadSensorFailure });
    const tags = [labTag("Setpoint"), labTag("Again", "Setpoint"), labTag("Broken")];
    const entry = labEntry(lab, `[${tags.join(", ")}]`);
    const { httpPort, until, hub } = await startTestHub(t, entry);
    await until(() => hub.tree.values.quality(hub.tree.find("P/gw/lab/Setpoint") ?? 0) === "good");
    const asked = { device: "lab", tags: ["Setpoint", "Again", "Broken"] };

    const first = await rawsOf(httpPort, "cell", asked); // nothing has changed since: it is read once
    lab.set("Setpoint", new Variant({ dataType: DataType.Double, value: 2.25 }));
    const idOf = (name: string) => hub.tree.find(`P/gw/lab/${name}`) ?? 0;
    await until(() =>
      ["Setpoint", "Again"].every((name) => hub.tree.values.value(idOf(name)) === 2.25),
    );
    const then = await rawsOf(httpPort, "cell", asked);

    assert.partialDeepStrictEqual(first.get("Setpoint"), {
      raw: "1.5",
      type: "Double",
      status: { code: 0, name: "Good" },
      publishing: { askedMs: 10, grantedMs: 50 },
    });
    assert.partialDeepStrictEqual(first.get("Broken"), {
      status: { code: StatusCodes.BadSensorFailure.value, name: "BadSensorFailure" },
    });
    assert.equal(then.get("Setpoint")?.raw, "2.25");
    assert.equal(then.get("Again")?.raw, "2.25");
  });
});
