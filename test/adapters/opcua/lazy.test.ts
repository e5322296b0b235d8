import assert from "node:assert/strict";
import { registerHooks } from "node:module";
import { it } from "node:test";

it("loads node-opcua only when an adapter starts", async () => {
  const loaded: string[] = [];
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier.startsWith("node-opcua")) loaded.push(specifier);
      return next(specifier, context);
    },
  });
  const { default: opcua } = await import("@unshub/adapter-opcua");

  opcua.parseConfig({
    endpoint: "opc.tcp://127.0.0.1:4840",
    security: "none",
    allowNone: true,
    device: "cell",
    groups: { fast: { interval: "1s" } },
    tags: [{ name: "Speed", node: "ns=2;s=Speed", group: "fast" }],
  });

  assert.deepEqual(loaded, []);
  hooks.deregister();
});
