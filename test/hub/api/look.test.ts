/** What is in devices, asked over the connections of running adapters: by a real Modbus server and a real OPC UA server. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { connectAsync } from "mqtt";
import { z } from "zod";
import { pressAdapter, startTestHub } from "../../support/hub.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { labEntry, labNode, labTag, OpcUaLab } from "../../support/opcua-lab.ts";

const BROWSED = z.object({
  tags: z.array(z.looseObject({ name: z.string(), node: z.string() })),
  problems: z.array(z.string()),
});

const BROWSED_REGISTERS = z.object({
  tags: z.array(z.unknown()),
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

describe("registers of a running device", { timeout: 180_000 }, () => {
  it("are shown in every way to read them, and where a value of a display is kept", async (t) => {
    const float = new DataView(new ArrayBuffer(4));
    float.setFloat32(0, 23.5);
    const [high, low] = [float.getUint16(0), float.getUint16(2)];
    const hr = { 0: 120, 1: 200, 10: high, 11: low, 12: 235, 13: 1 };
    const server = await openModbusServer({ "1": { hr, co: { 0: 1, 1: 0, 2: 1 } } });
    t.after(() => server.close());
    const { httpPort, until, hub } = await startTestHub(t, pressAdapter(server.port));
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
    const browsed = BROWSED_REGISTERS.parse(
      await json(await ask(httpPort, "press/browse", { root: "hr:0..20" })),
    );
    assert.deepEqual(
      browsed.tags,
      [0, 1, 10, 11, 12, 13].map((start) => {
        return { name: `hr${start}`, at: `hr:${start}`, type: "uint16", group: "fast" };
      }),
    );
    assert.deepEqual(
      browsed.problems,
      ["hr:2..9", "hr:14..20"].map((where) => `${where}: exception 2, illegal address`),
    );
    const few = BROWSED_REGISTERS.parse(
      await json(await ask(httpPort, "press/browse", { root: "hr:0..20", maxNodes: 2 })),
    );
    assert.equal(few.tags.length, 2);
    assert.match(few.problems.join(), /more than 2 registers/);
    assert.match(
      await detail(await ask(httpPort, "press/browse", { root: "/Objects" })),
      /^409 not seen: root "\/Objects" is no range of registers/,
    );
    assert.match(
      await detail(await ask(httpPort, "press/browse", { device: "x" })),
      /^409 not seen: there is no device "x"/,
    );
    assert.match(
      await detail(await ask(httpPort, "nobody/browse", {})),
      /^404 there is no adapter/,
    );
  });
});

describe("the server of a running OPC UA adapter", { timeout: 180_000 }, () => {
  it("is browsed into tags as they could be written", async (t) => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("Setpoint", 1);
    lab.addDouble("Pressure", 2);
    const entry = labEntry(lab, `[${labTag("Setpoint")}]`, "100ms");
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

describe("/api/v1/rules", { timeout: 180_000 }, () => {
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

  it("gives a rule another level at once, in the file of the configuration and on the audit trail", async (t) => {
    const { httpPort, mqttPort, file } = await startTestHub(t, "", {
      sparkplug: ", rules: { S05: warn }",
    });
    const put = async (code: string, level: string) =>
      await fetch(`http://127.0.0.1:${httpPort}/api/v1/rules/${code}`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ level }),
      });
    const client = await connectAsync(`mqtt://127.0.0.1:${mqttPort}`, { protocolVersion: 5 });
    t.after(() => client.endAsync(true));
    const say = async (): Promise<string> => {
      const said = client.publishAsync("spBv9.9/Plant1/NDATA/gw", "{}", { qos: 1 });
      return await said.then(
        () => "taken",
        (error: Error) => error.message,
      );
    };

    const before = await say();
    const rejected = await json(await put("T01", "reject"));
    const refused = await say();
    const written = readFileSync(file, "utf8");
    const back = await json(await put("T01", "profile"));
    const after = await say();

    assert.deepEqual([before, after], ["taken", "taken"]);
    assert.match(refused, /Topic Name invalid/);
    assert.partialDeepStrictEqual(rejected, {
      rule: { code: "T01", level: "reject" },
      isKept: true,
    });
    assert.partialDeepStrictEqual(back, { rule: { level: "observe", isNamed: false } });
    assert.match(written, /rules: \{ S05: warn, T01: reject \}/);
    assert.match(readFileSync(file, "utf8"), /rules: \{ S05: warn \}/);
    assert.equal((await put("T10", "off")).status, 409);
    assert.equal((await put("T01", "sometimes")).status, 400);
    const trail = readFileSync(join(dirname(file), "audit.jsonl"), "utf8");
    assert.match(trail, /"rule level changed".*"rule T01".*"observe".*"reject"/);
    assert.match(trail, /"rule level changed","object":"rule T01","result":"done"/);
  });

  it("leaves a file alone that is broken, that has other changes, or that names no rules", async (t) => {
    const { httpPort, file } = await startTestHub(t);
    const put = async (level: string) => {
      const answer = await fetch(`http://127.0.0.1:${httpPort}/api/v1/rules/T01`, {
        method: "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ level }),
      });
      return `${answer.status} ${await answer.text()}`;
    };
    const text = readFileSync(file, "utf8");
    const refusedWith = async (changed: string, because: RegExp) => {
      writeFileSync(file, changed);
      assert.match(await put("reject"), because);
      assert.equal(readFileSync(file, "utf8"), changed);
    };

    const nothing = await put("profile");
    const after = readFileSync(file, "utf8");
    await refusedWith(`${text}\nhub: { id: [`, /^409 .*cannot be edited here/);
    const half = text.replace("adapters: []", `adapters:\n${pressAdapter(1)}`);
    await refusedWith(half, /^409 .*not applied yet, of press/);

    assert.match(nothing, /^200 /);
    assert.equal(after, text);
    const trail = readFileSync(join(dirname(file), "audit.jsonl"), "utf8");
    assert.match(trail, /"rule level changed","object":"rule T01","result":"refused"/);
    assert.match(trail, /"rule level changed","object":"rule T01","result":"failed"/);
  });
});
