import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { sha256Of } from "@unshub/opcua-trust";
import { keepNamespaces } from "../../../../adapters/opcua/src/known-namespaces.ts";
import { unshub } from "../../../support/cli.ts";
import { buildLine, LINE_URI } from "../../../support/opcua-line.ts";
import { OpcUaRun } from "../../../support/opcua-run.ts";
import { SecureServer } from "../../../support/opcua-secure-server.ts";

const ROOT = `/Objects/nsu=${LINE_URI};Line1`;

/** A tag of Ignition that reads an OPC item. */
function opc(name: string, opcItemPath: string, more: object = {}): object {
  return { name, tagType: "AtomicTag", valueSource: "opc", opcItemPath, ...more };
}

describe("the tools of OPC UA", { timeout: 180_000 }, () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "unshub-tools-"));
    file = join(folder, "unshub.yaml");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function writeEntry(endpoint: string): void {
    writeFileSync(
      file,
      `hub: { dataDir: ./state }
adapters:
  - name: line1
    protocol: opcua
    group: Plant1
    edgeNode: gw-line1
    endpoint: ${endpoint}
    device: line1
    groups: { fast: { interval: 1s } }
    tags: [{ name: Time, node: i=2258, group: fast }]
`,
    );
  }

  it("export prints what import reads: the table comes back as it was", async () => {
    const tagFile = join(folder, "line1.csv");
    const [header, row] = [
      "name,node,group,access,deadband",
      "Motor/Speed,nsu=urn:plc;s=Speed,fast,rw,0.5",
    ];
    writeFileSync(tagFile, `${header}\n${row}\n`);
    writeEntry("opc.tcp://127.0.0.1:9");
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace("    tags:", "    tagFile: line1.csv\n    tags:"),
    );

    const exported = await unshub("opcua", "export", "-c", file);
    const [copy, again] = ["copy.csv", "again.csv"].map((name) => join(folder, name));
    assert.ok(copy && again);
    writeFileSync(copy, exported.out);
    const imported = await unshub("opcua", "import", copy, "--into", again);

    assert.deepEqual([exported.exitCode, imported.exitCode], [0, 0]);
    assert.match(imported.out, /^2 created, 0 changed/);
    assert.equal(readFileSync(again, "utf8").trimEnd(), exported.out.trimEnd());
    assert.match(exported.out, /Motor\/Speed,nsu=urn:plc;s=Speed,fast,rw,0.5/);
  });

  it("export writes nodes by URI, once the adapter has seen the namespaces of its server", async () => {
    const endpoint = "opc.tcp://127.0.0.1:9";
    writeEntry(endpoint);
    const tag = "{ name: Speed, node: ns=2;s=Speed, group: fast }";
    writeFileSync(file, readFileSync(file, "utf8").replace("tags: [", `tags: [${tag}, `));
    const before = await unshub("opcua", "export", "-c", file);
    const dataDir = join(folder, "state", "adapters", "line1");
    mkdirSync(dataDir, { recursive: true });
    await keepNamespaces(dataDir, "opc.tcp://other:4840", ["a", "b", "urn:other"]);
    const ofAnother = await unshub("opcua", "export", "-c", file);
    await keepNamespaces(dataDir, endpoint, ["http://opcfoundation.org/UA/", "urn:x", "urn:plc"]);

    const { exitCode, out, err } = await unshub("opcua", "export", "-c", file);

    assert.match(before.out, /^Speed,ns=2;s=Speed,/m);
    assert.match(before.err, /^1 nodes stay by index/m);
    assert.match(ofAnother.out, /^Speed,ns=2;s=Speed,/m);
    assert.match(out, /^Speed,nsu=urn:plc;s=Speed,/m);
    assert.match(out, /^Time,i=2258,/m);
    assert.deepEqual([exitCode, err], [0, ""]);
  });

  it("import keeps what is there unless it is told otherwise, and nothing when a row is wrong", async () => {
    const [there, source] = ["there.csv", "source.csv"].map((name) => join(folder, name));
    assert.ok(there && source);
    const before = "name,node,group\nA,i=1,fast\nB,i=2,fast\n";
    writeFileSync(there, before);
    writeFileSync(source, "name,node,group,deadband\nA,i=1,slow,1\nC,i=3,slow,much\n");
    const run = (...args: string[]) => unshub("opcua", "import", source, "--into", there, ...args);

    const atomic = await run("--mode", "overwrite", "--atomic");
    assert.equal(readFileSync(there, "utf8"), before);
    const merged = await run("--mode", "merge-overwrite");
    const unknown = await run("--mode", "mix");

    assert.deepEqual([atomic.exitCode, merged.exitCode, unknown.exitCode], [1, 1, 2]);
    assert.match(atomic.err, /source\.csv:3: deadband: .*much/s);
    assert.match(merged.out, /0 created, 1 changed, 0 deleted/);
    assert.match(readFileSync(there, "utf8"), /^A,i=1,slow,,1/m);
    assert.match(unknown.err, /there is no mode "mix"; there are: create, delete/);
  });

  it("import takes tags of Ignition's connections, and says which it cannot take", async () => {
    const [source, into] = ["tags.json", "tags.csv"].map((name) => join(folder, name));
    assert.ok(source && into);
    const more = { engUnit: "rpm", engLow: 0, engHigh: 3000, deadband: 0.5, tagGroup: "fast" };
    const tags = [
      opc("Speed", "ns=2;s=Line1.Speed", { ...more, readOnly: true }),
      opc("Count", "nsu=urn:plc;i=17"),
      opc("Own", "ns=1;s=[press]HR5"),
      opc("Scaled", "ns=2;i=4", { scaleMode: "Linear" }),
      { name: "Memory", tagType: "AtomicTag", valueSource: "memory" },
    ];
    const folders = [{ name: "Line1", tagType: "Folder", tags }];
    writeFileSync(source, JSON.stringify({ name: "", tagType: "Provider", tags: folders }));

    const { exitCode, out, err } = await unshub("opcua", "import", source, "--into", into);

    assert.equal(exitCode, 1);
    assert.match(out, /^2 created/m);
    assert.match(out, /not taken.*Line1\/Memory \(AtomicTag, memory\)/);
    assert.match(err, /Line1\/Own: "ns=1;s=\[press\]HR5" is an item of Ignition's own drivers/);
    assert.match(err, /Line1\/Scaled: scaling "Linear" has no counterpart here/);
    const table = readFileSync(into, "utf8");
    assert.match(table, /^Line1\/Speed,ns=2;s=Line1\.Speed,fast,r,0\.5,.*rpm,0,3000/m);
    assert.match(table, /^Line1\/Count,nsu=urn:plc;i=17,,rw/m);
  });

  it("add-crl keeps a list of an issuer for the adapter, and nothing else", async () => {
    writeEntry("opc.tcp://127.0.0.1:9");
    const fixtures = join(import.meta.dirname, "../../../fixtures/opcua/revoked-by-its-issuer");
    const add = (name: string) =>
      unshub("opcua", "add-crl", "line1", join(fixtures, name), "-c", file);

    const list = await add("list.crl");
    const other = await add("ca.der");
    const missing = await add("nothing.crl");

    assert.deepEqual([list.exitCode, other.exitCode, missing.exitCode], [0, 2, 2]);
    assert.equal(readdirSync(join(folder, "state/adapters/line1/trust/revoked")).length, 1);
    assert.match(other.err, /ca\.der is no revocation list/);
    assert.match(missing.err, /nothing\.crl cannot be read: ENOENT/);
  });

  it("browse prints a table that an entry reads, and its tags live", async () => {
    await using server = await SecureServer.start({ build: (space) => buildLine(space) });
    const { endpoint } = server;

    const args = ["opcua", "browse", endpoint, "--security", "none", "--root", ROOT];
    const { exitCode, out, err } = await unshub(...args, "--csv");
    const tagFile = join(folder, "line1.csv");
    writeFileSync(tagFile, out);
    await using run = await OpcUaRun.start({
      endpoint,
      security: "none",
      allowNone: true,
      device: "line1",
      groups: { fast: { interval: "100ms" } },
      tagFile,
    });
    await run.until(() => run.count("born") === 1);

    assert.equal(err, "");
    assert.equal(exitCode, 0);
    assert.equal(out.split("\n").length, 9);
    assert.partialDeepStrictEqual(run.metric("Motor1/Speed"), {
      value: 1500,
      quality: "good",
      unit: "rpm",
    });
    const bad = out
      .split("\n")
      .slice(1)
      .map((line) => run.metric(line.split(",")[0] ?? ""))
      .filter((metric) => metric?.quality !== "good");
    assert.deepEqual(bad, []);
  });

  it("browse shows lines for people, and says what it could not see", async () => {
    await using server = await SecureServer.start({ build: (space) => buildLine(space) });
    const args = ["opcua", "browse", server.endpoint, "--security", "none", "--root", ROOT];

    const all = await unshub(...args, "--include", "Motor1/*");
    const cut = await unshub(...args, "--max", "3");

    assert.match(all.out, /^Motor1\/Speed {2}rw {2}nsu=urn:test:line;s=Motor1\.Speed {2}rpm$/m);
    assert.equal(cut.exitCode, 1);
    assert.match(cut.err, /more nodes than maxNodes/);
  });

  it("a server is trusted by name and fingerprint, browsed as its entry says, and rejected again", async () => {
    await using server = await SecureServer.start({
      policies: ["Basic256Sha256"],
      modes: ["SignAndEncrypt"],
      build: (space) => buildLine(space),
    });
    writeEntry(server.endpoint);
    const fingerprint = sha256Of(server.server.getCertificate()).slice(0, 16);
    const browse = ["opcua", "browse", "-c", file, "--root", ROOT];

    const before = await unshub(...browse);
    const list = await unshub("opcua", "list-certs", "line1", "-c", file);
    const trusted = await unshub("opcua", "trust", "line1", fingerprint, "-c", file);
    const after = await unshub(...browse);
    await unshub("opcua", "reject", "line1", fingerprint, "-c", file);
    const rejected = await unshub(...browse);

    assert.equal(before.exitCode, 1);
    assert.match(
      before.err,
      new RegExp(`sha256 .*\n[^]*unshub opcua trust <adapter> ${fingerprint}`),
    );
    assert.match(list.out, /^Waiting for a decision:\n {2}subject .*CN=Test server/);
    assert.match(trusted.out, /^Trusted:/);
    assert.equal(after.exitCode, 0);
    assert.match(after.out, /Motor1\/Speed/);
    assert.match(rejected.err, /was rejected here/);
  });

  it("a fingerprint that is not there, or too short, is the caller's mistake", async () => {
    writeEntry("opc.tcp://127.0.0.1:1");

    const unknown = await unshub("opcua", "trust", "line1", "0123456789abcdef", "-c", file);
    const other = await unshub("opcua", "trust", "line9", "0123456789abcdef", "-c", file);

    assert.equal(unknown.exitCode, 2);
    assert.match(unknown.err, /unshub opcua list-certs line1/);
    assert.equal(other.exitCode, 2);
    assert.match(other.err, /no opcua adapter "line9"; there are: line1/);
  });

  it("cert shows and exports our certificate; renew-cert makes another", async () => {
    writeEntry("opc.tcp://127.0.0.1:1");
    const der = join(folder, "unshub.der");

    const shown = await unshub("opcua", "cert", "-c", file);
    const pem = await unshub("opcua", "cert", "--export", "pem", "-c", file);
    await unshub("opcua", "cert", "--export", "der", "-o", der, "-c", file);
    const noFile = await unshub("opcua", "cert", "--export", "der", "-c", file);
    const renewed = await unshub("opcua", "renew-cert", "--keep-key", "-c", file);

    const sha256 = sha256Of(readFileSync(der));
    assert.match(shown.out, new RegExp(`sha256 +${sha256}`));
    assert.match(shown.out, /file +.*state\/protocols\/opcua\/certificate\/certificate\.der/);
    assert.equal(sha256Of(new X509Certificate(pem.out).raw), sha256);
    assert.doesNotMatch(pem.out + shown.out, /PRIVATE/);
    assert.equal(noFile.exitCode, 2);
    assert.doesNotMatch(renewed.out, new RegExp(sha256));
    assert.match(renewed.out, /Tell each server to trust it/);
  });
});
