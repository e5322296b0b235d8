/** Users of the hub over OPC UA, with what identity keeps of them. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sha256Of, TrustStore, usersDir } from "@unshub/opcua-trust";
import { AttributeIds, DataType, OPCUAClient, UserTokenType, Variant } from "node-opcua-client";
import { Access, principalOf } from "../../../hub/src/identity/index.ts";
import { opcUaLogin } from "../../../hub/src/opcua-login.ts";
import type { UnsTree } from "../../../hub/src/tree/index.ts";
import { tempDir, type Ending } from "../../support/hub.ts";
import {
  openClient,
  POLICIES,
  program,
  SECURE,
  startHubServer,
  unsId,
} from "../../support/opcua-hub-server.ts";
import { makeApplicationCertificate } from "../../support/opcua-secure-server.ts";
import { dbirth, nbirth, speed } from "../../support/sparkplug-messages.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";

const PASSWORD = "correct horse";
const SECURED = { policy: "Basic256Sha256", mode: "SignAndEncrypt" } as const;
const ADMIN = principalOf({ source: "hub", name: "test", role: "admin", grants: ["command +"] });

const BY = { principal: ADMIN, via: "console", address: "" } as const;

/** Three users: one may command group g, one another group, one nothing. */
async function accessOf(t: Ending, dataDir = tempDir(t)): Promise<Access> {
  const access = new Access({
    dataDir,
    anonymous: "none",
    log: SILENT_LOG,
    now: () => Date.now(),
    certificates: {
      crl: [],
      authorities: [],
      rules: [{ when: { cn: "{name}" }, user: "{name}", role: "viewer", grants: [] }],
    },
    commanded: () => undefined,
    changed: () => undefined,
    clientIds: () => [],
  });
  const users = [
    ["here", "operator", ["read g", "command g"]],
    ["elsewhere", "operator", ["read g", "command h"]],
    ["viewer", "viewer", ["read g"]],
  ] as const;
  for (const [name, role, grants] of users)
    await access.putUser({ name, role, grants, password: PASSWORD }, BY);
  return access;
}

describe("a user of the hub in an OPC UA client", () => {
  it("writes what a role and a grant allow, and nothing else", async (t) => {
    const dataDir = tempDir(t);
    const access = await accessOf(t, dataDir);
    const { own, options } = await program(t);
    const { endpoint, sessions } = await startHubServer(t, {
      ...SECURE,
      trust: [own.facts.sha256],
      authenticate: (tree) => opcUaLogin(access, tree),
      audit: access.audit,
      anonymous: "none",
      write: true,
      onCommand: (tree) => tree.apply(speed(5, 2)),
    });
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const outcomes: string[] = [];
    for (const userName of ["elsewhere", "viewer", "here", "here"]) {
      const login = { userName, password: PASSWORD };
      const session = await openClient(t, endpoint, { ...SECURED, login, options });
      const nodeId = await unsId(session, "g/e/d/Motor/Speed");
      const wish = { value: new Variant({ dataType: DataType.Int32, value: 5 }) };
      const status = await session.write({ nodeId, attributeId: AttributeIds.Value, value: wish });
      const level = await session.read({ nodeId, attributeId: AttributeIds.UserAccessLevel });
      outcomes.push(`${userName} ${level.value.value} ${status.name}`);
      if (userName === "here") {
        await access.putUser({ name: "here", role: "operator", grants: ["read g"] }, BY);
        const later = await session.write({ nodeId, attributeId: AttributeIds.Value, value: wish });
        outcomes.push(`${userName}, later, ${later.name}`);
      }
    }

    assert.deepEqual(outcomes, [
      "elsewhere 1 BadUserAccessDenied",
      "viewer 1 BadUserAccessDenied",
      "here 3 Good",
      "here, later, BadUserAccessDenied",
      "here 1 BadUserAccessDenied",
      "here, later, BadUserAccessDenied",
    ]);
    access.stop();
    const trail = readFileSync(join(dataDir, "audit.jsonl"), "utf8");
    assert.match(trail, /"user:here","via":"opcua".*"log in"/);
    assert.match(
      trail,
      /"user:here","via":"opcua".*"command","object":"g\/e\/d\/Motor\/Speed".*"after":5/,
    );
  });

  it("does not come in with a wrong password, nor where it would travel readable", async (t) => {
    const access = await accessOf(t);
    const authenticate = (tree: UnsTree) => opcUaLogin(access, tree);
    const { own, options } = await program(t);
    const security = ["None", ...POLICIES] as const;
    const trust = [own.facts.sha256];
    const { endpoint } = await startHubServer(t, { security, trust, authenticate });
    const right = { userName: "here", password: PASSWORD };
    const wrong = { userName: "here", password: "wrong" };

    await assert.rejects(
      openClient(t, endpoint, { ...SECURED, login: wrong, options }),
      /BadUserAccessDenied/,
    );
    await openClient(t, endpoint, { ...SECURED, login: right, options });

    const client = OPCUAClient.create({ connectionStrategy: { maxRetry: 0 } });
    t.after(() => client.disconnect());
    await client.connect(endpoint);
    const readable = (await client.getEndpoints())
      .filter(({ securityPolicyUri }) => securityPolicyUri?.endsWith("#None"))
      .flatMap(({ userIdentityTokens }) => userIdentityTokens ?? [])
      .filter(({ tokenType }) => UserTokenType[tokenType] === "UserName")
      .filter(({ securityPolicyUri }) => !/#(?:Basic256|Aes)/.test(String(securityPolicyUri)));
    assert.deepEqual(readable, []);
  });
});

/** Somebody with a certificate for logging in, who is called by its common name. */
async function userCertificate(name: string) {
  const { cert, key } = await makeApplicationCertificate({ subject: `CN=${name}` });
  const { raw } = new X509Certificate(cert);
  return { login: { certificateData: raw, privateKey: key }, sha256: sha256Of(raw) };
}

describe("a user of the hub who shows a certificate in an OPC UA client", () => {
  it("waits until somebody trusts it, and then sees and writes what grants allow", async (t) => {
    const dataDir = tempDir(t);
    const access = await accessOf(t, dataDir);
    const { own, options } = await program(t);
    const { endpoint, sessions, server, logged } = await startHubServer(t, {
      ...SECURE,
      dataDir,
      trust: [own.facts.sha256],
      authenticate: (tree) => opcUaLogin(access, tree),
      audit: access.audit,
      anonymous: "none",
      write: true,
      onCommand: (tree) => tree.apply(speed(5, 2)),
    });
    sessions.apply(nbirth());
    sessions.apply(dbirth());
    const users = new TrustStore(usersDir(join(dataDir, "protocols", "opcua")));
    const [here, nobody] = [await userCertificate("here"), await userCertificate("nobody")];
    const open = ({ login }: typeof here) =>
      openClient(t, endpoint, { ...SECURED, login, options });

    await assert.rejects(open(here), /BadIdentityTokenRejected/);
    assert.match(JSON.stringify(logged), /a user of OPC UA shows a certificate that nobody/);
    await users.trust((await users.find(here.sha256)) ?? []);
    await users.trust([nobody.login.certificateData]);
    await assert.rejects(open(nobody), /BadUserAccessDenied/);
    const session = await open(here);
    const nodeId = await unsId(session, "g/e/d/Motor/Speed");
    const wish = { value: new Variant({ dataType: DataType.Int32, value: 5 }) };
    const written = await session.write({ nodeId, attributeId: AttributeIds.Value, value: wish });
    await access.putUser({ name: "here", role: "viewer", grants: ["read other"] }, BY);
    server.reconsider();
    const later = await session.read({ nodeId, attributeId: AttributeIds.Value });
    await users.reject([here.login.certificateData]);
    await assert.rejects(open(here), /BadIdentityTokenRejected/);

    assert.equal(written.name, "Good");
    assert.equal(later.statusCode.name, "BadNodeIdUnknown");
    access.stop();
    const trail = readFileSync(join(dataDir, "audit.jsonl"), "utf8");
    assert.match(trail, /"x509:here|"user:here/);
    assert.match(trail, new RegExp(`certificate:${nobody.sha256}.*"refused"`));
  });

  it("does not come in with the certificate of somebody else", async (t) => {
    const dataDir = tempDir(t);
    const access = await accessOf(t);
    const { own, options } = await program(t);
    const trust = [own.facts.sha256];
    const authenticate = (tree: UnsTree) => opcUaLogin(access, tree);
    const { endpoint } = await startHubServer(t, { ...SECURE, dataDir, trust, authenticate });
    const [here, thief] = [await userCertificate("here"), await userCertificate("thief")];
    const users = new TrustStore(usersDir(join(dataDir, "protocols", "opcua")));
    await users.trust([here.login.certificateData]);
    const login = { ...here.login, privateKey: thief.login.privateKey };

    await assert.rejects(
      openClient(t, endpoint, { ...SECURED, login, options }),
      /BadUserSignatureInvalid/,
    );
  });
});
