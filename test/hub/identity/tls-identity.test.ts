/** Who shows a certificate or knows a shared key is somebody: a whole hub, a plant CA, and the clients of Mosquitto. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { IncomingMessage } from "node:http";
import { request, type RequestOptions } from "node:https";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import type { IConnackPacket } from "mqtt-packet";
import { PlantCa } from "../../../hub/src/plant-ca/index.ts";
import { identityHub, PASSWORD, type IdentityHub } from "../../support/identity-hub.ts";
import { tempDir } from "../../support/hub.ts";
import { SKIP_WITHOUT_MOSQUITTO } from "../../support/mqtt-mosquitto.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const run = promisify(execFile);
const DAYS = 90;

interface TlsPlant {
  readonly hub: IdentityHub;
  readonly ca: PlantCa;
  readonly dir: string;
  /** A socket of somebody who shows this certificate of the plant, or none. */
  open(name?: string, options?: ConnectionOptions): Promise<TLSSocket>;
  client(name?: string, options?: ConnectionOptions): Promise<RawClient>;
}

/** Clients `press` (edge node P1/gw), `root` (the administrator) and `stranger` (nobody) have certificates. */
async function tlsPlant(
  t: TestContext,
  certificates: "required" | "optional" = "required",
): Promise<TlsPlant> {
  const dir = join(tempDir(t), "ca");
  const ca = new PlantCa(dir);
  await ca.init("Plant CA");
  await ca.issue({ kind: "server", name: "server", for: ["localhost", "127.0.0.1"] }, DAYS);
  await ca.issue({ kind: "client", name: "press", for: ["urn:sparkplug:P1:gw"] }, DAYS);
  await ca.issue({ kind: "client", name: "root", for: [] }, DAYS);
  await ca.issue({ kind: "client", name: "stranger", for: [] }, DAYS);
  const file = (name: string): string => join(dir, name);
  const tls = `port: 0, cert: ${file("server.pem")}, key: ${file("server.key")}, clientCa: ${file("ca.pem")}`;
  const hub = await identityHub(t, `certificates: { crl: [${file("revoked.pem")}] }`, {
    listeners: `{ http: { port: 0 }, mqtts: { ${tls}, clientCertificates: ${certificates} } }`,
  });
  const open: TlsPlant["open"] = async (name, options = {}) => {
    const shown = name && {
      cert: readFileSync(file(`clients/${name}.pem`)),
      key: readFileSync(file(`clients/${name}.key`)),
    };
    const port = hub.port("mqtts");
    const socket = connect({
      host: "127.0.0.1",
      port,
      ca: readFileSync(file("ca.pem")),
      ...(shown !== undefined && shown !== "" && shown),
      ...options,
    });
    t.after(() => socket.destroy());
    await once(socket, "secureConnect");
    return socket;
  };
  return { hub, ca, dir, open, client: async (...how) => new RawClient(await open(...how), 5) };
}

async function reasonOf(client: RawClient, topic: string, messageId = 9): Promise<number> {
  client.send({
    cmd: "publish",
    topic,
    qos: 1,
    payload: "x",
    messageId,
    dup: false,
    retain: false,
  });
  const { reasonCode } = await client.find("puback", (packet) => packet.messageId === messageId);
  return reasonCode ?? 0;
}

function login(name: string, password: string): { username: string; password: Buffer } {
  return { username: name, password: Buffer.from(password) };
}

describe("a client certificate", { timeout: 180_000 }, () => {
  it("makes an edge node of its URI, with that node's topics and no other", async (t) => {
    const plant = await tlsPlant(t);
    await using press = await plant.client("press");

    assert.equal((await press.connect({ clientId: "anything" })).reasonCode, 0);
    assert.equal(await reasonOf(press, "spBv1.0/P1/NDATA/gw"), 0);
    assert.equal(await reasonOf(press, "spBv1.0/P1/NDATA/other", 10), 0x87);
    assert.equal(await reasonOf(press, "spBv1.0/P1/NCMD/gw", 11), 0x87);
  });

  it("is shown with its client: whose it is, who signed it, and its fingerprint to compare", async (t) => {
    const plant = await tlsPlant(t);
    await using press = await plant.client("press");
    await press.connect({ clientId: "anything" });
    const file = readFileSync(join(plant.dir, "clients/press.pem"));
    const { fingerprint256, validTo } = new X509Certificate(file);

    const answer: unknown = await (await plant.hub.ask("GET", "/api/v1/clients/anything")).json();

    assert.partialDeepStrictEqual(answer, {
      tls: {
        kind: "certificate",
        subject: "CN=press",
        issuer: "CN=Plant CA",
        sha256: fingerprint256.replaceAll(":", "").toLowerCase(),
        validTo: Date.parse(validTo),
      },
    });
  });

  it("makes a user of its common name, with that user's rights", async (t) => {
    const plant = await tlsPlant(t);
    await plant.hub.addUser("stranger", "viewer", ["publish mes/%u/#"]);
    await using stranger = await plant.client("stranger");

    assert.equal((await stranger.connect({ clientId: "stranger-1" })).reasonCode, 0);
    assert.equal(await reasonOf(stranger, "mes/stranger/x"), 0);
    assert.equal(await reasonOf(stranger, "mes/root/x", 10), 0x87);
  });

  it("of whom no rule makes somebody is nobody", async (t) => {
    const plant = await tlsPlant(t);
    await using stranger = await plant.client("stranger");

    assert.equal((await stranger.connect({ clientId: "stranger" })).reasonCode, 0x87);
    await plant.hub.stop();
    const line = plant.hub.trail().find(({ object }) => object === "stranger");
    assert.match(String(line?.["reason"]), /no rule of identity\.certificates/);
    assert.match(String(line?.["actor"]), /CN=stranger/);
  });

  it("ends what it let in when it is revoked, and lets nobody in again", async (t) => {
    const plant = await tlsPlant(t);
    await using press = await plant.client("press");
    await press.connect({ clientId: "gw" });

    await plant.ca.revoke("press");

    assert.equal((await press.take("disconnect")).reasonCode, 0x87);
    await using again = await plant.client("press");
    assert.equal((await again.connect({ clientId: "gw" })).reasonCode, 0x87);
    await using withPassword = await plant.client("press");
    const connack = await withPassword.connect({ clientId: "root", ...login("root", PASSWORD) });
    assert.equal(connack.reasonCode, 0x87, "a right password does not make a revoked one right");
  });

  it("keeps the list that it had when a new one is broken or signed by somebody else", async (t) => {
    const plant = await tlsPlant(t);
    await plant.ca.revoke("press");
    const otherDir = join(tempDir(t), "ca");
    await new PlantCa(otherDir).init("Plant CA");
    const list = join(plant.dir, "revoked.pem");
    await plant.hub.untilLogged(/certificates read again/);

    writeFileSync(`${list}.x`, "rubbish");
    renameSync(`${list}.x`, list);
    await plant.hub.untilLogged(/those known before still count/);
    copyFileSync(join(otherDir, "revoked.pem"), `${list}.x`);
    renameSync(`${list}.x`, list);
    await plant.hub.untilLogged(/those known before still count/, 2);

    await using press = await plant.client("press");
    assert.equal((await press.connect({ clientId: "gw" })).reasonCode, 0x87);
  });

  it("counts also when a TLS session is taken up again", async (t) => {
    const plant = await tlsPlant(t);
    const first = await plant.open("press", { maxVersion: "TLSv1.2" });
    const session = first.getSession();
    assert.ok(session);
    first.destroy();

    const socket = await plant.open("press", { maxVersion: "TLSv1.2", session });
    await using press = new RawClient(socket, 5);
    assert.equal((await press.connect({ clientId: "gw" })).reasonCode, 0);
    assert.equal(socket.isSessionReused(), true);
    assert.equal(await reasonOf(press, "spBv1.0/P1/NDATA/gw"), 0);
    await plant.ca.revoke("press");
    assert.equal((await press.take("disconnect")).reasonCode, 0x87);
    const later = await plant.open("press", { maxVersion: "TLSv1.2", session });
    await using back = new RawClient(later, 5);
    assert.equal((await back.connect({ clientId: "gw" })).reasonCode, 0x87);
  });

  it("that ends within 30 days is told in the log, and lets its owner in", async (t) => {
    const plant = await tlsPlant(t);
    await plant.ca.revoke("press");
    await plant.ca.issue({ kind: "client", name: "press", for: ["urn:sparkplug:P1:gw"] }, 20);
    await using press = await plant.client("press");

    assert.equal((await press.connect({ clientId: "gw" })).reasonCode, 0);
    const [line] = await plant.hub.untilLogged(/the certificate of a client expires soon/);
    assert.match(JSON.stringify(line), /CN=press.*"daysLeft":19/);
  });

  it("may be left out where it is optional; then a password says who it is", async (t) => {
    const plant = await tlsPlant(t, "optional");
    const connacks: IConnackPacket[] = [];
    for (const packet of [{}, login("root", PASSWORD)]) {
      await using client = await plant.client();
      connacks.push(await client.connect({ clientId: "root", ...packet }));
    }

    assert.deepEqual(
      connacks.map(({ reasonCode }) => reasonCode),
      [0x87, 0],
    );
  });

  it("signed by somebody else is worth nothing where certificates are optional", async (t) => {
    const plant = await tlsPlant(t, "optional");
    const dir = join(tempDir(t), "evil");
    const evil = new PlantCa(dir);
    await evil.init("Plant CA");
    await evil.issue({ kind: "client", name: "press", for: ["urn:sparkplug:P1:gw"] }, DAYS);
    const shown = {
      cert: readFileSync(join(dir, "clients/press.pem")),
      key: readFileSync(join(dir, "clients/press.key")),
    };

    await using press = await plant.client(undefined, shown);
    assert.equal((await press.connect({ clientId: "gw" })).reasonCode, 0x87);
  });

  it("is what mosquitto_pub shows with --cert", { skip: SKIP_WITHOUT_MOSQUITTO }, async (t) => {
    const plant = await tlsPlant(t);
    const pub = (name: string, topic: string): Promise<string> =>
      mosquitto([
        "-p",
        String(plant.hub.port("mqtts")),
        "--cafile",
        join(plant.dir, "ca.pem"),
        "--cert",
        join(plant.dir, `clients/${name}.pem`),
        "--key",
        join(plant.dir, `clients/${name}.key`),
        "-V",
        "5",
        "-q",
        "1",
        "-t",
        topic,
        "-m",
        "x",
      ]);

    assert.equal(await pub("press", "spBv1.0/P1/NDATA/gw"), "");
    assert.match(await pub("press", "spBv1.0/P1/NDATA/other"), /not authori[sz]ed/i);
    assert.match(await pub("stranger", "spBv1.0/P1/NDATA/gw"), /not authori[sz]ed/i);
  });
});

describe("a client certificate over HTTPS", { timeout: 180_000 }, () => {
  it("is who it is over MQTT, until it is revoked; without one a password says it", async (t) => {
    const dir = join(tempDir(t), "ca");
    const ca = new PlantCa(dir);
    await ca.init("Plant CA");
    await ca.issue({ kind: "server", name: "server", for: ["localhost", "127.0.0.1"] }, DAYS);
    await ca.issue({ kind: "client", name: "root", for: [] }, DAYS);
    await ca.issue({ kind: "client", name: "stranger", for: [] }, DAYS);
    const file = (name: string): string => join(dir, name);
    const tls = `cert: ${file("server.pem")}, key: ${file("server.key")}, clientCa: ${file("ca.pem")}`;
    const dataDir = tempDir(t);
    const first = await identityHub(t, "", { seed: dataDir });
    await first.stop();
    const hub = await identityHub(t, `certificates: { crl: [${file("revoked.pem")}] }`, {
      dataDir,
      listeners: `{ http: { port: 0, ${tls}, clientCertificates: optional } }`,
    });
    const ask = (name: string | undefined, headers: Record<string, string> = {}): Promise<number> =>
      statusOf({
        host: "127.0.0.1",
        port: hub.port("http"),
        path: "/api/v1/users",
        ca: readFileSync(file("ca.pem")),
        agent: false,
        headers,
        ...(name !== undefined && {
          cert: readFileSync(file(`clients/${name}.pem`)),
          key: readFileSync(file(`clients/${name}.key`)),
        }),
      });
    const authorization = `Basic ${Buffer.from(`root:${PASSWORD}`).toString("base64")}`;

    assert.equal(await ask(undefined), 401);
    assert.equal(await ask("stranger"), 401);
    assert.equal(await ask(undefined, { authorization }), 200);
    assert.equal(await ask("root"), 200);
    assert.equal(await ask("root", { origin: "https://evil.example" }), 403);
    await ca.revoke("root");
    await hub.untilLogged(/certificates read again/);
    assert.equal(await ask("root"), 401);
    assert.equal(await ask("root", { authorization }), 401);
  });
});

async function statusOf(options: RequestOptions): Promise<number> {
  const asked = request(options).end();
  const [answer] = await once(asked, "response");
  assert.ok(answer instanceof IncomingMessage);
  answer.resume();
  return answer.statusCode ?? 0;
}

describe("a shared key", { timeout: 180_000 }, () => {
  const listeners = "{ http: { port: 0 }, psk: { port: 0 } }";

  for (const version of ["tlsv1.2", "tlsv1.3"]) {
    it(
      `lets mosquitto_pub --psk in over ${version}, with its topics and no other`,
      { skip: SKIP_WITHOUT_MOSQUITTO },
      async (t) => {
        const hub = await identityHub(t, "", { listeners });
        const key = await hub.addPsk("gw7", ["node P1/gw7"]);
        const pub = (name: string, secret: string, topic: string): Promise<string> =>
          mosquitto([
            "-p",
            String(hub.port("psk")),
            "--psk",
            secret,
            "--psk-identity",
            name,
            "--tls-version",
            version,
            "-V",
            "5",
            "-q",
            "1",
            "-t",
            topic,
            "-m",
            "x",
          ]);

        assert.equal(await pub("gw7", key, "spBv1.0/P1/NDATA/gw7"), "");
        assert.match(await pub("gw7", key, "spBv1.0/P1/NDATA/gw8"), /not authori[sz]ed/i);
        const wrongKey = await pub("gw7", "00".repeat(32), "spBv1.0/P1/NDATA/gw7");
        const wrongName = await pub("gw8", key, "spBv1.0/P1/NDATA/gw7");
        assert.match(wrongKey, /TLS error/);
        assert.match(wrongName, /TLS error/);
        await hub.untilLogged(/the shared key \(PSK\) is wrong/);
      },
    );
  }

  it("ends its connections when it is taken away", async (t) => {
    const hub = await identityHub(t, "", { listeners });
    const key = await hub.addPsk("gw7", ["node P1/gw7"]);
    await using client = new RawClient(await openPsk(t, hub.port("psk"), "gw7", key), 5);
    assert.equal((await client.connect({ clientId: "gw7" })).reasonCode, 0);

    assert.equal((await hub.ask("DELETE", "/api/v1/psks/gw7")).status, 204);

    assert.equal((await client.take("disconnect")).reasonCode, 0x87);
    await assert.rejects(openPsk(t, hub.port("psk"), "gw7", key));
  });

  it("is shown once, to administrators, and by nobody afterwards", async (t) => {
    const hub = await identityHub(t, "", { listeners });
    const key = await hub.addPsk("gw7", []);

    const list = await (await hub.ask("GET", "/api/v1/psks")).text();
    assert.match(list, /"gw7"/);
    assert.doesNotMatch(list, new RegExp(key));
    const trail = readFileSync(join(hub.dataDir, "audit.jsonl"), "utf8");
    assert.match(trail, /"psk added"/);
    assert.doesNotMatch(trail + JSON.stringify(hub.logged), new RegExp(key));
  });
});

async function openPsk(
  t: TestContext,
  port: number,
  identity: string,
  key: string,
): Promise<TLSSocket> {
  const socket = connect({
    host: "127.0.0.1",
    port,
    pskCallback: () => ({ identity, psk: Buffer.from(key, "hex") }),
    ciphers: "PSK+HIGH:TLS_AES_128_GCM_SHA256",
    checkServerIdentity: () => undefined,
  });
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

/** What `mosquitto_pub` complains of; empty when it was content. */
async function mosquitto(args: readonly string[]): Promise<string> {
  try {
    const { stderr } = await run("mosquitto_pub", ["-h", "127.0.0.1", ...args]);
    return stderr;
  } catch (error) {
    return error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  }
}
