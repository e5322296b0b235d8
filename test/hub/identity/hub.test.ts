/** Identity of a whole hub: the first administrator, users and tokens, over MQTT, HTTP and the command line. */
import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connectAsync } from "mqtt";
import { verifyAudit } from "../../../hub/src/identity/index.ts";
import { unshubApart, type CommandResult } from "../../support/cli.ts";
import { startTestHub } from "../../support/hub.ts";

const ADMIN = { UNSHUB_USER: "root", UNSHUB_PASSWORD: "correct horse" };

interface Closed {
  readonly url: string;
  readonly mqttUrl: string;
  readonly dataDir: string;
  get(path: string, login?: string): Promise<Response>;
  cli(args: readonly string[], env?: Record<string, string>): Promise<CommandResult>;
}

/** A hub that lets nobody in who does not say who he is, with a first administrator. */
async function closedHub(t: TestContext): Promise<Closed> {
  const hub = await startTestHub(t, "", { more: "identity: { anonymous: none }" });
  const url = `http://127.0.0.1:${hub.httpPort}`;
  const dataDir = dirname(hub.file);
  const cli: Closed["cli"] = (args, env = ADMIN) => unshubApart([...args, "--url", url], env);
  const first = await cli(["user", "first", "root", "--data-dir", dataDir], {
    UNSHUB_NEW_PASSWORD: "correct horse",
  });
  assert.equal(first.exitCode, 0, first.err);
  return {
    url,
    mqttUrl: `mqtt://127.0.0.1:${hub.mqttPort}`,
    dataDir,
    get: (path, login) =>
      fetch(new URL(path, url), login === undefined ? {} : { headers: { authorization: login } }),
    cli,
  };
}

const basic = (name: string, password: string): string =>
  `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;

describe("a hub that lets nobody in unknown", { timeout: 300_000 }, () => {
  it("makes its first administrator by the code in its folder, once", async (t) => {
    const hub = await closedHub(t);

    const again = await hub.cli(["user", "first", "eve", "--code", "guess"], {
      UNSHUB_NEW_PASSWORD: "correct horse",
    });

    assert.equal(again.exitCode, 1);
    assert.match(again.err, /this is not the code/);
    assert.equal((await hub.get("/api/v1/users", basic("root", "correct horse"))).status, 200);
    assert.equal(statSync(join(hub.dataDir, "identity.json")).mode & 0o777, 0o600);
  });

  it("shows health and the page to everyone and the plant to nobody unknown", async (t) => {
    const hub = await closedHub(t);

    assert.equal((await hub.get("/livez")).status, 200);
    for (const path of [
      "/api/ns/children",
      "/api/v1/clients",
      "/api/v1/users",
      "/api/v1/nothing",
    ]) {
      const answer = await hub.get(path);
      assert.equal(answer.status, 401, path);
      assert.match(answer.headers.get("www-authenticate") ?? "", /^Basic/);
    }
    assert.equal((await hub.get("/api/ns/children", basic("root", "wrong"))).status, 401);
    assert.equal((await hub.get("/api/ns/children", "Bearer hub_guess")).status, 401);
  });

  it("lets a role do what it may and nothing else", async (t) => {
    const hub = await closedHub(t);
    const added = await hub.cli(
      ["user", "add", "vera", "--role", "viewer", "--grant", "read Plant1"],
      {
        ...ADMIN,
        UNSHUB_NEW_PASSWORD: "long enough",
      },
    );
    assert.equal(added.exitCode, 0, added.err);
    const vera = basic("vera", "long enough");

    assert.equal((await hub.get("/api/ns/children", vera)).status, 200);
    for (const path of ["/api/v1/clients", "/api/v1/users", "/api/v1/audit"]) {
      assert.equal((await hub.get(path, vera)).status, 403, path);
    }
    const write = await fetch(new URL("/api/ns/write", hub.url), {
      method: "POST",
      headers: { authorization: vera, "content-type": "application/json" },
      body: JSON.stringify({ path: "a/b/c", value: 1 }),
    });
    assert.equal(write.status, 403);
  });

  it("lets a program in by its token, over HTTP and MQTT, until it is deleted", async (t) => {
    const hub = await closedHub(t);
    const made = await hub.cli([
      "token",
      "add",
      "mes",
      "--grant",
      "publish mes/#",
      "--grant",
      "subscribe mes/#",
    ]);
    const secret = made.out.trim();
    assert.match(secret, /^hub_/);

    assert.equal((await hub.get("/api/ns/children", `Bearer ${secret}`)).status, 200);
    const client = await connectAsync(hub.mqttUrl, {
      username: "mes",
      password: secret,
      clientId: "mes-1",
      reconnectPeriod: 0,
    });
    t.after(() => client.endAsync(true));
    const [granted] = await client.subscribeAsync("mes/#");
    assert.equal(granted?.qos, 0);

    const closed = new Promise((resolve) => {
      client.once("close", () => resolve(undefined));
    });
    assert.equal((await hub.cli(["token", "delete", "mes"])).exitCode, 0);
    await closed;
    await assert.rejects(
      connectAsync(hub.mqttUrl, {
        username: "mes",
        password: secret,
        clientId: "mes-1",
        reconnectPeriod: 0,
      }),
    );
    assert.equal((await hub.get("/api/ns/children", `Bearer ${secret}`)).status, 401);
  });

  it("refuses grants that it cannot read, with what can be written", async (t) => {
    const hub = await closedHub(t);

    const { exitCode, err } = await hub.cli(["user", "add", "x", "--grant", "walk dogs"], {
      ...ADMIN,
      UNSHUB_NEW_PASSWORD: "long enough",
    });

    assert.equal(exitCode, 1);
    assert.match(err, /"walk dogs" is no grant; write e\.g\. node Plant1/);
  });

  it("keeps its last administrator", async (t) => {
    const hub = await closedHub(t);

    const { err } = await hub.cli(["user", "delete", "root"]);

    assert.match(err, /root is the last administrator/);
  });

  it("keeps an audit trail that holds no secret and can be verified", async (t) => {
    const hub = await closedHub(t);
    await hub.cli(["token", "add", "mes"]);
    await hub.get("/api/v1/users", basic("nobody", "x"));

    const file = join(hub.dataDir, "audit.jsonl");
    const text = readFileSync(file, "utf8");
    assert.deepEqual(verifyAudit(file), []);
    assert.match(text, /"action":"user added","object":"user root"/);
    assert.match(text, /"actor":"user:root".*"action":"token added","object":"token mes"/);
    assert.doesNotMatch(text, /correct horse|hub_|argon2/);
    assert.equal((await unshubApart(["audit", "verify", file])).out.trim(), `${file} is whole`);
  });
});
