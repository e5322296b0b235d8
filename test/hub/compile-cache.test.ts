/** What Node has read from its compile cache does not stay in memory. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";

const HUB = join(import.meta.dirname, "../../hub");
const MODULES = 40;

describe("the compile cache", () => {
  let folder = "";

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "unshub-compile-cache-"));
    for (let at = 0; at < MODULES; at += 1) {
      const next = at + 1 < MODULES ? `export { last } from "./m${at + 1}.mjs";` : "";
      writeFileSync(join(folder, `m${at}.mjs`), next || "export const last = 42;");
    }
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  /** In a process of its own; what Node says of its cache. */
  async function loaded(): Promise<string> {
    const script = `import { recycleCompileCache } from "./src/compile-cache.ts";
      recycleCompileCache();
      const { last } = await import(${JSON.stringify(pathToFileURL(join(folder, "m0.mjs")).href)});
      console.log("loaded", last);`;
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ["--input-type=module", "-e", script],
      {
        cwd: HUB,
        env: {
          ...process.env,
          NODE_COMPILE_CACHE: join(folder, "cache"),
          NODE_DISABLE_COMPILE_CACHE: undefined,
          NODE_DEBUG_NATIVE: "COMPILE_CACHE",
        },
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    assert.match(stdout, /loaded 42/);
    return stdout + stderr;
  }

  it("is dropped piece by piece while modules load, and read again at the next start", async () => {
    await loaded();

    const second = await loaded();

    const dropped = second.match(/Clear deserialized cache/g)?.length ?? 0;
    assert.ok(dropped >= MODULES / 8 - 1, `${dropped} times`);
    assert.match(second, /m39\.mjs was accepted/);
  });
});
