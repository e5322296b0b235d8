/** The gate at a real MQTT server, with raw clients: what is allowed passes, everything else is told and goes nowhere. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, it, type TestContext } from "node:test";
import type { IConnectPacket } from "mqtt-packet";
import { MqttGate, type AuditEntry } from "../../../hub/src/identity/index.ts";
import type { Anonymous } from "../../../hub/src/identity/known-clients.ts";
import { hashPassword } from "../../../hub/src/identity/password.ts";
import { IdentityStore } from "../../../hub/src/identity/store.ts";
import { gateQuestions, openDoor } from "../../support/identity.ts";
import { startTestBroker, type TestBroker } from "../../support/mqtt-broker.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const PASSWORD = "correct horse";
let hash = "";
before(async () => {
  hash = await hashPassword(PASSWORD);
});

interface Plant extends AsyncDisposable {
  readonly hub: TestBroker;
  readonly store: IdentityStore;
  readonly gate: MqttGate;
  readonly audit: readonly AuditEntry[];
  client(name: string, more?: Partial<IConnectPacket>): Promise<RawClient>;
}

const now = (): number => Date.now();

async function plant(t: TestContext, anonymous: Anonymous = "none"): Promise<Plant> {
  const folder = mkdtempSync(join(tmpdir(), "unshub-gate-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const store = new IdentityStore(join(folder, "identity.json"));
  const user = (name: string, ...grants: string[]): void =>
    store.putUser({
      name,
      role: "operator",
      grants,
      password: hash,
      isDisabled: false,
      createdAt: 0,
    });
  user("gw", "node Plant1/gw");
  user("scada", "host scada", "read Plant1", "command Plant1/gw/press Setpoint*");
  user("mes", "read Plant1/gw/press", "publish mes/%u/#", "subscribe mes/#");
  const audit: AuditEntry[] = [];
  const { authenticator, directory } = openDoor(store, now);
  const plantHub: { broker?: TestBroker["broker"] } = {};
  const gate = new MqttGate({
    authenticator,
    anonymous,
    audit: {
      later: (entry) => void audit.push(entry),
      refused: (entry) => void audit.push(entry),
      isBroken: false,
    },
    commanded: ({ payload }) =>
      new TextDecoder()
        .decode(payload)
        .split(",")
        .map((name) => ({ name, value: "1" })),
    current: (principal) => directory.current(principal),
    byId: (id) => directory.byId(id),
    isName: (name) => store.has(name),
    banFault: () => undefined,
    rightsDiffer: () => plantHub.broker?.permissionsChanged(),
  });
  const hub = await startTestBroker(gateQuestions(gate));
  plantHub.broker = hub.broker;
  return {
    hub,
    store,
    gate,
    audit,
    client: (name, more) =>
      RawClient.connected(hub.port, {
        protocolVersion: 5,
        clientId: name,
        username: name,
        password: Buffer.from(PASSWORD),
        ...more,
      }),
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

let lastId = 0;

/** The reason code of the answer to a message with QoS 1. */
async function reasonOf(client: RawClient, topic: string, more: object = {}): Promise<number> {
  lastId = (lastId % 60_000) + 1;
  const messageId = lastId;
  client.send({
    cmd: "publish",
    topic,
    qos: 1,
    payload: "1",
    messageId,
    dup: false,
    retain: false,
    ...more,
  });
  const { reasonCode } = await client.find("puback", (packet) => packet.messageId === messageId);
  return reasonCode ?? 0;
}

/** The codes of the answer to a subscription. */
async function grantedOf(client: RawClient, topic: string): Promise<readonly unknown[]> {
  lastId = (lastId % 60_000) + 1;
  const messageId = lastId;
  client.send({ cmd: "subscribe", messageId, subscriptions: [{ topic, qos: 0 }] });
  const { granted } = await client.find("suback", (packet) => packet.messageId === messageId);
  return granted;
}

function say(client: RawClient, topic: string, payload: string): void {
  client.send({ cmd: "publish", topic, qos: 0, payload, dup: false, retain: false });
}

describe("an edge node at the gate", { timeout: 180_000 }, () => {
  it("publishes its own topics and no other", async (t) => {
    await using factory = await plant(t);
    await using gw = await factory.client("gw");

    assert.equal(await reasonOf(gw, "spBv1.0/Plant1/NBIRTH/gw"), 0);
    assert.equal(await reasonOf(gw, "spBv1.0/Plant1/DDATA/gw/press"), 0);
    for (const topic of [
      "spBv1.0/Plant1/NBIRTH/other",
      "spBv1.0/Plant1/NCMD/gw",
      "spBv1.0/STATE/scada",
      "mes/gw/x",
      "$sparkplug/certificates/spBv1.0/Plant1/NBIRTH/gw",
    ]) {
      assert.equal(await reasonOf(gw, topic), 0x87, topic);
    }
    assert.equal(await reasonOf(gw, "spBv1.0/Plant1/NDATA/gw", { retain: true }), 0x87);
  });

  it("has its own death as Will and no other message", async (t) => {
    await using factory = await plant(t);
    const will = {
      topic: "spBv1.0/Plant1/NDEATH/gw",
      payload: "x",
      qos: 1,
      retain: false,
    } as const;

    await using fine = await factory.client("gw", { clientId: "gw-1", will });
    await fine.ping();
    for (const topic of ["spBv1.0/Plant1/NDEATH/other", "spBv1.0/Plant1/DDATA/gw/press", "mes/x"]) {
      await using client = await RawClient.open(factory.hub.port, 5);
      const connack = await client.connect({
        clientId: "gw-2",
        username: "gw",
        password: Buffer.from(PASSWORD),
        will: { ...will, topic },
      });
      assert.equal(connack.reasonCode, 0x87, topic);
      assert.match(connack.properties?.reasonString ?? "", /its Will on/);
    }
  });
});

describe("a host at the gate", { timeout: 180_000 }, () => {
  it("commands the metrics that it may and no others", async (t) => {
    await using factory = await plant(t);
    await using scada = await factory.client("scada");
    const topic = "spBv1.0/Plant1/DCMD/gw/press";

    assert.equal(await reasonOf(scada, topic, { payload: "Setpoint 1" }), 0);
    assert.equal(await reasonOf(scada, topic, { payload: "Setpoint 1,Speed" }), 0x87);
    assert.equal(await reasonOf(scada, "spBv1.0/Plant1/DCMD/gw/other"), 0x87);
    assert.equal(await reasonOf(scada, "spBv1.0/Plant1/NCMD/gw"), 0x87);
  });

  it("sees what it may read, and a filter that sees more is refused whole", async (t) => {
    await using factory = await plant(t);
    await using scada = await factory.client("scada");
    await using gw = await factory.client("gw");

    assert.deepEqual(await grantedOf(scada, "spBv1.0/Plant1/#"), [0]);
    for (const filter of ["#", "spBv1.0/#", "+/#", "$share/g/spBv1.0/#", "$SYS/#", "mes/#"]) {
      assert.deepEqual(await grantedOf(scada, filter), [0x87], filter);
    }
    say(gw, "spBv1.0/Plant1/NDATA/gw", "7");
    assert.equal((await scada.take("publish")).topic, "spBv1.0/Plant1/NDATA/gw");
  });
});

describe("whoever comes in", { timeout: 180_000 }, () => {
  it("needs a right password, and is told nothing about names", async (t) => {
    await using factory = await plant(t);
    for (const username of ["gw", "nobody"]) {
      await using client = await RawClient.open(factory.hub.port, 5);
      const connack = await client.connect({
        clientId: username,
        username,
        password: Buffer.from("wrong"),
      });
      assert.equal(connack.reasonCode, 0x86);
      assert.equal(connack.properties?.reasonString, "the name or the password is wrong");
    }
    await using nobody = await RawClient.open(factory.hub.port, 5);
    assert.equal((await nobody.connect({ clientId: "x" })).reasonCode, 0x87);
    assert.deepEqual(
      factory.audit.map(({ actor, action, result }) => [actor, action, result]),
      [
        ["user:gw", "connect", "refused"],
        ["user:nobody", "connect", "refused"],
        ["anonymous", "connect", "refused"],
      ],
    );
  });

  it("may read and write nothing where anonymous is read", async (t) => {
    await using factory = await plant(t, "read");
    await using nobody = await RawClient.connected(factory.hub.port, {
      protocolVersion: 5,
      clientId: "n",
    });

    assert.deepEqual(await grantedOf(nobody, "#"), [0]);
    assert.equal(await reasonOf(nobody, "x"), 0x87);
  });

  it("does not take over the session of another principal", async (t) => {
    await using factory = await plant(t, "full");
    await using gw = await factory.client("gw");

    await using thief = await RawClient.open(factory.hub.port, 5);
    const connack = await thief.connect({ clientId: "gw" });

    assert.equal(connack.reasonCode, 0x85);
    await gw.ping();
  });

  it("gives nothing to a client whose identifier somebody with more rights tries to use", async (t) => {
    await using factory = await plant(t);
    await using squatter = await factory.client("gw", { clientId: "line" });
    const topic = "spBv1.0/Plant1/DCMD/gw/press";

    await using scada = await RawClient.open(factory.hub.port, 5);
    const connack = await scada.connect({
      clientId: "line",
      username: "scada",
      password: Buffer.from(PASSWORD),
    });

    assert.equal(connack.reasonCode, 0x85);
    assert.equal(await reasonOf(squatter, topic, { payload: "Setpoint 1" }), 0x87);
    assert.deepEqual(await grantedOf(squatter, "spBv1.0/Plant1/#"), [0x87]);
    assert.equal(await reasonOf(squatter, "spBv1.0/Plant1/NDATA/gw"), 0);
  });

  it("is called as its user, so that nobody keeps others away by their names", async (t) => {
    await using factory = await plant(t);
    await using mes = await factory.client("mes", { clientId: "mes-2" });
    await mes.ping();

    await using other = await RawClient.open(factory.hub.port, 5);
    const connack = await other.connect({
      clientId: "gw",
      username: "mes",
      password: Buffer.from(PASSWORD),
    });
    assert.equal(connack.reasonCode, 0x85);
  });

  it("loses at once what is taken away", async (t) => {
    await using factory = await plant(t);
    await using mes = await factory.client("mes");
    await using gw = await factory.client("gw");
    assert.deepEqual(await grantedOf(mes, "spBv1.0/Plant1/DDATA/gw/press"), [0]);
    assert.equal(await reasonOf(mes, "mes/mes/x"), 0);
    const user = factory.store.user("mes");
    assert.ok(user);
    factory.store.putUser({ ...user, grants: ["subscribe mes/#"] });

    const gone = factory.gate.changed();
    factory.hub.broker.permissionsChanged();

    assert.deepEqual(gone, []);
    assert.equal(await reasonOf(mes, "mes/mes/x"), 0x87);
    say(gw, "spBv1.0/Plant1/DDATA/gw/press", "7");
    assert.deepEqual(await grantedOf(mes, "mes/#"), [0]);
    await gw.ping();
    await mes.ping();
    assert.deepEqual(
      mes.received.filter(({ cmd }) => cmd === "publish"),
      [],
    );
  });
});
