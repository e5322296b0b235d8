/** The small CA for plants that have none: what it makes is looked at by OpenSSL, which shares no line with it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { promisify } from "node:util";
import { PlantCa, PlantCaError } from "../../../hub/src/plant-ca/index.ts";
import { unshub } from "../../support/cli.ts";
import { tempDir } from "../../support/hub.ts";

const run = promisify(execFile);
const openssl = async (...args: string[]): Promise<string> => (await run("openssl", args)).stdout;

interface Plant {
  readonly dir: string;
  readonly ca: PlantCa;
  now: number;
  readonly file: (name: string) => string;
}

async function plantOf(t: TestContext): Promise<Plant> {
  const dir = join(tempDir(t), "ca");
  const plant = { dir, now: Date.now(), file: (name: string) => join(dir, name) };
  const ca = new PlantCa(dir, () => plant.now);
  await ca.init("Plant CA");
  return Object.assign(plant, { ca });
}

describe("a plant CA", { timeout: 180_000 }, () => {
  it("makes server and client certificates that OpenSSL takes for what they are", async (t) => {
    const { ca, file } = await plantOf(t);
    await ca.issue({ kind: "server", name: "server", for: ["hub.plant", "127.0.0.1"] }, 90);
    await ca.issue({ kind: "client", name: "press", for: ["urn:sparkplug:P1:gw"] }, 90);

    const verified = (purpose: string, name: string): Promise<string> =>
      openssl("verify", "-x509_strict", "-CAfile", file("ca.pem"), "-purpose", purpose, file(name));
    assert.match(await verified("sslserver", "server.pem"), /: OK/);
    assert.match(await verified("sslclient", "clients/press.pem"), /: OK/);
    await assert.rejects(verified("sslserver", "clients/press.pem"), /unsupported|unsuitable/i);
    const server = new X509Certificate(readFileSync(file("server.pem")));
    assert.equal(server.checkHost("hub.plant"), "hub.plant");
    assert.equal(server.checkIP("127.0.0.1"), "127.0.0.1");
  });

  it("gives keys to their owner only", async (t) => {
    const { ca, file } = await plantOf(t);
    await ca.issue({ kind: "client", name: "press", for: [] }, 90);

    for (const name of ["ca.key", "clients/press.key", "issued.jsonl", "revoked.pem"]) {
      assert.equal(statSync(file(name)).mode & 0o077, 0, name);
    }
  });

  it("writes a list of what it revoked that OpenSSL takes", async (t) => {
    const { ca, file } = await plantOf(t);
    await ca.issue({ kind: "client", name: "lost", for: [] }, 90);
    await ca.issue({ kind: "client", name: "kept", for: [] }, 90);
    await ca.revoke("lost");

    const checked = (name: string): Promise<string> => {
      const lists = ["-crl_check", "-CRLfile", file("revoked.pem")];
      return openssl("verify", "-CAfile", file("ca.pem"), ...lists, file(`clients/${name}.pem`));
    };
    assert.match(await checked("kept"), /: OK/);
    await assert.rejects(checked("lost"), /certificate revoked/);
  });

  it("gives no second certificate to a name before the first is over or revoked", async (t) => {
    const plant = await plantOf(t);
    const { ca } = plant;
    const wish = { kind: "client", name: "press", for: [] } as const;
    await ca.issue(wish, 90);

    await assert.rejects(ca.issue(wish, 90), /press has a certificate until/);
    plant.now += 91 * 86_400_000;
    await ca.issue(wish, 90);
    await ca.revoke("press");
    await ca.issue(wish, 90);
    assert.equal(ca.issued().length, 3);
    assert.equal(ca.valid().length, 1);
  });

  it("never writes outside its folder, and never over a CA that is there", async (t) => {
    const { ca } = await plantOf(t);

    for (const name of ["../ca", "a/b", "", ".hidden", "a\nb", "a\0b"]) {
      await assert.rejects(ca.issue({ kind: "client", name, for: [] }, 90), PlantCaError, name);
    }
    await assert.rejects(ca.init("Other"), /there is a CA in .* already/);
  });

  it("ends no certificate later than itself", async (t) => {
    const { ca, file } = await plantOf(t);
    await ca.issue({ kind: "client", name: "press", for: [] }, 100_000);

    const [own, made] = ["ca.pem", "clients/press.pem"].map(
      (name) => new X509Certificate(readFileSync(file(name))),
    );
    assert.equal(made?.validTo, own?.validTo);
  });
});

describe("unshub cert", { timeout: 180_000 }, () => {
  it("makes a CA, certificates and a list, and tells what stands where", async (t) => {
    const dir = join(tempDir(t), "tls");

    const made = await unshub("cert", "init", "--dir", dir, "--host", "hub.plant");
    assert.equal(made.exitCode, 0, made.err);
    assert.match(made.out, /clientCa: .*ca\.pem/);
    const issued = await unshub("cert", "issue", "press", "--node", "P1/gw 7", "--dir", dir);
    assert.match(issued.out, /clients\/press\.pem/);
    const shown = await unshub("cert", "show", join(dir, "clients/press.pem"));
    assert.match(shown.out, /URI:urn:sparkplug:P1:gw%207/);
    assert.match((await unshub("cert", "revoke", "press", "--dir", dir)).out, /^1 revoked/);
    const listed = await unshub("cert", "list", "--dir", dir);
    assert.match(listed.out, /press +client +\d{4}-\d\d-\d\d +revoked/);
  });

  it("says what is missing or wrong", async (t) => {
    const dir = join(tempDir(t), "tls");

    for (const [args, because] of [
      [["issue", "press"], /there is no CA that can be used/],
      [["issue"], /issue what/],
      [["issue", "press", "--node", "P1"], /write the group and the edge node/],
      [["init", "--valid", "1h"], /write at least a day/],
      [["show", join(dir, "none.pem")], /holds no certificate/],
      [["dance"], /unshub cert init/],
    ] as const) {
      const { exitCode, err } = await unshub("cert", ...args, "--dir", dir);
      assert.notEqual(exitCode, 0);
      assert.match(err, because);
    }
  });
});
