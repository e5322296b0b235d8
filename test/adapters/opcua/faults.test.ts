/** What the network does to a connection, with the times that the adapter has in a plant. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { warped } from "../../support/warped-clock.ts";
import { collectedHeapBytes } from "../../support/heap.ts";
import { OpcUaLab } from "../../support/opcua-lab.ts";
import type { FreezableProxy } from "../../support/opcua-proxy.ts";
import type { OpcUaRun } from "../../support/opcua-run.ts";
import { openTroubledLab } from "../../support/opcua-weather.ts";

const KEEP_ALIVE_MS = 5_000;
const EVERY_MS = 100;

/** Counts `Speed` up, one for each `EVERY_MS`, for so long. */
async function countUp(lab: OpcUaLab, from: number, ms: number): Promise<number> {
  let value = from;
  for (let passed = 0; passed < ms; passed += EVERY_MS) {
    value += 1;
    lab.setDouble("Speed", value);
    await warped.pass(EVERY_MS);
  }
  return value;
}

/** The numbers up to `last` that were never told as good, as ranges: `7-9`. */
function missing(run: OpcUaRun, last: number): readonly string[] {
  const told = new Set(
    run.readings("Speed").flatMap(({ value, quality }) => (quality === "good" ? [value] : [])),
  );
  const ranges: string[] = [];
  for (let value = 1, from = 1; value <= last + 1; value += 1) {
    if (value <= last && !told.has(value)) continue;
    if (value > from) ranges.push(`${from}-${value - 1}`);
    from = value + 1;
  }
  return ranges;
}

const isGood = (run: OpcUaRun) => () => run.latest("Speed")?.quality === "good";
const isStale = (run: OpcUaRun) => () => run.latest("Speed")?.quality === "stale";

describe("an OPC UA server in a black hole", { timeout: 300_000 }, () => {
  it("is noticed within 2 keep-alives and 10 s, and loses nothing in 8 s", async () => {
    await using plant = await openTroubledLab({ names: ["Speed"] });
    const { lab, proxy, run } = plant;
    const before = await countUp(lab, 0, 3_000);

    proxy.swallow();
    const last = await countUp(lab, before, 8_000);
    const wasStale = isStale(run)();
    proxy.heal();
    await warped.until(() => run.latest("Speed")?.value === last && isGood(run)());
    await warped.pass(2_000);

    assert.ok(wasStale);
    assert.deepEqual(missing(run, last), []);
    assert.equal(run.count("died"), 0);
    assert.equal(run.counter("gaps"), 0);
  });

  it("for 70 s dies after its grace, and is born again by itself", async () => {
    await using plant = await openTroubledLab({ names: ["Speed"] });
    const { lab, proxy, run } = plant;
    const before = await countUp(lab, 0, 3_000);

    proxy.swallow();
    const noticedMs = await warped.until(isStale(run));
    const diedMs = noticedMs + (await warped.until(() => run.count("died") === 1));
    await warped.pass(70_000 - diedMs);
    lab.setDouble("Speed", before + 1);
    proxy.heal();
    const bornMs = await warped.until(() => run.count("born") === 2);

    assert.ok(noticedMs <= Math.min(2 * KEEP_ALIVE_MS, 10_000), `noticed after ${noticedMs} ms`);
    assert.ok(diedMs <= noticedMs + 10_500, `died after ${diedMs} ms`);
    assert.ok(bornMs <= 21_000, `born ${bornMs} ms after the hole`);
    assert.equal(run.metric("Speed")?.value, before + 1);
    assert.equal(run.metric("Speed")?.quality, "good");
    assert.equal(run.count("died"), 1);
  });
});

function end(proxy: FreezableProxy): void {
  proxy.allow();
  proxy.thaw();
  proxy.heal();
}

describe("an OPC UA connection in trouble", { timeout: 300_000 }, () => {
  const begin: Readonly<Record<string, (proxy: FreezableProxy) => void>> = {
    "is cut": (proxy) => proxy.refuse(),
    "falls silent": (proxy) => proxy.freeze(),
    "is a black hole": (proxy) => proxy.swallow(),
  };
  for (const [what, trouble] of Object.entries(begin)) {
    it(`that ${what} loses nothing while the server's queue holds it`, async () => {
      // 400 values at 100 ms: 40 s; the session lives for 60.
      const groups = { fast: { interval: "500ms", sampling: "100ms", queue: 400 } };
      await using plant = await openTroubledLab({ names: ["Speed"], more: { groups } });
      const { lab, proxy, run } = plant;
      let last = await countUp(lab, 0, 2_000);

      for (const ms of [700, 3_000, 9_500, 20_000, 35_000]) {
        trouble(proxy);
        last = await countUp(lab, last, ms);
        end(proxy);
        last = await countUp(lab, last, 1_000);
        await warped.until(() => run.latest("Speed")?.value === last && isGood(run)());
      }

      await warped.pass(2_000);
      assert.deepEqual(missing(run, last), []);
      assert.equal(run.counter("gaps"), 0);
    });
  }

  it("that is slow is no trouble: nothing is stale, nothing is lost", async () => {
    await using plant = await openTroubledLab({ names: ["Speed"] });
    const { lab, proxy, run } = plant;
    proxy.delayMs = 400;

    const last = await countUp(lab, 0, 60_000);
    await warped.until(() => run.latest("Speed")?.value === last);

    assert.deepEqual(missing(run, last), []);
    assert.deepEqual(
      run.readings("Speed").filter(({ quality }) => quality !== "good"),
      [],
    );
    assert.equal(run.counter("connections"), 1);
  });

  it("50 times needs no more memory than before", async () => {
    const names = Array.from({ length: 50 }, (_, index) => `N${index}`);
    const groups = { fast: { interval: "1s" } };
    await using plant = await openTroubledLab({ names, more: { groups } });
    const { lab, proxy, run } = plant;
    const reconnect = async (): Promise<void> => {
      run.forget();
      const connections = run.counter("connections");
      proxy.cut();
      await warped.until(() => run.latest("N49")?.quality === "stale");
      await warped.until(() => run.latest("N49")?.quality === "good");
      lab.closeSessions(); // and once more with nothing left at the server
      await warped.until(() => run.latest("N49")?.quality === "stale");
      await warped.until(() => run.latest("N49")?.quality === "good");
      assert.equal(run.counter("connections"), connections + 2);
    };
    for (let count = 0; count < 10; count += 1) await reconnect();
    const before = collectedHeapBytes();

    for (let count = 0; count < 25; count += 1) await reconnect();

    const grown = (collectedHeapBytes() - before) / 1_048_576;
    assert.ok(grown <= 2, `${grown.toFixed(2)} MB more`);
  });
});

describe("an OPC UA server that comes back with fewer nodes", { timeout: 300_000 }, () => {
  it("leaves those that vanished bad within a second, and the others good", async () => {
    const names = ["A", "B", "C", "D"];
    await using plant = await openTroubledLab({ names, more: { offlineGrace: "5m" } });
    const { lab, proxy, run } = plant;
    const { port } = lab;
    const badAt: number[] = [];

    proxy.refuse();
    await warped.until(() => run.latest("A")?.quality === "stale");
    lab.closeSessions();
    for (const name of ["C", "D"]) lab.remove(name);
    proxy.allow();
    await warped.until(() => run.counter("connections") === 2);
    badAt.push(
      await warped.until(() => ["C", "D"].every((each) => run.latest(each)?.quality === "bad")),
    );

    assert.equal(port, lab.port);
    assert.ok(Number(badAt[0]) <= 1_000, `bad after ${badAt[0]} ms`);
    for (const name of ["A", "B"]) assert.equal(run.latest(name)?.quality, "good");
    assert.equal(run.latest("C")?.reason, "opcua_BadNodeIdUnknown");
  });

  it("while connected tells them bad within a second", async () => {
    await using plant = await openTroubledLab({ names: ["A", "B"] });
    const { lab, run } = plant;

    lab.remove("B");
    const tookMs = await warped.until(() => run.latest("B")?.quality === "bad", 300_000);

    assert.ok(tookMs <= 1_000, `bad after ${tookMs} ms`);
    assert.equal(run.latest("A")?.quality, "good");
  });

  for (const afterMs of [0, 30_000, 300_000]) {
    it(`and back ${afterMs / 1000} s later watches them again, also after a cut`, async () => {
      await using plant = await openTroubledLab({ names: ["A", "B"] });
      const { lab, proxy, run } = plant;
      lab.remove("B");
      await warped.pass(afterMs);
      lab.addDouble("B", 1);

      proxy.cut();
      await warped.pass(150_000); // looked for once a minute, born at most once a minute
      lab.setDouble("B", 2);
      await warped.pass(5_000);

      assert.equal(run.latest("B")?.value, 2);
      assert.equal(run.latest("B")?.quality, "good");
      assert.equal(run.latest("A")?.quality, "good");
    });
  }
});
