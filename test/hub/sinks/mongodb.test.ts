/** The MongoDB sink and a server that stands in: it speaks the wire protocol and remembers what it is told. */
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import { BSON, type Document } from "mongodb";
import type { Ending } from "../../support/hub.ts";
import { edgeNodeClient, everyKind, startSinkHub, wantedKeys } from "../../support/sink-hub.ts";

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HELLO = {
  ok: 1,
  isWritablePrimary: true,
  ismaster: true,
  helloOk: true,
  maxBsonObjectSize: 16_777_216,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  minWireVersion: 0,
  maxWireVersion: 21,
};

/** Commands as they came; documents of a sequence stand under its name. */
async function standIn(t: Ending) {
  const asked: Document[] = [];
  const server = createServer((socket) => serve(socket, asked));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  t.after(() => server.close());
  const address = server.address();
  return { asked, port: typeof address === "object" ? (address?.port ?? 0) : 0 };
}

function serve(socket: Socket, asked: Document[]): void {
  let bytes = Buffer.alloc(0);
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 4 && bytes.length >= bytes.readInt32LE(0)) {
      const length = bytes.readInt32LE(0);
      answer(socket, bytes.subarray(0, length), asked);
      bytes = bytes.subarray(length);
    }
  });
}

function answer(socket: Socket, message: Buffer, asked: Document[]): void {
  const id = message.readInt32LE(4);
  const isQuery = message.readInt32LE(12) === OP_QUERY;
  if (isQuery) return void socket.write(packet(id, OP_REPLY, Buffer.alloc(20), HELLO));
  const command = commandOf(message);
  asked.push(command);
  const updates: unknown = command["updates"];
  const n = Array.isArray(updates) ? updates.length : 0;
  const reply = "hello" in command || "ismaster" in command ? HELLO : { ok: 1, n, nModified: 0 };
  socket.write(packet(id, OP_MSG, Buffer.alloc(5), reply)); // flags, and a section of kind 0
}

function packet(to: number, code: number, head: Buffer, document: Document): Buffer {
  if (code === OP_REPLY) head.writeInt32LE(1, 16);
  const body = Buffer.concat([head, BSON.serialize(document)]);
  const start = Buffer.alloc(16);
  start.writeInt32LE(16 + body.length, 0);
  start.writeInt32LE(to, 8);
  start.writeInt32LE(code, 12);
  return Buffer.concat([start, body]);
}

function commandOf(message: Buffer): Document {
  const command: Document = {};
  for (let at = 20; at < message.length;) {
    const kind = message[at];
    const size = message.readInt32LE(at + 1);
    const section = message.subarray(at + 1, at + 1 + size);
    if (kind === 0) Object.assign(command, BSON.deserialize(section, { useBigInt64: true }));
    else Object.assign(command, sequenceOf(section));
    at += 1 + size;
  }
  return command;
}

function sequenceOf(section: Buffer): Document {
  const end = section.indexOf(0, 4);
  const name = section.toString("utf8", 4, end);
  const documents: Document[] = [];
  for (let at = end + 1; at < section.length; at += section.readInt32LE(at)) {
    const size = section.readInt32LE(at);
    documents.push(BSON.deserialize(section.subarray(at, at + size), { useBigInt64: true }));
  }
  return { [name]: documents };
}

describe("the MongoDB sink", { timeout: 180_000 }, () => {
  it("makes a unique index, and replaces documents by path and time", async (t) => {
    const server = await standIn(t);
    const hub = await startSinkHub(t, [
      `{ name: mongo, type: mongodb, url: "mongodb://127.0.0.1:${server.port}/?directConnection=true", every: 50ms, retryAfter: 50ms }`,
    ]);
    const node = await edgeNodeClient(t, hub.mqttPort);
    const time = Date.now() - 5000;
    await node.born(time, everyKind(time));

    const rows = await hub.untilWritten("mongo");

    const index = server.asked.find((command) => "createIndexes" in command);
    assert.partialDeepStrictEqual(index?.["indexes"], [
      { key: { "m.path": 1, ts: 1 }, unique: true },
    ]);
    const updates = server.asked.flatMap((command) =>
      command["update"] === "uns_value" ? command["updates"] : [],
    );
    const keys = new Set(updates.map(({ q }) => `${q["m.path"]} ${Number(q.ts)}`));
    assert.deepEqual(keys, wantedKeys(rows));
    assert.ok(updates.every(({ upsert, multi }) => upsert === true && multi !== true));
    const of = (name: string) => updates.find(({ u }) => u.m.metric === name)?.u;
    assert.partialDeepStrictEqual(of("Hydraulics/Pressure"), {
      m: { path: "Plant1/gw/press/Hydraulics/Pressure", unit: "bar", type: "Double" },
      v: 101.5,
      q: 192,
    });
    assert.equal(of("Total")?.v, -9_007_199_254_740_993n);
    assert.deepEqual([of("Curve")?.v, of("Nothing")?.v], [[1, -2, 3], null]);
  });
});
