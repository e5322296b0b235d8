import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import {
  expiryWarning,
  ownCertificate,
  readOwnCertificate,
  renewCertificate,
} from "../../../../adapters/opcua/src/trust/own-certificate.ts";

const NOW = Date.parse("2026-11-26T00:00:00Z");
const DAY_MS = 86_400_000;

describe("the application certificate of the hub", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "unshub-own-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("names application, host and addresses, and holds five years", async () => {
    const { facts, key, certificate } = await ownCertificate(folder, NOW);

    assert.equal(facts.applicationUri, `urn:${hostname()}:unshub`);
    assert.ok(facts.hosts.includes(hostname()) && facts.hosts.includes("127.0.0.1"));
    assert.equal(facts.keyBits, 2048);
    assert.equal(facts.keyUsage?.size, 4);
    assert.equal(facts.validTo, NOW + 5 * 365 * DAY_MS);
    assert.ok(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key)));
  });

  it("is made once, even when several adapters ask at the same moment", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => ownCertificate(folder, NOW)));
    const later = await ownCertificate(folder, NOW + DAY_MS);

    assert.equal(new Set([...all, later].map(({ facts }) => facts.sha256)).size, 1);
    assert.deepEqual(readdirSync(folder).toSorted(), [
      "certificate.der",
      "key-and-certificate.pem",
    ]);
  });

  it("keeps its key from everybody else", async () => {
    await ownCertificate(folder, NOW);

    assert.equal(statSync(join(folder, "key-and-certificate.pem")).mode & 0o777, 0o600);
    assert.doesNotMatch(readFileSync(join(folder, "certificate.der"), "latin1"), /PRIVATE/);
  });

  it("is renewed for the same application, with the key or with a new one; the former is kept", async () => {
    const first = await ownCertificate(folder, NOW);
    const kept = await renewCertificate(folder, { keepKey: true, now: NOW + DAY_MS });
    const renewed = await renewCertificate(folder, { keepKey: false, now: NOW + 2 * DAY_MS });

    assert.notEqual(kept.facts.sha256, first.facts.sha256);
    assert.equal(kept.facts.applicationUri, first.facts.applicationUri);
    assert.ok(createPrivateKey(kept.key).equals(createPrivateKey(first.key)));
    assert.ok(!createPrivateKey(renewed.key).equals(createPrivateKey(first.key)));
    assert.ok(readdirSync(folder).includes(`former-${first.facts.sha1}.pem`));
    assert.deepEqual(readFileSync(renewed.file), renewed.certificate);
  });

  it("is warned of 60, 30 and 7 days before its end, and after it", async () => {
    const { facts } = await ownCertificate(folder, NOW);
    const at = (days: number): number | undefined =>
      expiryWarning(facts, facts.validTo - days * DAY_MS)?.withinDays;

    assert.deepEqual([61, 60, 31, 30, 8, 7, 0, -1].map(at), [undefined, 60, 60, 30, 30, 7, 7, 0]);
  });

  it("is not made anew over a damaged one, which is told", async () => {
    writeFileSync(join(folder, "key-and-certificate.pem"), "half a f");

    await assert.rejects(readOwnCertificate(folder), /has no key and certificate; remove it/);
    assert.equal(readFileSync(join(folder, "key-and-certificate.pem"), "utf8"), "half a f");
  });
});
