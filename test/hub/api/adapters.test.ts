import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { startTestHub } from "../../support/hub.ts";
import { ROGUE_WORKER } from "../../support/rogue-supervisor.ts";

/** A valid entry; what runs in its thread is a rogue with the device `d` on the link `line`. */
const ENTRY = `  - name: a
    protocol: modbus
    group: g
    edgeNode: a
    link: { host: 127.0.0.1 }
    devices: [{ name: d, unit: 1, groups: { g: { interval: 1s } }, tags: [{ name: n, at: "hr:0", type: int16, group: g }] }]`;

/** A real hub with that adapter, running. */
async function openHub(t: TestContext, more = "") {
  const { hub, until, httpPort } = await startTestHub(t, ENTRY, {
    adapterWorker: ROGUE_WORKER,
    more,
  });
  await until(() => hub.tree.find("g/a/d/n") !== undefined);
  const base = `http://127.0.0.1:${httpPort}`;
  const get = (path: string): Promise<Response> => fetch(base + path);
  // Its device may be born a moment before the thread says that it runs.
  for (let text = ""; !text.includes('"status":"running"');) {
    text = await (await get("/api/v1/adapters")).text();
  }
  const put = (path: string, body: object): Promise<Response> =>
    fetch(base + path, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  return { get, put };
}

const TRACE = "/api/v1/adapters/a/links/line/trace";

describe("/api/v1/adapters", { timeout: 180_000 }, () => {
  it("tells how adapters, links and devices stand", async (t) => {
    const { get } = await openHub(t);

    const all: unknown = await (await get("/api/v1/adapters")).json();
    const one: unknown = await (await get("/api/v1/adapters/a")).json();

    const expected = {
      name: "a",
      protocol: "modbus",
      status: "running",
      restarts: 0,
      isSlow: false,
      onlineDevices: ["d"],
      links: [{ name: "line", state: "up", since: "1970-01-01T00:00:00.000Z" }],
      devices: [{ deviceId: "d", link: "line", state: "online", timeouts: 1 }],
    };
    assert.partialDeepStrictEqual(all, { adapters: [expected] });
    assert.partialDeepStrictEqual({ one }, { one: expected });
    assert.equal((await get("/api/v1/adapters/b")).status, 404);
  });

  it("lets the trace of a link be switched and downloaded", async (t) => {
    const { get, put } = await openHub(t);

    const on = await put(TRACE, { on: true });
    const trace = await get(TRACE);

    assert.deepEqual(await on.json(), { on: true });
    assert.match(trace.headers.get("content-disposition") ?? "", /filename="a-line.txt"/);
    assert.equal(
      await trace.text(),
      "2026-01-02T03:04:05.006Z > 00 01 00 00 00 06 01 03 00 64 00 02  FC3 hr:100..101  [Pressure, Flow]\n",
    );
  });

  it("says what cannot be traced, and what is no switch", async (t) => {
    const { get, put } = await openHub(t);

    const statuses = [
      await get("/api/v1/adapters/a/links/other/trace"),
      await put("/api/v1/adapters/b/links/line/trace", { on: true }),
      await put(TRACE, { on: "yes" }),
    ].map(({ status }) => status);

    assert.deepEqual(statuses, [404, 404, 400]);
  });

  it("lets nobody switch a trace who may not change anything", async (t) => {
    const { put } = await openHub(t, "identity: { anonymous: read }");

    const answer = await put(TRACE, { on: true });

    assert.equal(answer.status, 401);
    assert.match(await answer.text(), /nobody may write/);
  });

  it("is there in a hub without adapters", async (t) => {
    const { httpPort } = await startTestHub(t);

    const answer = await fetch(`http://127.0.0.1:${httpPort}/api/v1/adapters`);

    assert.partialDeepStrictEqual(await answer.json(), { adapters: [] });
  });
});

describe("metrics of adapters", { timeout: 180_000 }, () => {
  it("are labelled by adapter, link and device", async (t) => {
    const { get } = await openHub(t);

    const lines = (await (await get("/metrics")).text()).split("\n");

    const device = '{adapter="a",link="line",device="d"}';
    for (const line of [
      'unshub_adapter_up{adapter="a"} 1',
      'unshub_adapter_errors_total{adapter="a",kind="timeout"} 1',
      'unshub_adapter_errors_total{adapter="a",kind="exception"} 2',
      'unshub_adapter_restarts_total{adapter="a"} 0',
      'unshub_adapter_link_up{adapter="a",link="line"} 1',
      'unshub_adapter_link_events_total{adapter="a",link="line",event="frames_sent"} 7',
      'unshub_adapter_agreed_seconds{adapter="a",link="line",part="group fast",term="publishing_interval",side="asked"} 0.1',
      'unshub_adapter_agreed_seconds{adapter="a",link="line",part="group fast",term="publishing_interval",side="granted"} 1',
      'unshub_adapter_agreed_count{adapter="a",link="line",part="group fast",term="queue_size",side="granted"} 1',
      'unshub_adapter_agreement_faults{adapter="a",link="line",part="group fast"} 1',
      `unshub_adapter_device_online${device} 1`,
      `unshub_adapter_device_timeouts_total${device} 1`,
      `unshub_adapter_device_exceptions_total${device} 2`,
      `unshub_adapter_device_overruns_total${device} 3`,
      `unshub_adapter_device_requests_per_second${device} 50`,
    ]) {
      assert.ok(lines.includes(line), line);
    }
    assert.ok(!lines.some((line) => line.startsWith("unshub_adapter_device_rtt_p50_seconds{")));
  });
});
