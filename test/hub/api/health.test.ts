import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { health, type HealthSources, readiness } from "../../../hub/src/api/health.ts";
import { startTestHub } from "../../support/hub.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";

describe("readiness", () => {
  it("is there when nothing speaks against it", async () => {
    assert.deepEqual(readiness(await sources()), { ready: true, reasons: [] });
  });

  const full = { kind: "full", because: "no space left" } as const;
  const cases: readonly (readonly [string, Partial<HealthSources>, string])[] = [
    ["while the hub starts", { isStarted: () => false }, "starting"],
    ["while the event loop is late", { loop: { p99Ms: 300, isOverloaded: true } }, "overloaded"],
  ];
  for (const [what, change, reason] of cases) {
    it(`is missing ${what}`, async () => {
      const answer = readiness({ ...(await sources()), ...change });

      assert.deepEqual(answer, { ready: false, reasons: [reason] });
    });
  }

  it("is missing while memory is short", async () => {
    const answer = readiness(await sources({ isShortOfMemory: true }));

    assert.deepEqual(answer, { ready: false, reasons: ["overloaded"] });
  });

  it("is missing while the disk is full or the store has failed, with the cause in /healthz", async () => {
    const ofFull = await sources({ storeState: full });
    const ofFailed = await sources({ storeState: { kind: "failed", because: "I/O" } });

    assert.deepEqual(readiness(ofFull).reasons, ["disk-full"]);
    assert.deepEqual(readiness(ofFailed).reasons, ["degraded"]);
    assert.deepEqual(health(ofFull).components.store, {
      durability: "power",
      state: "full",
      because: "no space left",
    });
  });

  it("says that nothing is stored, and is there all the same", async () => {
    const answer = readiness({ ...(await sources()), durability: "memory" });

    assert.deepEqual(answer, { ready: true, reasons: ["memory-durability"] });
  });

  it("says that the disk is slow, and is there all the same", async () => {
    const took = { buckets: [], count: 7, seconds: 3 };

    const answer = readiness(await sources({ commits: { took, isSlow: true } }));

    assert.deepEqual(answer, { ready: true, reasons: ["slow-disk"] });
  });

  it("says that the history has stopped, and is there all the same", async () => {
    const because = "database or disk is full";
    const stopped = { recording: false, because, recorded: 5, lost: 2, overloaded: 1, bytes: 8192 };
    const state = { ...stopped, head: 5, tail: 0, oldest: undefined, freeDiskBytes: 0 };
    const known = { ...(await sources()), history: () => state };

    assert.deepEqual(readiness(known), { ready: true, reasons: ["history-stopped"] });
    assert.deepEqual(health(known).components.history, {
      recording: false,
      because,
      recorded: 5,
      lost: 3,
      bytes: 8192,
      oldest: undefined,
    });
  });
});

describe("the health routes", { timeout: 180_000 }, () => {
  it("answer with every component", async (t) => {
    const { httpPort } = await startTestHub(t);
    const url = `http://127.0.0.1:${httpPort}`;

    const live = await fetch(`${url}/livez`);
    const answer = await (await fetch(`${url}/healthz`)).json();

    assert.equal(live.status, 200);
    assert.equal(Object(answer).status, "up");
    assert.deepEqual(Object.keys(Object(answer).components), [
      "mqtt",
      "store",
      "history",
      "adapters",
      "eventLoop",
    ]);
    const { freeDiskBytes, ...store } = Object(answer).components.store;
    assert.deepEqual(store, { durability: "power", state: "ready" });
    assert.ok(freeDiskBytes > 0);
  });

  it("say that the disk is nearly full before it is, and so do the metrics", async (t) => {
    const { httpPort } = await startTestHub(t, "", {
      more: "mqtt: { limits: { minFreeDisk: 1000000GiB } }",
    });
    const url = `http://127.0.0.1:${httpPort}`;

    const ready = await fetch(`${url}/readyz`);
    const { components } = Object(await (await fetch(`${url}/healthz`)).json());
    const metrics = await (await fetch(`${url}/metrics`)).text();

    assert.equal(ready.status, 503);
    assert.partialDeepStrictEqual(await ready.json(), { ready: false, reasons: ["disk-full"] });
    assert.match(
      components.store.because,
      /MiB are free on the disk of .*mqtt\.limits\.minFreeDisk/,
    );
    assert.match(metrics, /^unshub_mqtt_store_ready 0$/m);
    assert.match(metrics, /^unshub_disk_free_bytes [1-9]/m);
  });
});

async function sources(state: Partial<HealthSources["broker"]> = {}): Promise<HealthSources> {
  await using hub = await startTestBroker({ listeners: [] });
  return {
    broker: {
      counters: hub.broker.counters,
      certificates: [],
      storeState: { kind: "ready" },
      commits: undefined,
      isShortOfMemory: false,
      freeDiskBytes: undefined,
      ...state,
    },
    durability: "power",
    loop: { p99Ms: 1, isOverloaded: false },
    history: () => undefined,
    isStarted: () => true,
  };
}
