/** Calls in parts: how many are under way at once, and what comes of those that a server refuses. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ChunkSize, inChunks } from "../../../adapters/opcua/src/chunks.ts";

const ITEMS = Array.from({ length: 1_000 }, (_, index) => index);
const WITHIN_MS = 60_000;

/** A server that answers when it is told to, takes `most` at once, and doubles numbers. */
class Asked {
  readonly parts: number[][] = [];
  #underWay = 0;
  most = Number.POSITIVE_INFINITY;
  mostUnderWay = 0;

  readonly call = async (part: readonly number[]): Promise<readonly number[]> => {
    this.parts.push([...part]);
    this.#underWay += 1;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.#underWay);
    await new Promise(setImmediate);
    this.#underWay -= 1;
    if (part.length > this.most) throw new Error("BadTooManyOperations");
    return part.map((each) => each * 2);
  };
}

const doubled = ITEMS.map((each) => each * 2);

describe("calls in parts", () => {
  it("ask for the next part while the server works at this one, after a first answer", async () => {
    const server = new Asked();

    const answers = await inChunks(ITEMS, new ChunkSize(200), {
      what: "Read",
      withinMs: WITHIN_MS,
      isAhead: true,
      call: server.call,
    });

    assert.deepEqual(answers, doubled);
    assert.equal(server.mostUnderWay, 2);
    assert.deepEqual(server.parts[0], ITEMS.slice(0, 100));
    assert.equal(server.parts.flat().length, ITEMS.length, "nothing is asked for twice");
  });

  it("wait for each answer where a call changes something", async () => {
    const server = new Asked();

    const answers = await inChunks(ITEMS, new ChunkSize(200), {
      what: "CreateMonitoredItems",
      withinMs: WITHIN_MS,
      call: server.call,
    });

    assert.deepEqual(answers, doubled);
    assert.equal(server.mostUnderWay, 1);
  });

  for (const most of [1, 7, 150]) {
    it(`come to ${most} at once where a server takes no more, in order and complete`, async () => {
      const server = new Asked();
      server.most = most;
      const chunk = new ChunkSize();

      const how = { what: "Read", withinMs: WITHIN_MS, isAhead: true, call: server.call };
      const answers = await inChunks(ITEMS, chunk, how);

      assert.deepEqual(answers, doubled);
      assert.ok(chunk.size <= most && chunk.size > most / 2 - 1, String(chunk.size));
    });
  }

  it("fail with the cause when a part ahead fails, and leave no rejection behind", async () => {
    const server = new Asked();

    const reading = inChunks(ITEMS, new ChunkSize(), {
      what: "Read",
      withinMs: WITHIN_MS,
      isAhead: true,
      call: async (part: readonly number[]) => {
        const answers = await server.call(part);
        if (part.includes(450)) throw new Error("BadInternalError");
        return answers;
      },
    });

    await assert.rejects(reading, /Read: BadInternalError/);
  });

  it("come to an end where one value fits into no message, and give all others", async () => {
    const server = new Asked();
    const tooLarge = 450;

    const answers = await inChunks(ITEMS, new ChunkSize(), {
      what: "Read",
      withinMs: WITHIN_MS,
      isAhead: true,
      call: async (part: readonly number[]) => {
        const found = await server.call(part);
        if (part.includes(tooLarge)) throw new Error("BadResponseTooLarge");
        return found;
      },
      tooLarge: () => -1,
    });

    assert.deepEqual(answers, doubled.with(tooLarge, -1));
  });

  it("say when a server answers with too few", async () => {
    const how = {
      what: "Read",
      withinMs: WITHIN_MS,
      isAhead: true,
      call: (part: readonly number[]) => Promise.resolve(part.slice(1)),
    };

    await assert.rejects(inChunks(ITEMS, new ChunkSize(), how), /Read: 99 answers for 100/);
  });
});
