/**
 * Random, damaged and cut off packets, in all versions, before and after CONNECT. 100 000 of them in every run;
 * `UNSHUB_FUZZ_FRAMES=1000000 UNSHUB_FUZZ_SEED=2 node --test test/hub/broker/fuzz.test.ts` sends others, and more.
 */
import assert from "node:assert/strict";
import { type Duplex, duplexPair } from "node:stream";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { totalOf } from "../../../hub/src/broker/counters.ts";
import { MIB } from "../../support/broker-apart.ts";
import { startTestBroker, type TestBroker } from "../../support/mqtt-broker.ts";
import {
  anyFrame,
  below,
  connectFrame,
  damaged,
  pick,
  type Random,
} from "../../support/mqtt-fuzz.ts";
import { seeded } from "../../support/seeded.ts";
import { RawClient } from "../../support/mqtt-raw-client.ts";

const FRAMES = Number(process.env["UNSHUB_FUZZ_FRAMES"] ?? 100_000);
const SEED = Number(process.env["UNSHUB_FUZZ_SEED"] ?? 1);
/** Clients at the same time, so that they meet each other's subscriptions and Wills. */
const CLIENTS = 20;

describe("random and damaged packets", { timeout: 180_000 + FRAMES }, () => {
  it("neither end the process, nor disturb another client, nor leave anything behind", async (t) => {
    const random = seeded(SEED);
    await using hub = await startTestBroker({
      limits: { maxPacketBytes: 100_000 },
      watcherOf: () => undefined,
    });
    await using witness = await RawClient.connected(hub.port, { clientId: "witness" });
    let frames = await fuzz(hub, random, 5000); // what is made once is made
    await endAll(hub, witness);
    const before = heapBytes();

    while (frames < FRAMES) {
      frames += await fuzz(hub, random, Math.min(20_000, FRAMES - frames));
      await witness.ping();
    }
    await endAll(hub, witness);

    const { counters, log } = { counters: hub.broker.counters, log: hub.log };
    t.diagnostic(
      `${frames} packets; ${counters.malformed} connections ended for one, ${totalOf(counters.received)} messages passed`,
    );
    assert.deepEqual(
      log.all.filter(({ level }) => level === "error"),
      [],
    );
    assert.equal(counters.faults, 0);
    assert.ok(counters.malformed > FRAMES / 50);
    assert.ok(totalOf(counters.received) > FRAMES / 50);
    const { connections, sessions, subscriptions, sharedGroups, queued } = counters;
    assert.deepEqual(
      { connections, sessions, subscriptions, sharedGroups, queued },
      { connections: 1, sessions: 1, subscriptions: 0, sharedGroups: 0, queued: 0 },
    );
    hub.log.all.length = 0;
    hub.connected.all.length = 0;
    hub.disconnected.all.length = 0;
    const grown = heapBytes() - before;
    assert.ok(grown < 20 * MIB, `${grown / MIB} MiB more`);
  });
});

/** Sends about `count` frames from some clients; answers how many it were. */
async function fuzz(hub: TestBroker, random: Random, count: number): Promise<number> {
  let frames = 0;
  const open: Duplex[] = [];
  while (frames < count) {
    const stream = connected(hub);
    open.push(stream);
    const sent = session(random);
    frames += sent.length;
    writeInPieces(stream, Buffer.concat(sent), random);
    if (open.length < CLIENTS) continue;
    await turn();
    const leaving = open.splice(below(open.length, random), 1)[0];
    if (random() < 0.5) leaving?.end();
    await turn();
    leaving?.destroy();
  }
  for (const stream of open) stream.destroy();
  return frames;
}

function connected(hub: TestBroker): Duplex {
  const [ours, theirs] = duplexPair();
  ours.on("error", () => {});
  ours.resume();
  hub.broker.attach(theirs);
  return ours;
}

/** Some sound packets, then some that are not. A few begin with these. */
function session(random: Random): Buffer[] {
  const version = pick([3, 4, 5, 5] as const, random);
  const connect = connectFrame(random, version);
  if (random() < 0.2) return [damaged(connect, random), anyFrame(random, version)];
  const sound = Array.from({ length: below(6, random) }, () => anyFrame(random, version));
  const bad = Array.from({ length: below(4, random) }, () =>
    damaged(anyFrame(random, version), random),
  );
  return [connect, ...sound, ...bad];
}

function writeInPieces(stream: Duplex, bytes: Buffer, random: Random): void {
  let rest = bytes;
  while (rest.length > 0 && random() < 0.3) {
    const at = below(rest.length, random);
    stream.write(rest.subarray(0, at));
    rest = rest.subarray(at);
  }
  if (rest.length > 0) stream.write(rest);
}

/** Ends all sessions but that of the witness, and sees to it that the hub still answers. */
async function endAll({ broker }: TestBroker, witness: RawClient): Promise<void> {
  for (const { clientId } of broker.sessions())
    if (clientId !== "witness") broker.kick(clientId, { endSession: true });
  while (broker.counters.connections > 1) await witness.ping();
  await witness.ping();
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("gc");
  if (typeof collect === "function") collect();
  return process.memoryUsage().heapUsed;
}
