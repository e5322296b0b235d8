/** The life of an edge node as the page reads it: a strip of its last messages, and what goes into a ticket. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { nodeEvidence, parseLife, stripOf } from "../../uns-browser/lib/node-life.ts";

const event = (kind: string, message: number): object => ({
  kind,
  at: 5,
  what: "x",
  message,
  count: 1,
});

describe("the strip of a node's messages", () => {
  it("shows the last ones, what happened with each, and the worst of it", () => {
    const life = parseLife({
      messages: 200,
      events: [
        event("birth", 1),
        event("birth", 73),
        event("gap", 74),
        event("birth", 74),
        event("death", 200),
      ],
    });
    assert.ok(life !== null);

    const cells = stripOf(life);

    assert.deepEqual(
      [cells.length, cells[0], cells[1], cells[2], cells[127]],
      [128, "birth", "trouble", "fine", "death"],
    );
  });

  it("is empty where there were fewer, and leaves out what a newer hub tells", () => {
    const life = parseLife({ messages: 2, events: [event("eclipse", 1)] });
    assert.ok(life !== null);

    const cells = stripOf(life);

    assert.deepEqual([cells[125], cells[126], cells[127]], ["none", "fine", "fine"]);
    assert.equal(parseLife({ messages: 2 }), null);
  });
});

describe("the evidence about a node", () => {
  it("has life, births and messages of the node and each device, and says what could not be asked", async () => {
    const asked: string[] = [];
    const send = async (url: string) => {
      asked.push(url);
      const isThere = url.startsWith("/api/v1/nodes/");
      return {
        ok: isThere,
        status: isThere ? 200 : 404,
        json: async () => ({ detail: "nothing there" }),
      };
    };

    const text = await nodeEvidence(send, "g/e", {
      devices: ["d 1"],
      node: { fine: 3 },
      build: "b",
    });

    assert.ok(asked.includes("/api/ns/raw?topic=spBv1.0%2Fg%2FDDATA%2Fe%2Fd%201"));
    assert.ok(asked.includes("/api/ns/births?group=g&edgeNode=e&device=d%201"));
    assert.match(text, /"missing": "Nothing there."/);
    assert.match(text, /"edgeNode": "g\/e"/);
  });
});
