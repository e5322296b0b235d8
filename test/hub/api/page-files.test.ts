import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { contentSecurityPolicy, PageFiles } from "../../../hub/src/api/page-files.ts";

const HTML = `<!doctype html><script>one()</script><script src="/a.js"></script><script type="x">two()</script>`;

function hash(script: string): string {
  return `'sha256-${createHash("sha256").update(script).digest("base64")}'`;
}

function withExport(use: (page: PageFiles, folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "unshub-page-"));
  try {
    mkdirSync(join(folder, "ns"));
    writeFileSync(join(folder, "ns", "index.html"), HTML);
    writeFileSync(join(folder, "ns", "index.html.br"), "compressed");
    writeFileSync(join(folder, "404.html"), "<p>no</p>");
    writeFileSync(join(folder, "secret.key"), "never");
    use(new PageFiles(folder), folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const GET = { acceptEncoding: "", ifNoneMatch: undefined };

describe("the page's files", () => {
  it("are a sentence until the export is whole, then the export", () => {
    withExport((page, folder) => {
      const before = page.answer({ ...GET, path: "/ns/" });
      writeFileSync(join(folder, ".built.json"), "{}");
      const after = page.answer({ ...GET, path: "/ns/" });

      assert.deepEqual(page.licences, [], "an export that says nothing of licences");
      assert.equal(before.status, 503);
      assert.match(Buffer.from(before.body).toString(), /still being built/);
      assert.equal(after.status, 200);
      assert.equal(Buffer.from(after.body).toString(), HTML);
    });
  });

  it("are those of the build that was read, while the folder is written anew or gone", () => {
    withExport((page, folder) => {
      writeFileSync(join(folder, ".built.json"), `{ "build":`);
      const half = page.build;
      writeFileSync(join(folder, ".built.json"), `{ "build": "one" }`);
      const whole = page.build;
      rmSync(join(folder, ".built.json"));
      rmSync(join(folder, "ns"), { recursive: true });

      assert.deepEqual([half, whole, page.build], ["none", "one", "one"]);
      assert.equal(page.answer({ ...GET, path: "/ns/" }).status, 200);
    });
  });

  it("are compressed when asked, not changed when known, redirected to the slash, 404 otherwise", () => {
    withExport((page, folder) => {
      writeFileSync(join(folder, ".built.json"), "{}");
      const compressed = page.answer({ ...GET, path: "/ns/", acceptEncoding: "gzip, br" });
      assert.equal(compressed.headers["content-encoding"], "br");
      const known = page.answer({ ...GET, path: "/ns/", ifNoneMatch: compressed.headers["etag"] });
      assert.equal(known.status, 304);
      assert.equal(page.answer({ ...GET, path: "/ns" }).headers["location"], "/ns/");
      assert.equal(page.answer({ ...GET, path: "/nothing/" }).status, 404);
    });
  });

  it("have an icon also under the name that browsers ask for by themselves", () => {
    withExport((page, folder) => {
      writeFileSync(join(folder, ".built.json"), "{}");
      writeFileSync(join(folder, "icon.svg"), "<svg/>");

      const answer = page.answer({ ...GET, path: "/favicon.ico" });

      assert.deepEqual([answer.status, answer.headers["location"]], [308, "/icon.svg"]);
    });
  });

  it("are only those of the export: no other file, no way up", () => {
    withExport((page, folder) => {
      writeFileSync(join(folder, ".built.json"), "{}");
      for (const path of ["/../../etc/passwd", "/secret.key", "/.built.json", "//etc/passwd"]) {
        assert.equal(page.answer({ ...GET, path }).status, 404, path);
      }
    });
  });

  it("allow exactly their own inline scripts", () => {
    const policy = contentSecurityPolicy(HTML);

    assert.match(policy, /^default-src 'none'; /);
    assert.ok(policy.includes(`script-src 'self' ${hash("one()")} ${hash("two()")};`));
  });
});
