/** Clients that send as fast as they can, each in another way: memory stays bounded, and others are served meanwhile. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { generate } from "mqtt-packet";
import { WebSocket } from "ws";
import { BrokerApart, MIB } from "../../../support/broker-apart.ts";
import {
  Flood,
  Hostile,
  Neighbours,
  publishFrame,
  repeated,
} from "../../../support/mqtt-hostile.ts";
import { RawClient, subscribePacket } from "../../../support/mqtt-raw-client.ts";

const PINGS = repeated(30_000, () => Buffer.from("c000", "hex"));

interface Attack {
  readonly what: string;
  readonly version?: 4 | 5;
  readonly reads: boolean;
  readonly mayGrowMib: number;
  /** Makes what is sent next. */
  readonly next: () => () => Uint8Array;
}

const ATTACKS: readonly Attack[] = [
  {
    what: "messages that nobody wants, at line rate",
    reads: true,
    mayGrowMib: 40,
    next: () => {
      const frames = repeated(1000, () => publishFrame("flood", "x".repeat(100), 4));
      return () => frames;
    },
  },
  {
    what: "messages to a million different topics, each of 900 bytes",
    version: 5,
    reads: true,
    mayGrowMib: 120,
    next: () => {
      let count = 0;
      return () => repeated(200, () => publishFrame(`${(count += 1)}/${"x".repeat(900)}`, "", 5));
    },
  },
  {
    what: "messages to a million different topics, as deep as they may be",
    reads: true,
    mayGrowMib: 120,
    next: () => {
      let count = 0;
      return () => repeated(200, () => publishFrame(`${(count += 1)}${"/a".repeat(31)}`, "", 4));
    },
  },
  {
    what: "topic aliases that each stand for a new topic",
    version: 5,
    reads: true,
    mayGrowMib: 60,
    next: () => {
      let count = 0;
      return () => repeated(200, () => aliasedFrame((count += 1)));
    },
  },
  { what: "PINGREQ, and reads nothing", reads: false, mayGrowMib: 40, next: () => () => PINGS },
  {
    what: "SUBSCRIBE and UNSUBSCRIBE in turns",
    reads: true,
    mayGrowMib: 40,
    next: () => {
      const unsubscribe = { cmd: "unsubscribe", messageId: 2, unsubscriptions: ["c/#"] } as const;
      const pair = Buffer.concat([
        generate(subscribePacket("c/#")),
        generate({ ...unsubscribe, unsubscriptions: ["c/#"] }),
      ]);
      const frames = repeated(500, () => pair);
      return () => frames;
    },
  },
  {
    what: "SUBSCRIBE of a hundred filters that never match, and reads nothing",
    version: 5,
    reads: false,
    mayGrowMib: 40,
    next: () => {
      let count = 0;
      return () => generate(neverMatching((count += 1)), { protocolVersion: 5 });
    },
  },
];

describe("a client that sends without end", { timeout: 300_000 }, () => {
  for (const { what, version = 4, reads, mayGrowMib, next } of ATTACKS) {
    it(`costs a bounded amount of memory, and others are served meanwhile: ${what}`, async () => {
      await using apart = await BrokerApart.start();
      await using neighbours = await Neighbours.at(apart.port);
      await using client = await Hostile.connected(apart.port, "hostile", version);
      if (reads) client.drain();
      await neighbours.roundTrips(20);
      const before = await apart.figures();

      const flood = new Flood(client, next());
      for (let part = 0; part < 3; part += 1) {
        await neighbours.roundTrips(10);
        const { bytes } = await apart.figures();
        const grown = (bytes - before.bytes) / MIB;
        assert.ok(grown < mayGrowMib, `${grown.toFixed(0)} MiB more`);
      }
      await flood.stop();

      const { errors, counters } = await apart.figures();
      assert.ok(flood.sentBytes > 100_000, `${flood.sentBytes} bytes sent`);
      assert.deepEqual(errors, []);
      assert.equal(counters.faults, 0);
    });
  }

  it("over WebSocket cannot fill memory with answers to pings that it does not read", async () => {
    await using apart = await BrokerApart.start();
    await using neighbours = await Neighbours.at(apart.port);
    const socket = new WebSocket(`ws://127.0.0.1:${apart.wsPort}`, "mqtt");
    await new Promise((resolve) => {
      socket.once("open", resolve);
    });
    const before = await apart.figures();
    socket.pause();

    for (let count = 0; count < 200_000; count += 1) {
      socket.ping("x".repeat(100));
      if (count % 1000 === 0) await neighbours.roundTrips(1);
    }

    const { bytes } = await apart.figures();
    assert.ok(bytes - before.bytes < 30 * MIB, `${(bytes - before.bytes) / MIB} MiB more`);
    socket.terminate();
  });

  it("over WebSocket cannot fill memory with a first message that never ends", async () => {
    await using apart = await BrokerApart.start();
    await using neighbours = await Neighbours.at(apart.port);
    const socket = new WebSocket(`ws://127.0.0.1:${apart.wsPort}`, "mqtt");
    await new Promise((resolve) => {
      socket.once("open", resolve);
    });
    const closed = new Promise((resolve) => {
      socket.once("close", resolve);
    });
    socket.on("error", () => {});

    for (let count = 0; count < 40; count += 1) socket.send(Buffer.alloc(10_000), { fin: false });

    await closed;
    await neighbours.roundTrips(1);
    assert.equal((await apart.figures()).counters.malformed, 1);
  });
});

describe("overlapping wildcard subscriptions", { timeout: 300_000 }, () => {
  it("of many clients, hundreds each, neither stop the hub nor fill it", async () => {
    await using apart = await BrokerApart.start();
    await using neighbours = await Neighbours.at(apart.port);
    const before = await apart.figures();

    await using clients = new AsyncDisposableStack();
    for (let count = 0; count < 20; count += 1) {
      const clientId = `wide${count}`;
      const client = clients.use(
        await RawClient.connected(apart.port, { clientId, protocolVersion: 5 }),
      );
      for (let part = 0; part < 4; part += 1) {
        client.send(wideSubscriptions(part, count));
        await client.take("suback");
      }
    }
    const publisher = clients.use(await Hostile.connected(apart.port, "wide-publisher"));
    publisher.drain();
    let topics = 0;
    const deep = (): Buffer =>
      repeated(50, () => publishFrame(`${"a/".repeat(13)}${(topics += 1)}`, "", 4));
    const flood = new Flood(publisher, deep);
    await neighbours.roundTrips(20);
    await flood.stop();

    const { bytes, errors, counters } = await apart.figures();
    assert.equal(counters.subscriptions, 20 * 400 + 1);
    assert.ok(bytes - before.bytes < 150 * MIB, `${(bytes - before.bytes) / MIB} MiB more`);
    assert.deepEqual(errors, []);
  });
});

function aliasedFrame(count: number): Buffer {
  const properties = { topicAlias: 1 + (count % 100) };
  const packet = { cmd: "publish", payload: "", qos: 0, dup: false, retain: false } as const;
  return generate({ ...packet, topic: `alias/${count}`, properties }, { protocolVersion: 5 });
}

function neverMatching(count: number): ReturnType<typeof subscribePacket> {
  const filter = (index: number): string => `${count}/${"+/".repeat(28)}${index}`;
  return subscribePacket(...Array.from({ length: 100 }, (_, index) => filter(index)));
}

/** A hundred filters of thirteen levels, `a` or `+` in each, and `#`. */
function wideSubscriptions(part: number, client: number): ReturnType<typeof subscribePacket> {
  const filters = Array.from({ length: 100 }, (_, index) => {
    const bits = part * 2000 + index * 20 + client;
    const levels = Array.from({ length: 13 }, (__, level) => ((bits >> level) % 2 ? "+" : "a"));
    return `${levels.join("/")}/#`;
  });
  const packet = subscribePacket(...filters);
  return { ...packet, properties: { subscriptionIdentifier: 1 + part } };
}
