import assert from "node:assert/strict";
import { it } from "node:test";
import opcua from "@unshub/adapter-opcua";

it("tells what an OPC UA entry would do, and what is allowed but probably not meant", () => {
  const config = opcua.parseConfig({
    endpoint: "opc.tcp://10.0.1.50:4840",
    trustOnFirstUse: true,
    device: "cell",
    groups: {
      fast: { interval: "250ms" },
      slow: { interval: "2s", mode: "poll" },
      idle: { interval: "1s" },
    },
    tags: [
      { name: "A", node: "i=1", group: "fast" },
      { name: "B", node: "i=2", group: "fast", maxInterval: "1m" },
      { name: "C", node: "i=3", group: "slow", device: "other" },
    ],
  });

  const plan = opcua.describe?.(config);

  assert.partialDeepStrictEqual(plan?.links[0], {
    requestsPerSecond: 4.5,
    devices: [
      { deviceId: "cell", requests: [{ what: "subscription", intervalMs: 250, tags: 2 }] },
      { deviceId: "other", requests: [{ what: "read", intervalMs: 2_000, tags: 1 }] },
    ],
  });
  assert.deepEqual(
    plan?.warnings.map(({ path, message }) => `${path.join(".")} ${message}`),
    [
      "trustOnFirstUse whoever answers first is taken for the server",
      "tags B: maxInterval does nothing with publish: onChange; say onChangeOrInterval",
      "groups.idle no tag and no browse rule is in this group",
    ],
  );
});
