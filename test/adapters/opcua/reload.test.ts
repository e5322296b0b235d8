import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ReloadReport } from "@unshub/adapter";
import opcua from "@unshub/adapter-opcua";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

const A = { name: "A", node: labNode("A") };
const B = { name: "B", node: labNode("B"), device: "other" };
const C = { name: "C", node: labNode("C") };
const NOTHING = { added: [], removed: [], reborn: [], reconnected: [], adjustedTags: 0 };

async function openLab(): Promise<OpcUaLab> {
  const lab = await OpcUaLab.start();
  for (const name of ["A", "B", "C"]) lab.addDouble(name, 1);
  return lab;
}

async function reload(run: OpcUaRun, config: unknown): Promise<ReloadReport | undefined> {
  return await run.adapter.reload?.(opcua.parseConfig(config));
}

describe("an OPC UA entry is reloaded", { timeout: 180_000 }, () => {
  it("without doing anything when nothing is another", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A, B]), QUICK);
    await run.until(() => run.count("born") === 2);

    assert.deepEqual(await reload(run, lab.config([A, B])), NOTHING);
    assert.equal(run.counter("connections"), 1);
    assert.equal(run.count("born"), 2);
  });

  it("without a request when only the deadband of the adapter is another", async () => {
    await using lab = await openLab();
    const groups = { fast: { interval: "50ms", sampling: "0ms", deadbandIn: "local" } };
    await using run = await OpcUaRun.start(lab.config([A, B, C], { groups }), QUICK);
    await run.until(() => run.count("born") === 2);
    const subscriptions = lab.server.engine.cumulatedSubscriptionCount;

    const report = await reload(run, lab.config([{ ...A, deadband: 5 }, B, C], { groups }));
    assert.deepEqual(report, { ...NOTHING, adjustedTags: 1 });
    lab.setDouble("A", 4); // less than the deadband
    lab.setDouble("C", 2);
    await run.until(() => run.latest("C")?.value === 2);
    assert.equal(run.latest("A")?.value, 1);
    lab.setDouble("A", 9);
    await run.until(() => run.latest("A")?.value === 9);

    assert.equal(run.count("born"), 2);
    assert.equal(lab.server.engine.cumulatedSubscriptionCount, subscriptions);
  });

  it("with a deadband that the server has to know of, without a birth", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([{ ...A, deadband: 50 }, B]), QUICK);
    await run.until(() => run.count("born") === 2);

    const report = await reload(run, lab.config([{ ...A, deadband: 2 }, B]));
    assert.deepEqual(report, { ...NOTHING, adjustedTags: 1 });
    await run.until(() => run.log.some(({ fields }) => Reflect.get(fields, "how") === "renewed"));
    lab.setDouble("A", 9);
    await run.until(() => run.latest("A")?.value === 9);

    assert.equal(run.count("born"), 2);
    assert.equal(run.counter("connections"), 1);
  });

  it("with another tag: one device is born again, the other tells nothing", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A, B]), QUICK);
    await run.until(() => run.count("born") === 2);
    const told = run.readings("B").length;

    const report = await reload(run, lab.config([A, B, C]));
    assert.deepEqual(report, { ...NOTHING, reborn: ["lab"] });
    await run.until(() => run.count("born") === 3);

    assert.equal(run.metric("C")?.value, 1);
    assert.equal(run.readings("B").length, told);
    assert.equal(run.counter("connections"), 1);
  });

  it("with other devices: one comes, one dies", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A, B]), QUICK);
    await run.until(() => run.count("born") === 2);

    const report = await reload(run, lab.config([A, { ...C, device: "third" }]));
    assert.deepEqual(report, { ...NOTHING, added: ["third"], removed: ["other"] });
    await run.until(() => run.count("born") === 3 && run.count("died") === 1);

    const ids = run.adapter.diagnostics().devices.map(({ deviceId }) => deviceId);
    assert.deepEqual(ids, ["lab", "third"]);
  });

  it("with another server: one link is made anew, and nobody dies", async () => {
    await using lab = await openLab();
    await using other = await openLab();
    other.setDouble("A", 77);
    const config = lab.config([A, B], { offlineGrace: "30s" });
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 2);

    const endpoint = `opc.tcp://127.0.0.1:${other.port}`;
    const report = await reload(run, { ...config, endpoint });
    assert.deepEqual(report, { ...NOTHING, reconnected: [endpoint] });
    await run.until(() => run.latest("A")?.value === 77 && run.latest("A")?.quality === "good");

    assert.equal(run.count("died"), 0);
    await lab.untilSessions(0);
  });

  it("with another password alone: a secret is compared, though it shows nothing", async () => {
    await using lab = await openLab();
    const config = lab.config([A]);
    const withUser = (password: string): unknown => {
      return opcua.parseConfig({
        ...config,
        identity: { user: "u", password },
        allowPlainPassword: true,
      });
    };
    await using run = await OpcUaRun.start(config, QUICK);
    await run.until(() => run.count("born") === 1);
    await run.adapter.reload?.(withUser("one"));

    const same = await run.adapter.reload?.(withUser("one"));
    const another = await run.adapter.reload?.(withUser("two"));

    assert.deepEqual(same?.reconnected, []);
    assert.equal(another?.reconnected.length, 1);
  });

  it("many times in a row: the last one holds", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A]), QUICK);
    await run.until(() => run.count("born") === 1);

    for (const tags of [[A, C], [A], [A, C], [A, B, C], [B]]) await reload(run, lab.config(tags));
    await run.until(() => {
      const { devices } = run.adapter.diagnostics();
      const states = devices.map(({ deviceId, state }) => `${deviceId} ${state}`);
      return states.includes("lab offline") && states.includes("other online");
    });

    lab.setDouble("B", 8);
    await run.until(() => run.latest("B")?.value === 8);
  });

  it("while the server is away: its return finds the new tags", async () => {
    await using lab = await openLab();
    await using run = await OpcUaRun.start(lab.config([A], { offlineGrace: "30s" }), QUICK);
    await run.until(() => run.count("born") === 1);
    lab.closeSessions("subscriptions");
    await run.until(() => run.latest("A")?.quality === "stale");

    await reload(run, lab.config([A, C], { offlineGrace: "30s" }));
    await run.until(() => run.count("born") === 2);

    assert.equal(run.metric("C")?.quality, "good");
  });
});
