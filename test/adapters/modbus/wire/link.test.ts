/** The life of a link: poor devices, silence, reconnecting, stopping, its trace. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  exception,
  HeldAnswers,
  HOSTILE,
  openHostile,
  trueData,
} from "../../../support/modbus-hostile.ts";
import { hexOf } from "../../../support/modbus-hex.ts";
import { LinkRun, openTcpBench, TIMEOUT_MS } from "../../../support/modbus-wire.ts";

const TRUE = hexOf(trueData(1, 0, 2));

describe("a Modbus TCP link to a poor device", () => {
  it("waits after connecting and between requests", async () => {
    await using bench = await openTcpBench(HOSTILE.honest, {
      pauseAfterConnectMs: 300,
      pauseBetweenRequestsMs: 50,
    });
    const { run, server } = bench;
    const reads = [run.read(0, 1), run.read(1, 1)];

    await run.clock.pass(299);
    assert.equal(server.requests.length, 0);
    await run.clock.pass(1);
    await reads[0];
    await run.clock.pass(49);
    assert.equal(server.requests.length, 1);
    await run.clock.pass(1);

    assert.equal(await reads[1], hexOf(trueData(1, 1, 1)));
  });

  it("closes when nothing is asked for long and opens again for the next request", async () => {
    await using bench = await openTcpBench(HOSTILE.honest, { idleCloseMs: 5000 });
    const { run, server } = bench;
    await run.read(0, 2);

    await run.clock.pass(10_000);
    const again = run.read(0, 2);
    await server.connected(2);

    assert.equal(await again, TRUE);
    assert.deepEqual(run.states, ["connecting", "up"]);
    assert.equal(bench.counters.lost, 0);
  });

  it("waits shorter for reads of a unit that usually answers quickly, and longer again when it does not", async () => {
    await using bench = await openTcpBench(HOSTILE.honest, { adaptiveTimeout: true });
    const { run, server } = bench;
    // The clock stands still, so that time passes only here.
    await run.read(0, 1);
    const held = new HeldAnswers();
    server.behave = held.hold;
    const slow = run.read(0, 1);
    await server.seen(2);
    await run.clock.pass(10);
    held.release();
    await slow;
    const lost = run.read(1, 1);
    await server.seen(3);

    await run.clock.pass(200);
    assert.equal(await lost, "timeout");

    const again = run.read(2, 1);
    await server.seen(4);
    await run.clock.pass(399);
    held.release([1]);
    assert.equal(await again, hexOf(trueData(1, 2, 1)));
  });

  it("is degraded when nobody answers, and connects again when that goes on", async () => {
    await using bench = await openTcpBench(HOSTILE.silence);
    const { run, server } = bench;
    for (let count = 1; count <= 3; count += 1) {
      const read = run.read(0, 1);
      await server.seen(count);
      await run.clock.pass(TIMEOUT_MS);
      assert.equal(await read, "timeout");
    }
    await run.until("backoff");

    server.behave = HOSTILE.honest;
    await run.clock.pass(500);
    await run.until("up");

    assert.equal(await run.read(0, 2), TRUE);
    assert.deepEqual(run.states, ["connecting", "up", "degraded", "backoff", "connecting", "up"]);
  });

  it("is up again when a degraded link is answered", async () => {
    await using bench = await openTcpBench((request) => {
      if (request.number > 2) request.peer.send(exception(request, 11));
    });
    const { run, server } = bench;
    for (let count = 1; count <= 2; count += 1) {
      const read = run.read(0, 1);
      await server.seen(count);
      await run.clock.pass(TIMEOUT_MS);
      await read;
    }
    assert.equal(run.link.state, "degraded");

    await run.read(0, 1);

    assert.equal(run.link.state, "up");
  });
});

describe("the life of a link", () => {
  it("gives up a peer that says nothing while it is connected to, after its own time", async () => {
    // Accepts, and never begins to speak TLS.
    const server = await openHostile("mbap", HOSTILE.silence);
    await using run = new LinkRun({ framing: "tls", host: "127.0.0.1", port: server.port });
    await server.connected(1);

    await run.clock.pass(2999);
    assert.equal(run.link.state, "connecting");
    await run.clock.pass(1);
    await run.until("backoff");

    const message = `cannot connect to 127.0.0.1:${server.port}: no answer within 3000 ms`;
    assert.equal(run.link.lastError?.message, message);
    await server[Symbol.asyncDispose]();
  });

  it("has never more than one socket", async () => {
    let open = 0;
    let most = 0;
    await using bench = await openTcpBench(HOSTILE.rst);
    const { run, server } = bench;
    server.greet = (peer) => {
      open += 1;
      most = Math.max(most, open);
      peer.whenClosed(() => (open -= 1));
    };
    for (let round = 0; round < 5; round += 1) {
      await run.read(0, 1);
      await run.until("backoff");
      await run.clock.pass(30_000);
      await run.until("up");
    }

    assert.equal(most, 1);
  });

  it("gives up to connect when nobody listens, and says so once", async () => {
    const server = await openHostile("mbap");
    await server[Symbol.asyncDispose]();
    await using run = new LinkRun({ framing: "tcp", host: "127.0.0.1", port: server.port });

    await run.until("backoff");
    await run.clock.pass(500);
    await run.until("backoff");
    await run.clock.pass(1000);
    await run.until("backoff");

    const complaints = run.log.filter(({ level }) => level === "warn");
    assert.equal(complaints.length, 1);
    assert.equal(run.link.lastError?.code, "CONNECT_FAILED");
    assert.ok(run.link.counters.connectFailures >= 2);
  });

  it("names a host that does not resolve", async () => {
    await using run = new LinkRun({ framing: "tcp", host: "plc.invalid", port: 502 });

    await run.until("backoff");

    assert.equal(run.link.lastError?.code, "DNS_FAILED");
  });

  it("refuses to send when it was never started or has stopped", async () => {
    await using bench = await openTcpBench();

    await bench.run.link.stop();

    assert.equal(await bench.run.read(0, 1), "LINK_DOWN unsent");
    assert.equal(bench.run.link.state, "disabled");
  });

  it("finishes what is on the wire and what waits when it is stopped", async () => {
    await using bench = await openTcpBench(HOSTILE.silence);
    const reads = [bench.run.read(0, 1), bench.run.read(1, 1)];
    await bench.server.seen(1);

    await bench.run.link.stop();

    assert.deepEqual(await Promise.all(reads), ["STOPPED sent", "STOPPED unsent"]);
  });

  it("can be started again", async () => {
    await using bench = await openTcpBench();
    await bench.run.link.stop();

    bench.run.link.start();
    await bench.run.until("up");

    assert.equal(await bench.run.read(0, 2), TRUE);
  });

  it("keeps the last frames with their tags while the trace is on", async () => {
    await using bench = await openTcpBench(HOSTILE.wrongUnit);
    const { link } = bench.run;
    await bench.run.read(0, 2);
    link.trace.switchOn();

    await bench.run.read(0, 2, { tags: ["Motor/Speed"] });

    const shown = link.trace.frames().map(({ direction, header, tags, dropped }) => {
      return [direction, header, tags.join(), dropped ?? ""].join("|");
    });
    assert.deepEqual(shown, [
      "sent|id 2 unit 1 read holding registers 0+2|Motor/Speed|",
      "received|id 2 unit 2 read holding registers: 4 bytes|Motor/Speed|wrong unit",
      "received|id 2 unit 1 read holding registers: 4 bytes|Motor/Speed|",
    ]);
    assert.equal(link.trace.frames()[2]?.hex.slice(0, 26), "00 02 00 00 00 07 01 03 04");
  });
});
