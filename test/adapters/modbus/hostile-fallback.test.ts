/**
 * `transport: modbus-serial` on lines without transaction ids, told the lies of the hostile suite. The library alone takes
 * late answers and copies for the answer to something else (`library-count.test.ts`). An answer that comes after the late
 * window cannot be told from the right one by anybody, and a busy machine makes such ones: they are judged by when the request
 * really went out.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HOSTILE } from "../../support/modbus-hostile.ts";
import { sentAt, watchLibrarySends } from "../../support/modbus-library-sends.ts";
import { LIES, LiveRun, openLiveServer, type Lie } from "../../support/modbus-live-server.ts";
import { SOCAT_MISSING } from "../../support/modbus-others.ts";
import { openSerialPair } from "../../support/serial-pair.ts";
import { LIES_ON_A_WIRE, withTruth } from "../../support/modbus-wire-lies.ts";

const LIE_COUNT = 40;
const TIMEOUT_MS = 100;
/** Short, so that what is not believed does not rest for long. */
const LATE_WINDOW_MS = 300;

watchLibrarySends();

/** What is late and a lie, too, is nothing that RTU could tell: a busy machine must not make one. */
const TIMEOUTS_MS: ReadonlyMap<string, number> = new Map([
  // Lies with the truth behind them, which is waited for.
  ["a wrong unit", 5000],
  ["the previous answer", 5000],
  // Where honest answers were late as well, both devices would soon be asked once a minute only.
  ["a late answer", 3 * TIMEOUT_MS],
]);

function timeoutMs({ name }: Lie): number {
  return TIMEOUTS_MS.get(name) ?? TIMEOUT_MS;
}

function wishesFor(lie: Lie): { readonly link: object; readonly device: object } {
  const [timeout, lateWindow] = [`${timeoutMs(lie)}ms`, `${LATE_WINDOW_MS}ms`];
  return {
    link: { timeout, lateWindow, transport: "modbus-serial" },
    device: { offlineAfter: 1000, offlineGrace: "10s", staleAfter: "30s", probeEvery: "100ms" },
  };
}

/** An answer to a request counts for the promise until the late window is over. */
function isLate(lie: Lie, port: string | number): (request: number) => boolean {
  return (request) => {
    const at = sentAt(port, request);
    return at !== undefined && performance.now() - at > timeoutMs(lie) + LATE_WINDOW_MS;
  };
}

async function lieOverTcp(lie: Lie): Promise<void> {
  await using server = await openLiveServer("rtu");
  // Where connections end, requests may be lost, and which one was the first is not known any more.
  const wishes = /FIN|RST/.test(lie.name) ? {} : { isBeyondPromise: isLate(lie, server.port) };
  await using live = await LiveRun.start(server, "rtu", { ...wishesFor(lie), ...wishes });
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
  await using live = await LiveRun.start(pair, "rtu", {
    ...wishesFor(lie),
    isBeyondPromise: isLate(lie, pair.path),
  });
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

it(
  "the reads that such a test counts are those that the device hears",
  { skip: SOCAT_MISSING },
  async () => {
    await using pair = await openSerialPair();
    pair.behave = withTruth(HOSTILE.honest);
    await using live = await LiveRun.start(pair, "rtu", {
      link: { timeout: "5s", lateWindow: "300ms", transport: "modbus-serial" },
    });

    await live.fresh(2);

    const heard = pair.requests.length;
    assert.ok(sentAt(pair.path, heard) !== undefined);
    assert.equal(sentAt(pair.path, heard + 2), undefined); // at most one is on its way
    assert.deepEqual(live.wrong, []);
  },
);
