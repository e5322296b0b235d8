import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { factsOf, splitChain, TrustStore } from "@unshub/opcua-trust";
import { Gatekeeper } from "../../../../adapters/opcua/src/trust/gatekeeper.ts";
import { TestConnector } from "../../../support/opcua-connect.ts";
import { keepingLog } from "../../../support/silent-log.ts";
import { SecureServer, type CertificateWishes } from "../../../support/opcua-secure-server.ts";

const DAY_MS = 86_400_000;
const SECURE = { policies: ["Basic256Sha256"], modes: ["SignAndEncrypt"] } as const;

function chainOf(server: SecureServer): readonly Buffer[] {
  return splitChain(server.server.getCertificate());
}

function sha256(server: SecureServer): string {
  return factsOf(new X509Certificate(server.server.getCertificate())).sha256;
}

describe("a server whose certificate nobody has trusted yet", { timeout: 180_000 }, () => {
  it("waits: who it is and what to type is said, and it is connected to once it is trusted", async () => {
    await using server = await SecureServer.start(SECURE);
    await using connector = await TestConnector.create();
    const { endpoint } = server;

    const failure = await connector.failure({ endpoint });
    const waiting = await connector.store.list("waiting");
    const found = await connector.store.find(sha256(server).slice(0, 16));
    await connector.store.trust(found ?? []);
    const opened = await connector.open({ endpoint });

    assert.equal(failure.state, "awaiting_trust");
    assert.match(failure.message, /CN=Test server.*unshub opcua trust <adapter> [0-9a-f]{16}/);
    assert.equal(waiting[0]?.facts.applicationUri, "urn:unshub:test-server");
    const line = connector.log.find(({ message }) => message.includes("nobody has trusted"));
    assert.match(JSON.stringify(line?.fields), /subject.*issuer.*hosts.*valid.*sha256.*sha1/);
    assert.equal(opened.certificate?.sha256, sha256(server));
    assert.deepEqual(await connector.store.list("waiting"), []);
  });

  it("is connected to when its fingerprint stands in the configuration", async () => {
    await using server = await SecureServer.start(SECURE);
    await using connector = await TestConnector.create();
    const { endpoint } = server;

    await connector.open({ endpoint, trust: [`sha256:${sha256(server)}`] });
    const other = await connector.failure({ endpoint, trust: ["ab".repeat(32)] });

    assert.equal(other.state, "awaiting_trust");
  });

  it("is trusted unseen with trustOnFirstUse, told loudly, but no second one after it", async () => {
    await using first = await SecureServer.start(SECURE);
    await using second = await SecureServer.start(SECURE);
    await using connector = await TestConnector.create();

    await connector.open({ endpoint: first.endpoint, trustOnFirstUse: true });
    const failure = await connector.failure({ endpoint: second.endpoint, trustOnFirstUse: true });

    assert.equal(connector.log.filter(({ level }) => level === "warn").length, 4);
    assert.equal(failure.state, "awaiting_trust");
    assert.match(failure.message, /not the one that was trusted before/);
    const line = connector.log.findLast(({ level }) => level === "warn");
    assert.match(JSON.stringify(line?.fields), /trustedBefore/);
  });

  it("is not connected to after it was rejected", async () => {
    await using server = await SecureServer.start(SECURE);
    await using connector = await TestConnector.create();
    await connector.store.reject(chainOf(server));

    const failure = await connector.failure({ endpoint: server.endpoint, trust: [sha256(server)] });

    assert.equal(failure.state, "certificate_rejected");
  });
});

describe("a server whose certificate is trusted, but wrong", { timeout: 180_000 }, () => {
  const cases: readonly (readonly [CertificateWishes, string, string, RegExp])[] = [
    [
      { validFrom: new Date(Date.now() - 9 * DAY_MS), validTo: new Date(Date.now() - DAY_MS) },
      "expired",
      "certificate_expired",
      /it expired on \d{4}-\d\d-\d\d; renew it on the server/,
    ],
    [
      { validFrom: new Date(Date.now() + DAY_MS) },
      "notYetValid",
      "certificate_not_yet_valid",
      /valid from .* here it is .* clocks/,
    ],
    [
      { ip: ["10.9.8.7"] },
      "hostName",
      "certificate_host_name",
      /made for localhost, 10\.9\.8\.7, and we connect to 127\.0\.0\.1/,
    ],
    [
      { applicationUri: "urn:somebody:else" },
      "applicationUri",
      "certificate_application_uri",
      /names the application urn:somebody:else/,
    ],
    [{ keyBits: 1024 }, "weakKey", "certificate_weak_key", /its key has 1024 bits/],
  ];
  for (const [certificate, name, state, says] of cases) {
    it(`is not connected to: ${state}; waive: [${name}] does`, async () => {
      await using server = await SecureServer.start({ ...SECURE, certificate });
      await using connector = await TestConnector.create();
      const keys = { endpoint: server.endpoint, trust: [sha256(server)] };

      const failure = await connector.failure(keys);
      const opened = await connector.open({ ...keys, waive: [name] });

      assert.equal(failure.state, state);
      assert.match(failure.message, says);
      assert.equal(opened.protection, "Basic256Sha256/SignAndEncrypt");
      assert.match(JSON.stringify(connector.log), /problems that were waived/);
    });
  }
});

it("a server whose certificate was taken back by its issuer is refused, with the issuer in the sentence", async (t) => {
  const fixtures = join(import.meta.dirname, "../../../fixtures/opcua/revoked-by-its-issuer");
  const [ca, revoked, list] = ["ca.der", "revoked.der", "list.crl"].map((name) =>
    readFileSync(join(fixtures, name)),
  );
  assert.ok(ca && revoked && list);
  const folder = mkdtempSync(join(tmpdir(), "unshub-gate-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const store = new TrustStore(folder);
  await store.trust([revoked, ca]);
  await store.addRevocationList(list);
  const trust = { fingerprints: [], onFirstUse: false, waive: [] };
  const gatekeeper = new Gatekeeper(trust, store, keepingLog().log);
  const certificate = Buffer.concat([revoked, ca]);
  const visitor = { endpoint: "opc.tcp://plc:4840", certificate, applicationUri: undefined };

  await assert.rejects(gatekeeper.admit(visitor, Date.now()), {
    code: "CERTIFICATE_REVOKED",
    message: /taken back by its issuer \(O=Plant, CN=Plant CA\)/,
  });
});
