/** RTU frames over a real socket against lines that lie: noise, echoes, late and foreign answers. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  encodeRequest,
  expectedReply,
  readRequest,
} from "../../../../adapters/modbus/src/wire/pdu.ts";
import {
  answer,
  exception,
  frameOf,
  HeldAnswers,
  honestPdu,
  HOSTILE,
  trueData,
} from "../../../support/modbus-hostile.ts";
import { hexOf } from "../../../support/modbus-hex.ts";
import {
  ask,
  askRegisters,
  openRtuBench as openBench,
  TIMEOUT_MS,
  writeEachKind,
} from "../../../support/modbus-wire.ts";

const TRUE = hexOf(trueData(1, 0, 2));
/** How long a silence must be for what was held back to be looked at again. */
const QUIET_MS = 50;
/** How long nothing alike is asked, because an answer may come twice. */
const COPY_MS = 10;

describe("an RTU link", () => {
  it("gives the data of an answer", async () => {
    await using bench = await openBench();

    assert.equal(await bench.run.read(0, 2), TRUE);
    assert.equal(await bench.run.read(7, 125), hexOf(trueData(1, 7, 125)));
  });

  it("takes an exception for an answer", async () => {
    await using bench = await openBench(HOSTILE.exception2);

    assert.equal(await bench.run.read(0, 2), "exception 2");
  });

  it("writes, and knows its echo", async () => {
    await using bench = await openBench();

    const results = await writeEachKind(bench.run);

    assert.deepEqual(
      results,
      Array.from({ length: 5 }, () => "written"),
    );
  });

  it("reads an answer that comes byte by byte, and one with noise before it", async () => {
    await using bench = await openBench(HOSTILE.bytewise);
    assert.equal(await bench.run.read(0, 2), TRUE);

    bench.server.behave = HOSTILE.noiseBefore;
    await bench.run.clock.pass(COPY_MS);

    assert.equal(await bench.run.read(0, 2), TRUE);
    assert.equal(bench.counters.noiseBytes, 5);
  });

  it("is not disturbed by noise behind an answer", async () => {
    await using bench = await openBench(HOSTILE.noiseAfter);

    assert.equal(await bench.run.read(0, 2), TRUE);
    await bench.run.clock.pass(QUIET_MS);
    assert.equal(await bench.run.read(0, 2), TRUE);

    await bench.run.clock.pass(QUIET_MS);
    assert.equal(bench.counters.unsolicited, 10);
  });

  const lies = [
    ["wrongUnit", "wrongUnit"],
    ["wrongFunction", "mismatched"],
    ["oneMore", "mismatched"],
  ] as const;
  for (const [name, counter] of lies) {
    it(`drops and counts a lie and takes the truth: ${name}`, async () => {
      await using bench = await openBench(HOSTILE[name]);

      assert.equal(await bench.run.read(0, 2), TRUE);
      assert.equal(bench.counters[counter], 1);
    });
  }

  it("finds the answer behind one that says more bytes than it has, when the line is quiet", async () => {
    await using bench = await openBench(HOSTILE.lyingByteCount);

    assert.equal(await bench.run.read(0, 2), TRUE);
  });

  it("finds the answer behind the torn beginning of another when the line is quiet", async () => {
    await using bench = await openBench((request) =>
      request.peer.send(answer(request).subarray(0, 4), answer(request).subarray(0, 7)),
    );
    const { run, server } = bench;
    const read = run.read(0, 2);
    await server.seen(1);

    server.requests[0]?.peer.send(answer(server.requests[0]));
    await run.clock.pass(QUIET_MS);
    await run.clock.pass(QUIET_MS);

    assert.equal(await read, TRUE);
  });

  it("says crc of an answer that came damaged, and may ask again at once", async () => {
    await using bench = await openBench(HOSTILE.badCrc);
    const { run, server } = bench;
    const read = run.read(0, 2);
    await server.seen(1);
    await run.clock.pass(QUIET_MS);
    await run.clock.pass(QUIET_MS);

    assert.equal(await read, "noise crc");
    server.behave = HOSTILE.honest;
    assert.equal(await run.read(0, 2), TRUE);
    assert.equal(bench.counters.crc, 1);
  });

  it("does not take the echo of another write for its own", async () => {
    await using bench = await openBench((request) =>
      request.peer.send(answer(request, { pdu: Uint8Array.of(6, 0, 2, 0, 8) }), answer(request)),
    );

    const pdu = encodeRequest({ functionCode: 6, start: 2, word: 7 });

    assert.equal(await bench.run.send(ask(1, pdu)), "written");
    assert.equal(bench.counters.mismatched, 1);
  });

  it("takes the local echo of the line away", async () => {
    await using bench = await openBench(HOSTILE.echo, { localEcho: true });
    const write = encodeRequest({ functionCode: 6, start: 2, word: 7 });

    assert.equal(await bench.run.read(0, 2), TRUE);
    assert.equal(await bench.run.send(ask(1, write)), "written");

    assert.equal(bench.counters.noiseBytes + bench.counters.unsolicited, 0);
  });

  it("does not take the local echo of a write for the answer", async () => {
    await using bench = await openBench((request) => request.peer.send(request.bytes), {
      localEcho: true,
    });
    const write = encodeRequest({ functionCode: 6, start: 2, word: 7 });

    await bench.lose(bench.run.send(ask(1, write)), 1);
  });

  it("counts and drops what comes while nothing is asked", async () => {
    await using bench = await openBench();
    await bench.run.read(0, 2);

    bench.server.requests[0]?.peer.send(
      frameOf("rtu", { id: 0, unit: 1 }, Uint8Array.of(3, 2, 9, 9)),
    );
    bench.server.behave = (request) => {
      request.peer.send(answer(request));
    };
    await bench.run.heard(() => bench.counters.unsolicited > 0);
    await bench.run.clock.pass(COPY_MS);

    assert.equal(await bench.run.read(0, 2), TRUE);
    assert.equal(bench.counters.unsolicited, 7);
  });

  it("sends a broadcast, waits, and takes no answer for it", async () => {
    await using bench = await openBench(HOSTILE.silence, { broadcastDelayMs: 100 });
    const { run, server } = bench;
    const pdu = encodeRequest({ functionCode: 6, start: 2, word: 7 });
    const written = run.send(ask(0, pdu, { reply: { kind: "none" } }));
    const next = run.read(0, 2);

    await server.seen(1);
    await run.clock.pass(99);
    assert.equal(server.requests.length, 1);
    server.behave = HOSTILE.honest;
    await run.clock.pass(1);

    assert.equal(await written, "written");
    assert.equal(await next, TRUE);
  });

  it("refuses to read from all units at once", async () => {
    await using bench = await openBench();

    assert.equal(await bench.run.send(askRegisters(0, 0, 1)), "BAD_REQUEST unsent");
  });

  it("has one request on the bus for all units", async () => {
    const held = new HeldAnswers();
    await using bench = await openBench(held.hold);
    const reads = [1, 2, 3].map((unit) => bench.run.send(askRegisters(unit, 0, 1)));
    await bench.server.seen(1);
    await bench.run.clock.pass(1);
    assert.equal(held.count, 1);

    bench.server.behave = HOSTILE.honest;
    held.release();

    const units = [1, 2, 3];
    assert.deepEqual(
      await Promise.all(reads),
      units.map((unit) => hexOf(trueData(unit, 0, 1))),
    );
  });

  it("waits 3.5 characters and the turnaround of the unit before the next request", async () => {
    const unitTurnaroundMs = new Map([[1, 20]]);
    // 3.5 characters of 10 bits at 9600 baud are 3.65 ms.
    await using bench = await openBench(HOSTILE.honest, { baud: 9600, unitTurnaroundMs });
    const { run, server } = bench;
    await run.read(0, 1);
    const next = run.send(askRegisters(2, 0, 1));
    await run.clock.pass(23);
    assert.equal(server.requests.length, 1);

    await run.clock.pass(1);

    assert.equal(await next, hexOf(trueData(2, 0, 1)));
  });

  it("asks nevertheless when the line never falls silent", async () => {
    await using bench = await openBench(HOSTILE.honest, { baud: 9600 });
    const { run, server } = bench;
    await run.read(0, 1);
    const peer = server.requests[0]?.peer;
    assert.ok(peer);
    const read = run.read(0, 2);

    for (let passed = 0; passed < 1100 && server.requests.length < 2; passed += 2) {
      peer.send(Uint8Array.of(0xff));
      await run.clock.pass(2);
    }

    assert.equal(await read, TRUE);
  });

  it("gives the line its time for long answers at a slow rate", async () => {
    const held = new HeldAnswers();
    await using bench = await openBench(held.hold, { baud: 1200 });
    const { run, server } = bench;
    const read = run.read(0, 125);
    await server.seen(1);

    // 263 characters of 10 bits at 1200 baud take 2.19 s, beside the time-out of 1 s.
    await run.clock.pass(3100);
    held.release();

    assert.equal(await read, hexOf(trueData(1, 0, 125)));
  });
});

describe("an answer that comes twice", () => {
  it("is dropped when the copy comes before the next request of the same length may go", async () => {
    await using bench = await openBench(HOSTILE.duplicate);
    const { run } = bench;
    const reads = [run.read(0, 2), run.read(100, 2)];
    assert.equal(await reads[0], TRUE);

    await run.clock.pass(COPY_MS);

    assert.equal(await reads[1], hexOf(trueData(1, 100, 2)));
    assert.ok(bench.counters.duplicates > 0);
  });

  it("is dropped when the copy comes in a packet of its own", async () => {
    await using bench = await openBench();
    const { run, server } = bench;
    const reads = [run.read(0, 2), run.read(100, 2)];
    await reads[0];
    const first = server.requests[0];
    assert.ok(first);
    await run.clock.pass(COPY_MS - 1);
    assert.equal(server.requests.length, 1);

    first.peer.send(answer(first));
    await run.heard(() => bench.counters.duplicates === 1);
    await run.clock.pass(1);

    assert.equal(await reads[1], hexOf(trueData(1, 100, 2)));
  });

  it("makes the line wait longer from then on before it asks anything alike", async () => {
    await using bench = await openBench(HOSTILE.duplicate);
    const { run, server } = bench;
    assert.equal(await run.read(0, 2), TRUE);
    await run.heard(() => bench.counters.duplicates === 1);
    await run.clock.pass(COPY_MS);
    assert.equal(await run.read(0, 2), TRUE);
    const third = run.read(100, 2);

    await run.clock.pass(99);
    assert.equal(server.requests.length, 2);
    await run.clock.pass(1);

    assert.equal(await third, hexOf(trueData(1, 100, 2)));
  });

  it("holds up nothing of another length or unit", async () => {
    await using bench = await openBench(HOSTILE.duplicate);

    const reads = [
      bench.run.read(0, 2),
      bench.run.read(0, 3),
      bench.run.send(askRegisters(2, 0, 3)),
    ];

    assert.deepEqual(await Promise.all(reads), [
      TRUE,
      hexOf(trueData(1, 0, 3)),
      hexOf(trueData(2, 0, 3)),
    ]);
  });
});

describe("the orphan rule", () => {
  it("never asks what a late answer could be taken for, until that has come", async () => {
    const held = new HeldAnswers();
    await using bench = await openBench(held.hold);
    const { run, server, counters } = bench;
    await bench.lose(run.read(100, 2), 1);
    const same = run.read(0, 2);
    await run.clock.pass(TIMEOUT_MS);
    assert.equal(server.requests.length, 1, "a read of the same length must wait");

    server.behave = HOSTILE.honest;
    held.release();

    assert.equal(await same, TRUE);
    assert.equal(counters.late, 1);
  });

  it("asks again when the late window has passed", async () => {
    await using bench = await openBench(HOSTILE.silence, { lateWindowMs: 5000 });
    const { run, server } = bench;
    await bench.lose(run.read(100, 2), 1);
    server.behave = HOSTILE.honest;
    const same = run.read(0, 2);

    await run.clock.pass(4999);
    assert.equal(server.requests.length, 1);
    await run.clock.pass(1);

    assert.equal(await same, TRUE);
  });

  it("asks other lengths and other units meanwhile", async () => {
    const held = new HeldAnswers();
    await using bench = await openBench(held.hold);
    const { run, server } = bench;
    await bench.lose(run.read(100, 2), 1);
    // From now on the late answer comes before the true one.
    server.behave = (request) => {
      held.release();
      HOSTILE.honest(request);
    };

    assert.equal(await run.read(0, 3), hexOf(trueData(1, 0, 3)));
    assert.equal(await run.send(askRegisters(2, 0, 2)), hexOf(trueData(2, 0, 2)));
    assert.equal(bench.counters.late, 1);
  });

  it("takes another read that contains the same data, and gives only what was asked for", async () => {
    const held = new HeldAnswers();
    await using bench = await openBench(held.hold);
    const { run, server } = bench;
    await bench.lose(run.read(100, 2), 1);
    server.behave = HOSTILE.honest;
    const pdu = encodeRequest(readRequest("hr", 9, 4));

    const read = run.read(10, 2, { alternatives: [{ pdu, reply: expectedReply(pdu), offset: 2 }] });

    assert.equal(await read, hexOf(trueData(1, 10, 2)));
    assert.equal(bench.counters.alternatives, 1);
  });

  it("cannot tell whose an exception is while an orphan lives, and then asks nothing alike", async () => {
    await using bench = await openBench(HOSTILE.silence, { lateWindowMs: 5000 });
    const { run, server } = bench;
    await bench.lose(run.read(100, 2), 1);
    server.behave = HOSTILE.exception2;

    assert.equal(await run.read(0, 3), "noise inconclusive");

    const next = run.read(0, 4);
    await run.clock.pass(4999);
    assert.equal(server.requests.length, 2);
    await run.clock.pass(1);
    assert.equal(await next, "exception 2");
    assert.equal(bench.counters.inconclusive, 1);
  });

  it("believes an exception of another function than the orphan's", async () => {
    await using bench = await openBench(HOSTILE.silence);
    const { run, server } = bench;
    await bench.lose(run.read(100, 2), 1);
    server.behave = HOSTILE.exception2;

    const read = ask(1, encodeRequest(readRequest("ir", 0, 2)));

    assert.equal(await run.send(read), "exception 2");
  });

  it("does not write several registers again while the echo of the same write may still come", async () => {
    const held = new HeldAnswers();
    await using bench = await openBench(held.hold);
    const { run, server } = bench;
    const write = (word: number): Promise<string> => {
      const bytes = Uint8Array.of(0, word, 0, word);
      const pdu = encodeRequest({ functionCode: 16, start: 4, bytes });
      return run.send(ask(1, pdu, { priority: "write" }));
    };
    await bench.lose(write(1), 1);
    const second = write(2);
    await run.clock.pass(TIMEOUT_MS);
    assert.equal(server.requests.length, 1);

    server.behave = HOSTILE.honest;
    held.release();

    assert.equal(await second, "written");
    assert.equal(server.requests.length, 2);
  });

  it("outlives the connection, since a serial server may keep an old answer", async () => {
    await using bench = await openBench(HOSTILE.rst);
    const { run, server } = bench;
    assert.equal(await run.read(100, 2), "LINK_LOST sent");
    await run.until("backoff");
    // Says the old answer to the new connection.
    const old = server.requests[0];
    assert.ok(old);
    server.greet = (peer) => peer.send(frameOf("rtu", { id: 0, unit: 1 }, honestPdu(old)));
    server.behave = HOSTILE.honest;
    await run.clock.pass(500);
    await run.until("up");

    assert.equal(await run.read(0, 2), TRUE);
    assert.equal(bench.counters.late, 1);
  });

  it("keeps exceptions of a late answer apart when nothing is asked", async () => {
    const held = new HeldAnswers();
    await using bench = await openBench(held.hold);
    const { run, server } = bench;
    await bench.lose(run.read(100, 2), 1);
    held.release([0], (request) => exception(request, 6));
    await run.clock.pass(1);
    server.behave = HOSTILE.honest;

    assert.equal(await run.read(0, 2), TRUE);
    assert.equal(bench.counters.late, 1);
  });
});
