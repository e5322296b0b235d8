import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect as connectTls, type TLSSocket } from "node:tls";
import mqtt, { type IPublishPacket, type MqttClient } from "mqtt";
import { AwakeTime } from "../../support/awake-time.ts";
import { makeCertificate, writeCertificate } from "../../support/certificates.ts";
import { RunningCommand } from "../../support/cli.ts";
import { tempDir } from "../../support/hub.ts";
import { Inbox } from "../../support/mqtt-inbox.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

/** How long a service manager waits before it kills. */
const STOP_WITHIN_MS = 5000;

describe("a hub that is told to stop", { timeout: 180_000 }, () => {
  it("says so to its clients, keeps their sessions, and has them after the next start", async (t) => {
    const folder = tempDir(t);
    const first = await startHub(t, folder, "listeners: { mqtt: { port: 0 } }\n");
    const here = await persistentClient(first.url, "here");
    const away = await persistentClient(first.url, "away");
    await away.client.endAsync();
    await here.client.publishAsync("plant/away", "queued", { qos: 1 });
    const disconnected = new Promise<number | undefined>((resolve) => {
      here.client.once("disconnect", (packet) => resolve(packet.reasonCode));
    });
    using took = new AwakeTime();

    first.hub.signal("SIGTERM");
    const reasonCode = await disconnected;
    const exitCode = await first.hub.end();

    assert.equal(reasonCode, 0x8b);
    assert.equal(exitCode, 0, first.hub.err);
    assert.match(first.hub.out, /Stopping …\nStopped\.\n$/);
    assert.ok(took.ms < STOP_WITHIN_MS, `${took.ms} ms`);
    await here.client.endAsync(true);

    const second = await startHub(t, folder, "listeners: { mqtt: { port: 0 } }\n");
    const hereAgain = await persistentClient(second.url, "here");
    const awayAgain = await persistentClient(second.url, "away");

    assert.deepEqual([hereAgain.sessionPresent, awayAgain.sessionPresent], [true, true]);
    assert.equal(String((await awayAgain.messages.next()).payload), "queued");
    await hereAgain.client.publishAsync("plant/here", "still subscribed", { qos: 1 });
    assert.equal(String((await hereAgain.messages.next()).payload), "still subscribed");
    await hereAgain.client.endAsync();
    await awayAgain.client.endAsync();
    assert.equal(await second.hub.interrupt(), 0);
  });

  it("keeps nothing with durability memory, and says so when it starts", async (t) => {
    const folder = tempDir(t);
    const yaml = "listeners: { mqtt: { port: 0 } }\nmqtt: { durability: memory }\n";
    const first = await startHub(t, folder, yaml);
    assert.match(first.hub.out, /mqtt\.durability is memory: sessions, queues and retained/);
    await first.hub.until(/"nothing is stored: sessions, queued and retained messages end/, "err");
    const client = await persistentClient(first.url, "c");
    await client.client.endAsync();
    assert.equal(await first.hub.interrupt(), 0);

    const second = await startHub(t, folder, yaml);

    const again = await persistentClient(second.url, "c");
    assert.equal(again.sessionPresent, false);
    await again.client.endAsync();
    assert.equal(await second.hub.interrupt(), 0);
  });
});

describe("a hub that hears SIGHUP", { timeout: 180_000 }, () => {
  it("shows its new certificate and keeps its clients", async (t) => {
    const folder = tempDir(t);
    writeCertificate(folder, makeCertificate("old"));
    const { hub, url } = await startHub(
      t,
      folder,
      "listeners: { mqtts: { port: 0, cert: cert.pem, key: key.pem } }\n",
    );
    const port = Number(new URL(url).port);
    await using client = new RawClient(await openTls(port));
    await client.connect();
    writeCertificate(folder, makeCertificate("new"));

    hub.signal("SIGHUP");
    await hub.until(/certificate read again/, "err");
    const socket = await openTls(port);

    assert.equal(socket.getPeerCertificate().subject.CN, "new");
    socket.destroy();
    await client.ping();
    assert.equal(await hub.interrupt(), 0);
  });

  it("does not start with a certificate that cannot be used, and says which, exit 1", async (t) => {
    const folder = tempDir(t);
    writeFileSync(
      join(folder, "unshub.yaml"),
      "listeners: { mqtts: { port: 0, cert: no.pem, key: no.pem } }\n",
    );
    const hub = new RunningCommand(t, ["start"], { cwd: folder });

    assert.equal(await hub.end(), 1);
    assert.match(hub.err, /^listeners\.mqtts\.cert: \/.*no\.pem does not exist$/m);
  });
});

/** `url`: of its MQTT port. */
async function startHub(t: TestContext, folder: string, yaml: string) {
  writeFileSync(join(folder, "unshub.yaml"), yaml);
  const hub = new RunningCommand(t, ["start"], { cwd: folder });
  const [url] = await hub.until(/mqtts?:\/\/127\.0\.0\.1:\d+/);
  await hub.until(/Stop +Ctrl-C/);
  return { hub, url };
}

interface PersistentClient {
  readonly client: MqttClient;
  readonly sessionPresent: boolean;
  readonly messages: Inbox<IPublishPacket>;
}

/** MQTT.js with a session that outlives it, and a subscription to `plant/{clientId}`. */
async function persistentClient(url: string, clientId: string): Promise<PersistentClient> {
  const client = mqtt.connect(url, {
    clientId,
    protocolVersion: 5,
    clean: false,
    properties: { sessionExpiryInterval: 3600 },
    reconnectPeriod: 0,
  });
  const messages = new Inbox<IPublishPacket>();
  client.on("message", (_topic, _payload, packet) => messages.push(packet));
  const sessionPresent = await new Promise<boolean>((resolve, reject) => {
    client.once("connect", (connack) => resolve(connack.sessionPresent));
    client.once("error", reject);
  });
  if (!sessionPresent) await client.subscribeAsync(`plant/${clientId}`, { qos: 1 });
  return { client, sessionPresent, messages };
}

async function openTls(port: number): Promise<TLSSocket> {
  const socket = connectTls({ host: "127.0.0.1", port, rejectUnauthorized: false });
  await once(socket, "secureConnect");
  return socket;
}
