import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { readState, type SparkplugMessage } from "@unshub/sparkplug";
import { BrokerError } from "../../../hub/src/broker/index.ts";
import { HubHost, openStateTimeFile } from "../../../hub/src/namespace/index.ts";
import { keepingLog, SILENT_LOG } from "../../support/silent-log.ts";
import { SimulatedTime } from "../../support/sparkplug-time.ts";

function openHost(lastStateAt?: number) {
  const sent: SparkplugMessage[] = [];
  const saved: number[] = [];
  const time = new SimulatedTime();
  const skew = { ms: 0 };
  const clock = time.clock(skew);
  const host = new HubHost({
    hostId: "plant1",
    log: SILENT_LOG,
    clock,
    random: () => 0.5,
    stateTime: { last: lastStateAt, save: (timestamp) => void saved.push(timestamp) },
    publish: async (message) => {
      sent.push(message);
    },
  });
  const asked = () => sent.map(({ topic }) => topic).filter((topic) => topic.includes("/NCMD/"));
  const times = () =>
    sent.filter(({ topic }) => topic.includes("STATE")).map((each) => readState(each.payload));
  return { host, sent, saved, time, skew, clock, asked, times };
}

/** A host whose messages end so. */
function hostWithout(fault: BrokerError) {
  const { log, lines } = keepingLog();
  const host = new HubHost({
    hostId: "plant1",
    log,
    clock: new SimulatedTime().clock({ ms: 0 }),
    random: () => 0.5,
    stateTime: { last: undefined, save: () => undefined },
    publish: async () => {
      throw fault;
    },
  });
  return { host, lines };
}

function tempDir(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "unshub-state-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("the hub's own STATE", () => {
  it("says online and offline, retained at QoS 1 [tck-id-host-topic-phid-birth-qos]", async () => {
    const { host, sent, time, clock, times } = openHost();
    const startedAt = clock.now();

    await host.comeOnline();
    time.run(1000);
    await host.goOffline();

    assert.deepEqual(times(), [
      { online: true, timestamp: startedAt },
      { online: false, timestamp: startedAt + 1000 },
    ]);
    for (const { topic, qos, retain } of sent)
      assert.deepEqual([topic, qos, retain], ["spBv1.0/STATE/plant1", 1, true]);
  });

  it("does not keep the hub from starting or stopping when the store takes nothing, and is in the log then", async () => {
    const { host, lines } = hostWithout(
      new BrokerError("NOT_STORED", "not stored: the disk is full"),
    );

    await host.comeOnline();
    await host.goOffline();

    assert.deepEqual(
      lines.map(({ level, fields }) => [level, "online" in fields && fields.online]),
      [
        ["error", true],
        ["error", false],
      ],
    );
  });

  it("that cannot be said for any other reason is an error of whoever asked for it", async () => {
    const { host } = hostWithout(new BrokerError("TOPIC_INVALID", "not a legal topic name"));

    await assert.rejects(host.comeOnline(), { code: "TOPIC_INVALID" });
  });

  it("is always later than the one before, whatever the clock does, and kept before it is used", async () => {
    const { host, skew, times, saved } = openHost(2_000_000_000_000);

    await host.comeOnline();
    skew.ms = -86_400_000;
    await host.goOffline();

    assert.deepEqual(
      times().map(({ timestamp }) => timestamp),
      [2_000_000_000_001, 2_000_000_000_002],
    );
    assert.deepEqual(saved, [2_000_000_000_001, 2_000_000_000_002]);
  });

  it("keeps its time in a file that survives a restart, and passes over one that is damaged", (t) => {
    const folder = tempDir(t);
    assert.equal(openStateTimeFile(folder).last, undefined);

    openStateTimeFile(folder).save(1_700_000_000_000);
    assert.equal(openStateTimeFile(folder).last, 1_700_000_000_000);
    writeFileSync(join(folder, "state-time"), "yesterday");

    assert.equal(openStateTimeFile(folder).last, undefined);
  });
});

describe("the hub's rebirth requests", () => {
  const node = { groupId: "g", edgeNodeId: "e" };

  it("ask a node once in a while, not in a storm", async () => {
    const { host, time, asked } = openHost();
    await host.comeOnline();

    for (let n = 0; n < 100; n += 1) {
      host.requestRebirth(node, "sequence gap");
      time.run(100);
    }

    assert.ok(asked().length <= 3, `${asked().length} requests in ten seconds`);
    assert.equal(asked()[0], "spBv1.0/g/NCMD/e");
  });

  it("end when the node is born or has died", async () => {
    for (const type of ["NBIRTH", "NDEATH"]) {
      const { host, time, asked } = openHost();
      // oxlint-disable-next-line no-await-in-loop -- one hub after the other
      await host.comeOnline();
      host.requestRebirth(node, "data before birth");
      time.run(1000);

      host.heard(`spBv1.0/g/${type}/e`);
      time.run(3_600_000);

      assert.equal(asked().length, 1);
    }
  });

  it("share one budget, whoever invents ids of nodes", async () => {
    const { host, time, asked } = openHost();
    await host.comeOnline();

    for (let n = 0; n < 50_000; n += 1)
      host.requestRebirth({ groupId: "g", edgeNodeId: `e${n}` }, "data before birth");
    time.run(10_000);

    assert.ok(asked().length <= 120, `${asked().length} requests in ten seconds`);
  });

  it("are no more once the hub goes offline", async () => {
    const { host, time, asked } = openHost();
    await host.comeOnline();
    host.requestRebirth(node, "sequence gap");

    await host.goOffline();
    host.requestRebirth(node, "sequence gap");
    time.run(3_600_000);

    assert.deepEqual(asked(), []);
  });
});
