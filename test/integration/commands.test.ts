/** Commands at a whole hub: a real PLC answers, or does not; what other clients command passes by the same rules. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { deviceCommand, rebirthRequest, type DeviceWrite } from "@unshub/sparkplug";
import { z } from "zod";
import { born, JsonReader, plainEdge, writer } from "../support/json-plant.ts";
import { pressAdapter, pressMemory, startTestHub, type TestHub } from "../support/hub.ts";
import { identityHub, PASSWORD } from "../support/identity-hub.ts";
import { unshub } from "../support/cli.ts";
import { openModbusServer } from "../support/modbus-server.ts";

const SETPOINT = "Plant1/gw-press/press-01/Hydraulics/Setpoint";

async function post(hub: TestHub, path: string, body: object, name?: string): Promise<object> {
  const login = name === undefined ? {} : { authorization: `Basic ${btoa(`${name}:${PASSWORD}`)}` };
  const answer = await fetch(new URL(path, `http://127.0.0.1:${hub.httpPort}`), {
    method: "POST",
    headers: { "content-type": "application/json", ...login },
    body: JSON.stringify(body),
  });
  return Object(await answer.json());
}

const write = (hub: TestHub, value: number, more: object = {}): Promise<object> =>
  post(hub, "/api/ns/write", { path: SETPOINT, value, ...more });

/** A hub that polls a PLC whose registers are `memory`. */
async function pressHub(
  t: Parameters<typeof startTestHub>[0],
  memory: Parameters<typeof openModbusServer>[0],
  commands: string,
) {
  const plc = await openModbusServer(memory);
  t.after(() => plc.close());
  const hub = await startTestHub(t, pressAdapter(plc.port), { more: `commands: ${commands}` });
  const { tree } = hub.hub;
  await hub.until(() => tree.values.quality(tree.find(SETPOINT) ?? 0) === "good");
  return { plc, hub };
}

describe("a write to a PLC", { timeout: 180_000 }, () => {
  it("is confirmed, with the steps that the hub saw and what the device said", async (t) => {
    const { hub, plc } = await pressHub(t, pressMemory(), "{}");

    const outcome = await write(hub, 250, { reason: "trial" });
    const { journal } = hub.hub.commands;
    const accepted = (): boolean =>
      journal.records[0]?.steps.some(({ step }) => step === "accepted") === true;
    if (!accepted()) {
      await new Promise<void>((resolve) => {
        journal.observe(() => accepted() && resolve());
      });
    }
    const [record] = journal.records;

    assert.partialDeepStrictEqual(outcome, { result: "confirmed", value: 250 });
    assert.equal(plc.memory["1"]?.hr?.[1], 250);
    assert.deepEqual(
      new Set(record?.steps.map(({ step }) => step)), // the data may come before the answer of the adapter
      new Set(["asked", "sent", "delivered", "accepted", "ended"]),
    );
    assert.partialDeepStrictEqual(record, { before: 200, reason: "trial", by: { via: "api" } });
  });

  it("has failed when the PLC refuses it, with its exception", async (t) => {
    const memory = pressMemory();
    const guarded = new Proxy(memory["1"].hr, { set: () => refuse() });
    const { hub } = await pressHub(t, { "1": { ...memory["1"], hr: guarded } }, "{}");

    const outcome = await write(hub, 250);

    assert.partialDeepStrictEqual(outcome, { result: "failed", value: 200 });
    assert.match(JSON.stringify(outcome), /exception/i);
  });

  it("is a mismatch when the PLC keeps another value", async (t) => {
    const memory = pressMemory();
    const clamping = new Proxy(memory["1"].hr, {
      set: (cells, address, value: number) =>
        Reflect.set(cells, address, address === "1" ? Math.min(value, 220) : value),
    });
    const { hub } = await pressHub(
      t,
      { "1": { ...memory["1"], hr: clamping } },
      `{ rules: [{ metrics: "Plant1/#", confirmWithin: 20s }] }`,
    );

    const outcome = await write(hub, 250);

    assert.match(JSON.stringify(outcome), /"result":"mismatch".*220/);
  });

  it("is a timeout when nothing comes back in time, and says where to look", async (t) => {
    const memory = pressMemory();
    const written = Promise.withResolvers<void>();
    const noting = new Proxy(memory["1"].hr, {
      set: (cells, address, value: number) => {
        if (address === "1" && value === 250) written.resolve();
        return Reflect.set(cells, address, value);
      },
    });
    const plc = await openModbusServer({ "1": { ...memory["1"], hr: noting } });
    t.after(() => plc.close());
    const slow = pressAdapter(plc.port)
      .replace("groups: { fast:", "groups: { slow: { interval: 1h }, fast:")
      .replace("group: fast, unit: bar, access: rw", "group: slow, verifyAfter: 1m, access: rw");
    const commands = `{ rules: [{ metrics: "Plant1/#", confirmWithin: 3s }] }`;
    const hub = await startTestHub(t, slow, { more: `commands: ${commands}` });
    const { tree } = hub.hub;
    await hub.until(() => tree.values.quality(tree.find(SETPOINT) ?? 0) === "good");

    const outcome = await write(hub, 250);

    assert.partialDeepStrictEqual(outcome, { result: "timeout", value: 200 });
    assert.match(JSON.stringify(outcome), /did not come back within 3 s/);
    await written.promise; // it left while somebody waited: the PLC has it, that is why nobody says "refused"
  });

  it("ends at once when the PLC is gone meanwhile, and is refused from then on", async (t) => {
    const { hub, plc } = await pressHub(t, pressMemory(), "{ confirmWithin: 30s }");

    await plc.close();
    const outcome = await write(hub, 250);
    const { tree } = hub.hub;
    await hub.until(() => tree.online(tree.find("Plant1/gw-press/press-01") ?? 0) === false);
    const later = await write(hub, 250);

    assert.match(JSON.stringify(outcome), /"result":"(failed|offline)"|"OFFLINE"/); // how far its death has come
    assert.partialDeepStrictEqual(later, { result: "refused", code: "OFFLINE" });
  });

  it("is held to the rules, and told of them beforehand", async (t) => {
    const rules = `{ rules: [
      { metrics: "Plant1/+/press-01/Hydraulics/#", max: 300, step: 5, every: 1h,
        interlocks: [{ metric: Plant1/gw-press/press-01/Running, is: true }] } ] }`;
    const { hub, plc } = await pressHub(t, pressMemory(), rules);
    const { tree } = hub.hub;
    const running = tree.find("Plant1/gw-press/press-01/Running") ?? 0;

    const at = `http://127.0.0.1:${hub.httpPort}/api/v1/commands/plan?path=${SETPOINT}`;
    const plan = await (await fetch(at)).json();
    const outcomes = [await write(hub, 310), await write(hub, 251)];
    Object.assign(plc.memory["1"]?.co ?? {}, { 0: 0 });
    await hub.until(() => tree.values.value(running) === false);
    outcomes.push(await write(hub, 250));
    Object.assign(plc.memory["1"]?.co ?? {}, { 0: 1 });
    await hub.until(() => tree.values.value(running) === true);
    outcomes.push(await write(hub, 250), await write(hub, 260));

    assert.partialDeepStrictEqual(plan, { mayWrite: true, low: 0, high: 300, step: 5 });
    assert.partialDeepStrictEqual(outcomes, [
      { code: "OUT_OF_RANGE" },
      { code: "OUT_OF_RANGE" },
      { code: "INTERLOCK" },
      { result: "confirmed" },
      { code: "TOO_SOON" },
    ]);
  });
});

function refuse(): never {
  throw Object.assign(new Error("locked"), { modbusErrorCode: 4 });
}

const asked = (value: number, more: Partial<DeviceWrite> = {}) =>
  deviceCommand(
    {
      groupId: "acme:dallas",
      edgeNodeId: "line1",
      deviceId: "press",
      metric: "Setpoint",
      datatype: "Int32",
      value,
      ...more,
    },
    Date.now(),
  );

async function plant(t: Parameters<typeof startTestHub>[0], commands: string) {
  const hub = await startTestHub(t, "", { more: `commands: ${commands}` });
  const metrics = [born("Setpoint", 25, { writable: true, range: [0, 350] })];
  const edge = plainEdge(t, hub.mqttPort, { metrics });
  const { tree } = hub.hub;
  await hub.until(() => tree.online(tree.find("acme%3Adallas/line1/press") ?? 0) === true);
  const scada = await writer(t, hub.mqttPort);
  const send = async ({ topic, payload }: { topic: string; payload: Uint8Array }) => {
    await scada.publishAsync(topic, Buffer.from(payload));
  };
  return { hub, edge, scada, send };
}

describe("what other clients command", { timeout: 180_000 }, () => {
  it("is blocked until a rule opens it, and the journal says what to add", async (t) => {
    const { hub, edge, scada, send } = await plant(t, `{ rules: [{ metrics: "other/#" }] }`);

    await scada.subscribeAsync("spBv1.0/acme:dallas/NBIRTH/line1");
    const reborn = new Promise<void>((resolve) => {
      scada.on("message", () => resolve());
    });
    await send(asked(30));
    await send(rebirthRequest({ groupId: "acme:dallas", edgeNodeId: "line1" }, Date.now()));
    await reborn; // that passes, and what was sent before it is over

    assert.deepEqual(edge.asked.all, []);
    const [record] = hub.hub.commands.journal.records;
    assert.partialDeepStrictEqual(record?.outcome, { result: "refused", code: "BLOCKED" });
    assert.match(JSON.stringify(record), /add \{ metrics: .*acme:dallas\/line1\/press\/Setpoint/);
  });

  it("passes when a rule opens it, within its limits, and is followed to its end", async (t) => {
    const { hub, edge, send } = await plant(
      t,
      `{ rules: [{ metrics: "acme:dallas/line1/press/#", max: 100 }] }`,
    );
    const ended = new Promise<void>((resolve) => {
      hub.hub.commands.journal.observe(({ outcome }) => {
        if (outcome?.result === "confirmed") resolve();
      });
    });

    await send(asked(101));
    await send(asked(30));
    await ended;

    assert.deepEqual(
      edge.asked.all.map(({ value }) => value),
      [30],
    );
    const [passed, stopped] = hub.hub.commands.journal.records;
    assert.partialDeepStrictEqual(passed, { asked: 30, before: 25, by: { via: "mqtt" } });
    assert.partialDeepStrictEqual(stopped?.outcome, { code: "OUT_OF_RANGE" });
  });

  it("has one story on the audit trail: refused, or asked and how it ended; rebirths by their topic", async (t) => {
    const { hub, scada, send } = await plant(
      t,
      `{ rules: [{ metrics: "acme:dallas/line1/press/#", max: 100 }] }`,
    );
    hub.rules.P01 = "reject";
    const ended = new Promise<void>((resolve) => {
      hub.hub.commands.journal.observe(({ outcome }) => {
        if (outcome?.result === "confirmed") resolve();
      });
    });

    const other = await writer(t, hub.mqttPort); // whom the guard rejects
    await assert.rejects(other.publishAsync(asked(30).topic, Buffer.of(255, 255), { qos: 1 }));
    await send(asked(101));
    await send(asked(30));
    await ended;
    const rebirth = rebirthRequest({ groupId: "acme:dallas", edgeNodeId: "line1" }, Date.now());
    await scada.publishAsync(rebirth.topic, Buffer.from(rebirth.payload), { qos: 1 });
    await hub.stop();

    const trail = readFileSync(join(dirname(hub.file), "audit.jsonl"), "utf8")
      .trim()
      .split("\n");
    const told = trail
      .map((line) => z.looseObject({ action: z.string() }).parse(JSON.parse(line)))
      .filter(({ action }) => action === "command")
      .map(({ object, after, result }) => [object, after, result]);
    const path = "acme%3Adallas/line1/press/Setpoint";
    assert.deepEqual(told, [
      ["spBv1.0/acme:dallas/DCMD/line1/press", undefined, "refused"],
      [path, 101, "refused"],
      [path, 30, "asked"],
      [path, 30, "done"],
      ["spBv1.0/acme:dallas/NCMD/line1", { "Node Control/Rebirth": "true" }, "asked"],
    ]);
  });

  it("is refused where a second person must say yes", async (t) => {
    const { hub, edge, send } = await plant(
      t,
      `{ rules: [{ metrics: "acme:dallas/#", secondPerson: true }] }`,
    );
    const refusals = new Promise<void>((resolve) => {
      hub.hub.commands.journal.observe(({ outcome }) => outcome !== undefined && resolve());
    });

    await send(asked(30));
    await refusals;

    assert.deepEqual(edge.asked.all, []);
    const [record] = hub.hub.commands.journal.records;
    assert.partialDeepStrictEqual(record?.outcome, { code: "NO_SECOND_PERSON" });
  });

  it("of any type can be shown to who asks for the last commands", async (t) => {
    const hub = await startTestHub(t, "", { more: "commands: { default: allow }" });
    const metrics = [born("Counts", [1n], { datatype: "Int64Array", writable: true })];
    plainEdge(t, hub.mqttPort, { metrics });
    const { tree } = hub.hub;
    await hub.until(() => tree.online(tree.find("acme%3Adallas/line1/press") ?? 0) === true);
    const scada = await writer(t, hub.mqttPort);
    const wanted = { metric: "Counts", datatype: "Int64Array", value: [2n ** 60n] } as const;
    const { topic, payload } = asked(0, wanted);
    const came = new Promise<void>((resolve) => {
      hub.hub.commands.journal.observe(() => resolve());
    });

    await scada.publishAsync(topic, Buffer.from(payload));
    await came;
    const answer = await fetch(`http://127.0.0.1:${hub.httpPort}/api/v1/commands`);

    assert.equal(answer.status, 200, await answer.clone().text());
    assert.match(await answer.text(), /"by":{"actor":"anonymous","via":"mqtt"/);
  });

  it("cannot hide a metric behind the name of another one", async (t) => {
    const { hub, edge, send } = await plant(t, `{ rules: [{ metrics: "acme:dallas/+/+/Open" }] }`);
    const refused = new Promise<void>((resolve) => {
      hub.hub.commands.journal.observe(({ outcome }) => outcome !== undefined && resolve());
    });

    await send(asked(30, { metric: "Setpoint" }));
    await refused;

    assert.deepEqual(edge.asked.all, []);
  });
});

describe("a command that asks for an answer", { timeout: 180_000 }, () => {
  const ASKING = {
    properties: { responseTopic: "answers/mes", correlationData: Buffer.from("17") },
  };

  it("by DCMD gets one for all its metrics, when the last has come to its end", async (t) => {
    const { scada, answers } = await asking(t, `{ rules: [{ metrics: "acme:dallas/#" }] }`);
    const { topic, payload } = asked(30);

    await scada.publishAsync(topic, Buffer.from(payload), ASKING);
    const answer = await answers.next("answers/mes");

    assert.partialDeepStrictEqual(JSON.parse(answer.text), {
      metrics: [{ name: "Setpoint", result: "confirmed", value: 30, unchanged: false }],
    });
    assert.equal(answer.contentType, "application/json");
    assert.equal(answer.correlation, "17");
  });

  it("by DCMD is told why it went nowhere", async (t) => {
    const { scada, answers } = await asking(t, "{}");
    const { topic, payload } = asked(30);

    await scada.publishAsync(topic, Buffer.from(payload), ASKING);
    const answer = await answers.next("answers/mes");

    assert.match(answer.text, /"refused".*commands are blocked until they are opened/);
  });

  it("by …/set gets what stands on …/_set, and reasons for a refusal", async (t) => {
    const { scada, answers } = await asking(t, `{ rules: [{ metrics: "acme:dallas/#" }] }`);
    const set = "acme/dallas/line1/press/Setpoint/set";

    await scada.publishAsync(set, "30", ASKING);
    const done = await answers.next("answers/mes");
    await scada.publishAsync(set, "9999", ASKING);
    const beyond = await answers.next("answers/mes");

    assert.partialDeepStrictEqual(JSON.parse(done.text), { result: "confirmed", value: 30 });
    assert.partialDeepStrictEqual(JSON.parse(beyond.text), {
      result: "refused",
      code: "OUT_OF_RANGE",
    });
  });

  it("gets none on a topic of the plant, of Sparkplug or of the hub", async (t) => {
    const { hub, scada } = await asking(t, `{ rules: [{ metrics: "acme:dallas/#" }] }`);
    const { topic, payload } = asked(30);
    const away = ["acme/dallas/line1/press/Setpoint", "spBv1.0/g/NDATA/e", "$SYS/broker/x"];

    for (const responseTopic of away) {
      await scada.publishAsync(topic, Buffer.from(payload), {
        qos: 1,
        properties: { responseTopic },
      });
    }

    const told = hub.logged.filter(({ message }) => message === "a command gets no answer");
    assert.equal(told.length, away.length);
  });
});

async function asking(t: Parameters<typeof startTestHub>[0], commands: string) {
  const more = `${commands}\nuns: { projection: { write: true } }`;
  const opened = await plant(t, more);
  const answers = await JsonReader.open(t, opened.hub.mqttPort, "answers/#");
  return { ...opened, answers };
}

describe("a second person", { timeout: 180_000 }, () => {
  it("is asked over the API, and both stand on the audit trail", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const hub = await identityHub(t, "", {
      adapters: pressAdapter(plc.port),
      more: `commands: { rules: [{ metrics: "${SETPOINT}", secondPerson: true }] }`,
    });
    const { tree } = hub.hub;
    await hub.until(() => tree.values.quality(tree.find(SETPOINT) ?? 0) === "good");
    for (const name of ["ann", "bob"]) {
      await hub.addUser(name, "operator", ["read Plant1", "command Plant1"]);
    }

    const waiting = await post(hub, "/api/ns/write", { path: SETPOINT, value: 250 }, "ann");
    const id: unknown = Reflect.get(waiting, "id");
    const own = await post(hub, `/api/v1/commands/${String(id)}/approve`, {}, "ann");
    const other = await post(hub, `/api/v1/commands/${String(id)}/approve`, {}, "bob");

    assert.partialDeepStrictEqual(waiting, { result: "waiting" });
    assert.partialDeepStrictEqual(own, { result: "refused", code: "FORBIDDEN" });
    assert.partialDeepStrictEqual(other, { result: "confirmed", value: 250 });
    await hub.stop();
    const lines = hub.trail().filter(({ action }) => String(action).endsWith("command"));
    assert.deepEqual(
      lines.map(({ actor, action, result }) => [actor, action, result]),
      [
        ["user:ann", "command", "asked"],
        ["user:bob", "approve command", "done"],
        ["user:ann", "command", "asked"],
        ["user:ann", "command", "done"],
      ],
    );
  });
});

describe("unshub write and unshub commands", { timeout: 180_000 }, () => {
  it("tell what came of a command, and each of its steps", async (t) => {
    const { hub } = await pressHub(t, pressMemory(), "{}");
    const url = `http://127.0.0.1:${hub.httpPort}`;

    const done = await unshub("write", SETPOINT, "250", "--reason", "trial", "--url", url);
    const refused = await unshub("write", SETPOINT, "9000", "--url", url, "--json");
    const list = await unshub("commands", "--url", url);
    const one = await unshub("commands", "1", "--url", url);
    const wrong = await unshub("commands", "approve", "7", "--url", url);

    assert.equal(done.exitCode, 0, done.err);
    assert.match(done.out, /Setpoint = 250, read back after \d+ ms/);
    assert.equal(refused.exitCode, 1);
    assert.partialDeepStrictEqual(JSON.parse(refused.out), { code: "OUT_OF_RANGE" });
    assert.match(list.out, /2 .*250 +9000 +anonymous +refused: 9000 is outside[^]*1 .*confirmed/);
    assert.match(
      one.out,
      /Setpoint: 200 → 250, by anonymous \(api\)\nreason: trial\n[^]*delivered[^]*\nconfirmed: 250, read back$/,
    );
    assert.equal(wrong.exitCode, 1);
    assert.match(wrong.err, /there is no command 7 that could be answered/);
  });
});
