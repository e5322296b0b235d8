import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { createWebSocketStream, WebSocket } from "ws";
import type { BrokerOptions, ListenerConfig } from "../../../hub/src/broker/index.ts";
import { makeCertificate, writeCertificate } from "../../support/certificates.ts";
import { tempDir } from "../../support/hub.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { type LogLine, startTestBroker } from "../../support/mqtt-broker.ts";
import { mosquittoSub, SKIP_WITHOUT_MOSQUITTO } from "../../support/mqtt-mosquitto.ts";
import { openSocket, RawClient } from "../../support/mqtt-raw-client.ts";

const HOST = "127.0.0.1";
const ca = makeCertificate("test ca", { isCa: true });
const server = makeCertificate("localhost", { signedBy: ca });

describe("MQTT over TLS", { timeout: 300_000 }, () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    it(`is served with ${version}`, async (t) => {
      await using hub = await startTlsBroker(t);
      const socket = await openTls(hub.port, { minVersion: version, maxVersion: version });
      await using client = new RawClient(socket);

      await client.connect();
      await client.subscribe("a");
      client.publish("a", "over TLS");

      assert.equal(String((await client.take("publish")).payload), "over TLS");
      assert.equal(socket.getProtocol(), version);
      assert.match(socket.getCipher().name, /GCM|POLY1305/);
      assert.match((await hub.connected.next()).address, /^127\.0\.0\.1:\d+$/);
    });
  }

  it("is not served with TLS 1.1, and the log says why", async (t) => {
    await using hub = await startTlsBroker(t);

    await assert.rejects(
      openTls(hub.port, {
        minVersion: "TLSv1.1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      }),
    );

    const { fields } = await hub.log.find(isWarning);
    assert.match(String(fields["because"]), /its TLS is too old/);
  });

  it("says in the log that a client speaks no TLS", async (t) => {
    await using hub = await startTlsBroker(t);
    await using client = await RawClient.open(hub.port);

    client.send(client.connectPacket());
    await client.closed;

    const { fields } = await hub.log.find(isWarning);
    assert.match(String(fields["because"]), /does not speak TLS, and this port does/);
    assert.equal(hub.broker.counters.turnedAway, 1);
  });

  it("with clientCa lets in only who shows a certificate that is signed by it", async (t) => {
    const clientCa = join(tempDir(t), "clients.pem");
    writeFileSync(clientCa, ca.cert);
    await using hub = await startTlsBroker(t, { clientCa });
    const known = makeCertificate("known", { signedBy: ca });
    const stranger = makeCertificate("stranger", {
      signedBy: makeCertificate("other ca", { isCa: true }),
    });

    await using client = new RawClient(await openTls(hub.port, known));
    await client.connect();
    await using nameless = new RawClient(await openTls(hub.port)); // TLS 1.3: the refusal comes after the handshake
    await using unknown = new RawClient(await openTls(hub.port, stranger));
    await nameless.closed;
    await unknown.closed;

    await client.ping();
    const said = [await hub.log.find(isWarning), await hub.log.find(isWarning)];
    const reasons = said.map(({ fields }) => String(fields["because"])).toSorted();
    assert.match(reasons[1] ?? "", /its certificate is not signed by one in clientCa/);
    assert.match(reasons[0] ?? "", /shows no certificate/);
    for (const { fields } of said) assert.match(String(fields["address"]), /^127\.0\.0\.1:\d+$/);
  });

  it("shows a new certificate to new clients and leaves the others alone", async (t) => {
    const folder = tempDir(t);
    await using hub = await startTlsBroker(t, {}, { folder });
    await using old = new RawClient(await openTls(hub.port));
    await old.connect({ clientId: "old" });
    const next = makeCertificate("next", { signedBy: ca });

    writeCertificate(folder, next);
    hub.broker.reloadCertificates();
    const socket = await openTls(hub.port);
    await using young = new RawClient(socket);
    await young.connect({ clientId: "young" });

    assert.equal(socket.getPeerCertificate().subject.CN, "next");
    await old.ping();
  });

  it("goes on with the old certificate when the new one is broken", async (t) => {
    const folder = tempDir(t);
    await using hub = await startTlsBroker(t, {}, { folder });

    writeFileSync(join(folder, "key.pem"), "half a fi");
    hub.broker.reloadCertificates();
    const socket = await openTls(hub.port);

    assert.equal(socket.getPeerCertificate().subject.CN, "localhost");
    socket.destroy();
    const { fields } = await hub.log.find(({ level }) => level === "error");
    assert.match(String(fields["because"]), /listeners\.mqtts\.key: .* is not PEM/);
  });

  it("ends who begins no handshake, who stays half way, and who sends no CONNECT afterwards", async (t) => {
    await using hub = await startTlsBroker(t, {}, { limits: { connectWithinMs: 3000 } });
    await using mute = await RawClient.open(hub.port);
    await using half = await RawClient.open(hub.port);
    half.sendBytes(Buffer.from("160301020001", "hex"));
    await using silent = new RawClient(await openTls(hub.port));

    await Promise.all([mute.closed, half.closed, silent.closed]);

    assert.equal(hub.broker.counters.turnedAway, 3);
  });

  it("counts the time of the handshake into the time for CONNECT", async (t) => {
    const clock = new ManualClock();
    await using hub = await startTlsBroker(t, {}, { clock, limits: { connectWithinMs: 2000 } });
    const arrived = await openSocket(hub.port);
    await using next = new RawClient(await openTls(hub.port));
    await next.connect({ clientId: "next" }); // those who came before it were let in

    clock.pass(1500);
    // TLS 1.2: the server's side is done before the client's
    const socket = await openTls(hub.port, { socket: arrived, maxVersion: "TLSv1.2" });
    await using client = new RawClient(socket);
    clock.pass(1000);
    await client.closed;

    const { fields } = await hub.log.find(({ message }) => message === "a client was disconnected");
    assert.equal(fields["because"], "sent no CONNECT in time");
    await next.ping();
  });

  it("is what mosquitto_sub speaks", { skip: SKIP_WITHOUT_MOSQUITTO }, async (t) => {
    await using hub = await startTlsBroker(t);
    const cafile = join(tempDir(t), "ca.pem");
    writeFileSync(cafile, ca.cert);
    await using sub = await mosquittoSub(hub.port, "--cafile", cafile, "-t", "a", "-q", "1");
    await hub.connected.next();
    await using publisher = new RawClient(await openTls(hub.port));
    await publisher.connect();

    publisher.send({
      cmd: "publish",
      topic: "a",
      payload: "hello",
      qos: 1,
      messageId: 1,
      retain: true,
      dup: false,
    });

    assert.equal(await sub.lines.next(), "hello");
  });

  it("does not start with files that cannot be used", async () => {
    const tls = { cert: "/nowhere/c.pem", key: "/nowhere/k.pem" };
    const listeners = [{ kind: "mqtts" as const, host: HOST, port: 0, tls }];

    await assert.rejects(startTestBroker({ listeners }), {
      code: "CERTIFICATE_UNUSABLE",
      message: /listeners\.mqtts\.cert: \/nowhere\/c\.pem does not exist/,
    });
  });
});

describe("MQTT over secure WebSocket", { timeout: 180_000 }, () => {
  it("is served", async (t) => {
    await using hub = await startTlsBroker(t);
    const socket = new WebSocket(`wss://localhost:${hub.wssPort}`, ["mqtt"], { ca: ca.cert });
    await using client = new RawClient(createWebSocketStream(socket));

    await client.connect();
    await client.subscribe("a");
    client.publish("a", "over wss");

    assert.equal(String((await client.take("publish")).payload), "over wss");
    assert.match((await hub.connected.next()).address, /^127\.0\.0\.1:\d+$/);
  });

  it("refuses pages of other origins, as the plain one does", async (t) => {
    await using hub = await startTlsBroker(t);
    const socket = new WebSocket(`wss://localhost:${hub.wssPort}`, ["mqtt"], {
      ca: ca.cert,
      origin: "https://evil.example",
    });

    const [error] = await once(socket, "error");

    assert.match(String(error), /403/);
  });

  it("ends who does not finish its handshake or its request", async (t) => {
    await using hub = await startTlsBroker(t, {}, { limits: { connectWithinMs: 3000 } });
    await using mute = await RawClient.open(hub.wssPort);
    const socket = await openTls(hub.wssPort);
    socket.write("GET / HTTP/1.1\r\nhost: localhost\r\n");
    await using slow = new RawClient(socket);

    await Promise.all([mute.closed, slow.closed]);

    assert.equal(hub.broker.counters.turnedAway, 2);
  });

  it("stops at once although a handshake is half done", async (t) => {
    await using hub = await startTlsBroker(t);
    await using half = new RawClient(await openSocket(hub.wssPort));
    half.sendBytes(Buffer.from("160301020001", "hex"));
    await using client = new RawClient(await openTls(hub.port));
    await client.connect();

    await hub.broker.stop();

    await Promise.all([half.closed, client.closed]);
  });
});

function isWarning({ level }: LogLine): boolean {
  return level === "warn";
}

interface Besides extends Partial<BrokerOptions> {
  /** Where the certificate is written; a folder of its own when left out. */
  readonly folder?: string;
}

/** `port` is that of MQTT over TLS. */
async function startTlsBroker(
  t: TestContext,
  tls: { readonly clientCa?: string } = {},
  { folder = tempDir(t), ...options }: Besides = {},
) {
  const files = { ...writeCertificate(folder, server), ...tls };
  const kinds = ["mqtts", "wss"] as const;
  const listeners = kinds.map((kind): ListenerConfig => ({
    kind,
    host: HOST,
    port: 0,
    tls: files,
  }));
  const hub = await startTestBroker({ ...options, listeners });
  const portOf = (wanted: string): number =>
    hub.broker.addresses.find(({ kind }) => kind === wanted)?.port ?? 0;
  return { ...hub, port: portOf("mqtts"), wssPort: portOf("wss") };
}

async function openTls(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: HOST, port, ca: ca.cert, servername: "localhost", ...options });
  await once(socket, "secureConnect");
  return socket;
}
