/** What a user of the OPC UA server sees: what he may not read does not exist for him, and what is taken away ends at once. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  AttributeIds,
  BrowseDirection,
  DataType,
  makeBrowsePath,
  UserTokenType,
  Variant,
  type ClientSession,
} from "node-opcua-client";
import { Access, principalOf } from "../../../hub/src/identity/index.ts";
import { opcUaLogin } from "../../../hub/src/opcua-login.ts";
import { tempDir, type Ending } from "../../support/hub.ts";
import { identityHub, PASSWORD } from "../../support/identity-hub.ts";
import {
  hearModelChanges,
  Monitored,
  openClient,
  program,
  SECURE,
  startHubServer,
  subscribe,
  unsId,
  type HubServer,
} from "../../support/opcua-hub-server.ts";
import { SILENT_LOG } from "../../support/silent-log.ts";
import { dbirth, message, nbirth, speed } from "../../support/sparkplug-messages.ts";

const SECRET = "g/e/d/Motor/Speed";
const SECURED = { policy: "Basic256Sha256", mode: "SignAndEncrypt" } as const;
const ROOT = principalOf({ source: "hub", name: "test", role: "admin", grants: [] });
const BY = { principal: ROOT, via: "console", address: "" } as const;

interface Plant extends HubServer {
  readonly access: Access;
  readonly trail: () => string;
  readonly login: (userName: string) => Promise<ClientSession>;
  readonly grant: (name: string, grants: readonly string[]) => Promise<void>;
}

/** Two edge nodes of one group, `e` and `open`; one user who may read both, one who may read and command `open`. */
async function plant(t: Ending): Promise<Plant> {
  const dataDir = tempDir(t);
  let server: HubServer | undefined;
  const access = new Access({
    dataDir,
    anonymous: "none",
    log: SILENT_LOG,
    now: () => Date.now(),
    commanded: () => undefined,
    changed: () => server?.server.reconsider(),
    clientIds: () => [],
  });
  const grant = async (name: string, grants: readonly string[]): Promise<void> =>
    await access.putUser({ name, role: "operator", grants, password: PASSWORD }, BY);
  await grant("all", ["read g"]);
  await grant("some", ["read g/open", "command g/open"]);
  const { own, options } = await program(t);
  server = await startHubServer(t, {
    ...SECURE,
    trust: [own.facts.sha256],
    authenticate: (tree) => opcUaLogin(access, tree),
    audit: access.audit,
    anonymous: "none",
    write: true,
  });
  const { endpoint, sessions } = server;
  for (const born of [nbirth(), dbirth()]) sessions.apply(born);
  const bdSeq = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;
  sessions.apply(message("NBIRTH/open", [bdSeq], 0));
  return {
    ...server,
    access,
    grant,
    trail: () => {
      access.audit.flush(true);
      return readFileSync(join(dataDir, "audit.jsonl"), "utf8");
    },
    login: async (userName) =>
      await openClient(t, endpoint, {
        ...SECURED,
        login: { userName, password: PASSWORD },
        options,
      }),
  };
}

async function browsed(session: ClientSession, path: string): Promise<readonly string[]> {
  const { references } = await session.browse({
    nodeId: await unsId(session, path),
    referenceTypeId: "HierarchicalReferences",
    includeSubtypes: true,
    browseDirection: BrowseDirection.Forward,
    resultMask: 63,
  });
  return (references ?? []).map(({ browseName }) => String(browseName.name));
}

describe("what a user of the OPC UA server may not read", () => {
  it("does not exist: reading, browsing, paths, writing and monitoring answer as for a name that is none", async (t) => {
    const { login, server } = await plant(t);
    const [all, some] = [await login("all"), await login("some")];
    const secret = await unsId(some, SECRET);
    const seen = await Monitored.open(subscribe(all), secret, { samplingInterval: 50 });
    await seen.until(({ value }) => value.value === 1200);
    const namespace = secret.slice(3, secret.indexOf(";"));
    const wish = { value: new Variant({ dataType: DataType.Int32, value: 5 }) };
    const Value = AttributeIds.Value;
    const answers = async (nodeId: string, path: string) => ({
      read: (await some.read({ nodeId, attributeId: Value })).statusCode.name,
      class: (await some.read({ nodeId, attributeId: AttributeIds.NodeClass })).statusCode.name,
      browse: (await some.browse(nodeId)).statusCode.name,
      write: (await some.write({ nodeId, attributeId: Value, value: wish })).name,
      path: (await some.translateBrowsePath(makeBrowsePath("ObjectsFolder", path))).statusCode.name,
    });
    const step = (name: string): string => `/${namespace}:${name}`;

    const hidden = await answers(secret, ["UNS", "g", "e", "d"].map(step).join(""));
    const none = await answers(
      await unsId(some, "g/open/none"),
      ["UNS", "g", "none"].map(step).join(""),
    );

    assert.deepEqual(hidden, none);
    assert.deepEqual(hidden, {
      read: "BadNodeIdUnknown",
      class: "BadNodeIdUnknown",
      browse: "BadNodeIdUnknown",
      write: "BadNodeIdUnknown",
      path: "BadNoMatch",
    });
    await assert.rejects(
      Monitored.open(subscribe(some), secret, { samplingInterval: 50 }),
      /BadNodeIdUnknown/,
    );
    assert.deepEqual(await browsed(some, "g"), ["open"]);
    assert.deepEqual((await browsed(all, "g")).toSorted(), ["e", "open"]);
    assert.equal(server.figures().monitoredMetrics, 1);
  });

  it("is not named by events either: who sees less than all is told to look again", async (t) => {
    const { login, sessions } = await plant(t);
    const session = await login("some");
    const told = Promise.withResolvers<readonly string[]>();
    await hearModelChanges(session, told.resolve);

    const bdSeq = { name: "bdSeq", datatype: "Int64", tellDatatype: true, value: 0 } as const;
    sessions.apply(message("NBIRTH/hidden", [bdSeq], 0));

    assert.deepEqual(await told.promise, ["/"]);
  });
});

describe("a right that is taken away", () => {
  it("ends at once, also for what is monitored, and the session stays", async (t) => {
    const { login, grant, sessions } = await plant(t);
    const session = await login("all");
    const nodeId = await unsId(session, SECRET);
    const seen = await Monitored.open(subscribe(session), nodeId, { samplingInterval: 0 });
    await seen.until(({ value }) => value.value === 1200);

    await grant("all", ["read g/open"]);
    sessions.apply(speed(77, 2));

    await seen.until(({ statusCode }) => statusCode.name === "BadNodeIdUnknown");
    assert.ok(!seen.seen.some(({ value }) => value.value === 77));
    assert.deepEqual(await browsed(session, "g"), ["open"]);
    const { statusCode } = await session.read({ nodeId, attributeId: AttributeIds.Value });
    assert.equal(statusCode.name, "BadNodeIdUnknown");
  });

  it("goes with the name: a session that becomes nobody's writes no longer", async (t) => {
    const access = (await plant(t)).access;
    await access.putUser(
      { name: "op", role: "operator", grants: ["read g", "command g"], password: PASSWORD },
      BY,
    );
    const { own, options } = await program(t);
    const { endpoint, sessions } = await startHubServer(t, {
      ...SECURE,
      trust: [own.facts.sha256],
      authenticate: (tree) => opcUaLogin(access, tree),
      anonymous: "read",
      write: true,
    });
    for (const born of [nbirth(), dbirth()]) sessions.apply(born);
    const login = { userName: "op", password: PASSWORD };
    const session = await openClient(t, endpoint, { ...SECURED, login, options });
    const nodeId = await unsId(session, SECRET);
    const level = async () =>
      (await session.read({ nodeId, attributeId: AttributeIds.UserAccessLevel })).value.value;
    assert.equal(await level(), 3);

    const changed = await session.changeUser({ type: UserTokenType.Anonymous });

    assert.equal(changed.name, "Good");
    assert.equal(await level(), 1);
  });

  it("ends the session when there is no such user any more", async (t) => {
    const { login, access, server } = await plant(t);
    await login("all");
    assert.equal(server.figures().sessions, 1);

    access.deleteUser("all", BY);

    assert.equal(server.figures().sessions, 0);
    await assert.rejects(login("all"), /BadUserAccessDenied/);
  });

  it("ends the session of a user whom an administrator disables over HTTP", async (t) => {
    const { own, options } = await program(t);
    const opcua = `{ port: 0, trust: ["sha256:${own.facts.sha256}"] }`;
    const hub = await identityHub(t, "", {
      listeners: `{ mqtt: { port: 0 }, http: { port: 0 }, opcua: ${opcua} }`,
    });
    await hub.addUser("scada", "viewer", ["read g"]);
    const login = { userName: "scada", password: PASSWORD };
    const endpoint = `opc.tcp://127.0.0.1:${hub.port("opcua")}`;
    const other = await openClient(t, endpoint, { ...SECURED, login: ADMINISTRATOR, options });
    await openClient(t, endpoint, { ...SECURED, login, options });
    assert.equal(await sessionsAt(other), 2);

    const change = { role: "viewer", grants: ["read g"], isDisabled: true };
    const answer = await hub.ask("PUT", "/api/v1/users/scada", change);

    assert.ok(answer.ok, await answer.text());
    assert.equal(await sessionsAt(other), 1);
  });
});

const ADMINISTRATOR = { userName: "root", password: PASSWORD };

/** How many sessions the server has, as it says itself: CurrentSessionCount. */
async function sessionsAt(session: ClientSession): Promise<unknown> {
  return (await session.read({ nodeId: "i=2277", attributeId: AttributeIds.Value })).value.value;
}

describe("writes over OPC UA on the audit trail", () => {
  it("name nobody who has no name, with the address, also when they are refused", async (t) => {
    for (const anonymous of ["full", "read"] as const) {
      const { access, trail } = await plant(t);
      const { endpoint, sessions } = await startHubServer(t, {
        audit: access.audit,
        anonymous,
        write: true,
        onCommand: (tree) => tree.apply(speed(5, 2)),
      });
      for (const born of [nbirth(), dbirth()]) sessions.apply(born);
      const session = await openClient(t, endpoint);
      const status = await session.write({
        nodeId: await unsId(session, SECRET),
        attributeId: AttributeIds.Value,
        value: { value: new Variant({ dataType: DataType.Int32, value: 5 }) },
      });

      const [isGood, result] = anonymous === "full" ? [true, "done"] : [false, "refused"];
      assert.equal(status.isGood(), isGood);
      assert.match(
        trail(),
        new RegExp(
          `"anonymous","via":"opcua","address":"(::ffff:)?127.0.0.1".*"command","object":"${SECRET}".*"result":"${result}"`,
        ),
      );
    }
  });

  it("name the user whose grants do not reach, too", async (t) => {
    const { login, trail } = await plant(t);
    const session = await login("all");
    const status = await session.write({
      nodeId: await unsId(session, SECRET),
      attributeId: AttributeIds.Value,
      value: { value: new Variant({ dataType: DataType.Int32, value: 5 }) },
    });

    assert.equal(status.name, "BadUserAccessDenied");
    assert.match(trail(), /"user:all","via":"opcua".*"command".*"result":"refused"/);
  });
});
