import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { it } from "node:test";
import { startTestHub } from "../../support/hub.ts";

it("a hub loads node-opcua only when listeners.opcua is configured", async (t) => {
  const loaded: string[] = [];
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith("node-opcua")) loaded.push(specifier);
      return next(specifier, context);
    },
  });
  t.after(() => hooks.deregister());

  await startTestHub(t);
  assert.equal(loaded.length, 0, loaded.join());

  const { hub } = await startTestHub(t, "", { listeners: "{ opcua: { port: 0 } }" });
  assert.ok(loaded.includes("node-opcua-server"));
  assert.deepEqual(
    hub.addresses.map(({ kind, host }) => [kind, host]),
    [["opcua", "127.0.0.1"]],
  );
});
