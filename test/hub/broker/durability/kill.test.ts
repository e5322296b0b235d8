/**
 * P1, P3, P4: a broker is killed again and again under load. What it acknowledged arrives, in order, QoS 2 once.
 * `UNSHUB_KILL_ROUNDS` sets how often it is killed; ten times without it.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { type BrokerProcess, startBrokerProcess } from "../../../support/broker-process.ts";
import { DurablePublisher } from "../../../support/durable-publisher.ts";
import { DurableSubscriber } from "../../../support/durable-subscriber.ts";
import { DurableLink } from "../../../support/durable-link.ts";
import { seeded } from "../../../support/seeded.ts";

const ROUNDS = Number(process.env["UNSHUB_KILL_ROUNDS"] ?? 10);
const SEED = Number(process.env["UNSHUB_KILL_SEED"] ?? Math.floor(Math.random() * 1e9));
/** Acknowledgements after which the broker is killed, at most. */
const MOST_ACKNOWLEDGED = 3000;

function subscriberOf(name: string, version: 4 | 5, qos: 1 | 2): DurableSubscriber {
  return new DurableSubscriber({ name, version, qos, filter: "plant/+", identifier: 77 });
}

class Plant {
  readonly publishers: readonly DurablePublisher[];
  readonly online: readonly DurableSubscriber[];
  readonly offline: readonly DurableSubscriber[];
  /** Hears the Wills. */
  readonly mourner: DurableSubscriber;
  readonly dead: string[] = [];
  #left = Number.POSITIVE_INFINITY;
  #onEnough: () => void = () => {};

  constructor() {
    const acknowledged = (): void => {
      this.#left -= 1;
      if (this.#left === 0) this.#onEnough();
    };
    this.publishers = [1, 50, 100].flatMap((window) =>
      ([1, 2] as const).map((qos) => {
        const version = window === 50 ? 4 : 5;
        const name = `publisher-${qos}-${window}`;
        return new DurablePublisher({ name, version, qos, window, acknowledged });
      }),
    );
    this.online = [subscriberOf("online-1", 5, 1), subscriberOf("online-2", 4, 2)];
    this.offline = [subscriberOf("offline-1", 4, 1), subscriberOf("offline-2", 5, 2)];
    this.mourner = new DurableSubscriber({
      name: "mourner",
      version: 5,
      qos: 2,
      filter: "death/+",
    });
  }

  get subscribers(): readonly DurableSubscriber[] {
    return [...this.online, ...this.offline];
  }

  /** Resolves after so many acknowledgements. */
  async enough(count: number): Promise<void> {
    this.#left = count;
    await new Promise<void>((resolve) => {
      this.#onEnough = resolve;
    });
  }

  /** A client that does not come back, with and without a session. */
  async connectDoomed(port: number, round: number): Promise<void> {
    const name = `doomed-${round}`;
    const will = {
      topic: `death/${name}`,
      payload: Buffer.from("1"),
      qos: 2,
      retain: false,
    } as const;
    const clean = round % 2 === 0;
    await DurableLink.open(port, { version: 4, clientId: name, clean, will }, () => {});
    this.dead.push(name);
  }
}

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "unshub-kill-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function killUnderLoad(
  hub: BrokerProcess,
  plant: Plant,
  round: number,
  random: () => number,
): Promise<void> {
  const isReading = round % 4 === 3;
  await Promise.all([...plant.online, plant.mourner].map((one) => one.connect(hub.port)));
  if (round === 0 || isReading)
    await Promise.all(plant.offline.map((one) => one.connect(hub.port)));
  if (!isReading) await Promise.all(plant.offline.map((one) => one.vanish()));
  await plant.connectDoomed(hub.port, round);
  await Promise.all(plant.publishers.map((one) => one.connect(hub.port)));
  const enough = plant.enough(1 + Math.floor(random() * MOST_ACKNOWLEDGED));
  for (const publisher of plant.publishers) publisher.publish();
  await enough;
  await hub.kill();
  await Promise.all(plant.publishers.map((one) => one.lost()));
  await Promise.all([...plant.subscribers, plant.mourner].map((one) => one.vanish()));
}

async function collect(hub: BrokerProcess, plant: Plant): Promise<void> {
  const { subscribers, publishers, mourner } = plant;
  await Promise.all([...subscribers, mourner, ...publishers].map((one) => one.connect(hub.port)));
  await Promise.all(publishers.map((one) => one.finish()));
  for (const subscriber of subscribers) {
    for (const { topic, sent } of publishers)
      await subscriber.until(
        () => subscriber.got.get(topic)?.some(({ count }) => count === sent) === true,
      );
  }
  await mourner.until(() => mourner.got.size === plant.dead.length);
}

/** One subscriber, one publisher: nothing missing, in order, no message twice that may not be. */
function check(subscriber: DurableSubscriber, publisher: DurablePublisher): void {
  const got = subscriber.got.get(publisher.topic) ?? [];
  const qos = Math.min(subscriber.qos, publisher.qos);
  const where = `${publisher.topic} at ${subscriber.name}`;
  const connections = new Map<number, Set<number>>();
  let last = 0;
  for (const { count, connection, ...how } of got) {
    assert.equal(how.qos, qos, where);
    const before = connections.get(count);
    if (before === undefined) {
      assert.ok(count > last, `${where}: ${count} after ${last}`);
      last = count;
      connections.set(count, new Set([connection]));
      continue;
    }
    assert.ok(qos < 2, `${where}: ${count} came twice with QoS 2`);
    const isRepeated = publisher.repeated.has(count) || !before.has(connection);
    assert.ok(isRepeated, `${where}: ${count} came twice on one connection`);
    before.add(connection);
  }
  const missing = [...publisher.acknowledged].filter((count) => !connections.has(count));
  assert.deepEqual(missing, [], `${where}: acknowledged and missing`);
  assert.ok(subscriber.name.endsWith("-1") || qos === publisher.qos);
}

describe("a broker that is killed under load", { timeout: 180_000 + ROUNDS * 20_000 }, () => {
  for (const durability of ["power", "process"] as const) {
    it(`loses nothing that it acknowledged (durability ${durability}, seed ${SEED})`, async (t) => {
      const folder = newFolder(t);
      const random = seeded(SEED);
      const plant = new Plant();
      const start = async (): Promise<BrokerProcess> => {
        const hub = await startBrokerProcess({ folder, durability, limits: { willGraceMs: 0 } });
        t.after(() => hub.kill());
        return hub;
      };

      for (let round = 0; round < Math.ceil(ROUNDS / 2); round += 1) {
        // oxlint-disable-next-line no-await-in-loop -- one life after the other
        await killUnderLoad(await start(), plant, round, random);
      }
      const hub = await start();
      await collect(hub, plant);

      for (const subscriber of plant.subscribers) {
        for (const publisher of plant.publishers) check(subscriber, publisher);
      }
      const counts = plant.dead.map((name) => plant.mourner.got.get(`death/${name}`)?.length);
      assert.deepEqual(
        counts,
        plant.dead.map(() => 1),
      );
      const acknowledged = plant.publishers.reduce((sum, one) => sum + one.acknowledged.size, 0);
      t.diagnostic(`${acknowledged} acknowledged messages, killed ${plant.dead.length} times`);
    });
  }
});
