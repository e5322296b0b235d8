import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, Socket } from "node:net";
import { describe, it } from "node:test";
import { generate } from "mqtt-packet";
import { readingShared } from "../../../hub/src/broker/bare-socket.ts";
import { createTcpListener } from "../../../hub/src/broker/tcp-listener.ts";
import { startTestBroker } from "../../support/mqtt-broker.ts";
import { Inbox } from "../../support/mqtt-inbox.ts";
import { openSocket, publishPacket, RawClient } from "../../support/mqtt-raw-client.ts";

const MEGABYTE = 1_000_000;

describe("a socket that reads into the shared buffer", { timeout: 180_000 }, () => {
  it("shares it with the others", async () => {
    await using server = await startServer();
    const one = await server.connect();
    const other = await server.connect();

    one.client.write("one");
    const first = await nextPiece(one.socket);
    other.client.write("other");
    const second = await nextPiece(other.socket);

    assert.equal(first.text, "one");
    assert.equal(second.text, "other");
    assert.equal(first.memory, second.memory);
  });

  it("tells nothing before it is resumed, and while it is paused", async () => {
    await using server = await startServer();
    const { client, socket } = await server.connect();
    const pieces: string[] = [];
    socket.on("data", (piece: Buffer) => pieces.push(piece.toString()));

    client.write("early");
    await written(client, "still early");
    await turns();
    const before = [...pieces];
    socket.resume();
    await once(socket, "data");
    socket.pause();
    pieces.length = 0;
    await written(client, "late");
    await turns();

    assert.deepEqual(before, []);
    assert.deepEqual(pieces, []);
    socket.resume();
    await once(socket, "data");
    assert.match(pieces.join(""), /late$/);
  });

  it("ends when the client ends, and closes", async () => {
    await using server = await startServer();
    const { client, socket } = await server.connect();
    socket.resume();

    client.end();
    await once(socket, "end");
    await once(socket, "close");

    assert.ok(socket.destroyed);
  });

  it("is the socket itself when Node keeps its handle elsewhere", () => {
    const socket = new Socket(); // has none yet

    assert.equal(readingShared(socket), socket);
    assert.equal(socket.destroyed, false);
  });

  it("is waited for when its listener closes", async () => {
    const accepted = new Inbox<unknown>();
    const listener = createTcpListener({
      maxPacketBytes: 1000,
      handshakeWithinMs: 1000,
      arrived: (_socket, enter) => enter(),
      accepted: accepted.push,
      handshakeFailed: nothing,
      malformed: nothing,
      failed: nothing,
    });
    listener.server.listen(0, "127.0.0.1");
    await once(listener.server, "listening");
    const client = await openSocket(portOf(listener.server.address()));
    await accepted.next();

    const closed = listener.close();
    await once(listener.server, "close");
    const first = await Promise.race([closed, turns().then(() => "it waits")]);
    client.destroy();
    await closed;

    assert.equal(first, "it waits");
  });
});

describe("messages that come in pieces", { timeout: 180_000 }, () => {
  it("are those of their senders, though all are read into one buffer", async () => {
    await using hub = await startTestBroker();
    await using reader = await RawClient.connected(hub.port, { clientId: "reader" });
    await reader.subscribe("from/+", 1);
    const senders = await Promise.all(
      ["a", "b", "c"].map((clientId) => RawClient.connected(hub.port, { clientId })),
    );
    const frames = ["a", "b", "c"].map((name) =>
      generate(publishPacket(`from/${name}`, name.repeat(300), { qos: 1 })),
    );

    const cuts = [0, 1, 3, 60, 200, 1000];
    for (const [index, start] of cuts.entries()) {
      for (const [which, sender] of senders.entries()) {
        const frame = frames[which] ?? Buffer.alloc(0);
        sender.sendBytes(frame.subarray(start, cuts[index + 1] ?? frame.length));
        await turns();
      }
    }
    for (const sender of senders) await sender.take("puback");

    const got = [
      await reader.take("publish"),
      await reader.take("publish"),
      await reader.take("publish"),
    ];
    const texts = got.map(({ topic, payload }) => `${topic} ${payload.toString()}`);
    assert.deepEqual(
      texts.toSorted(),
      ["a", "b", "c"].map((name) => `from/${name} ${name.repeat(300)}`),
    );
    await Promise.all(senders.map((sender) => sender[Symbol.asyncDispose]()));
  });
});

describe("bytes that the socket did not take at once", { timeout: 180_000 }, () => {
  it("come in order, and before DISCONNECT when the server ends the connection", async () => {
    await using hub = await startTestBroker({ limits: { outgoingSoftBytes: 100 * MEGABYTE } });
    await using reader = await RawClient.connected(hub.port, {
      clientId: "reader",
      protocolVersion: 5,
    });
    await reader.subscribe("a");
    await using publisher = await RawClient.connected(hub.port, { clientId: "publisher" });
    reader.pauseReading();

    for (let count = 0; count < 8; count += 1) {
      publisher.send(publishPacket("a", Buffer.alloc(MEGABYTE, count)));
      await publisher.ping();
    }
    hub.broker.kick("reader", { because: "enough" });
    reader.resumeReading();

    for (let count = 0; count < 8; count += 1) {
      const { payload } = await reader.take("publish");
      assert.ok(Buffer.alloc(MEGABYTE, count).equals(Buffer.from(payload)), `message ${count}`);
    }
    assert.equal((await reader.take("disconnect")).properties?.reasonString, "enough");
  });

  it("leave nothing behind when the client vanishes", async () => {
    await using hub = await startTestBroker({ limits: { outgoingSoftBytes: 100 * MEGABYTE } });
    await using reader = await RawClient.connected(hub.port, { clientId: "reader" });
    await reader.subscribe("a");
    await using publisher = await RawClient.connected(hub.port, { clientId: "publisher" });
    reader.pauseReading();
    for (let count = 0; count < 12; count += 1) {
      publisher.send(publishPacket("a", Buffer.alloc(MEGABYTE)));
      await publisher.ping();
    }

    reader.vanish();
    await hub.disconnected.next();

    await publisher.ping();
    assert.equal(hub.broker.counters.connections, 1);
  });
});

/** A bare server whose sockets read into the shared buffer. */
async function startServer() {
  const accepted = new Inbox<Socket>();
  const server = createServer({ pauseOnConnect: true }, (socket) =>
    accepted.push(readingShared(socket)),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clients: Socket[] = [];
  return {
    connect: async () => {
      const client = await openSocket(portOf(server.address()));
      clients.push(client);
      return { client, socket: await accepted.next() };
    },
    [Symbol.asyncDispose]: async () => {
      for (const client of clients) client.destroy();
      for (const socket of accepted.all) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function nothing(): void {}

function portOf(address: AddressInfo | string | null): number {
  return address !== null && typeof address === "object" ? address.port : 0;
}

/** The text must be taken while the piece is told. */
function nextPiece(socket: Socket): Promise<{ readonly text: string; readonly memory: unknown }> {
  return new Promise((resolve) => {
    socket.once("data", (piece: Buffer) =>
      resolve({ text: piece.toString(), memory: piece.buffer }),
    );
    socket.resume();
  });
}

function written(client: Socket, text: string): Promise<void> {
  return new Promise((resolve) => {
    client.write(text, () => resolve());
  });
}

/** Some turns of the event loop, in which what was sent on loopback would be read. */
async function turns(): Promise<void> {
  for (let count = 0; count < 5; count += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
