/** Users of the hub over OPC UA, with what identity keeps of them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
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
