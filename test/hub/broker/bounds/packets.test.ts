/** How large packets may be, how long they may take, and what those that never end may cost. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { generate } from "mqtt-packet";
import { BrokerApart, MIB } from "../../../support/broker-apart.ts";
import { ManualClock } from "../../../support/manual-clock.ts";
import { startTestBroker } from "../../../support/mqtt-broker.ts";
import { connectFrame, Hostile, Neighbours } from "../../../support/mqtt-hostile.ts";
import {
  openSocket,
  publishPacket,
  RawClient,
  subscribePacket,
} from "../../../support/mqtt-raw-client.ts";

const KIB = 1024;
/** The header of a PUBLISH of 4 000 000 bytes. */
const LARGE_HEADER = Buffer.from("308092f401", "hex");

describe("the size of a packet", { timeout: 180_000 }, () => {
  it("is at most 16 KB for CONNECT, and such a one is taken", async () => {
    await using hub = await startTestBroker();
    const room = 16 * 1024 - connectWithPassword(0).length - 1; // its length has a byte more
    await using client = await RawClient.open(hub.port);
    client.sendBytes(connectWithPassword(room));
    assert.equal((await client.take("connack")).returnCode, 0);

    await using tooLarge = await RawClient.open(hub.port);
    tooLarge.sendBytes(connectWithPassword(room + 1));

    await tooLarge.closed;
    assert.equal(hub.broker.counters.malformed, 1);
  });

  it("is limited more narrowly for packets that are not PUBLISH", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    client.sendBytes(Buffer.from("8280808001", "hex")); // SUBSCRIBE of 2 MiB, of which only the header comes

    assert.equal((await client.take("disconnect")).reasonCode, 0x95);
  });

  it("is of no use to fill memory: a header that promises 256 MB ends the connection", async () => {
    await using hub = await startTestBroker();
    await using client = await RawClient.connected(hub.port, { protocolVersion: 5 });

    client.sendBytes(Buffer.from("30ffffff7f", "hex"));

    assert.equal((await client.take("disconnect")).reasonCode, 0x95);
  });
});

describe("a packet that comes in pieces", { timeout: 180_000 }, () => {
  it("is a packet: CONNECT, SUBSCRIBE and PUBLISH byte by byte", async () => {
    await using hub = await startTestBroker();
    const socket = await openSocket(hub.port);
    await using client = new RawClient(socket);
    const packets = [
      client.connectPacket(),
      subscribePacket("a"),
      publishPacket("a", "x".repeat(200)),
    ];

    for (const byte of Buffer.concat(packets.map((packet) => generate(packet)))) {
      await new Promise((resolve) => {
        socket.write(Uint8Array.of(byte), resolve);
      });
    }

    await client.take("connack");
    await client.take("suback");
    assert.equal(String((await client.take("publish")).payload), "x".repeat(200));
  });

  it("takes room only while there is some: the oldest unfinished one goes, with a reason", async () => {
    await using hub = await startTestBroker({ limits: { maxUnfinishedBytes: 4_500_000 } });
    const open = (clientId: string): Promise<RawClient> =>
      RawClient.connected(hub.port, { clientId, protocolVersion: 5 });
    await using oldest = await open("oldest");
    oldest.sendBytes(Buffer.concat([LARGE_HEADER, Buffer.alloc(1_500_000)]));
    await using witness = await open("witness");
    await witness.ping();
    await using second = await open("second");

    second.sendBytes(Buffer.concat([LARGE_HEADER, Buffer.alloc(3_900_000)]));

    assert.equal((await oldest.take("disconnect")).reasonCode, 0x97);
    assert.equal(hub.broker.counters.ended.get(0x97), 1);
    await witness.ping();
  });

  it("of many clients at once stays within one bound, and others are served", async () => {
    await using apart = await BrokerApart.start({ maxUnfinishedBytes: 16 * MIB });
    await using neighbours = await Neighbours.at(apart.port);
    const before = await apart.figures();
    const unfinished = Buffer.concat([LARGE_HEADER, Buffer.alloc(3_900_000)]);

    await using clients = new AsyncDisposableStack();
    for (let count = 0; count < 12; count += 1) {
      const client = clients.use(await Hostile.connected(apart.port, `h${count}`));
      await client.send(unfinished);
      await neighbours.roundTrips(1);
    }

    const { bytes, counters } = await apart.figures();
    assert.ok(bytes - before.bytes < 32 * MIB, `${(bytes - before.bytes) / MIB} MiB`);
    assert.ok((counters.ended.get(0x97) ?? 0) > 0);
  });
});

describe("a CONNECT that is being decided", { timeout: 180_000 }, () => {
  it("does not let its client send on without end", async () => {
    const decision = Promise.withResolvers<{ allow: true }>();
    await using hub = await startTestBroker({
      mayConnect: ({ clientId }) => (clientId === "waits" ? decision.promise : { allow: true }),
    });
    await using client = await Hostile.open(hub.port);
    client.socket.write(connectFrame("waits", 4));
    const before = hub.broker.counters.bytesReceived;

    const sent = client.send(Buffer.concat(Array.from({ length: 64 }, () => Buffer.alloc(MIB))));
    await using other = await RawClient.connected(hub.port);
    for (let pings = 0; pings < 200; pings += 1) await other.ping();

    assert.ok(hub.broker.counters.bytesReceived - before < MIB);
    client.socket.destroy();
    decision.resolve({ allow: true });
    await sent;
  });

  it("is followed by what came meanwhile, in order, also in a thousand pieces", async () => {
    const decision = Promise.withResolvers<{ allow: true }>();
    await using hub = await startTestBroker({ mayConnect: () => decision.promise });
    const socket = await openSocket(hub.port);
    await using client = new RawClient(socket);

    socket.write(connectFrame("waits", 4));
    for (let count = 1; count <= 1000; count += 1) {
      await new Promise((resolve) => {
        socket.write(generate({ cmd: "pubrel", messageId: count }), resolve);
      });
    }
    decision.resolve({ allow: true });

    await client.take("connack");
    for (let count = 1; count <= 1000; count += 1)
      assert.equal((await client.take("pubcomp")).messageId, count);
  });
});

describe("sockets that say nothing", { timeout: 300_000 }, () => {
  it("are closed in time, cost little, and leave room for others", async () => {
    const count = Number(process.env["UNSHUB_SILENT_SOCKETS"] ?? 2000);
    const clock = new ManualClock();
    await using hub = await startTestBroker({ clock, limits: { maxConnections: 50_000 } });
    await using neighbours = await Neighbours.at(hub.port);

    const silent: Hostile[] = [];
    while (silent.length < count) {
      silent.push(await halfOpen(hub.port, silent.length));
      // the system forgets connections without a word when too many wait to be accepted
      while (hub.broker.counters.connections < silent.length - 200) await neighbours.roundTrips(1);
    }
    while (hub.broker.counters.connections < count + 2) await neighbours.roundTrips(1);
    clock.pass(4900);
    await neighbours.roundTrips(10);
    assert.equal(hub.broker.counters.connections, count + 2);
    clock.pass(600);

    for (const client of silent) client.drain();
    await Promise.all(silent.map(({ closed }) => closed));
    assert.equal(hub.broker.counters.connections, 2);
    assert.equal(hub.broker.counters.turnedAway, count);
    await neighbours.roundTrips(10);
  });

  it("take a bounded amount of memory, 10 000 of them, while others are served", async () => {
    const count = 10_000;
    await using apart = await BrokerApart.start({
      maxConnections: 50_000,
      connectWithinMs: 1e6,
      connectsPerSecond: 1e6,
    });
    await using neighbours = await Neighbours.at(apart.port);
    const before = await apart.figures();

    const silent: Hostile[] = [];
    while (silent.length < count) {
      silent.push(await halfOpen(apart.port, silent.length));
      // the system forgets connections without a word when too many wait to be accepted
      if (silent.length % 100 === 0) await neighbours.roundTrips(1);
    }
    let now = await apart.figures();
    while (now.counters.connections < count + 2) now = await apart.figures();

    assert.ok(now.bytes - before.bytes < count * 10 * KIB, `${now.bytes - before.bytes} bytes`);
    assert.ok(now.rss - before.rss < count * 30 * KIB, `${now.rss - before.rss} bytes of memory`);
    await neighbours.roundTrips(10);
    for (const { socket } of silent) socket.destroy();
  });
});

/** Every second one sends the first byte of a CONNECT. */
async function halfOpen(port: number, index: number): Promise<Hostile> {
  const client = await Hostile.open(port);
  if (index % 2 === 0) client.socket.write(Buffer.from("10", "hex"));
  return client;
}

function connectWithPassword(passwordBytes: number): Buffer {
  const password = Buffer.alloc(passwordBytes, 1);
  const packet = { cmd: "connect", clientId: "c", clean: true, username: "u", password } as const;
  return generate({ ...packet, protocolId: "MQTT", protocolVersion: 4, keepalive: 0 });
}
