/** A store that is damaged, taken, or from the future, as the operator meets it: at the start of the hub. */
import assert from "node:assert/strict";
import { readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, it, type TestContext } from "node:test";
import { BrokerLives } from "../../../support/broker-lives.ts";
import type { TestBroker } from "../../../support/mqtt-broker.ts";
import { RawClient } from "../../../support/mqtt-raw-client.ts";
import { seeded } from "../../../support/seeded.ts";

const MESSAGES = 300;

function fileOf({ folder }: BrokerLives): string {
  return join(folder, "broker.db");
}

/** A stopped hub with a session that has a long queue, and with a retained message. */
async function fill(t: TestContext): Promise<BrokerLives> {
  const lives = new BrokerLives(t);
  const hub = await lives.start();
  const client = await RawClient.connected(hub.port, { clean: false });
  await client.subscribe("a", 1);
  client.vanish();
  await hub.disconnected.next();
  const payload = Buffer.alloc(1000, "intact ");
  for (let count = 0; count < MESSAGES; count += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await hub.broker.publish({ topic: "a", payload, qos: 1, retain: false });
  }
  await hub.broker.publish({ topic: "r", payload, qos: 1, retain: true });
  await lives.stop(hub);
  // Not a clean stop: the next start looks at everything.
  const database = new DatabaseSync(fileOf(lives));
  database.exec("UPDATE meta SET clean = 0");
  database.close();
  return lives;
}

function reports(hub: TestBroker): readonly string[] {
  return hub.log.all
    .filter(({ level }) => level === "error")
    .map(({ message, fields }) => `${message}: ${String(fields["damage"])}`);
}

/** Whether a client can connect, subscribe, publish and receive. */
async function serves(hub: TestBroker): Promise<boolean> {
  await using client = await RawClient.connected(hub.port, { clientId: "another", clean: false });
  await client.subscribe("b", 1);
  await hub.broker.publish({ topic: "b", payload: Buffer.from("x"), qos: 1, retain: false });
  return (await client.take("publish")).topic === "b";
}

describe("a broker whose file is damaged", { timeout: 180_000 }, () => {
  it("says what is lost when a stored message has other bytes now, and delivers the others", async (t) => {
    const lives = await fill(t);
    const bytes = readFileSync(fileOf(lives));
    const at = bytes.lastIndexOf("intact intact");
    bytes[at] = 0;
    writeFileSync(fileOf(lives), bytes);

    const hub = await lives.start();

    assert.match(reports(hub).join(), /damaged: .*lost/);
    assert.equal(await serves(hub), true);
    const left = hub.broker.counters.queued + hub.broker.counters.retained;
    assert.ok(left >= MESSAGES, `${left} left`);
  });

  for (const [kind, damage] of [
    ["cut off in the middle", (file: string, size: number) => truncateSync(file, size >> 1)],
    ["garbage", (file: string, size: number) => writeFileSync(file, Buffer.alloc(size, 0xa5))],
    ["empty", (file: string) => writeFileSync(file, "")],
  ] as const) {
    it(`starts, says so and serves when it is ${kind}`, async (t) => {
      const lives = await fill(t);
      damage(fileOf(lives), readFileSync(fileOf(lives)).length);

      const hub = await lives.start();

      assert.match(reports(hub).join(), /was damaged .*it is kept as .*Saved from it/);
      assert.equal(await serves(hub), true);
    });
  }

  it("starts, and says what is lost, wherever bits have flipped", async (t) => {
    const random = seeded(4);
    const lives = await fill(t);
    const intact = readFileSync(fileOf(lives));
    for (let round = 0; round < 6; round += 1) {
      const bytes = Buffer.from(intact);
      for (let flips = 0; flips < 1 + round * 15; flips += 1) {
        const at = 100 + Math.floor(random() * (bytes.length - 100)); // the head says whose file it is
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8));
      }
      const other = new BrokerLives(t);
      writeFileSync(fileOf(other), bytes);
      // oxlint-disable-next-line no-await-in-loop
      const damaged = await other.start();
      // oxlint-disable-next-line no-await-in-loop
      assert.equal(await serves(damaged), true, `round ${round}`);
      // oxlint-disable-next-line no-await-in-loop
      await damaged.broker.stop();
    }
  });
});

describe("a file that is not for this broker", { timeout: 180_000 }, () => {
  it("is refused when another hub has it, with a sentence that says what to do", async (t) => {
    const lives = new BrokerLives(t);
    await lives.start();

    await assert.rejects(lives.start(), {
      code: "STORE_IN_USE",
      message: /in use by another hub; stop that one/,
    });
  });

  it("is refused and not touched when a newer hub wrote it", async (t) => {
    const lives = await fill(t);
    const database = new DatabaseSync(fileOf(lives));
    database.exec("PRAGMA user_version = 99");
    database.close();
    const before = readFileSync(fileOf(lives));

    await assert.rejects(lives.start(), { code: "STORE_NEWER", message: /newer hub/ });

    assert.deepEqual(readFileSync(fileOf(lives)), before);
  });
});
