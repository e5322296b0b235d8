import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { stagePackage } from "../../scripts/pack.ts";

const folder = mkdtempSync(join(tmpdir(), "sparkplug-package-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Packs as npm would, and unpacks where a stranger's project would have it. */
function install(): string {
  const staged = stagePackage("sparkplug", join(folder, "staged"));
  execFileSync("npm", ["pack", "--silent", "--pack-destination", folder], { cwd: staged });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  assert.ok(tarball);
  const target = join(folder, "project/node_modules/@unshub/sparkplug");
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, tarball), "--strip-components=1", "-C", target]);
  return target;
}

describe("the package for npm", () => {
  const installed = install();

  it("is imported and used from plain JavaScript", () => {
    const script = join(folder, "project/use.mjs");
    const lines = [
      'import { decodePayload, encodePayload, metricValue } from "@unshub/sparkplug";',
      'const metrics = [{ name: "n", datatype: "Int32", tellDatatype: true, value: -5 }];',
      "const [metric] = decodePayload(encodePayload({ metrics })).metrics;",
      'process.stdout.write(String(metricValue(metric, "Int32")));',
    ];
    writeFileSync(script, lines.join("\n"));

    assert.equal(execFileSync(process.execPath, [script]).toString(), "-5");
  });

  it("holds JavaScript, declarations, README and licence, and no sources", () => {
    const names = readdirSync(installed);

    for (const name of ["index.js", "index.d.ts", "README.md", "LICENSE", "package.json"]) {
      assert.ok(names.includes(name), name);
    }
    assert.deepEqual(
      names.filter((name) => /(?<!\.d)\.ts$|\.map$|tsbuildinfo/.test(name)),
      [],
    );
  });

  it("has nothing that publint would warn of", async () => {
    const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false });

    assert.deepEqual(
      messages.map((message) => formatMessage(message, pkg)),
      [],
    );
  });
});
