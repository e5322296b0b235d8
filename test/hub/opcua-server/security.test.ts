import assert from "node:assert/strict";
import { renameSync, readdirSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { OPCUAClient } from "node-opcua-client";
import { ownCertificate, TrustStore } from "@unshub/opcua-trust";
import type { Authenticate } from "../../../hub/src/opcua-server/index.ts";
import type { Ending } from "../../support/hub.ts";
import {
  openClient,
  startHubServer,
  unsId,
  POLICIES,
  program,
  SECURE,
} from "../../support/opcua-hub-server.ts";
import { dbirth, nbirth } from "../../support/sparkplug-messages.ts";

/** Moves what waits to what is trusted, as the log says. */
function trustAll(dataDir: string): number {
  const folder = join(dataDir, "protocols", "opcua", "clients");
  mkdirSync(join(folder, "trusted"), { recursive: true });
  const files = readdirSync(join(folder, "waiting"));
  for (const file of files)
    renameSync(join(folder, "waiting", file), join(folder, "trusted", file));
  return files.length;
}

describe("secured channels to the hub", () => {
  for (const policy of POLICIES) {
    for (const mode of ["Sign", "SignAndEncrypt"] as const) {
      it(`work with ${policy}, ${mode}`, async (t) => {
        const { own, options } = await program(t);
        const trust = [own.facts.sha256];
        const { endpoint, sessions } = await startHubServer(t, { ...SECURE, trust });
        sessions.apply(nbirth());
        sessions.apply(dbirth());

        const session = await openClient(t, endpoint, { policy, mode, options });
        const nodeId = await unsId(session, "g/e/d/Motor/Speed");

        assert.equal((await session.read({ nodeId, attributeId: 13 })).value.value, 1200);
      });
    }
  }

  it("are refused to unknown clients, until somebody moves the file that waits", async (t) => {
    const { options, own } = await program(t);
    const { endpoint, dataDir, logged } = await startHubServer(t, SECURE);
    const wish = { policy: "Basic256Sha256", mode: "SignAndEncrypt", options } as const;

    await assert.rejects(openClient(t, endpoint, wish));
    const line = logged.find(({ message }) => /nobody has trusted yet/.test(message));
    assert.match(JSON.stringify(line?.fields), new RegExp(`mv .*waiting/${own.facts.sha256}.der`));
    assert.equal(trustAll(dataDir), 1);

    await openClient(t, endpoint, wish);
  });

  it("are refused to rejected clients", async (t) => {
    const { options, own } = await program(t);
    const { endpoint, dataDir, logged } = await startHubServer(t, SECURE);
    await new TrustStore(join(dataDir, "protocols", "opcua", "clients")).reject([own.certificate]);

    await assert.rejects(
      openClient(t, endpoint, { policy: "Basic256Sha256", mode: "Sign", options }),
    );
    assert.ok(!logged.some(({ message }) => /nobody has trusted yet/.test(message)));
  });

  it("are all there is, unless None is named", async (t) => {
    const { endpoint } = await startHubServer(t, SECURE);

    await assert.rejects(openClient(t, endpoint));
  });

  it("show the application certificate of the hub, the same after a restart", async (t) => {
    const first = await startHubServer(t, SECURE);
    const shown = await shownBy(t, first.endpoint);
    await first.server.stop();
    const again = await startHubServer(t, { ...SECURE, dataDir: first.dataDir });

    assert.deepEqual(await shownBy(t, again.endpoint), shown);
    const own = await ownCertificate(
      join(first.dataDir, "protocols", "opcua", "certificate"),
      Date.now(),
    );
    assert.deepEqual(shown.certificates, [own.certificate.toString("hex")]);
    assert.deepEqual(shown.policies.toSorted(), [...POLICIES, ...POLICIES].toSorted());
  });
});

async function shownBy(t: Ending, endpoint: string) {
  const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
  t.after(() => client.disconnect());
  await client.connect(endpoint);
  const endpoints = await client.getEndpoints();
  const certificates = endpoints.map(({ serverCertificate }) => serverCertificate.toString("hex"));
  return {
    certificates: [...new Set(certificates)],
    policies: endpoints.map(({ securityPolicyUri }) => securityPolicyUri?.split("#")[1] ?? ""),
  };
}

const SEES_ALL = { seesAll: true, sees: () => true };

const authenticate: Authenticate = async (login, address) => {
  if (!("name" in login) || login.password !== "right") return undefined;
  const { name } = login;
  const mayWrite = (): boolean => name === "operator";
  const writer = { actor: name, via: "opcua", address, fault: () => undefined } as const;
  return { sight: SEES_ALL, renew: () => true, mayWrite, writer };
};

describe("users of the OPC UA server", () => {
  it("come in with name and password, and may do what they may do", async (t) => {
    const { own, options } = await program(t);
    const wishes = {
      ...SECURE,
      trust: [own.facts.sha256],
      authenticate: () => authenticate,
      anonymous: "none",
      write: true,
    } as const;
    const { endpoint, sessions } = await startHubServer(t, wishes);
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const secured = { policy: "Basic256Sha256", mode: "SignAndEncrypt", options } as const;
    const levelOf = async (userName: string) => {
      const session = await openClient(t, endpoint, {
        ...secured,
        login: { userName, password: "right" },
      });
      const nodeId = await unsId(session, "g/e/d/Motor/Speed");
      return (await session.read({ nodeId, attributeId: 18 })).value.value;
    };

    assert.equal(await levelOf("operator"), 3);
    assert.equal(await levelOf("viewer"), 1);
    const wrong = { userName: "operator", password: "wrong" };
    await assert.rejects(
      openClient(t, endpoint, { ...secured, login: wrong }),
      /BadUserAccessDenied/,
    );
    await assert.rejects(openClient(t, endpoint, secured), /BadIdentityToken|ANONYMOUS/);
  });

  it("are nobody while nobody knows any", async (t) => {
    const { endpoint } = await startHubServer(t);

    await assert.rejects(
      openClient(t, endpoint, { login: { userName: "operator", password: "right" } }),
      /BadUserAccessDenied|BadIdentityToken|user/i,
    );
  });
});
