import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostOf, RareLog } from "../../../hub/src/broker/rare-log.ts";
import { ManualClock } from "../../support/manual-clock.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";
import { keepingLog } from "../../support/silent-log.ts";

describe("the log of what others can cause at will", () => {
  it("says a thing once, and after a minute how often it was left out, with the last one's fields", () => {
    const { log, clock, lines } = rareLog();

    for (let count = 1; count <= 100; count += 1) {
      log.info({ clientId: "c", count }, "client connected");
    }
    clock.pass(59_999);
    log.sweep();
    assert.equal(lines.length, 1);
    clock.pass(1);
    log.sweep();

    assert.deepEqual(
      lines.map(({ fields }) => fields),
      [
        { clientId: "c", count: 1 },
        { clientId: "c", count: 100, unreported: 98 },
      ],
    );
  });

  it("is silent about what is over", () => {
    const { log, clock, lines } = rareLog();
    log.info({ clientId: "c" }, "client connected");
    clock.pass(60_000);
    log.sweep();

    log.info({ clientId: "c" }, "client connected");

    assert.equal(lines.length, 2);
    assert.deepEqual(lines[1]?.fields, { clientId: "c" });
  });

  it("has one line for each client and sentence, and for each address of those without a name", () => {
    const { log, lines } = rareLog();

    for (const clientId of ["a", "b"]) {
      for (let count = 0; count < 3; count += 1) {
        log.info({ clientId }, "client connected");
        log.info({ clientId }, "client disconnected");
      }
    }
    for (const port of [1, 2, 3]) log.warn({ address: `10.0.0.1:${port}` }, "refused");
    log.warn({ address: "[fe80::1]:4" }, "refused");

    assert.equal(lines.length, 6);
  });

  it("does not grow with the names that clients make up", () => {
    const { log, clock, lines } = rareLog();

    for (let count = 0; count < 10_000; count += 1) {
      log.info({ clientId: `c${count}` }, "client connected");
    }
    clock.pass(60_000);
    log.sweep();

    assert.ok(lines.length <= 2002, `${lines.length} lines`);
    assert.deepEqual(lines.at(-1)?.fields, { clientId: "c9999", unreported: 7998 });
  });

  it("says at the end what it had left out", () => {
    const { log, lines } = rareLog();
    for (let count = 0; count < 3; count += 1) log.warn({ clientId: "c" }, "too slow");

    log.end();

    assert.deepEqual(lines.at(-1)?.fields, { clientId: "c", unreported: 1 });
  });

  it("knows the host of an address", () => {
    assert.equal(hostOf("10.0.0.7:4000"), "10.0.0.7");
    assert.equal(hostOf("[fe80::1]:4000"), "[fe80::1]");
    assert.equal(hostOf("in-process"), "in-process");
  });
});

describe("the log of the broker", { timeout: 180_000 }, () => {
  it("tells who came, and who went and why", async () => {
    await using hub = await startTestBroker();
    const polite = await RawClient.connected(hub.port, { clientId: "polite" });
    polite.send({ cmd: "disconnect" });
    await polite.closed;
    const lost = await RawClient.connected(hub.port, { clientId: "lost", protocolVersion: 5 });
    lost.vanish();
    const kicked = await RawClient.connected(hub.port, { clientId: "kicked" });
    for (let gone = 0; gone < 2; gone += 1) await hub.disconnected.next();

    hub.broker.kick("kicked");
    await kicked.closed;

    const came = hub.log.all.filter(({ message }) => message === "client connected");
    const went = hub.log.all.filter(({ message }) => message === "client disconnected");
    assert.deepEqual(
      came.map(({ level, fields }) => [level, fields["clientId"], fields["protocol"]]),
      [
        ["info", "polite", "3.1.1"],
        ["info", "lost", "5"],
        ["info", "kicked", "3.1.1"],
      ],
    );
    assert.deepEqual(
      went.map(({ fields }) => [fields["clientId"], fields["because"]]),
      [
        ["polite", "it said DISCONNECT"],
        ["lost", "its connection was lost"],
        ["kicked", "an administrator has ended the connection"],
      ],
    );
  });

  it("is not flooded by a client that connects again and again", async () => {
    const clock = new ManualClock();
    await using hub = await startTestBroker({ clock });

    for (let round = 0; round < 30; round += 1) {
      const client = await RawClient.connected(hub.port, { clientId: "loop" });
      client.vanish();
      await hub.disconnected.next();
    }
    assert.equal(hub.log.all.length, 2);
    clock.pass(61_000);

    const later = hub.log.all.slice(2);
    assert.deepEqual(
      later.map(({ message, fields }) => [message, fields["unreported"]]),
      [
        ["client connected", 28],
        ["client disconnected", 28],
      ],
    );
  });
});

function rareLog() {
  const clock = new ManualClock();
  const { log, lines } = keepingLog();
  return { clock, lines, log: new RareLog(log, () => clock.monotonic()) };
}
