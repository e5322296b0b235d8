/**
 * 500 edge nodes live on while the host that follows them is started again. The host's time is simulated, so that its
 * requests are counted between one second and the next, on real connections.
 */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { mqttJs, REBIRTH_POLICY } from "@unshub/sparkplug";
import mqtt from "mqtt";
import { HostOverMqtt, type HostEvent } from "../../hub/src/namespace/index.ts";
import type { UnsTree } from "../../hub/src/tree/index.ts";
import { BridgedPlant } from "../support/bridged-plant.ts";
import { startTestHub, tempDir, type TestHub } from "../support/hub.ts";
import { mosquittoServer, SKIP_WITHOUT_MOSQUITTO_SERVER } from "../support/mosquitto-server.ts";
import { Inbox } from "../support/mqtt-inbox.ts";
import { SILENT_LOG } from "../support/silent-log.ts";
import { seeded } from "../support/seeded.ts";
import { SimulatedTime } from "../support/sparkplug-time.ts";

const SIZE = 500;
const LONGER_THAN_ANY_STORM = 100;

/** How the values of all nodes stand: how many metrics of each quality. */
function standing(tree: UnsTree): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (let at = 0; at < SIZE; at += 1) {
    const metric = tree.metric(tree.find(`Plant1/gw-${at}/d/Value`) ?? 0);
    const quality = metric?.quality ?? "not there";
    counts[quality] = (counts[quality] ?? 0) + 1;
  }
  return counts;
}

interface Storm {
  readonly plant: BridgedPlant;
  readonly time: SimulatedTime;
  /** Resolves when the requests until now were answered, and the answers heard. */
  readonly settled: () => Promise<void>;
}

/** Runs time on until all nodes were asked; the requests of each second. */
async function requestsPerSecond({ plant, time, settled }: Storm): Promise<readonly number[]> {
  const counts: number[] = [];
  while (plant.asked.length < SIZE && counts.length < LONGER_THAN_ANY_STORM) {
    const before = plant.asked.length;
    time.run(1000);
    // oxlint-disable-next-line no-await-in-loop -- one second after the other
    await settled();
    counts.push(plant.asked.length - before);
  }
  return counts;
}

/** Within the budget from the first second on, each node once, and not in the order in which they spoke. */
function assertBounded(plant: BridgedPlant, counts: readonly number[]): void {
  const { burst, perSecond } = REBIRTH_POLICY;
  let sum = 0;
  for (const [second, count] of counts.entries()) {
    sum += count;
    assert.ok(sum <= burst + perSecond * (second + 1), `${sum} after second ${second + 1}`);
  }
  assert.deepEqual([plant.asked.length, new Set(plant.asked).size], [SIZE, SIZE]);
  assert.notDeepEqual(
    plant.asked,
    plant.nodes.map(({ name }) => name),
  );
}

/** Nobody is asked again, however long it takes. */
async function assertOver({ plant, time, settled }: Storm): Promise<void> {
  time.run(3_600_000);
  plant.data();
  await settled();
  assert.equal(plant.asked.length, SIZE);
}

/** A hub that followed all nodes has stopped; the next one is at the same port. */
async function restartedHub(
  t: TestContext,
  meanwhile: (dataDir: string, plant: BridgedPlant) => void,
) {
  const dataDir = tempDir(t);
  const plant = new BridgedPlant(SIZE);
  const first = await startTestHub(t, "", { dataDir });
  await plant.connect(t, `mqtt://127.0.0.1:${first.mqttPort}`);
  plant.birth();
  await plant.caughtUp();
  assert.deepEqual(standing(first.hub.tree), { good: SIZE });
  await first.stop();
  meanwhile(dataDir, plant);
  const time = new SimulatedTime();
  const second = await startTestHub(t, "", { dataDir, hostClock: time.clock() });
  await plant.connect(t, `mqtt://127.0.0.1:${second.mqttPort}`);
  const settled = async (): Promise<void> => {
    await plant.caughtUp(); // the requests
    await plant.caughtUp(); // the births that answered them
  };
  return { plant, time, settled, second };
}

async function weathers(storm: Storm & { readonly second: TestHub }): Promise<void> {
  const { plant, second } = storm;
  assert.deepEqual(standing(second.hub.tree), { "last-known": SIZE });
  plant.data();
  await plant.caughtUp();

  const counts = await requestsPerSecond(storm);
  plant.data();
  await storm.settled();

  assertBounded(plant, counts);
  assert.deepEqual(standing(second.hub.tree), { good: SIZE });
  await assertOver(storm);
}

/** `startedAt`: milliseconds after the first one. */
function hostAt(t: TestContext, url: string, dataDir: string, startedAt: number) {
  const time = new SimulatedTime();
  const events = new Inbox<HostEvent>();
  const host = new HostOverMqtt({
    hostId: "scada",
    clientId: "scada",
    server: url,
    connector: mqttJs(mqtt),
    clock: time.clock({ ms: startedAt }),
    random: seeded(7),
    mqttVersion: "5",
    keepAliveSeconds: 30,
    legacyState: "off",
    dataDir,
    reorderTimeoutMs: 2000,
    certificates: false,
    log: SILENT_LOG,
    tell: events.push,
  });
  t.after(() => host.stop());
  host.start();
  const heard = async (mark: number): Promise<void> => {
    await events.find((event) => event.event === "host state" && event.timestamp === mark);
  };
  const online = events.find(({ event }) => event === "online");
  return { host, time, heard, online };
}

/** The same host again, after the first one heard all births and stopped. */
async function restartedHost(t: TestContext, sameDataDir: boolean) {
  const { url } = await mosquittoServer(t);
  const dataDir = tempDir(t);
  const plant = new BridgedPlant(SIZE);
  await plant.connect(t, url);
  const first = hostAt(t, url, dataDir, 0);
  await first.online;
  plant.birth();
  await first.heard(plant.mark());
  assert.deepEqual(standing(first.host.tree), { good: SIZE });
  await first.host.stop();
  plant.data();
  const second = hostAt(t, url, sameDataDir ? dataDir : tempDir(t), 60_000);
  await second.online;
  const settled = async (): Promise<void> => {
    await plant.caughtUp((topic, payload) =>
      second.host.publish({ topic, payload, qos: 0, retain: false }),
    );
    await second.heard(plant.mark());
  };
  return { plant, second, settled, time: second.time };
}

describe(
  "a hub that is started again below 500 edge nodes that live on",
  { timeout: 180_000 },
  () => {
    it("asks nobody when its snapshot is there and no message was missed", async (t) => {
      const { plant, time, settled, second } = await restartedHub(t, () => undefined);

      plant.data();
      await settled();
      time.run(60_000);
      await settled();

      assert.deepEqual(plant.asked, []);
      assert.deepEqual(standing(second.hub.tree), { good: SIZE });
    });

    it("asks each once, within its budget, when messages were missed", async (t) => {
      await weathers(await restartedHub(t, (_dataDir, plant) => plant.data()));
    });

    it("does so without a snapshot, too, and shows the last births meanwhile", async (t) => {
      await weathers(
        await restartedHub(t, (dataDir) => rmSync(join(dataDir, "tree.snapshot"), { force: true })),
      );
    });
  },
);

describe(
  "a host at Mosquitto that is started again below 500 edge nodes that live on",
  { skip: SKIP_WITHOUT_MOSQUITTO_SERVER, timeout: 180_000 },
  () => {
    it("asks each of those that its snapshot knows, once, within its budget", async (t) => {
      const storm = await restartedHost(t, true);
      const { plant, second } = storm;
      const known = standing(second.host.tree);

      const counts = await requestsPerSecond(storm);

      assert.deepEqual(known, { "last-known": SIZE });
      assertBounded(plant, counts);
      assert.deepEqual(standing(second.host.tree), { good: SIZE });
      await assertOver(storm);
    });

    it("asks each of those that speak, once, within its budget, when it knows nobody", async (t) => {
      const storm = await restartedHost(t, false);
      const { plant, second } = storm;
      const known = standing(second.host.tree);

      plant.data();
      await second.heard(plant.mark());
      const counts = await requestsPerSecond(storm);

      assert.deepEqual(known, { "not there": SIZE });
      assertBounded(plant, counts);
      assert.deepEqual(standing(second.host.tree), { good: SIZE });
      await assertOver(storm);
    });
  },
);
