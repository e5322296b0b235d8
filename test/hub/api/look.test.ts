/** What is in devices, asked over the connections of running adapters: by a real Modbus server and a real OPC UA server. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { pressAdapter, startTestHub } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";

const BROWSED = z.object({
  tags: z.array(z.looseObject({ name: z.string(), node: z.string() })),
  problems: z.array(z.string()),
});

async function ask(port: number, path: string, body: object): Promise<Response> {
  return await fetch(`http://127.0.0.1:${port}/api/v1/adapters/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

async function json(answer: Response): Promise<unknown> {
  assert.equal(answer.status, 200, await answer.clone().text());
  return await answer.json();
}

async function detail(answer: Response): Promise<string> {
  return `${answer.status} ${z.object({ detail: z.string() }).parse(await answer.json()).detail}`;
}

describe("registers of a running device", { timeout: 60_000 }, () => {
  it("are shown in every way to read them, and where a value of a display is kept", async (t) => {
    const float = new DataView(new ArrayBuffer(4));
    float.setFloat32(0, 23.5);
    const [high, low] = [float.getUint16(0), float.getUint16(2)];
    const hr = { 0: 120, 1: 200, 10: high, 11: low, 12: 235, 13: 1 };
    const server = await openModbusServer({ "1": { hr, co: { 0: 1, 1: 0, 2: 1 } } });
    t.after(() => server.close());
    const entry = pressAdapter(server.port).replace("timeout: 500ms", "timeout: 5s");
    const { httpPort, until, hub } = await startTestHub(t, entry);
    await until(() => hub.tree.find("Plant1/gw-press/press-01/Running") !== undefined);
    const place = { device: "press-01", at: "hr:10" };

    const all = await json(await ask(httpPort, "press/registers", { ...place, count: 2 }));
    const found = await json(
      await ask(httpPort, "press/registers", { ...place, count: 4, seen: 23.5 }),
    );

    const bits = await json(
      await ask(httpPort, "press/registers", { ...place, at: "co:0", count: 3 }),
    );

    assert.partialDeepStrictEqual(all, { words: [high, low] });
    assert.partialDeepStrictEqual(bits, { words: [1, 0, 1], readings: [] });
    const readings = z
      .object({
        readings: z.array(z.looseObject({ type: z.string(), value: z.unknown().optional() })),
      })
      .parse(all).readings;
    assert.ok(
      readings.some(({ type, value, byteOrder }) => {
        return type === "float32" && value === 23.5 && byteOrder === "ABCD";
      }),
    );
    const suspects = z
      .object({ readings: z.array(z.looseObject({ at: z.string(), type: z.string() })) })
      .parse(found)
      .readings.map(({ at, type, scale }) => `${at} ${type} ${String(scale)}`);
    assert.ok(suspects.includes("hr:10 float32 1"), suspects.join("; "));
    assert.ok(suspects.includes("hr:12 int16 0.1"), suspects.join("; "));
    assert.equal(
      await detail(await ask(httpPort, "press/registers", { ...place, at: "hr:500" })),
      "409 not seen: hr:500..503: the device says exception 2, illegal address",
    );
    assert.match(
      await detail(await ask(httpPort, "press/registers", { ...place, at: "co:0", seen: 1 })),
      /^409 not seen: co:0 is one bit/,
    );
    assert.match(
      await detail(await ask(httpPort, "press/registers", { ...place, device: "x" })),
      /^409 not seen: there is no device "x"/,
    );
    assert.match(await detail(await ask(httpPort, "press/browse", {})), /^409 not seen: a device/);
    assert.match(
      await detail(await ask(httpPort, "nobody/browse", {})),
      /^404 there is no adapter/,
    );
  });
});

describe("the server of a running OPC UA adapter", { timeout: 60_000 }, () => {
  it("is browsed into tags as they could be written", async (t) => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Setpoint", 1);
    lab.addDouble("Pressure", 2);
    const entry = `  - name: cell
    protocol: opcua
    group: P
    edgeNode: gw
    endpoint: opc.tcp://127.0.0.1:${lab.port}
    security: none
    allowNone: true
    device: lab
    groups: { fast: { interval: 100ms } }
    tags: [{ name: Setpoint, node: "${labNode("Setpoint")}", group: fast }]
`;
    const { httpPort, until, hub } = await startTestHub(t, entry);
    await until(() => hub.tree.values.quality(hub.tree.find("P/gw/lab/Setpoint") ?? 0) === "good");

    const found = BROWSED.parse(
      await json(await ask(httpPort, "cell/browse", { include: ["**/Pressure", "Pressure"] })),
    );
    const wrong = await ask(httpPort, "cell/browse", { root: "nonsense" });
    const nowhere = BROWSED.parse(
      await json(await ask(httpPort, "cell/browse", { root: "/Objects/Nowhere" })),
    );

    const top = await json(await ask(httpPort, "cell/nodes", {}));
    const inLab = await json(await ask(httpPort, "cell/nodes", { parent: labNode("Lab") }));
    const gone = await json(await ask(httpPort, "cell/nodes", { parent: labNode("Nowhere") }));

    const named = z
      .object({ nodes: z.array(z.looseObject({ name: z.string() })) })
      .parse(top)
      .nodes.find(({ name }) => name === "Lab");
    assert.partialDeepStrictEqual(named, {
      node: labNode("Lab"),
      kind: "object",
      mayHaveChildren: true,
    });
    assert.partialDeepStrictEqual(inLab, {
      nodes: [
        {
          node: labNode("Setpoint"),
          name: "Setpoint",
          kind: "variable",
          mayHaveChildren: false,
          type: "Double",
          value: 1,
          tag: { name: "Setpoint", node: labNode("Setpoint"), group: "fast" },
        },
        { name: "Pressure", value: 2 },
      ],
      problems: [],
    });
    assert.partialDeepStrictEqual(gone, { nodes: [{}].slice(1) });
    assert.match(await detail(await ask(httpPort, "cell/nodes", { parent: "x" })), /^409 not seen/);
    assert.equal(found.tags.length, 1);
    assert.partialDeepStrictEqual(found.tags, [{ node: labNode("Pressure"), group: "fast" }]);
    assert.match(found.tags[0]?.name ?? "", /Pressure$/);
    assert.match(await detail(wrong), /^409 not seen: .*root/);
    assert.deepEqual(nowhere.tags, []);
    assert.match(nowhere.problems.join(), /does not have the root/);
  });
});

describe("/api/v1/rules", { timeout: 60_000 }, () => {
  it("tells each rule with the level that it has now, and the statements that it watches", async (t) => {
    const { httpPort } = await startTestHub(t, "", { sparkplug: ", rules: { S04: reject }" });

    const answer = await fetch(`http://127.0.0.1:${httpPort}/api/v1/rules`);
    const { rules } = z
      .object({ rules: z.array(z.looseObject({ code: z.string(), ids: z.array(z.string()) })) })
      .parse(await answer.json());

    const byCode = new Map(rules.map((rule) => [rule.code, rule]));
    assert.ok(byCode.size > 50);
    assert.partialDeepStrictEqual(byCode.get("S04"), { level: "reject", isNamed: true });
    assert.partialDeepStrictEqual(byCode.get("T10"), { level: "reject", isNamed: false });
    assert.partialDeepStrictEqual(byCode.get("T01"), { level: "observe", isNamed: false });
    assert.ok(rules.every(({ ids }) => ids.every((id) => id.startsWith("tck-id-"))));
  });
});
