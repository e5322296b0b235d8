/** The fixtures were made by OpenSSL: a CA, two certificates that it signed, its list with one of them, and a list of an impostor. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { TrustStore } from "@unshub/opcua-trust";
import { readRevocationList } from "../../../adapters/opcua-trust/src/revocation.ts";

const FIXTURES = join(import.meta.dirname, "../../fixtures/opcua/revoked-by-its-issuer");
const bytes = (name: string): Buffer => readFileSync(join(FIXTURES, name));
const [CA, GOOD, REVOKED] = [bytes("ca.der"), bytes("good.der"), bytes("revoked.der")];

describe("a revocation list", () => {
  let folder: string;
  let store: TrustStore;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "unshub-revoked-"));
    store = new TrustStore(folder);
    await store.trustIssuer([GOOD, CA]);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const kindOf = async (...chain: Buffer[]): Promise<string> => (await store.verdict(chain)).kind;

  it("takes trust from what it names, and from nothing else", async () => {
    assert.equal(await kindOf(REVOKED, CA), "trusted");

    assert.equal(await store.addRevocationList(bytes("list.crl")), true);

    assert.equal(await kindOf(REVOKED, CA), "revoked");
    assert.equal(await kindOf(REVOKED), "revoked");
    assert.equal(await kindOf(GOOD, CA), "trusted");
  });

  it("takes it also from what was trusted by itself", async () => {
    await store.trust([REVOKED]);

    await store.addRevocationList(bytes("list.crl"));

    assert.equal(await kindOf(REVOKED), "revoked");
  });

  it("counts when somebody puts it there by hand", async () => {
    mkdirSync(join(folder, "revoked"));
    copyFileSync(join(FIXTURES, "list.crl"), join(folder, "revoked", "plant.crl"));

    assert.equal(await kindOf(REVOKED, CA), "revoked");
  });

  it("counts for nothing when somebody of the same name has signed it", async () => {
    assert.equal(await store.addRevocationList(bytes("forged.pem")), true);

    assert.equal(await kindOf(REVOKED, CA), "trusted");
  });

  it("is refused when it is none, whatever the bytes are", async () => {
    assert.equal(await store.addRevocationList(CA), false);
    const list = bytes("list.crl");
    for (let length = 0; length < list.length; length += 1) {
      assert.equal(readRevocationList(list.subarray(0, length)), undefined, `${length} bytes`);
    }
    for (let at = 0; at < list.length; at += 1) {
      const damaged = Buffer.from(list);
      damaged[at] = 0xff;
      readRevocationList(damaged); // may be read, must not throw
    }
  });

  it("tells its issuer, its dates, how much it takes back, and whether anybody known signed it", async () => {
    await store.addRevocationList(bytes("forged.pem"));
    const [forged] = await store.lists();
    rmSync(join(folder, "revoked"), { recursive: true });
    await store.addRevocationList(bytes("list.crl"));
    const [list] = await store.lists();

    assert.equal(forged?.isSigned, false);
    assert.partialDeepStrictEqual(list, {
      issuer: "O=Plant, CN=Plant CA",
      revoked: 1,
      madeAt: Date.UTC(2026, 10, 26, 4, 40, 8),
      nextAt: Date.UTC(2081, 7, 29, 4, 40, 8),
      isSigned: true,
    });
  });
});
