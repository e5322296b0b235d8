import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { splitChain } from "../../../../adapters/opcua/src/trust/certificate.ts";
import { TrustStore } from "../../../../adapters/opcua/src/trust/trust-store.ts";
import { makeCertificate, type TestCertificate } from "../../../support/certificates.ts";

function der({ cert }: TestCertificate): Buffer {
  return new X509Certificate(cert).raw;
}

describe("a trust store", () => {
  let folder: string;
  let store: TrustStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "unshub-trust-"));
    store = new TrustStore(folder);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("knows nobody at first, and whoever was trusted or rejected since", async () => {
    const [a, b] = [[der(makeCertificate("a"))], [der(makeCertificate("b"))]];

    const before = await store.verdict(a);
    await store.trust(a);
    await store.reject(b);

    assert.deepEqual(before, { kind: "unknown" });
    assert.deepEqual(await store.verdict(a), { kind: "trusted" });
    assert.deepEqual(await store.verdict(b), { kind: "rejected" });
  });

  it("changes its mind", async () => {
    const chain = [der(makeCertificate("a"))];

    await store.reject(chain);
    await store.trust(chain);

    assert.deepEqual(await store.verdict(chain), { kind: "trusted" });
    assert.deepEqual(await store.list("rejected"), []);
  });

  it("trusts what a trusted issuer has signed, and nothing that only says so", async () => {
    const root = makeCertificate("root", { isCa: true });
    const middle = makeCertificate("middle", { isCa: true, signedBy: root });
    const leaf = makeCertificate("leaf", { signedBy: middle });
    const impostor = makeCertificate("root", { isCa: true });
    const fake = makeCertificate("fake", { signedBy: impostor });

    await store.trustIssuer([der(makeCertificate("first", { signedBy: root })), der(root)]);

    assert.deepEqual(await store.verdict([leaf, middle].map(der)), { kind: "trusted" });
    assert.deepEqual(await store.verdict([der(leaf)]), { kind: "unknown" });
    assert.deepEqual(await store.verdict([fake, impostor].map(der)), { kind: "unknown" });
  });

  it("does not take an ordinary certificate for an issuer", async () => {
    const user = makeCertificate("user");
    const forged = makeCertificate("forged", { signedBy: user });

    await store.trustIssuer([der(user)]);

    assert.deepEqual(await store.verdict([forged, user].map(der)), { kind: "unknown" });
  });

  it("takes what somebody puts there by hand, PEM or DER, by any name", async () => {
    const [pem, bytes] = [makeCertificate("pem"), makeCertificate("der")];
    mkdirSync(join(folder, "trusted"));
    writeFileSync(join(folder, "trusted", "plc one.pem"), pem.cert);
    writeFileSync(join(folder, "trusted", "plc two.crt"), der(bytes));
    writeFileSync(join(folder, "trusted", "readme.der"), "no certificate");

    assert.deepEqual(await store.verdict([der(pem)]), { kind: "trusted" });
    assert.deepEqual(await store.verdict([der(bytes)]), { kind: "trusted" });
  });

  it("keeps no more than twenty waiting", async () => {
    for (let index = 0; index < 25; index += 1) {
      await store.keepWaiting([der(makeCertificate(`server ${index}`))]);
    }

    assert.equal((await store.list("waiting")).length, 20);
  });

  it("finds by the beginning of a fingerprint, when it is long enough and means one", async () => {
    const chain = [der(makeCertificate("a"))];
    await store.keepWaiting(chain);
    const [{ facts } = assert.fail()] = await store.list("waiting");

    assert.deepEqual(await store.find(`sha256:${facts.sha256.slice(0, 12)}`), chain);
    assert.deepEqual(await store.find(facts.sha1.replaceAll(/..(?=.)/g, "$&:")), chain);
    assert.equal(await store.find(facts.sha256.slice(0, 4)), undefined);
    assert.equal(await store.find("00000000"), undefined);
  });
});

describe("a chain of certificates", () => {
  it("is split into its parts, whatever stands behind", () => {
    const parts = [makeCertificate("a"), makeCertificate("b")].map(der);

    assert.deepEqual(splitChain(Buffer.concat(parts)), parts);
    assert.deepEqual(splitChain(Buffer.concat([...parts, Buffer.from("rubbish")])), parts);
    assert.deepEqual(splitChain(Buffer.from("3084ffffffff00", "hex")), []);
    assert.deepEqual(splitChain(Buffer.alloc(0)), []);
  });
});
