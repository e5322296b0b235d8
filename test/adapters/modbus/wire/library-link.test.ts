/** The fallback through `modbus-serial`: the same link, one request at a time. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeRequest, readRequest } from "../../../../adapters/modbus/src/wire/pdu.ts";
import {
  HOSTILE,
  openHostile,
  trueData,
  type HostileFraming,
} from "../../../support/modbus-hostile.ts";
import { hexOf } from "../../../support/modbus-hex.ts";
import { ask, LinkRun } from "../../../support/modbus-wire.ts";
import { systemClock } from "../../../../adapters/modbus/src/clock.ts";

const TRUE = hexOf(trueData(1, 0, 2));
const SHORT_MS = 50;

async function openBench(framing: HostileFraming, lateWindowMs = 5000) {
  const server = await openHostile(framing);
  const run = await LinkRun.up(
    {
      framing: framing === "mbap" ? "tcp" : "rtuOverTcp",
      transport: "modbus-serial",
      host: "127.0.0.1",
      port: server.port,
      lateWindowMs,
    },
    // The library has timers of its own.
    systemClock,
  );
  return {
    server,
    run,
    [Symbol.asyncDispose]: async () => {
      await run.link.stop();
      await server[Symbol.asyncDispose]();
    },
  };
}

for (const framing of ["mbap", "rtu"] as const) {
  describe(`a link through modbus-serial, ${framing}`, () => {
    it("reads every table and says exceptions", async () => {
      await using bench = await openBench(framing);

      assert.equal(await bench.run.read(0, 2), TRUE);
      const coils = ask(1, encodeRequest(readRequest("co", 0, 9)));
      assert.equal(await bench.run.send(coils), "5555");
      const inputs = ask(1, encodeRequest(readRequest("ir", 5, 1)));
      assert.equal(await bench.run.send(inputs), hexOf(trueData(1, 5, 1)));
      bench.server.behave = HOSTILE.exception2;
      assert.equal(await bench.run.read(0, 2), "exception 2");
    });

    it("writes with every function", async () => {
      await using bench = await openBench(framing);
      const pdus = [
        encodeRequest({ functionCode: 5, start: 1, value: true }),
        encodeRequest({ functionCode: 6, start: 2, word: 7 }),
        encodeRequest({ functionCode: 15, start: 3, values: [true, false, true] }),
        encodeRequest({ functionCode: 16, start: 4, bytes: Uint8Array.of(0, 1, 0, 2) }),
      ];

      for (const pdu of pdus) assert.equal(await bench.run.send(ask(1, pdu)), "written");

      const seen = bench.server.requests.map(({ pdu }) => hexOf(pdu));
      assert.deepEqual(seen, pdus.map(hexOf));
    });

    it("says a time-out and goes on", async () => {
      await using bench = await openBench(framing);
      bench.server.behave = HOSTILE.silence;

      assert.equal(await bench.run.read(0, 2, { timeoutMs: SHORT_MS }), "timeout");

      bench.server.behave = HOSTILE.honest;
      assert.equal(await bench.run.read(0, 3), hexOf(trueData(1, 0, 3)));
    });

    it("finishes what is on the wire when the connection ends, which the library does not", async () => {
      await using bench = await openBench(framing);
      bench.server.behave = HOSTILE.fin;

      assert.equal(await bench.run.read(0, 2, { timeoutMs: 2000 }), "LINK_LOST sent");
    });
  });
}

describe("a mask write through modbus-serial", () => {
  const pdu = encodeRequest({ functionCode: 22, start: 5, andMask: 0xff00, orMask: 0x12 });

  it("works over TCP", async () => {
    await using bench = await openBench("mbap");

    assert.equal(await bench.run.send(ask(1, pdu)), "written");
    assert.equal(hexOf(bench.server.requests[0]?.pdu ?? new Uint8Array()), hexOf(pdu));
  });

  it("is refused over RTU, where the library does not know its answer", async () => {
    await using bench = await openBench("rtu");

    assert.equal(await bench.run.send(ask(1, pdu)), "BAD_REQUEST unsent");
    assert.equal(await bench.run.read(0, 2), TRUE);
  });
});

describe("the orphan rule over modbus-serial", () => {
  it("does not ask for the same length while a late answer may come", async () => {
    await using bench = await openBench("rtu", 4000);
    bench.server.behave = HOSTILE.silence;
    await bench.run.read(100, 2, { timeoutMs: SHORT_MS });
    bench.server.behave = HOSTILE.honest;
    const order: number[] = [];

    const same = bench.run.read(0, 2).then(() => order.push(2));
    const other = bench.run.read(0, 3).then(() => order.push(3));
    await Promise.all([same, other]);

    assert.deepEqual(order, [3, 2]);
  });
});
