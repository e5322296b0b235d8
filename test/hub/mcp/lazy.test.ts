import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { it, type TestContext } from "node:test";
import { startTestHub } from "../../support/hub.ts";

/** What is asked for from now on, of modules whose names begin so. */
function loadedFrom(t: TestContext, ...beginnings: readonly string[]): readonly string[] {
  const loaded: string[] = [];
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (beginnings.some((each) => specifier.startsWith(each))) loaded.push(specifier);
      return next(specifier, context);
    },
  });
  t.after(() => hooks.deregister());
  return loaded;
}

it("loads neither MCP nor i3X while nobody can ask, which saves a small gateway memory", async (t) => {
  const loaded = loadedFrom(t, "./i3x/index.ts", "@modelcontextprotocol/");

  await startTestHub(t, "", { listeners: "{ mqtt: { port: 0 } }" });
  const withoutHttp = [...loaded];
  await startTestHub(t);

  assert.deepEqual(withoutHttp, []);
  assert.deepEqual(loaded, ["./i3x/index.ts"]);
});

it("loads the SDK of MCP when somebody asks the first time, and not before", async (t) => {
  const loaded = loadedFrom(t, "@modelcontextprotocol/");
  const { httpPort } = await startTestHub(t);
  const url = `http://127.0.0.1:${httpPort}`;

  const metadata = await fetch(`${url}/.well-known/oauth-protected-resource/mcp`);
  const before = [...loaded];
  await fetch(`${url}/mcp`, { method: "POST", body: "{}" });

  assert.equal(metadata.status, 200);
  assert.deepEqual(before, []);
  assert.ok(loaded.includes("@modelcontextprotocol/server"));
});
