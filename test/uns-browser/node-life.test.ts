/** The life of an edge node as the page reads it: a strip of its last messages, and what goes into a ticket. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  birthAfter,
  nodeEvidence,
  parseLife,
  stripOf,
  stripRuns,
} from "../../uns-browser/lib/node-life.ts";

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
      heard: 300,
      messages: 4,
      events: [
        event("birth", 1),
        event("birth", 45),
        event("gap", 46),
        event("birth", 46),
        event("reset", 50),
        event("rebirth", 60),
        event("death", 300),
      ],
    });
    assert.ok(life !== null);

    const cells = stripOf(life);

    assert.deepEqual(
      [cells.length, cells[0], cells[1], cells[2], cells[5], cells[255]],
      [256, "birth", "trouble", "fine", "fine", "death"],
    );
    assert.deepEqual(stripRuns(cells), [
      { kind: "birth", from: 0, length: 1 },
      { kind: "trouble", from: 1, length: 1 },
      { kind: "fine", from: 2, length: 253 },
      { kind: "death", from: 255, length: 1 },
    ]);
  });

  it("is empty where there were fewer, and leaves out what a newer hub tells", () => {
    const life = parseLife({ heard: 2, events: [event("eclipse", 1)] });
    assert.ok(life !== null);

    const cells = stripOf(life);

    assert.deepEqual([cells[253], cells[254], cells[255]], ["none", "fine", "fine"]);
    assert.equal(parseLife({ heard: 2 }), null);
  });
});

describe("a node that was asked for its births", () => {
  it("answered with the first birth of its own after that, not with one of a device", () => {
    const birth = { ...event("birth", 1), at: 5 };
    const life = parseLife({
      events: [birth, { ...birth, at: 11, device: "d" }, { ...birth, at: 12 }],
    });
    assert.ok(life !== null);

    assert.equal(birthAfter(life, 10), 12);
    assert.equal(birthAfter(life, 13), null);
  });
});

describe("the devices of a node", () => {
  it("have their state, why they are offline, and what they said", () => {
    const facts = {
      state: "offline",
      because: "device died",
      metrics: 3,
      births: 2,
      deaths: 1,
      perSecond: 0.4,
      lastHeardAt: 7,
    };

    const life = parseLife({ events: [], members: [{ device: "d", ...facts }] });

    assert.deepEqual(life?.devices, [{ name: "d", ...facts }]);
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
      now: 0,
    });

    assert.ok(asked.includes("/api/ns/raw?topic=spBv1.0%2Fg%2FDDATA%2Fe%2Fd%201"));
    assert.ok(asked.includes("/api/ns/births?group=g&edgeNode=e&device=d%201"));
    assert.match(text, /"missing": "Nothing there."/);
    assert.match(text, /"edgeNode": "g\/e"/);
    assert.match(text, /"takenAt": "1970-01-01T00:00:00.000Z"/);
    assert.match(text, /"hub": null,\s+"page": "b",\s+"sparkplug": "3.0"/);
  });
});
