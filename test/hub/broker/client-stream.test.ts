import assert from "node:assert/strict";
import { once } from "node:events";
import { type Duplex, duplexPair } from "node:stream";
import { describe, it } from "node:test";
import { generate } from "mqtt-packet";
import { ClientStream } from "../../../hub/src/broker/client-stream.ts";
import { publishPacket } from "../../support/mqtt-raw-client.ts";

const CONNECT = generate({ cmd: "connect", clientId: "c", clean: true });
const PUBLISH = generate(publishPacket("a", "x"));

describe("the stream of a client", { timeout: 10_000 }, () => {
  it("gives all that has come as one piece (A22)", async () => {
    const { stream, client } = makeStream();
    for (const byte of CONNECT) client.write(Buffer.of(byte));

    while (stream.readableLength < CONNECT.length) await nextTurn();

    assert.deepEqual(stream.read(), CONNECT);
    stream.destroy();
  });

  it("holds back what follows CONNECT until it is released (S1)", async () => {
    const { stream, client } = makeStream();
    client.write(Buffer.concat([CONNECT, PUBLISH]));
    await once(stream, "readable");
    assert.deepEqual(stream.read(), CONNECT);

    client.write(PUBLISH);
    stream.release();

    const got: Buffer[] = [];
    while (Buffer.concat(got).length < 2 * PUBLISH.length) {
      await once(stream, "readable");
      got.push(stream.read() ?? Buffer.alloc(0));
    }
    assert.deepEqual(Buffer.concat(got), Buffer.concat([PUBLISH, PUBLISH]));
    stream.destroy();
  });

  it("sends what was written in one turn as one piece", async () => {
    const { stream, client } = makeStream();

    for (const word of ["one ", "two ", "three"]) stream.write(word);
    const [piece] = await once(client, "data");

    assert.equal(String(piece), "one two three");
    stream.destroy();
  });

  it("counts what the other side has not taken", async () => {
    const { stream, client } = makeStream();
    client.pause();

    stream.write(Buffer.alloc(1_000_000));
    assert.equal(stream.outgoingBytes, 1_000_000);
    client.resume();
    while (stream.outgoingBytes > 0) await nextTurn();

    assert.equal(stream.outgoingBytes, 0);
    stream.destroy();
  });

  it("sends the last bytes before it closes", async () => {
    const { stream, client } = makeStream();
    const got: Buffer[] = [];
    client.on("data", (chunk: Buffer) => got.push(chunk));

    stream.write("farewell");
    stream.destroy();
    await once(client, "end");

    assert.equal(String(Buffer.concat(got)), "farewell");
  });
});

function makeStream(): { stream: ClientStream; client: Duplex } {
  const [client, server] = duplexPair();
  const stream = new ClientStream(server, {
    maxPacketBytes: 1000,
    connectWithinMs: 5000,
    stalledAfterMs: 5000,
    onViolation: ({ because }) => assert.fail(because),
    onTimeout: (because) => assert.fail(because),
  });
  return { stream, client };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
