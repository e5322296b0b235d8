import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { it } from "node:test";
import { startTestHub } from "../../support/hub.ts";

it("loads the SDK of MCP when somebody asks the first time, and not before", async (t) => {
  const loaded: string[] = [];
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith("@modelcontextprotocol/")) loaded.push(specifier);
      return next(specifier, context);
    },
  });
  t.after(() => hooks.deregister());
  const { httpPort } = await startTestHub(t);
  const url = `http://127.0.0.1:${httpPort}`;

  const metadata = await fetch(`${url}/.well-known/oauth-protected-resource/mcp`);
  const before = [...loaded];
  await fetch(`${url}/mcp`, { method: "POST", body: "{}" });

  assert.equal(metadata.status, 200);
  assert.deepEqual(before, []);
  assert.ok(loaded.includes("@modelcontextprotocol/server"));
});
