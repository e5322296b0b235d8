import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { addressKey, Admission } from "../../../hub/src/broker/admission.ts";
import { DEFAULT_LIMITS, type BrokerLimits } from "../../../hub/src/broker/limits.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const UNLIMITED = Number.POSITIVE_INFINITY;

describe("admission", () => {
  it("lets so many in a second; the others wait and come in in order", () => {
    const { clock, admission, arrive, entered, turnedAway } = admissionWith({
      connectsPerSecond: 10,
      connectsPerSecondPerAddress: UNLIMITED,
    });

    for (let count = 0; count < 25; count += 1) arrive(`10.0.0.${count}`);
    assert.equal(entered.length, 10);
    assert.equal(admission.waiting, 15);
    clock.pass(500);
    admission.release();
    assert.equal(entered.length, 15);
    clock.pass(1000);
    admission.release();

    assert.deepEqual(
      entered,
      Array.from({ length: 25 }, (_, count) => `10.0.0.${count}`),
    );
    assert.deepEqual(turnedAway, []);
  });

  it("lets nobody overtake those that wait", () => {
    const { clock, admission, arrive, entered } = admissionWith({ connectsPerSecond: 1 });
    arrive("10.0.0.1");
    arrive("10.0.0.2");
    clock.pass(1000);

    arrive("10.0.0.3");
    admission.release();

    assert.deepEqual(entered, ["10.0.0.1", "10.0.0.2"]);
  });

  it("turns away at once what one address opens too fast, and serves others", () => {
    const { clock, arrive, entered, turnedAway } = admissionWith({
      connectsPerSecondPerAddress: 5,
    });

    for (let count = 0; count < 8; count += 1) arrive("10.0.0.1");
    arrive("10.0.0.2");
    clock.pass(200);
    arrive("10.0.0.1");

    assert.equal(entered.filter((host) => host === "10.0.0.1").length, 6);
    assert.ok(entered.includes("10.0.0.2"));
    assert.deepEqual(
      turnedAway,
      Array.from({ length: 3 }, () => "10.0.0.1: its address connects too often"),
    );
  });

  it("turns away what one address opens too many of, until one of them has gone", () => {
    const { admission, arrive, entered, turnedAway } = admissionWith({
      maxConnectionsPerAddress: 2,
    });

    for (let count = 0; count < 3; count += 1) arrive("10.0.0.1");
    admission.left("10.0.0.1");
    arrive("10.0.0.1");

    assert.equal(entered.length, 3);
    assert.deepEqual(turnedAway, ["10.0.0.1: its address has as many as it may"]);
  });

  it("counts those that wait as connections of their address", () => {
    const { arrive, turnedAway } = admissionWith({
      connectsPerSecond: 1,
      maxConnectionsPerAddress: 2,
    });

    for (let count = 0; count < 3; count += 1) arrive("10.0.0.1");

    assert.equal(turnedAway.length, 1);
  });

  it("lets no more wait than may be connected", () => {
    const { admission, arrive, turnedAway } = admissionWith({
      connectsPerSecond: 1,
      maxConnections: 3,
    });

    for (let count = 0; count < 10; count += 1) arrive(`10.0.0.${count}`);

    assert.equal(admission.waiting, 3);
    assert.equal(turnedAway.length, 6);
    assert.match(turnedAway[0] ?? "", /as many connections wait as may/);
  });

  it("lets loopback in, however fast, unless it is told not to", () => {
    const limits = { maxConnectionsPerAddress: 1, connectsPerSecond: 1 };
    const exempt = admissionWith(limits);
    const counted = admissionWith({ ...limits, exemptLoopback: false });

    for (const host of ["127.0.0.1", "::1", "::ffff:127.0.0.1", "127.0.0.1"]) {
      exempt.arrive(host);
      counted.arrive(host);
    }

    assert.equal(exempt.entered.length, 4);
    assert.ok(counted.entered.length + counted.admission.waiting < 4);
  });

  it("forgets addresses of which it knows nothing bad", () => {
    const { clock, admission, arrive } = admissionWith({ connectsPerSecond: UNLIMITED });
    for (let count = 0; count < 1000; count += 1) arrive(`10.0.${count >> 8}.${count & 255}`);
    admission.release();
    assert.equal(admission.addresses, 1000);

    for (let count = 0; count < 999; count += 1) {
      admission.left(`10.0.${count >> 8}.${count & 255}`);
    }
    clock.pass(1000);
    admission.release();

    assert.equal(admission.addresses, 1);
  });

  const keys: readonly (readonly [string, string])[] = [
    ["10.0.0.7", "10.0.0.7"],
    ["::ffff:10.0.0.7", "10.0.0.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
    ["2001:db8::1", "2001:db8:0:0"],
    ["fe80::1:2:3:4", "fe80:0:0:0"],
    ["::1", "0:0:0:0"],
  ];
  for (const [host, key] of keys) {
    it(`counts ${host} as ${key}`, () => {
      assert.equal(addressKey(host), key);
    });
  }
});

describe("a broker with few connections per address", { timeout: 180_000 }, () => {
  const limits = { exemptLoopback: false, maxConnectionsPerAddress: 2 };

  it("closes the ones too many before it reads from them, counts them and says so in the log", async () => {
    await using hub = await startTestBroker({ limits });
    await using one = await RawClient.connected(hub.port, { clientId: "one" });
    await using two = await RawClient.open(hub.wsPort);
    await one.ping(); // by now the broker has it: the next one is too many

    await using three = await RawClient.open(hub.port);
    await three.closed;

    await one.ping();
    assert.equal(hub.broker.counters.turnedAway, 1);
    const { fields } = await hub.log.find(({ level }) => level === "warn");
    assert.equal(fields["because"], "its address has as many as it may");
    two.vanish();
    await two.closed;
  });

  it("lets the next one in when one has gone", async () => {
    await using hub = await startTestBroker({ limits });
    const first = await RawClient.connected(hub.port, { clientId: "one" });
    await using two = await RawClient.connected(hub.port, { clientId: "two" });

    await first[Symbol.asyncDispose]();
    await hub.disconnected.next();

    await using three = await RawClient.connected(hub.port, { clientId: "three" });
    await two.ping();
    await three.ping();
  });
});

describe("a broker that takes one connection a second", { timeout: 180_000 }, () => {
  it("lets the second one wait, and serves it when it is its turn", async () => {
    const clock = new ManualClock();
    const limits = { exemptLoopback: false, connectsPerSecond: 1 };
    await using hub = await startTestBroker({ limits, clock });
    await using first = await RawClient.connected(hub.port, { clientId: "first" });

    await using second = await RawClient.open(hub.port);
    const answered = second.connect({ clientId: "second" });
    await first.ping();
    assert.equal(hub.broker.counters.connections, 1);
    clock.pass(1100);

    assert.equal((await answered).returnCode, 0);
    assert.equal(hub.broker.counters.turnedAway, 0);
  });

  it("stops although somebody waits", async () => {
    const limits = { exemptLoopback: false, connectsPerSecond: 1 };
    await using hub = await startTestBroker({ limits, clock: new ManualClock() });
    await using first = await RawClient.connected(hub.port, { clientId: "first" });
    await using second = await RawClient.open(hub.port);
    await first.ping();

    await hub.broker.stop();

    await second.closed;
  });
});

describe("sockets that say nothing", { timeout: 180_000 }, () => {
  it("keep nobody out: the oldest of too many goes", async () => {
    await using hub = await startTestBroker({ limits: { maxConnections: 3 } });
    const silent = await Promise.all(Array.from({ length: 8 }, () => RawClient.open(hub.port)));

    await using client = await RawClient.connected(hub.port);

    await client.ping();
    assert.ok(hub.broker.counters.connections <= 4);
    for (const one of silent) one.vanish();
  });
});

function admissionWith(limits: Partial<BrokerLimits>) {
  const clock = new ManualClock();
  const admission = new Admission({ ...DEFAULT_LIMITS, ...limits }, () => clock.monotonic());
  const entered: string[] = [];
  const turnedAway: string[] = [];
  const arrive = (host: string): void =>
    admission.arrived({
      host,
      enter: () => entered.push(host),
      turnAway: (because) => turnedAway.push(`${host}: ${because}`),
    });
  return { clock, admission, arrive, entered, turnedAway };
}
