/** Modbus TCP against servers that lie, over real sockets: a value may be missing, it is never wrong. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeRequest } from "../../../../adapters/modbus/src/wire/pdu.ts";
import { answer, HeldAnswers, HOSTILE, trueData } from "../../../support/modbus-hostile.ts";
import { hexOf } from "../../../support/modbus-hex.ts";
import { seeded } from "../../../support/seeded.ts";
import {
  ask,
  askRegisters,
  openTcpBench,
  TIMEOUT_MS,
  writeEachKind,
} from "../../../support/modbus-wire.ts";

const TRUE = hexOf(trueData(1, 0, 2));

describe("a Modbus TCP link", () => {
  it("gives the data of an answer, where it begins and no more", async () => {
    await using bench = await openTcpBench();

    assert.equal(await bench.run.read(0, 2), TRUE);
    assert.equal(await bench.run.read(7, 125), hexOf(trueData(1, 7, 125)));
  });

  it("takes an exception for an answer", async () => {
    await using bench = await openTcpBench(HOSTILE.exception2);

    assert.equal(await bench.run.read(0, 2), "exception 2");
    assert.equal(bench.counters.exceptions, 1);
  });

  it("reads an answer that comes byte by byte", async () => {
    await using bench = await openTcpBench(HOSTILE.bytewise);

    assert.equal(await bench.run.read(0, 2), TRUE);
  });

  it("writes, and knows its echo", async () => {
    await using bench = await openTcpBench();

    const results = await writeEachKind(bench.run);

    assert.deepEqual(
      results,
      Array.from({ length: 5 }, () => "written"),
    );
  });

  const lies = [
    ["foreignId", "foreign"],
    ["wrongUnit", "wrongUnit"],
    ["wrongFunction", "mismatched"],
    ["lyingByteCount", "mismatched"],
    ["oneMore", "mismatched"],
    ["duplicate", "foreign"],
  ] as const;
  for (const [name, counter] of lies) {
    it(`drops and counts a lie and takes the truth: ${name}`, async () => {
      await using bench = await openTcpBench(HOSTILE[name]);

      assert.equal(await bench.run.read(0, 2), TRUE);

      // The duplicate of the first answer is behind it in the stream, and before the second answer.
      bench.server.behave = HOSTILE.honest;
      assert.equal(await bench.run.read(0, 2), TRUE);
      assert.equal(bench.counters[counter], 1);
    });
  }

  it("does not take the echo of another write for its own", async () => {
    await using bench = await openTcpBench((request) =>
      request.peer.send(answer(request, { pdu: Uint8Array.of(6, 0, 2, 0, 8) }), answer(request)),
    );

    const pdu = encodeRequest({ functionCode: 6, start: 2, word: 7 });

    assert.equal(await bench.run.send(ask(1, pdu)), "written");
    assert.equal(bench.counters.mismatched, 1);
  });

  it("drops the answer to an earlier request that comes late", async () => {
    const held = new HeldAnswers();
    await using bench = await openTcpBench(held.hold);
    const { run, server } = bench;
    const first = run.read(100, 2);
    await server.seen(1);

    await run.clock.pass(TIMEOUT_MS);
    assert.equal(await first, "timeout");
    const second = run.read(0, 2);
    await server.seen(2);
    held.release();

    assert.equal(await second, TRUE);
    assert.equal(bench.counters.late, 1);
    assert.equal(bench.counters.timeouts, 1);
  });

  it("takes an answer from any unit when it asked a wildcard unit", async () => {
    await using bench = await openTcpBench((request) =>
      request.peer.send(answer(request, { unit: 1 })),
    );

    assert.equal(await bench.run.send(askRegisters(255, 0, 2)), hexOf(trueData(255, 0, 2)));
  });

  const lost = ["length65535", "length0", "length300", "httpBanner"] as const;
  for (const name of lost) {
    it(`closes at once when the stream is no Modbus, without a time-out: ${name}`, async () => {
      await using bench = await openTcpBench(HOSTILE[name]);

      const result = await bench.run.read(0, 2);

      assert.equal(result, "NOT_MODBUS sent");
      await bench.run.until("backoff");
      assert.match(bench.run.link.lastError?.message ?? "", /does not speak Modbus\/TCP \(.*got /);
      assert.equal(bench.counters.violations, 1);
    });
  }

  it("shows the first bytes of what is no Modbus", async () => {
    await using bench = await openTcpBench(HOSTILE.httpBanner);

    await bench.run.read(0, 2);
    await bench.run.until("backoff");

    const { port } = bench.server;
    assert.equal(
      bench.run.link.lastError?.message,
      `the peer at 127.0.0.1:${port} does not speak Modbus/TCP (got 48 54 54 50 2f 31 2e 31 …)`,
    );
  });

  for (const name of ["fin", "rst", "finMidFrame"] as const) {
    it(`finishes every request at once when the connection ends: ${name}`, async () => {
      await using bench = await openTcpBench(HOSTILE[name]);

      const results = await Promise.all([bench.run.read(0, 2), bench.run.read(2, 2)]);

      assert.deepEqual(results, ["LINK_LOST sent", "LINK_LOST unsent"]);
    });
  }

  it("refuses what is asked while it is down, but not inside send", async () => {
    await using bench = await openTcpBench(HOSTILE.rst);
    await bench.run.read(0, 2);
    await bench.run.until("backoff");
    let isInside = true;

    const asked = askRegisters(1, 0, 2, { done: () => assert.ok(!isInside) });
    bench.run.link.send(asked.request);
    isInside = false;

    assert.equal(await bench.run.read(0, 2), "LINK_DOWN unsent");
  });

  it("connects again after a pause and works as before", async () => {
    await using bench = await openTcpBench(HOSTILE.rst);
    const { run, server } = bench;
    await run.read(0, 2);
    await run.until("backoff");
    server.behave = HOSTILE.honest;

    await run.clock.pass(500);
    await run.until("up");

    assert.equal(await run.read(0, 2), TRUE);
    assert.equal(server.connections(), 2);
    assert.deepEqual(run.states, ["connecting", "up", "backoff", "connecting", "up"]);
  });

  it("never uses the id of a request whose late answer may still come", async () => {
    await using bench = await openTcpBench((request) => {
      if (request.number > 1) HOSTILE.honest(request);
    });
    const { run, server } = bench;
    const first = run.read(0, 1);
    await server.seen(1);
    await run.clock.pass(TIMEOUT_MS);
    await first;
    const rounds = 400;

    for (let round = 0; round < rounds; round += 1) await run.read(round, 1);

    const [silent, ...others] = server.requests;
    assert.equal(others.length, rounds);
    assert.ok(others.every(({ id }) => id !== silent?.id));
  });

  it("has one request on the wire and sends a write before the polls that wait", async () => {
    await using bench = await openTcpBench();
    const { run, server } = bench;
    const write = encodeRequest({ functionCode: 6, start: 9, word: 7 });

    await Promise.all([
      run.read(1, 1, { deadline: 30 }),
      run.read(2, 1, { deadline: 20 }),
      run.read(3, 1, { deadline: 10 }),
      run.read(4, 1, { priority: "probe" }),
      run.send(ask(1, write, { priority: "write" })),
    ]);

    assert.deepEqual(
      server.requests.map(({ pdu }) => pdu[2]),
      [9, 4, 3, 2, 1],
    );
  });

  it("lets a write wait only for the request on the wire", async () => {
    const held = new HeldAnswers();
    await using bench = await openTcpBench(held.hold);
    const { run, server } = bench;
    const reads = [run.read(1, 1), run.read(2, 1), run.read(3, 1)];
    await server.seen(1);
    const write = encodeRequest({ functionCode: 6, start: 9, word: 7 });
    const written = run.send(ask(1, write, { priority: "write" }));

    server.behave = HOSTILE.honest;
    held.release();
    await written;

    await Promise.all(reads);
    assert.deepEqual(
      server.requests.map(({ pdu }) => pdu[2]),
      [1, 9, 2, 3],
    );
  });

  it("takes a waiting request back", async () => {
    const held = new HeldAnswers();
    await using bench = await openTcpBench(held.hold);
    const { run, server } = bench;
    const first = run.read(1, 1);
    const second = askRegisters(1, 2, 1, { done: () => assert.fail("was taken back") });
    run.link.send(second.request);
    await server.seen(1);

    assert.equal(run.link.cancel(second.request), true);
    assert.equal(run.link.cancel(second.request), false);

    held.release();
    await first;
    assert.equal(run.link.waiting, 0);
    assert.equal(server.requests.length, 1);
  });

  it("refuses the 101st write that waits", async () => {
    await using bench = await openTcpBench(HOSTILE.silence);
    const { run, server } = bench;
    void run.read(1, 1);
    await server.seen(1);
    const pdu = encodeRequest({ functionCode: 6, start: 9, word: 7 });

    const writes = Array.from({ length: 101 }, () => run.send(ask(1, pdu, { priority: "write" })));

    assert.equal(await writes.at(-1), "QUEUE_FULL unsent");
  });
});

describe("a Modbus TCP link with a window", () => {
  it("never gives a wrong value, whatever mixture of lies comes", async () => {
    const random = seeded(42);
    const lies = [
      HOSTILE.honest,
      HOSTILE.bytewise,
      HOSTILE.duplicate,
      HOSTILE.foreignId,
      HOSTILE.wrongUnit,
      HOSTILE.wrongFunction,
      HOSTILE.lyingByteCount,
      HOSTILE.oneMore,
      HOSTILE.exception2,
    ];
    await using bench = await openTcpBench(
      (request) => lies[Math.floor(random() * lies.length)]?.(request),
      { maxInFlight: 8 },
    );
    const starts = Array.from({ length: 1000 }, (_, index) => index % 97);

    const results = await Promise.all(starts.map((start) => bench.run.read(start, 2)));

    const truths = starts.map((start) => hexOf(trueData(1, start, 2)));
    const wrong = results.filter(
      (result, index) => result !== truths[index] && result !== "exception 2",
    );
    assert.deepEqual(wrong, []);
    assert.ok(bench.counters.mismatched > 100);
  });

  it("sends as many requests as the window holds in one write", async () => {
    const held = new HeldAnswers();
    await using bench = await openTcpBench(held.hold, { maxInFlight: 8 });
    const { run, server } = bench;

    const reads = Array.from({ length: 9 }, (_, index) => run.read(index, 1));
    await server.seen(8);

    assert.equal(server.pieces(), 1);
    assert.equal(run.link.waiting, 9);
    assert.equal(held.count, 8);
    server.behave = HOSTILE.honest;
    held.release([7, 6, 5, 4, 3, 2, 1, 0]);
    assert.deepEqual(
      await Promise.all(reads),
      Array.from({ length: 9 }, (_, index) => hexOf(trueData(1, index, 1))),
    );
  });

  it("gives each request its own answer when a server swaps ids and lengths tell it", async () => {
    const held = new HeldAnswers();
    await using bench = await openTcpBench(held.hold, { maxInFlight: 2 });
    const { run, server } = bench;
    const short = run.read(0, 1);
    const long = run.read(10, 2);
    await server.seen(2);
    const [first, second] = server.requests;
    assert.ok(first && second);

    first.peer.send(
      answer(first, { id: second.id }),
      answer(second, { id: first.id }),
      answer(first),
      answer(second),
    );

    assert.equal(await short, hexOf(trueData(1, 0, 1)));
    assert.equal(await long, hexOf(trueData(1, 10, 2)));
    assert.equal(bench.counters.mismatched, 2);
  });

  it("has never more than one request on the wire for a unit behind a gateway", async () => {
    const held = new HeldAnswers();
    await using bench = await openTcpBench(held.hold, { maxInFlight: 4, gateway: true });
    const { run, server } = bench;
    const reads = [1, 1, 2, 2, 3].map((unit, index) => run.send(askRegisters(unit, index, 1)));
    await server.seen(3);

    assert.deepEqual(
      server.requests.map(({ unit }) => unit),
      [1, 2, 3],
    );
    server.behave = HOSTILE.honest;
    held.release();

    const units = [1, 1, 2, 2, 3];
    assert.deepEqual(
      await Promise.all(reads),
      units.map((unit, index) => hexOf(trueData(unit, index, 1))),
    );
  });

  it("finishes all that is on the wire when the connection ends", async () => {
    await using bench = await openTcpBench(
      (request) => {
        if (request.number === 4) request.peer.rst();
      },
      { maxInFlight: 4 },
    );

    const reads = Array.from({ length: 5 }, (_, index) => bench.run.read(index, 1));

    const sent = "LINK_LOST sent";
    assert.deepEqual(await Promise.all(reads), [sent, sent, sent, sent, "LINK_LOST unsent"]);
  });

  it("auto: grows while answers come quickly, and falls back to one after a foreign id", async () => {
    await using bench = await openTcpBench(HOSTILE.honest, { maxInFlight: "auto" });
    const { run, server } = bench;
    const many = async (): Promise<void> => {
      await Promise.all(Array.from({ length: 200 }, (_, index) => run.read(index, 1)));
    };
    await many();
    const held = new HeldAnswers();
    server.behave = held.hold;
    const four = Array.from({ length: 5 }, (_, index) => run.read(index, 1));
    await server.seen(204);
    assert.equal(held.count, 4);

    server.behave = HOSTILE.foreignId;
    held.release();
    await Promise.all(four);
    server.behave = held.hold;
    const one = [run.read(0, 1), run.read(1, 1)];
    await server.seen(206);

    assert.equal(held.count, 1);
    server.behave = HOSTILE.honest;
    held.release();
    await Promise.all(one);
  });
});
