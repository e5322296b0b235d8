/** The audit trail of a whole hub: who did what, from where, with the value of before, and how it ended. */
import assert from "node:assert/strict";
import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { encodePayload } from "@unshub/sparkplug";
import { Audit, verifyAudit } from "../../../hub/src/identity/index.ts";
import { openModbusServer } from "../../support/modbus-server.ts";
import { pressAdapter, pressMemory, startTestHub, tempDir } from "../../support/hub.ts";
import { identityHub, PASSWORD, type IdentityHub } from "../../support/identity-hub.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";
import { REQUESTS } from "../../support/permission-table.ts";

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

describe("the audit trail", { timeout: 180_000 }, () => {
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

  it("tells what the disk refused as failed, and nothing of it holds", async (t) => {
    const hub = await identityHub(t);
    await hub.addUser("ann", "viewer", []);
    const expiresAt = Date.now() + 3_600_000;
    const changes = [
      ["PUT", "/api/v1/users/eve", { role: "admin", grants: [], password: PASSWORD }],
      ["PUT", "/api/v1/tokens/mes", { role: "admin", grants: [], expiresAt }],
      ["PUT", "/api/v1/psks/valve", { role: "viewer", grants: [] }],
      ["DELETE", "/api/v1/users/ann", undefined],
    ] as const;
    const known = async (): Promise<readonly unknown[]> =>
      await Promise.all(
        ["users", "tokens", "psks"].map(
          async (kind): Promise<unknown> => await (await hub.ask("GET", `/api/v1/${kind}`)).json(),
        ),
      );
    const before = await known();
    mkdirSync(join(hub.dataDir, "identity.json.new")); // nothing can be written there

    const statuses: number[] = [];
    for (const [method, path, body] of changes)
      statuses.push((await hub.ask(method, path, body)).status);
    const after = await known();
    rmdirSync(join(hub.dataDir, "identity.json.new"));
    await hub.addUser("bob", "viewer", []); // writes all that holds

    assert.deepEqual(statuses, [500, 500, 500, 500]);
    assert.deepEqual(after, before);
    const objects = hub.trail().filter(({ result }) => result === "failed");
    assert.deepEqual(
      objects.map(({ object }) => object),
      ["user eve", "token mes", "psk valve", "user ann"],
    );
    const text = readFileSync(join(hub.dataDir, "identity.json"), "utf8");
    assert.deepEqual(
      ["eve", "mes", "valve", "ann", "bob"].map((name) => text.includes(`"${name}"`)),
      [false, false, false, true, true],
    );
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

  it("stops commands and changes of the whole hub while its disk is full, and nothing else", async (t) => {
    const hub = await identityHub(t);
    await hub.addUser("scada", "operator", ["read Plant1", "command Plant1", "publish mes/#"]);
    await using scada = await comeAs(hub, "scada");
    const topic = "spBv1.0/Plant1/NCMD/gw";
    const payload = Buffer.from(encodePayload({ timestamp: 1, metrics: [] }));
    const answerTo = async (where: string, messageId: number): Promise<number> => {
      scada.send({
        cmd: "publish",
        topic: where,
        qos: 1,
        payload,
        messageId,
        dup: false,
        retain: false,
      });
      return (
        (await scada.find("puback", (packet) => packet.messageId === messageId)).reasonCode ?? 0
      );
    };
    assert.equal(await answerTo(topic, 1), 0);
    const file = join(hub.dataDir, "audit.jsonl");
    renameSync(file, `${file}.whole`);
    symlinkSync("/dev/full", file); // every write to it fails: no space left on device

    const first = await hub.ask("PUT", "/api/v1/users/eve", { role: "admin", grants: [] });

    assert.equal(first.status, 503);
    assert.match(await first.text(), /the audit trail cannot be written/);
    for (const [request] of REQUESTS) {
      const [method = "", path = ""] = request.split(" ");
      if (path.startsWith("/api/v1/audit")) continue; // a read of /dev/full has no end
      const { status } = await hub.ask(method, path.replaceAll(/\{\w+\}/g, "nobody"));
      const isRefused = status === 503 || status === 403; // 403: it is not this role's
      assert.equal(isRefused, method !== "GET" || status === 403, `${request}: ${status}`);
    }
    assert.equal(await answerTo(topic, 2), 0x83);
    assert.equal(await answerTo("mes/x", 3), 0);
    await hub.hub.reload();
    assert.ok(hub.logged.some(({ message }) => message.startsWith("configuration not read again")));
    await using late = await comeAs(hub, "scada"); // whoever may come in still comes in
    await late.ping();

    rmSync(file);
    renameSync(`${file}.whole`, file);
    await hub.untilLogged(/the audit trail can be written again/);
    const last = await hub.ask("PUT", "/api/v1/users/bob", { role: "viewer", grants: [] });
    assert.ok(last.ok, await last.text());
    const { users } = Object(await (await hub.ask("GET", "/api/v1/users")).json());
    assert.deepEqual(
      Array.from(users, ({ name }) => name),
      ["root", "scada", "bob"],
    );
    assert.equal(linesOf(hub, "write the audit trail again").length, 1);
    assert.deepEqual(verifyAudit(file), []);
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
