/** Certificates that change or end while an adapter runs. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ownCertificate, sha256Of, TrustStore, trustDir } from "@unshub/opcua-trust";
import { MessageSecurityMode, OPCUAClient, SecurityPolicy, UserTokenType } from "node-opcua-client";
import { makePrivateKeyFromPem } from "node-opcua-crypto/web";
import { freePort } from "../../support/free-port.ts";
import { buildLine, LINE_URI } from "../../support/opcua-line.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";
import { SecureServer, type ServerWishes } from "../../support/opcua-secure-server.ts";

const DAY_MS = 86_400_000;
const SECURE = {
  policies: ["Basic256Sha256"],
  modes: ["SignAndEncrypt"],
  build: (space: Parameters<typeof buildLine>[0]) => buildLine(space),
} as const satisfies ServerWishes;

function configOf(port: number, trust: readonly string[]): Record<string, unknown> {
  return {
    endpoint: `opc.tcp://127.0.0.1:${port}`,
    device: "cell",
    offlineGrace: "300ms",
    trust,
    groups: { fast: { interval: "100ms" } },
    tags: [{ name: "Speed", node: `nsu=${LINE_URI};s=Motor1.Speed`, group: "fast" }],
  };
}

const shaOf = ({ server }: SecureServer): string => sha256Of(server.getCertificate());
const errorOf = (run: OpcUaRun): string => run.adapter.diagnostics().links[0]?.lastError ?? "";
const isSaid = (run: OpcUaRun, sign: RegExp): boolean => sign.test(JSON.stringify(run.log));

describe("a certificate, while an OPC UA adapter runs,", { timeout: 180_000 }, () => {
  it("of the server that becomes another one is trusted anew by a person, and nothing comes before", async () => {
    let server = await SecureServer.start({ ...SECURE, port: await freePort() });
    try {
      const before = shaOf(server);
      const { port } = server;
      await using run = await OpcUaRun.start(configOf(port, [`sha256:${before}`]), QUICK);
      await run.until(() => run.count("born") === 1);

      await server[Symbol.asyncDispose]();
      server = await SecureServer.start({ ...SECURE, port });
      await run.until(() => errorOf(run).startsWith("awaiting_trust: "));
      const store = new TrustStore(trustDir(run.dataDir));
      const [waiting] = await store.list("waiting");

      assert.equal(waiting?.facts.sha256, shaOf(server));
      assert.ok(isSaid(run, new RegExp(shaOf(server).slice(0, 16), "i")));
      await run.until(() => run.count("died") === 1); // after its grace
      assert.equal(run.count("born"), 1);

      await store.trust((await store.find(shaOf(server))) ?? []);
      await run.until(() => run.count("born") === 2);
      assert.equal(run.metric("Speed")?.quality, "good");
    } finally {
      await server[Symbol.asyncDispose]();
    }
  });

  it("of ours that another hub shows, too, is told, where the server shows its sessions", async () => {
    const user = { name: "hub", password: "right", isAdmin: true };
    await using server = await SecureServer.start({ ...SECURE, user });
    const trust = [`sha256:${shaOf(server)}`];
    const config = {
      ...configOf(server.port, trust),
      identity: { user: "hub", password: "right" },
      sessionTimeout: "1s",
    };
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);
    const own = await ownCertificate(join(run.dataDir, "certificate"), Date.now());
    const key = makePrivateKeyFromPem(own.key);
    const client = OPCUAClient.create({
      clientName: "unshub cell (elsewhere, 1)",
      applicationUri: own.facts.applicationUri ?? "",
      endpointMustExist: false,
      securityMode: MessageSecurityMode.SignAndEncrypt,
      securityPolicy: SecurityPolicy.Basic256Sha256,
      certificateKeyPairProvider: {
        getCertificate: () => own.certificate,
        getCertificateChain: () => [own.certificate],
        getPrivateKey: () => key,
      },
    });
    await client.connect(server.endpoint);
    await client.createSession({
      type: UserTokenType.UserName,
      userName: "hub",
      password: "right",
    });

    await run.until(() => isSaid(run, /another program shows the certificate of this hub/));
    await client.disconnect();

    assert.ok(isSaid(run, /elsewhere, 1/));
  });

  it("of the server that ends is named when the connection ends because of it", async () => {
    const validTo = new Date(Date.now() + DAY_MS);
    await using server = await SecureServer.start({ ...SECURE, certificate: { validTo } });
    await using proxy = await FreezableProxy.start(server.port);
    let offByMs = 0;
    const config = configOf(proxy.port, [`sha256:${shaOf(server)}`]);
    await using run = await OpcUaRun.start(config, QUICK, () => Date.now() + offByMs);
    await run.until(() => run.count("born") === 1);

    offByMs = 2 * DAY_MS;
    proxy.cut();
    await run.until(() => isSaid(run, /certificate_expired/));

    const on = validTo.toISOString().slice(0, 10);
    assert.match(errorOf(run), new RegExp(`^certificate_expired: .*expired on ${on}; renew it`));
    await run.until(() => run.count("died") === 1);
  });
});
