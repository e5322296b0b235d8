import assert from "node:assert/strict";
import { duplexPair } from "node:stream";
import { describe, it } from "node:test";
import { generate, type Packet } from "mqtt-packet";
import { totalOf } from "../../../hub/src/broker/counters.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { seeded } from "../../support/mqtt-random.ts";
import { publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

const ROUNDS = 1500;
const FRAMES_A_ROUND = 12;
const FILTERS = ["a", "a/#", "+/b", "#", "__proto__", "constructor", "$share/g/a", "$SYS/#", ""];

describe("random and damaged packets", { timeout: 60_000 }, () => {
  for (const version of [4, 5] as const) {
    it(`neither end the process nor disturb another client, MQTT ${version}`, async (t) => {
      const random = seeded(version);
      await using hub = await startTestBroker({ limits: { maxPacketBytes: 100_000 } });
      await using witness = await RawClient.connected(hub.port, { clientId: "witness" });

      for (let round = 0; round < ROUNDS; round += 1) {
        const [ours, theirs] = duplexPair();
        hub.broker.attach(theirs);
        ours.on("error", () => {});
        ours.resume();
        ours.write(session(random, version));
        if (random() < 0.1) ours.destroy();
        await witness.ping();
        if (random() < 0.5) ours.destroy();
        else ours.end();
      }
      await witness.ping();

      const { malformed, received } = hub.broker.counters;
      t.diagnostic(
        `${malformed} of ${ROUNDS} connections were ended, ${totalOf(received)} messages passed`,
      );
      assert.ok(malformed > 100);
      assert.ok(totalOf(received) > 100);
      assert.deepEqual(
        hub.log.all.filter(({ level }) => level === "error"),
        [],
      );
    });
  }
});

/** CONNECT and some packets, some of them with bytes changed, missing or too many. */
function session(random: () => number, version: 4 | 5): Buffer {
  const frames = [connectFrame(random, version)];
  for (let count = 0; count < FRAMES_A_ROUND; count += 1) {
    const frame = generate(anyPacket(random), { protocolVersion: version });
    frames.push(random() < 0.15 ? damaged(frame, random) : frame);
  }
  return Buffer.concat(frames);
}

function connectFrame(random: () => number, protocolVersion: 4 | 5): Buffer {
  const clientId = pick(
    ["x", "y", "__proto__", "constructor", `c${Math.floor(random() * 50)}`],
    random,
  );
  const clean = random() < 0.7;
  const will = { topic: "will", payload: Buffer.from("w"), qos: anyQos(random), retain: false };
  const frame = generate(
    { cmd: "connect", clientId, protocolVersion, clean, ...(random() < 0.5 && { will }) },
    { protocolVersion },
  );
  return random() < 0.05 ? damaged(frame, random) : frame;
}

function anyPacket(random: () => number): Packet {
  const messageId = 1 + Math.floor(random() * 5);
  const filters = [pick(FILTERS, random), pick(FILTERS, random)].slice(random() < 0.5 ? 0 : 1);
  const kinds: readonly (() => Packet)[] = [
    () =>
      publishPacket(pick(["a", "a/b", "x/b", "__proto__"], random), "payload", {
        qos: anyQos(random),
        messageId,
      }),
    () => publishPacket("a", "", { retain: true }),
    () => ({
      cmd: "subscribe",
      messageId,
      subscriptions: filters.map((topic) => ({ topic, qos: anyQos(random) })),
    }),
    () => ({ cmd: "unsubscribe", messageId, unsubscriptions: filters }),
    () => ({ cmd: "pubrel", messageId }),
    () => ({ cmd: "puback", messageId }),
    () => ({ cmd: "pubrec", messageId }),
    () => ({ cmd: "pubcomp", messageId }),
    () => ({ cmd: "pingreq" }),
  ];
  return (kinds[Math.floor(random() * kinds.length)] ?? (() => ({ cmd: "pingreq" as const })))();
}

function damaged(frame: Buffer, random: () => number): Buffer {
  const copy = Buffer.from(frame);
  const how = random();
  if (how < 0.6) copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  else if (how < 0.8) return copy.subarray(0, Math.floor(random() * copy.length));
  else return Buffer.concat([copy, Buffer.of(Math.floor(random() * 256))]);
  return copy;
}

function anyQos(random: () => number): 0 | 1 | 2 {
  return pick([0, 1, 2] as const, random);
}

function pick<T>(values: readonly [T, ...T[]] | readonly T[], random: () => number): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}
