/** Servers that have no room for what is asked of them. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { OPCUAClient, TimestampsToReturn, type ClientSubscription } from "node-opcua-client";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { FreezableProxy } from "../../support/opcua-proxy.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

const GROUPS = {
  fast: { interval: "50ms", sampling: "0ms" },
  slow: { interval: "100ms", sampling: "0ms" },
};
const NAMES = ["A", "B", "C", "D", "E", "F"];

/** The first three tags are fast, the others slow. */
function configOf(lab: OpcUaLab, more: object = {}): Record<string, unknown> {
  const tags = NAMES.map((name, index) => ({
    name,
    node: labNode(name),
    group: index < 3 ? "fast" : "slow",
  }));
  return lab.config(tags, { groups: GROUPS, rebirthHoldoff: "1s", ...more });
}

async function startLab(capabilities: object): Promise<OpcUaLab> {
  const lab = await OpcUaLab.start({ capabilities });
  for (const name of NAMES) lab.addDouble(name, 0);
  return lab;
}

/** All tags follow what the server has, and none stays behind. */
async function followAll(lab: OpcUaLab, run: OpcUaRun, value: number): Promise<void> {
  for (const name of NAMES) lab.setDouble(name, value);
  await run.until(() =>
    NAMES.every((name) => {
      const latest = run.latest(name);
      return latest?.value === value && latest.quality === "good";
    }),
  );
}

const linkOf = (run: OpcUaRun) => run.adapter.diagnostics().links[0];

/** Somebody else who takes up what the server has. */
async function occupy(
  lab: OpcUaLab,
): Promise<AsyncDisposable & { readonly of: ClientSubscription }> {
  const client = OPCUAClient.create({ endpointMustExist: false });
  await client.connect(`opc.tcp://127.0.0.1:${lab.port}`);
  const session = await client.createSession();
  const of = await session.createSubscription2({
    requestedPublishingInterval: 1_000,
    requestedMaxKeepAliveCount: 10,
    requestedLifetimeCount: 1_000,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  return {
    of,
    [Symbol.asyncDispose]: async () => {
      await session.close(true);
      await client.disconnect();
    },
  };
}

describe("an OPC UA server with room for few subscriptions", { timeout: 180_000 }, () => {
  it("carries a slower group on the subscription of a faster one, and says so", async () => {
    await using lab = await startLab({ maxSubscriptionsPerSession: 1 });
    await using run = await OpcUaRun.start(configOf(lab), QUICK);

    await run.until(() => run.count("born") === 1);
    await followAll(lab, run, 1);

    assert.equal(lab.server.engine.currentSubscriptionCount, 1);
    assert.equal(linkOf(run)?.state, "degraded");
    assert.match(linkOf(run)?.lastError ?? "", /^too_many_subscriptions: 0 items are polled: /);
    assert.equal(run.counter("connections"), 1);
  });

  it("gives a group its own as soon as there is one, also after a cut, and loses no value by it", async () => {
    await using lab = await startLab({ maxSubscriptions: 2 });
    await using proxy = await FreezableProxy.start(lab.port);
    const other = await occupy(lab);
    const endpoint = `opc.tcp://127.0.0.1:${proxy.port}`;
    await using run = await OpcUaRun.start(configOf(lab, { endpoint, offlineGrace: "10s" }), QUICK);
    await run.until(() => run.count("born") === 1);
    assert.equal(linkOf(run)?.state, "degraded");
    proxy.cut();
    await run.until(() => run.counter("resumed") === 1 && linkOf(run)?.state === "degraded");

    await other[Symbol.asyncDispose]();
    let value = 0;
    for (; linkOf(run)?.state !== "up"; value += 1) await followAll(lab, run, value);
    await followAll(lab, run, value);

    const told = run.readings("F").map((reading) => reading.value);
    const [session] = lab.server.engine.getSessions();
    assert.deepEqual(new Set(told), new Set(Array.from({ length: value + 1 }, (_, at) => at)));
    assert.equal(session?.currentSubscriptionCount, 2);
    assert.equal(session?.currentMonitoredItemCount, NAMES.length); // none is watched twice
    assert.deepEqual([run.count("born"), run.count("died")], [1, 0]);
    assert.equal(run.counter("connections"), 2);
    assert.ok(run.log.some(({ message }) => /share no more/.test(message)));
  });

  it("is polled where it has none left, and watched as soon as it has one", async () => {
    await using lab = await startLab({ maxSubscriptions: 1 });
    const other = await occupy(lab);
    await using run = await OpcUaRun.start(configOf(lab), QUICK);

    await run.until(() => run.count("born") === 1);
    await followAll(lab, run, 1);
    assert.match(linkOf(run)?.lastError ?? "", /^too_many_subscriptions: 6 items are polled: /);
    await other[Symbol.asyncDispose]();
    await run.until(() => /has room again/.test(JSON.stringify(run.log)));
    await followAll(lab, run, 2);

    assert.equal(lab.server.engine.currentSubscriptionCount, 1);
    assert.equal(run.count("born"), 1);
    assert.equal(run.count("died"), 0);
    assert.equal(run.counter("connections"), 1);
  });

  it("takes other tags by a reload without a subscription more", async () => {
    await using lab = await startLab({ maxSubscriptionsPerSession: 2 });
    await using run = await OpcUaRun.start(configOf(lab), QUICK);
    await run.until(() => run.count("born") === 1);
    lab.addDouble("G", 7);
    const tags = [...NAMES, "G"].map((name) => ({ name, node: labNode(name), group: "fast" }));
    const changed = lab.config(tags, { groups: GROUPS, rebirthHoldoff: "1s" });

    const { default: opcua } = await import("@unshub/adapter-opcua");
    await run.adapter.reload?.(opcua.parseConfig(changed));
    await run.until(() => run.metric("G")?.quality === "good");
    await followAll(lab, run, 3);

    assert.equal(linkOf(run)?.state, "up");
    assert.equal(run.counter("connections"), 1);
  });

  it("has alarms as soon as there is room for them", async () => {
    await using lab = await startLab({ maxSubscriptions: 1 });
    const other = await occupy(lab);
    await using run = await OpcUaRun.start(configOf(lab, { events: [{ minSeverity: 1 }] }), QUICK);
    await run.until(() => run.count("born") === 1);
    assert.match(JSON.stringify(run.log), /no events and alarms/);

    await other[Symbol.asyncDispose]();
    await run.until(() => {
      const { server } = lab.space.rootFolder.objects;
      server.raiseEvent("BaseEventType", { severity: { dataType: "UInt16", value: 500 } });
      return run.happened.length > 0;
    });
    await followAll(lab, run, 1);

    assert.equal(run.counter("connections"), 1);
  });
});

describe("an OPC UA server with room for few items", { timeout: 180_000 }, () => {
  it("has those polled that it does not watch, and watches them when others go", async () => {
    await using lab = await startLab({ maxMonitoredItems: 4 });
    const other = await occupy(lab);
    const taken = await other.of.monitor(
      { nodeId: "i=2258", attributeId: 13 },
      { samplingInterval: 1_000, queueSize: 1, discardOldest: true },
      TimestampsToReturn.Both,
    );
    assert.equal(taken.statusCode.name, "Good");
    await using run = await OpcUaRun.start(configOf(lab), QUICK);

    await run.until(() => run.count("born") === 1);
    await followAll(lab, run, 1);
    assert.match(linkOf(run)?.lastError ?? "", /^too_many_items: 3 items are polled: /);
    await other[Symbol.asyncDispose]();
    await run.until(() => /: 2 items are polled/.test(linkOf(run)?.lastError ?? ""));
    await followAll(lab, run, 2);

    assert.equal(run.count("born"), 1);
    assert.equal(run.counter("connections"), 1);
  });

  it("or for fewer values of one than asked is told of: an outage would cost some", async () => {
    await using lab = await startLab({});
    const groups = { fast: GROUPS.fast, slow: { ...GROUPS.slow, queue: 10_000 } };
    await using run = await OpcUaRun.start(configOf(lab, { groups }), QUICK);

    await run.until(() => run.count("born") === 1);

    const told = run.log.filter(({ message }) => /fewer of these values/.test(message));
    assert.partialDeepStrictEqual(told, [
      { fields: { group: "slow", items: 3, asked: 10_000, revised: 5_000 } },
    ]);
    const [fast, slow] = linkOf(run)?.agreements ?? [];
    assert.deepEqual([fast?.name, fast?.values, fast?.faults], ["group fast", 3, []]);
    assert.deepEqual(
      slow?.terms.find(({ name }) => name === "queue_size"),
      { name: "queue_size", asked: 10_000, granted: 5_000 },
    );
    assert.match(slow?.faults.join() ?? "", /keeps 5000 instead of 10000 changes \(all 3 values\)/);
  });

  it("in one subscription gets as many subscriptions as it takes", async () => {
    await using lab = await startLab({ maxMonitoredItemsPerSubscription: 2 });
    await using run = await OpcUaRun.start(configOf(lab), QUICK);

    await run.until(() => run.count("born") === 1);
    await followAll(lab, run, 1);

    assert.equal(lab.server.engine.currentSubscriptionCount, 4);
    assert.equal(linkOf(run)?.state, "up");
  });

  it("that are taken by the tags before a reload has room for those after it", async () => {
    await using lab = await startLab({ maxMonitoredItems: 7 });
    await using run = await OpcUaRun.start(configOf(lab), QUICK);
    await run.until(() => run.count("born") === 1);
    lab.addDouble("G", 7);
    const tags = [...NAMES, "G"].map((name) => ({ name, node: labNode(name), group: "fast" }));

    const { default: opcua } = await import("@unshub/adapter-opcua");
    await run.adapter.reload?.(opcua.parseConfig(lab.config(tags, { groups: GROUPS })));
    await run.until(() => run.metric("G")?.quality === "good");
    await followAll(lab, run, 3);

    assert.equal(linkOf(run)?.state, "up");
  });
});
