import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { setImmediate as turnOver } from "node:timers/promises";
import { Outbox, OutboxTurn } from "../../../hub/src/broker/outbox.ts";
import { BufferPool } from "../../../hub/src/broker/wire/buffer-pool.ts";
import { portOf } from "../../support/modbus-port.ts";

const LITTLE = 100;
const BYTES = Buffer.from("four");

describe("what waits for clients", { timeout: 180_000 }, () => {
  it("leaves at once when a client has said little for a few", async () => {
    await using sockets = await openSockets(2);
    const turn = new OutboxTurn(new BufferPool());
    const outboxes = sockets.all.map((socket) => new Outbox(socket, turn));

    turn.readBegins();
    for (const outbox of outboxes) outbox.appendPacket(BYTES);
    const before = sockets.written();
    turn.readEnds(LITTLE, 1000);

    assert.deepEqual(before, [0, 0]);
    assert.deepEqual(sockets.written(), [4, 4]);
  });

  it("leaves at the end of the turn when it came among much", async () => {
    await using sockets = await openSockets(1);
    const turn = new OutboxTurn(new BufferPool());
    const outboxes = sockets.all.map((socket) => new Outbox(socket, turn));

    turn.readBegins();
    for (const outbox of outboxes) outbox.appendPacket(BYTES);
    turn.readEnds(10_000, 1000);
    const before = sockets.written();
    await turnOver();

    assert.deepEqual(before, [0]);
    assert.deepEqual(sockets.written(), [4]);
  });

  it("leaves at the end of the turn when it is for many", async () => {
    await using sockets = await openSockets(9);
    const turn = new OutboxTurn(new BufferPool());
    const outboxes = sockets.all.map((socket) => new Outbox(socket, turn));

    turn.readBegins();
    for (const outbox of outboxes) outbox.appendPacket(BYTES);
    turn.readEnds(LITTLE, 1000);
    const before = sockets.written();
    await turnOver();

    assert.deepEqual(new Set(before), new Set([0]));
    assert.deepEqual(new Set(sockets.written()), new Set([4]));
  });

  it("leaves together for a client that gets more within the same millisecond", async () => {
    await using sockets = await openSockets(1);
    const turn = new OutboxTurn(new BufferPool());
    const outboxes = sockets.all.map((socket) => new Outbox(socket, turn));
    const read = (now: number): void => {
      turn.readBegins();
      for (const outbox of outboxes) outbox.appendPacket(BYTES);
      turn.readEnds(LITTLE, now);
    };

    read(1000);
    read(1000.4);
    read(1000.8);
    const before = sockets.written();
    await turnOver();
    const after = sockets.written();
    read(1001.1);

    assert.deepEqual(before, [4]);
    assert.deepEqual(after, [12]);
    assert.deepEqual(sockets.written(), [16]);
  });

  it("never leaves at once for a client in this process, which might answer in the same call", async () => {
    const stream = new PassThrough();
    const turn = new OutboxTurn(new BufferPool());
    const outbox = new Outbox(stream, turn);

    turn.readBegins();
    outbox.appendPacket(BYTES);
    turn.readEnds(LITTLE, 1000);
    const before = stream.readableLength;
    await turnOver();

    assert.equal(before, 0);
    assert.equal(stream.readableLength, 4);
  });

  it("leaves at the end of the turn when no client has sent it", async () => {
    await using sockets = await openSockets(1);
    const turn = new OutboxTurn(new BufferPool());
    const outboxes = sockets.all.map((socket) => new Outbox(socket, turn));

    for (const outbox of outboxes) outbox.appendPacket(BYTES);
    const before = sockets.written();
    await turnOver();

    assert.deepEqual(before, [0]);
    assert.deepEqual(sockets.written(), [4]);
  });
});

interface Sockets extends AsyncDisposable {
  readonly all: readonly Socket[];
  /** What was given to the system for each. */
  written(): readonly number[];
}

async function openSockets(count: number): Promise<Sockets> {
  const server = createServer((socket) => socket.resume());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const to = { host: "127.0.0.1", port: portOf(server) };
  const all = Array.from({ length: count }, () => connect(to));
  await Promise.all(all.map((socket) => once(socket, "connect")));
  return {
    all,
    written: () => all.map(({ bytesWritten }) => bytesWritten),
    [Symbol.asyncDispose]: async () => {
      for (const socket of all) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
