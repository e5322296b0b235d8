/**
 * `transport: modbus-serial` on lines without transaction ids, told the lies of the hostile suite. The library alone takes
 * late answers and copies for the answer to something else (`library-count.test.ts`).
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HOSTILE } from "../../support/modbus-hostile.ts";
import { LIES, LiveRun, openLiveServer, type Lie } from "../../support/modbus-live-server.ts";
import { SOCAT_MISSING } from "../../support/modbus-others.ts";
import { openSerialPair } from "../../support/serial-pair.ts";
import { LIES_ON_A_WIRE, withTruth } from "../../support/modbus-wire-lies.ts";

const LIE_COUNT = 40;

/** Lies with the truth behind them, which is waited for. */
const TOLD_IN_TIME: ReadonlySet<string> = new Set(["a wrong unit", "the previous answer"]);

function wishesFor({ name }: Lie): { readonly link: object; readonly device: object } {
  // What is late and a lie, too, is nothing that RTU could tell: a busy machine must not make one.
  const timeout = TOLD_IN_TIME.has(name) ? "5s" : "100ms";
  return {
    // A short window, so that what is not believed does not rest for long.
    link: { timeout, lateWindow: "300ms", transport: "modbus-serial" },
    device: { offlineAfter: 1000, offlineGrace: "10s", staleAfter: "30s", probeEvery: "100ms" },
  };
}

async function lieOverTcp(lie: Lie): Promise<void> {
  await using server = await openLiveServer("rtu");
  await using live = await LiveRun.start(server, "rtu", wishesFor(lie));
  await live.fresh(1);

  server.behave = lie.behave();
  await server.seen(server.requests.length + LIE_COUNT);
  server.behave = HOSTILE.honest;
  await live.fresh(3);

  assert.deepEqual(live.wrong, []);
}

async function lieOverPtys(lie: Lie): Promise<void> {
  await using pair = await openSerialPair();
  pair.behave = withTruth(HOSTILE.honest);
  await using live = await LiveRun.start(pair, "rtu", wishesFor(lie));
  await live.fresh(1);

  pair.behave = withTruth(lie.behave());
  await pair.seen(pair.requests.length + LIE_COUNT);
  pair.behave = withTruth(HOSTILE.honest);
  await live.fresh(3);

  assert.deepEqual(live.wrong, []);
}

const overTcp = LIES.filter(({ framings }) => framings.includes("rtu"));
describe(
  "modbus-serial, RTU over TCP: no wrong value is called GOOD after",
  { concurrency: 6 },
  () => {
    for (const lie of overTcp) it(lie.name, () => lieOverTcp(lie));
  },
);

describe(
  "modbus-serial, a serial line: no wrong value is called GOOD after",
  { concurrency: 3, skip: SOCAT_MISSING }, // each has a line of its own, and most of the time waits for time-outs
  () => {
    for (const lie of LIES_ON_A_WIRE) it(lie.name, () => lieOverPtys(lie));
  },
);
