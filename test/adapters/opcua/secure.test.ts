import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { sha256Of } from "@unshub/opcua-trust";
import { buildLine, LINE_URI } from "../../support/opcua-line.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";
import { SecureServer } from "../../support/opcua-secure-server.ts";

const SECURE = {
  policies: ["Aes256_Sha256_RsaPss"],
  modes: ["SignAndEncrypt"],
  user: { name: "hub", password: "right" },
  allowAnonymous: false,
  build: (space: Parameters<typeof buildLine>[0]) => buildLine(space),
} as const;

function config(endpoint: string, more: object): Record<string, unknown> {
  return {
    endpoint,
    device: "cell",
    readOnly: false,
    offlineGrace: "20s",
    groups: { fast: { interval: "100ms" } },
    tags: [
      { name: "Speed", node: `nsu=${LINE_URI};s=Motor1.Speed`, access: "rw" },
      { name: "Time", node: "i=2258" },
    ],
    ...more,
  };
}

describe("an OPC UA device behind encryption", { timeout: 180_000 }, () => {
  it("is born, written, and takes its session up again after a cut", async () => {
    await using server = await SecureServer.start(SECURE);
    await using proxy = await FreezableProxy.start(server.port);
    const trust = [`sha256:${sha256Of(server.server.getCertificate())}`];
    const identity = { user: "hub", password: "right" };
    const endpoint = `opc.tcp://127.0.0.1:${proxy.port}`;
    await using run = await OpcUaRun.start(config(endpoint, { trust, identity }), QUICK);
    await run.until(() => run.count("born") === 1);

    const { outcome } = await run.write("cell", "Speed", 700);
    proxy.thaw(); // cuts all connections
    await run.until(() => /"how":"resumed"/.test(JSON.stringify(run.log)));

    assert.match(outcome, /^ok/);
    assert.equal(run.metric("Speed")?.unit, "rpm");
    assert.equal(run.count("died"), 0);
    assert.match(JSON.stringify(run.log), /Aes256_Sha256_RsaPss\/SignAndEncrypt/);
  });

  it("that is not trusted yet is waited for, and diagnostics say so in a word and a sentence", async () => {
    await using server = await SecureServer.start(SECURE);
    const identity = { user: "hub", password: "right" };
    await using run = await OpcUaRun.start(config(server.endpoint, { identity }), QUICK);

    await run.until(() => run.log.some(({ message }) => message.startsWith("no link")));

    const [link] = run.adapter.diagnostics().links;
    assert.equal(link?.state, "backoff");
    assert.match(link?.lastError ?? "", /^awaiting_trust: .*unshub opcua trust/);
    assert.equal(run.count("born"), 0);
    assert.equal(run.log.filter(({ message }) => message.startsWith("no link")).length, 1);
  });

  it("that does not know the password is asked once, not again and again", async () => {
    let sessions = 0;
    await using server = await SecureServer.start(SECURE);
    server.server.on("create_session", () => {
      sessions += 1;
    });
    const identity = { user: "hub", password: "wrong" };
    const keys = { identity, trustOnFirstUse: true };
    await using run = await OpcUaRun.start(config(server.endpoint, keys), QUICK);

    await run.until(() => run.log.some(({ message }) => message.startsWith("no link")));

    assert.match(run.adapter.diagnostics().links[0]?.lastError ?? "", /^identity_rejected: /);
    assert.equal(sessions, 1);
    assert.doesNotMatch(JSON.stringify(run.log), /wrong/);
  });
});
