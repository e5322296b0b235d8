import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pauseAfter } from "../../../../adapters/opcua/src/connect/pause.ts";
import { readOwnCertificate } from "@unshub/opcua-trust";
import { TestConnector } from "../../../support/opcua-connect.ts";
import { makeApplicationCertificate, SecureServer } from "../../../support/opcua-secure-server.ts";

const POLICIES = ["Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"] as const;
const MODES = ["Sign", "SignAndEncrypt"] as const;

describe("an OPC UA server with all current policies", { timeout: 180_000 }, () => {
  let server: SecureServer;
  before(async () => {
    server = await SecureServer.start({
      policies: ["None", ...POLICIES],
      modes: ["None", ...MODES],
      user: { name: "hub", password: "right" },
    });
  });
  after(() => server[Symbol.asyncDispose]());

  for (const policy of POLICIES) {
    for (const mode of MODES) {
      it(`is talked to with ${policy} and ${mode} when that is asked for`, async () => {
        await using connector = await TestConnector.create();
        const { endpoint } = server;

        const opened = await connector.open({
          endpoint,
          security: { policy, mode },
          trustOnFirstUse: true,
        });

        assert.equal(opened.protection, `${policy}/${mode}`);
        assert.equal(opened.client.securityMode, mode === "Sign" ? 2 : 3);
        assert.match(opened.client.securityPolicy, new RegExp(`#${policy}$`));
        assert.ok(opened.server.namespaces.length > 1);
      });
    }
  }

  it("is talked to with the best it offers, and the log says what there was", async () => {
    await using connector = await TestConnector.create();

    const opened = await connector.open({ endpoint: server.endpoint, trustOnFirstUse: true });

    assert.equal(opened.protection, "Aes256_Sha256_RsaPss/SignAndEncrypt");
    const line = connector.log.find(({ message }) => message.startsWith("chose"));
    assert.match(JSON.stringify(line), /offered.*Basic256Sha256\/Sign,.*chosen/);
  });

  it("is talked to without protection only when that is said twice", async () => {
    await using connector = await TestConnector.create();
    const { endpoint } = server;

    const opened = await connector.open({ endpoint, security: "none", allowNone: true });

    assert.equal(opened.protection, "None");
    assert.equal(opened.certificate, undefined);
  });

  it("lets a user in by password", async () => {
    await using connector = await TestConnector.create();
    const file = join(connector.folder, "password");
    writeFileSync(file, "right\n");
    const identity = { user: "hub", password: `\${file:${file}}` };

    const { session } = await connector.open({
      endpoint: server.endpoint,
      trustOnFirstUse: true,
      identity,
    });

    const { value } = await session.read({ nodeId: "i=2258", attributeId: 13 });
    assert.ok(value.value instanceof Date);
  });

  it("lets a wrong password not in; that is said, without it, and tried again in five minutes only", async () => {
    await using connector = await TestConnector.create();
    const identity = { user: "hub", password: "geheim" };

    const failure = await connector.failure({
      endpoint: server.endpoint,
      trustOnFirstUse: true,
      identity,
    });

    assert.equal(failure.state, "identity_rejected");
    assert.match(failure.message, /does not let user hub in/);
    assert.doesNotMatch(failure.message + JSON.stringify(connector.log), /geheim/);
    assert.equal(pauseAfter(failure), 300_000);
  });

  it("encrypts the password for its certificate on an open channel, which must be trusted for that", async () => {
    await using connector = await TestConnector.create();
    const identity = { user: "hub", password: "right" };
    const keys = { endpoint: server.endpoint, security: "none", allowNone: true, identity };

    const failure = await connector.failure(keys);
    const opened = await connector.open({ ...keys, trustOnFirstUse: true });

    assert.equal(failure.state, "awaiting_trust");
    assert.equal(opened.protection, "None");
    assert.notEqual(opened.certificate, undefined);
  });

  it("lets a user in by certificate", async () => {
    await using connector = await TestConnector.create();
    const { cert, key } = await makeApplicationCertificate({ applicationUri: "urn:operator" });
    const identity = {
      certificate: join(connector.folder, "user.pem"),
      key: join(connector.folder, "user-key.pem"),
    };
    writeFileSync(identity.certificate, cert);
    writeFileSync(identity.key, key);

    const { session } = await connector.open({
      endpoint: server.endpoint,
      trustOnFirstUse: true,
      identity,
    });

    assert.notEqual(session.sessionId.toString(), "");
  });

  it("is not even asked when a secret is missing", async () => {
    await using connector = await TestConnector.create();
    const identity = { user: "hub", password: "${env:UNSHUB_NOT_SET}" };

    const failure = await connector.failure({
      endpoint: server.endpoint,
      trustOnFirstUse: true,
      identity,
    });

    assert.equal(failure.state, "identity_unreadable");
    assert.match(failure.message, /UNSHUB_NOT_SET/);
  });

  it("may be called by another name than its own", async () => {
    await using connector = await TestConnector.create();
    const endpoint = server.endpoint.replace("127.0.0.1", "localhost");

    await connector.open({ endpoint, trustOnFirstUse: true });

    const line = connector.log.find(({ message }) => message.includes("calls itself otherwise"));
    assert.match(JSON.stringify(line?.fields), /localhost.*127\.0\.0\.1/);
  });
});

describe("an OPC UA server that offers less than is asked for", { timeout: 180_000 }, () => {
  it("is not talked to; the message lists what it offers", async () => {
    await using server = await SecureServer.start();
    await using connector = await TestConnector.create();

    const auto = await connector.failure({ endpoint: server.endpoint });
    const named = await connector.failure({
      endpoint: server.endpoint,
      security: { policy: "Basic256Sha256", mode: "Sign" },
    });

    assert.equal(auto.state, "no_matching_endpoint");
    assert.match(auto.message, /offers None; asked for is auto, .*allowNone/);
    assert.match(named.message, /offers None; asked for is Basic256Sha256\/Sign/);
    assert.equal(pauseAfter(auto), 30_000);
  });

  it("is not taken for one that asks for nothing, when it does not let anonymous users in", async () => {
    await using server = await SecureServer.start({
      policies: ["Basic256Sha256"],
      modes: ["SignAndEncrypt"],
      allowAnonymous: false,
    });
    await using connector = await TestConnector.create();

    const failure = await connector.failure({ endpoint: server.endpoint, trustOnFirstUse: true });

    assert.equal(failure.state, "identity_not_offered");
    assert.match(failure.message, /does not offer anonymous sessions.*it offers user and password/);
  });
});

describe("an OPC UA server that does not trust us", { timeout: 180_000 }, () => {
  it("is told of with the name of our certificate, until it does", async () => {
    await using server = await SecureServer.start({
      policies: ["Basic256Sha256"],
      modes: ["SignAndEncrypt"],
      trustsAll: false,
    });
    await using connector = await TestConnector.create();
    const keys = { endpoint: server.endpoint, trustOnFirstUse: true };

    const failure = await connector.failure(keys);
    const own = await readOwnCertificate(connector.certificateDir);
    assert.ok(own);
    await server.trustClient(own.certificate);
    const opened = await connector.open(keys);

    assert.equal(failure.state, "certificate_refused");
    assert.match(failure.message, /On the server move .*CN=UNS Hub.*from rejected to trusted/);
    assert.ok(failure.message.includes(own.facts.sha1));
    assert.ok(failure.message.includes(own.file));
    assert.equal(pauseAfter(failure), 30_000);
    assert.equal(opened.protection, "Basic256Sha256/SignAndEncrypt");
  });
});

describe("an address where no OPC UA server is", { timeout: 180_000 }, () => {
  it("is told when nobody listens, and when there is no such host", async () => {
    await using connector = await TestConnector.create();
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const address = listener.address();
    assert.ok(address !== null && typeof address === "object");
    listener.close();
    await once(listener, "close");

    const closed = await connector.failure({ endpoint: `opc.tcp://127.0.0.1:${address.port}` });
    const nowhere = await connector.failure({ endpoint: "opc.tcp://nowhere.invalid:4840" });

    assert.match(closed.message, /cannot connect: nobody listens there/);
    assert.match(nowhere.message, /cannot connect: there is no host of this name/);
  });

  it("is told when something else answers", async () => {
    await using connector = await TestConnector.create();
    const sockets = new Set<Socket>();
    const http = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
    }).listen(0, "127.0.0.1");
    await once(http, "listening");
    const address = http.address();
    assert.ok(address !== null && typeof address === "object");

    const failure = await connector.failure({ endpoint: `opc.tcp://127.0.0.1:${address.port}` });

    assert.equal(failure.state, "connect_failed");
    assert.doesNotMatch(failure.message, /\n|at .*\.js/);
    for (const socket of sockets) socket.destroy();
    http.close();
  });
});

describe("what a server says of itself", { timeout: 180_000 }, () => {
  it("are its limits, its maker and when it started", async () => {
    await using server = await SecureServer.start({
      buildInfo: { manufacturerName: "Siemens AG", productName: "SIMATIC S7-1500" },
      capabilities: {
        maxArrayLength: 4_000,
        operationLimits: { maxNodesPerRead: 100, maxMonitoredItemsPerCall: 700 },
      },
    });
    await using connector = await TestConnector.create();
    const keys = { endpoint: server.endpoint, security: "none", allowNone: true };

    const { server: facts } = await connector.open(keys);
    const { server: overruled } = await connector.open({ ...keys, profile: "kepware" });

    assert.partialDeepStrictEqual(facts, {
      manufacturer: "Siemens AG",
      product: "SIMATIC S7-1500",
      limits: { read: 100, monitoredItems: 700, arrayLength: 4_000 },
    });
    assert.ok(Math.abs((facts.startTime ?? 0) - Date.now()) < 60_000);
    assert.equal(facts.profile.name, "siemensS71500");
    assert.equal(overruled.profile.name, "kepware");
  });
});
