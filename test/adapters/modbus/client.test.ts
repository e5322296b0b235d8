/** Servers that lie, over real sockets: a value may be missing, it is never wrong. */
import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { describe, it } from "node:test";
import {
  ModbusClient,
  type Answer,
  type DroppedReplies,
} from "../../../adapters/modbus/src/client.ts";
import { ModbusError } from "../../../adapters/modbus/src/errors.ts";
import { readRequest } from "../../../adapters/modbus/src/pdu.ts";
import { connectSocket } from "../../../adapters/modbus/src/socket.ts";
import { StillClock } from "../../support/modbus-clock.ts";
import {
  frame,
  openHostileServer,
  registersPdu,
  type SeenRequest,
} from "../../support/modbus-hostile-server.ts";

const TIMEOUT_MS = 1000;
const UNIT = 1;
const RIGHT = 0x0101;
const WRONG = 0x0bad;
const READ = readRequest("hr", 0, 2);
const rightAnswer = (request: SeenRequest): Uint8Array =>
  frame(request.transactionId, request.unit, registersPdu(request, RIGHT));

/** A client of a server that does `onRequest`; `requests` are those that it saw. */
async function openBench(onRequest: (request: SeenRequest, count: number) => void) {
  const requests: SeenRequest[] = [];
  const arrivals = new EventEmitter();
  const server = await openHostileServer((request) => {
    requests.push(request);
    onRequest(request, requests.length);
    arrivals.emit("request");
  });
  const clock = new StillClock();
  const dropped = { late: 0, foreign: 0, wrongUnit: 0, mismatched: 0 };
  const socket = await connectSocket(
    { host: "127.0.0.1", port: server.port },
    new AbortController().signal,
  );
  const options = { name: "plc:502", timeoutMs: TIMEOUT_MS, clock, now: () => 42, dropped };
  const client = new ModbusClient(socket, options);
  return {
    client,
    clock,
    dropped,
    requests,
    /** Resolves when the server has seen `count` requests. */
    seen: async (count: number) => {
      while (requests.length < count) await once(arrivals, "request");
    },
    [Symbol.asyncDispose]: async () => {
      client.close(new ModbusError("STOPPED", "test over"));
      await client.closed;
      await server[Symbol.asyncDispose]();
    },
  };
}

async function codeOf(answer: Promise<Answer>): Promise<string> {
  return answer.then(
    ({ kind }) => kind,
    (error: unknown) => (error instanceof ModbusError ? error.code : String(error)),
  );
}

function wordsOf(answer: Answer): string {
  return answer.kind === "data" ? Buffer.from(answer.bytes).toString("hex") : answer.kind;
}

describe("a Modbus client", () => {
  it("gives the answer and when it was here", async () => {
    await using bench = await openBench((request) => request.socket.write(rightAnswer(request)));

    const answer = await bench.client.request(UNIT, READ);

    assert.equal(wordsOf(answer), "01010101");
    assert.equal(answer.at, 42);
  });

  it("takes an exception for an answer", async () => {
    await using bench = await openBench(({ transactionId, socket }) =>
      socket.write(frame(transactionId, UNIT, [0x83, 2])),
    );

    assert.deepEqual(await bench.client.request(UNIT, READ), {
      kind: "exception",
      code: 2,
      at: 42,
    });
  });

  it("reads an answer that comes byte by byte", async () => {
    await using bench = await openBench((request) => {
      for (const byte of rightAnswer(request)) request.socket.write(Uint8Array.of(byte));
    });

    assert.equal(wordsOf(await bench.client.request(UNIT, READ)), "01010101");
  });

  it("has one request on the wire, and lets a write wait only for that one", async () => {
    const inOrder: number[] = [];
    await using bench = await openBench((request) => {
      inOrder.push(request.pdu[2] ?? 0);
      request.socket.write(rightAnswer(request));
    });
    const { client } = bench;

    await Promise.all([
      client.request(UNIT, readRequest("hr", 1, 1)),
      client.request(UNIT, readRequest("hr", 2, 1)),
      client.request(UNIT, readRequest("hr", 3, 1)),
      client.request(UNIT, readRequest("hr", 4, 1), "write"),
    ]);

    assert.deepEqual(inOrder, [1, 4, 2, 3]);
  });

  /** What a server says before the right answer; each must be dropped and counted, none may be taken. */
  const lies: readonly (readonly [
    string,
    keyof DroppedReplies,
    (request: SeenRequest) => Uint8Array,
  ])[] = [
    [
      "a foreign transaction id",
      "foreign",
      (r) => frame(r.transactionId + 7, UNIT, registersPdu(r, WRONG)),
    ],
    [
      "the id of the request before",
      "foreign",
      (r) => frame(r.transactionId - 1, UNIT, registersPdu(r, WRONG)),
    ],
    ["another unit", "wrongUnit", (r) => frame(r.transactionId, 2, registersPdu(r, WRONG))],
    [
      "another function",
      "mismatched",
      (r) => frame(r.transactionId, UNIT, [4, 4, 11, 173, 11, 173]),
    ],
    [
      "an exception of another function",
      "mismatched",
      (r) => frame(r.transactionId, UNIT, [0x84, 2]),
    ],
    [
      "a byte count that is too small",
      "mismatched",
      (r) => frame(r.transactionId, UNIT, [3, 2, 11, 173]),
    ],
    [
      "a byte count that is too large",
      "mismatched",
      (r) => frame(r.transactionId, UNIT, [3, 6, 11, 173, 11, 173, 0, 0]),
    ],
    [
      "a byte count that is not that of the frame",
      "mismatched",
      (r) => frame(r.transactionId, UNIT, [3, 4, 11, 173]),
    ],
    ["the echo of a write", "mismatched", (r) => frame(r.transactionId, UNIT, [6, 0, 0, 0, 2])],
  ];
  for (const [name, counter, lie] of lies) {
    it(`drops ${name} and waits for the right answer`, async () => {
      await using bench = await openBench((request) => {
        request.socket.write(lie(request));
        request.socket.write(rightAnswer(request));
      });

      assert.equal(wordsOf(await bench.client.request(UNIT, READ)), "01010101");
      assert.equal(bench.dropped[counter], 1);
    });

    it(`takes no answer at all rather than ${name}`, async () => {
      await using bench = await openBench((request) => request.socket.write(lie(request)));
      const answer = codeOf(bench.client.request(UNIT, READ));
      while (bench.dropped[counter] === 0) await new Promise((resolve) => setImmediate(resolve));

      await bench.clock.pass(TIMEOUT_MS);

      assert.equal(await answer, "TIMEOUT");
    });
  }

  it("drops the second of two answers", async () => {
    await using bench = await openBench((request, count) => {
      const twice =
        count === 1 ? frame(request.transactionId, UNIT, registersPdu(request, WRONG)) : "";
      request.socket.write(rightAnswer(request));
      request.socket.write(twice);
    });

    await bench.client.request(UNIT, READ);

    assert.equal(wordsOf(await bench.client.request(UNIT, READ)), "01010101");
    assert.equal(bench.dropped.foreign, 1);
  });

  it("drops an answer that comes after its time-out, and counts it as late", async () => {
    await using bench = await openBench((request, count) => {
      if (count === 1) return;
      const [first] = bench.requests;
      if (first !== undefined)
        request.socket.write(frame(first.transactionId, UNIT, registersPdu(first, WRONG)));
      request.socket.write(rightAnswer(request));
    });
    const first = codeOf(bench.client.request(UNIT, READ));
    await bench.seen(1);
    await bench.clock.pass(TIMEOUT_MS);

    const second = await bench.client.request(UNIT, READ);

    assert.equal(await first, "TIMEOUT");
    assert.equal(wordsOf(second), "01010101");
    assert.equal(bench.dropped.late, 1);
  });

  it("uses no transaction id of which a late answer may still come, through the wrap at 65 536", async () => {
    const ids: number[] = [];
    await using bench = await openBench((request, count) => {
      ids.push(request.transactionId);
      if (count > 1) request.socket.write(rightAnswer(request));
    });
    const silent = codeOf(bench.client.request(UNIT, READ));
    await bench.seen(1);
    await bench.clock.pass(TIMEOUT_MS);
    await silent;

    while (ids.length < 65_540) {
      await Promise.all(Array.from({ length: 64 }, () => bench.client.request(UNIT, READ)));
    }

    assert.equal(ids.filter((id) => id === ids[0]).length, 1);
  });

  const streams: readonly (readonly [string, string])[] = [
    ["a length of 65535", "\0\u0001\0\0\u00ff\u00ff\u0001\u0003"],
    ["a length of 0", "\0\u0001\0\0\0\0"],
    ["an HTTP banner", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  ];
  for (const [name, stream] of streams) {
    it(`closes the connection at once after ${name}`, async () => {
      await using bench = await openBench(({ socket }) =>
        socket.write(Buffer.from(stream, "latin1")),
      );
      const waiting = codeOf(bench.client.request(UNIT, READ));
      const queued = codeOf(bench.client.request(UNIT, READ));

      const cause = await bench.client.closed;

      assert.equal(cause.code, "NOT_MODBUS");
      assert.match(
        cause.message,
        /the peer at plc:502 does not speak Modbus\/TCP \(.*got [0-9a-f ]+/,
      );
      assert.equal(await waiting, "NOT_MODBUS");
      assert.equal(await queued, "LINK_DOWN");
    });
  }

  const endings: readonly (readonly [string, (request: SeenRequest) => void])[] = [
    ["FIN", ({ socket }) => socket.end()],
    ["RST", ({ socket }) => socket.resetAndDestroy()],
    [
      "half an answer and FIN",
      (request) => request.socket.end(rightAnswer(request).subarray(0, 9)),
    ],
  ];
  for (const [name, end] of endings) {
    it(`rejects everything at once after ${name}`, async () => {
      await using bench = await openBench(end);
      const waiting = codeOf(bench.client.request(UNIT, READ));
      const queued = codeOf(bench.client.request(UNIT, READ));

      assert.equal(await waiting, "LINK_LOST");
      assert.equal(await queued, "LINK_DOWN");
      assert.equal(await codeOf(bench.client.request(UNIT, READ)), "LINK_DOWN");
    });
  }

  it("times out when the server accepts and says nothing, and asks the next", async () => {
    await using bench = await openBench((request, count) => {
      if (count > 1) request.socket.write(rightAnswer(request));
    });
    const silent = codeOf(bench.client.request(UNIT, READ));
    const next = bench.client.request(UNIT, READ);
    await bench.seen(1);

    await bench.clock.pass(TIMEOUT_MS);

    assert.equal(await silent, "TIMEOUT");
    assert.equal(wordsOf(await next), "01010101");
  });

  it("refuses more than a hundred waiting writes", async () => {
    await using bench = await openBench(() => undefined);
    const writes = Array.from({ length: 102 }, () =>
      codeOf(bench.client.request(UNIT, READ, "write")),
    );

    assert.equal(await writes[101], "QUEUE_FULL");
    bench.client.close(new ModbusError("STOPPED", "enough"));
    assert.deepEqual(new Set(await Promise.all(writes.slice(1, 101))), new Set(["LINK_DOWN"]));
  });
});
