/** Whole adapters against servers that lie: no wrong value is ever called GOOD, and the truth comes through again. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HOSTILE } from "../../support/modbus-hostile.ts";
import { LIES, LiveRun, openLiveServer, type Lie } from "../../support/modbus-live-server.ts";

const FRAMINGS = [
  { framing: "mbap", name: "Modbus TCP" },
  { framing: "rtu", name: "RTU over TCP" },
] as const;
/** Lies that a server tells. */
const LIE_COUNT = 40;

/** A time-out of 5 s never passes where the truth is told, however busy the machine is; the others have to wait for it. */
async function lieTo(framing: "mbap" | "rtu", lie: Lie): Promise<void> {
  const usual = lie.isAlways === true ? lie.behave() : HOSTILE.honest;
  await using server = await openLiveServer(framing, usual);
  const timeout = lie.isHarmless ? "5s" : "100ms";
  await using live = await LiveRun.start(server, framing, {
    link: { timeout, ...lie.link },
    device: { offlineAfter: 1000, offlineGrace: "10s", staleAfter: "30s" },
  });
  await live.fresh(1);

  server.behave = lie.behave();
  await server.seen(server.requests.length + LIE_COUNT);
  if (lie.isHarmless) await live.fresh(3);
  server.behave = usual;
  await live.fresh(3);

  assert.deepEqual(live.wrong, []);
  assert.equal(live.deaths(), 0, "the device lived all the time");
  if (lie.isHarmless) assert.equal(server.connections(), 1, "the connection was kept");
}

for (const { framing, name } of FRAMINGS) {
  describe(`${name}: no wrong value is called GOOD after`, { concurrency: 4 }, () => {
    for (const lie of LIES.filter(({ framings }) => framings.includes(framing)))
      it(lie.name, () => lieTo(framing, lie));
  });
}
