/** What the hostile suite cannot tell over one socket: a real serial line, two masters, a flood. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { collectedHeapBytes } from "../../support/heap.ts";
import { answer, frameOf, HOSTILE } from "../../support/modbus-hostile.ts";
import { LiveRun, openLiveServer } from "../../support/modbus-live-server.ts";
import { SOCAT_MISSING } from "../../support/modbus-others.ts";
import { LIES_ON_A_WIRE, withTruth } from "../../support/modbus-wire-lies.ts";
import { openSerialPair } from "../../support/serial-pair.ts";

/** A busy machine is no silent server. */
const PATIENT = { timeout: "5s" };

describe("a serial line: no wrong value is called GOOD after", { skip: SOCAT_MISSING }, () => {
  for (const lie of LIES_ON_A_WIRE) {
    it(lie.name, async () => {
      await using pair = await openSerialPair();
      const usual = withTruth(lie.isAlways === true ? lie.behave() : HOSTILE.honest);
      pair.behave = usual;
      await using live = await LiveRun.start(pair, "rtu", {
        link: { timeout: lie.isHarmless ? "5s" : "100ms", ...lie.link },
        device: { offlineAfter: 1000, offlineGrace: "10s", staleAfter: "30s" },
      });
      await live.fresh(1);

      pair.behave = withTruth(lie.behave());
      await pair.seen(pair.requests.length + 40);
      pair.behave = usual;
      await live.fresh(3);

      assert.deepEqual(live.wrong, []);
      assert.equal(live.deaths(), 0);
    });
  }
});

describe("two masters", () => {
  it("on one Modbus TCP server both have right values", async () => {
    await using server = await openLiveServer("mbap");
    // Each master has a unit of its own to itself, so that the last request for it is known.
    await using first = await LiveRun.start(server, "mbap", { units: [1], link: PATIENT });
    await using second = await LiveRun.start(server, "mbap", { units: [2], link: PATIENT });
    await Promise.all([first.fresh(10), second.fresh(10)]);

    assert.deepEqual([...first.wrong, ...second.wrong], []);
    assert.equal(server.connections(), 2);
  });

  it("on a server for one of them: the second is born when the first is gone", async () => {
    await using server = await openLiveServer("mbap");
    // Units of their own here, too: what the second asks before it hears that nobody listens is a request at the server.
    const first = await LiveRun.start(server, "mbap", { units: [1], link: PATIENT });
    await first.fresh(1);
    server.greet = (peer) => peer.fin();
    await using second = await LiveRun.start(server, "mbap", { units: [2], link: PATIENT });
    await server.connected(3);
    assert.equal(second.run.events.length, 0);

    await first[Symbol.asyncDispose]();
    server.greet = () => undefined;
    await second.fresh(3);

    assert.deepEqual([...first.wrong, ...second.wrong], []);
    assert.equal(first.deaths(), 0);
  });
});

describe("a flood of frames that nobody asked for", () => {
  for (const framing of ["mbap", "rtu"] as const) {
    it(`is dropped without a wrong value, and without memory: ${framing}`, async () => {
      await using server = await openLiveServer(framing);
      await using live = await LiveRun.start(server, framing, { link: { timeout: "10s" } });
      await live.fresh(1);
      const before = collectedHeapBytes();

      server.behave = (request) => {
        const foreign = { id: request.id ^ 0x5555, unit: 77 };
        const frame = frameOf(framing, foreign, Uint8Array.of(3, 4, 0, 0, 0, 0));
        request.peer.send(...Array.from({ length: 2000 }, () => frame), answer(request));
      };
      await live.fresh(30);

      assert.deepEqual(live.wrong, []);
      assert.equal(live.deaths(), 0);
      assert.ok(server.connections() === 1);
      const grown = collectedHeapBytes() - before;
      assert.ok(grown < 8_000_000, `${grown} bytes`);
    });
  }
});
