/** The whole adapter against a live server of another stack, asyncua; `interop-replay.test.ts` replays a recording of it. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import {
  ASYNCUA,
  ASYNCUA_MISSING,
  ASYNCUA_VALUES,
  AsyncuaServer,
} from "../../support/asyncua-server.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

function config(endpoint: string, more: object = {}): Record<string, unknown> {
  return {
    endpoint,
    security: "none",
    allowNone: true,
    device: "cell",
    readOnly: false,
    offlineGrace: "30s",
    groups: { fast: { interval: "100ms", sampling: "50ms", queue: 100 } },
    tags: [{ name: "Speed", node: `nsu=${ASYNCUA};s=Speed`, access: "rw", group: "fast" }],
    ...more,
  };
}

/** The whole folder. */
const BROWSE = {
  tags: [],
  browse: [{ root: `nsu=${ASYNCUA};s=Folder`, include: ["**"], group: "fast" }],
};

describe("a server of another stack", { skip: ASYNCUA_MISSING, timeout: 300_000 }, () => {
  let server: AsyncuaServer;
  before(async () => {
    server = await AsyncuaServer.start();
  });
  after(() => server[Symbol.asyncDispose]());

  it("is browsed, and its values are of the types and exactly what it says", async () => {
    await using run = await OpcUaRun.start(config(server.endpoint, BROWSE), QUICK);
    await run.until(() => run.count("born") === 1);

    for (const [name, [datatype, value]] of Object.entries(ASYNCUA_VALUES)) {
      const metric = run.metric(name);
      assert.equal(metric?.datatype, datatype, name);
      assert.deepEqual(metric?.value, value, name);
      assert.equal(metric?.quality, "good", name);
    }
    assert.deepEqual(run.metric("Speed")?.range, [0, 3_000]);
  });

  it("says each change, and why a value is not good", async () => {
    await using run = await OpcUaRun.start(config(server.endpoint), QUICK);
    await run.until(() => run.count("born") === 1);

    for (let value = 1; value <= 50; value += 1) server.set("Speed", value);
    await run.until(() => run.latest("Speed")?.value === 50);
    server.setStatus("Speed", 0x808c_0000); // BadSensorFailure
    await run.until(() => run.latest("Speed")?.quality === "bad");
    const { reason } = run.latest("Speed") ?? {};
    server.set("Speed", 51);
    await run.until(() => run.latest("Speed")?.value === 51);

    assert.equal(reason, "opcua_BadSensorFailure");
    assert.equal(run.latest("Speed")?.quality, "good");
  });

  it("is written, and what is told is read back", async () => {
    const tags = Object.keys(ASYNCUA_VALUES).map((name) => ({
      name,
      node: `nsu=${ASYNCUA};s=${name}`,
      access: "rw",
      group: "fast",
    }));
    await using run = await OpcUaRun.start(config(server.endpoint, { tags }), QUICK);
    await run.until(() => run.count("born") === 1);

    for (const [name, [, value]] of Object.entries(ASYNCUA_VALUES)) {
      const { outcome } = await run.write("cell", name, value);
      assert.match(outcome, /^ok/, name);
    }
    const { outcome } = await run.write("cell", "Int16", 1.5);
    assert.match(outcome, /^rejected/);
  });

  it("carries out a method", async () => {
    const methods = [
      { name: "Add", object: `nsu=${ASYNCUA};s=Folder`, method: `nsu=${ASYNCUA};s=Add` },
    ];
    await using run = await OpcUaRun.start(config(server.endpoint, { methods }), QUICK);
    await run.until(() => run.count("born") === 1);

    await run.write("cell", "Add/Call", "[1.5, 2]");
    await run.until(() => run.latest("Add/Result")?.value !== null);

    // asyncua gives the outputs of a method no names.
    assert.equal(run.latest("Add/Result")?.value, '{"0":3.5}');
  });

  it("is trusted, knows its user, and goes on after a cut", async () => {
    await using proxy = await FreezableProxy.start(server.port);
    const secure = {
      security: { policy: "Basic256Sha256", mode: "SignAndEncrypt" },
      trustOnFirstUse: true,
      waive: ["hostName"],
      identity: { user: "hub", password: "right" },
    };
    const endpoint = `opc.tcp://127.0.0.1:${proxy.port}`;
    await using run = await OpcUaRun.start(config(endpoint, secure), QUICK);
    await run.until(() => run.count("born") === 1);

    proxy.cut();
    await run.until(() => run.latest("Speed")?.quality === "stale");
    server.set("Speed", 77);
    await run.until(() => run.latest("Speed")?.value === 77);

    assert.equal(run.latest("Speed")?.quality, "good");
    assert.match(JSON.stringify(run.log), /Basic256Sha256\/SignAndEncrypt/);
  });

  // asyncua 2.1.0 itself fails to say so to those who watch the node.
  it("whose node vanishes without a word leaves it bad, and the others good", async () => {
    const tags = ["Float", "Speed"].map((name) => ({
      name,
      node: `nsu=${ASYNCUA};s=${name}`,
      group: "fast",
    }));
    await using run = await OpcUaRun.start(config(server.endpoint, { tags }), QUICK);
    await run.until(() => run.count("born") === 1);

    server.delete("Float");
    await run.until(() => run.latest("Float")?.quality === "bad");
    server.set("Speed", 99);
    await run.until(() => run.latest("Speed")?.value === 99);

    assert.equal(run.latest("Float")?.value, null);
    assert.equal(run.count("born"), 1);
  });

  it("that is killed and started again is found, and its device is good again", async () => {
    await using run = await OpcUaRun.start(config(server.endpoint), QUICK);
    await run.until(() => run.count("born") === 1);

    await server.kill();
    await run.until(() => run.latest("Speed")?.quality === "stale");
    server = await AsyncuaServer.start(server.port);
    server.set("Speed", 5);
    await run.until(() => run.latest("Speed")?.value === 5);

    assert.equal(run.latest("Speed")?.quality, "good");
  });
});
