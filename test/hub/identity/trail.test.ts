/** The audit trail of a whole hub: who did what, from where, with the value of before, and how it ended. */
import assert from "node:assert/strict";
import { appendFileSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { encodePayload } from "@unshub/sparkplug";
import { Audit, verifyAudit } from "../../../hub/src/identity/index.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { pressAdapter, pressMemory, startTestHub, tempDir } from "../../support/hub.ts";
import { identityHub, PASSWORD, type IdentityHub } from "../../support/identity-hub.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

/** What stands there of an action, without what differs each time. */
function linesOf(hub: IdentityHub, action: string): readonly object[] {
  return hub
    .trail()
    .filter((line) => line["action"] === action)
    .map(({ number: _number, at: _at, hash: _hash, previous: _previous, ...line }) => line);
}

async function comeAs(hub: IdentityHub, name: string): Promise<RawClient> {
  const client = await RawClient.open(hub.mqttPort, 5);
  const login = { clientId: name, username: name, password: Buffer.from(PASSWORD) };
  assert.equal((await client.connect(login)).reasonCode, 0);
  return client;
}

describe("the audit trail", { timeout: 60_000 }, () => {
  it("tells of a hub that stopped, and of one that was ended", async (t) => {
    const dataDir = tempDir(t);
    const first = await startTestHub(t, "", { dataDir });
    await first.stop();
    const file = join(dataDir, "audit.jsonl");
    assert.match(readFileSync(file, "utf8"), /"action":"start".*\n.*"action":"stop"/);
    const whole = readFileSync(file, "utf8").split("\n");
    writeFileSync(file, `${whole[0]}\n`); // as after kill -9

    const second = await startTestHub(t, "", { dataDir });
    await second.stop();

    assert.match(readFileSync(file, "utf8"), /ended before without stopping/);
    assert.deepEqual(verifyAudit(file), []);
    assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("tells who came, who was refused, and who went, with address and reason", async (t) => {
    const hub = await identityHub(t);
    await hub.addUser("mes", "viewer", ["publish mes/#"]);
    await using client = await comeAs(hub, "mes");
    const address = /^127\.0\.0\.1:\d+$/;
    client.send({
      cmd: "publish",
      topic: "other/x",
      qos: 1,
      payload: "",
      messageId: 1,
      dup: false,
      retain: false,
    });
    await client.take("puback");
    client.send({ cmd: "disconnect" });
    await client.closed;
    await using wrong = await RawClient.open(hub.mqttPort, 5);
    await wrong.connect({ clientId: "mes", username: "mes", password: Buffer.from("no") });
    await hub.stop();

    const shown = ["connect", "publish", "disconnect"].flatMap((action) => linesOf(hub, action));
    for (const line of shown) assert.match(String(Reflect.get(line, "address")), address);
    assert.deepEqual(
      shown.map((line) =>
        ["actor", "object", "result", "reason"].map((key): unknown => Reflect.get(line, key)),
      ),
      [
        ["user:mes", "mes", "done", undefined],
        ["user:mes", "mes", "refused", "the name or the password is wrong"],
        ["user:mes", "other/x", "refused", "no grant allows to publish there"],
        ["user:mes", "mes", "done", undefined],
      ],
    );
  });

  it("tells of a write what the value was, what it shall be, and whether it came back", async (t) => {
    await using plc = await openModbusServer(pressMemory());
    const hub = await identityHub(t, "", { adapters: pressAdapter(plc.port) });
    await hub.until(
      () => hub.hub.tree.find("Plant1/gw-press/press-01/Hydraulics/Setpoint") !== undefined,
    );
    await hub.addUser("olga", "operator", ["read Plant1", "command Plant1"]);
    const write = (value: number): Promise<Response> =>
      fetch(new URL("/api/ns/write", `http://127.0.0.1:${hub.httpPort}`), {
        method: "POST",
        headers: {
          "content-type": "application/json",
          authorization: `Basic ${Buffer.from(`olga:${PASSWORD}`).toString("base64")}`,
        },
        body: JSON.stringify({ path: "Plant1/gw-press/press-01/Hydraulics/Setpoint", value }),
      });
    assert.match(await (await write(250)).text(), /confirmed/);
    assert.match(await (await write(9000)).text(), /refused/);
    await hub.stop();

    const of = { actor: "user:olga", via: "api", address: "127.0.0.1", action: "command" };
    const object = "Plant1/gw-press/press-01/Hydraulics/Setpoint";
    const [asked, done, refused] = linesOf(hub, "command");
    assert.deepEqual(asked, { ...of, object, before: 200, after: 250, result: "asked" });
    assert.equal(Reflect.get(done ?? {}, "result"), "done");
    assert.match(JSON.stringify(refused), /"result":"refused","reason":".*350/);
  });

  it("tells of a command over MQTT, and of clients that an administrator ends", async (t) => {
    const hub = await identityHub(t);
    await hub.addUser("scada", "operator", ["command P1 Set*"]);
    await using scada = await comeAs(hub, "scada");
    const metrics = [
      { name: "Setpoint", datatype: "Int32" as const, tellDatatype: true, value: 7 },
    ];
    const payload = Buffer.from(encodePayload({ timestamp: 1, metrics }));
    const topic = "spBv1.0/P1/DCMD/gw/d1";
    scada.send({ cmd: "publish", topic, qos: 1, payload, messageId: 1, dup: false, retain: false });
    await scada.take("puback");
    assert.equal((await hub.ask("DELETE", "/api/v1/clients/scada")).status, 200);
    await scada.closed;
    await hub.stop();

    const [command] = linesOf(hub, "command");
    assert.deepEqual(
      { ...command, address: "" },
      {
        actor: "user:scada",
        via: "mqtt",
        address: "",
        action: "command",
        object: topic,
        before: { Setpoint: "unknown" },
        after: { Setpoint: "7" },
        result: "asked",
      },
    );
    assert.match(JSON.stringify(linesOf(hub, "disconnect client")), /"user:root".*"client scada"/);
  });

  it("stops commands and changes while it cannot be written, and nothing else", async (t) => {
    const dir = tempDir(t);
    const file = join(dir, "none", "audit.jsonl");
    let failures = 0;
    const audit = new Audit({ file, now: () => 0, failed: () => (failures += 1) });

    audit.later({ actor: "a", via: "mqtt", action: "x", result: "done" });
    audit.flush();

    assert.equal(audit.isBroken, true);
    assert.equal(failures, 1);
    assert.throws(() => audit.write({ actor: "a", via: "api", action: "y", result: "done" }));
  });

  it("goes on after a line of any length, and finds each line that was changed or taken out", (t) => {
    const file = join(tempDir(t), "audit.jsonl");
    const entry = { actor: "a", via: "api", action: "x", result: "done" } as const;
    new Audit({ file, now: () => 0 }).write({ ...entry, after: "x".repeat(300_000) });
    new Audit({ file, now: () => 0 }).write({ ...entry, before: { 1: "a", __proto__: "b" } });
    appendFileSync(file, "half a li");
    new Audit({ file, now: () => 0 }).write(entry);
    assert.deepEqual(
      verifyAudit(file).map(({ line }) => line),
      [3],
    );

    const lines = readFileSync(file, "utf8").split("\n");
    writeFileSync(file, [lines[0], lines[3], ""].join("\n"));
    assert.deepEqual(
      verifyAudit(file).map(({ line }) => line),
      [2],
    );
  });
});
