/** Edge nodes and hosts, put together from what several routes say. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  askNodes,
  bySentence,
  isClockOff,
  parseNodes,
  twoClients,
} from "../../uns-browser/lib/nodes.ts";
import { answering } from "./fake-answers.ts";

const BROKEN = { id: "tck-id-1", code: "S04", count: 2, because: "seq is 9", lastAt: 5 };
const GRADE = {
  kind: "edge node",
  name: "g/e",
  fine: ["a", "b"],
  broken: [BROKEN],
  unadvised: [],
  notSeen: ["c"],
  lastAt: 90,
};
const TOLD = {
  grades: {
    now: 100,
    grades: [GRADE, { ...GRADE, kind: "host", name: "scada" }, { ...GRADE, kind: "client" }],
  },
  births: {
    certificates: [
      { group: "g", edgeNode: "e", metrics: 2 },
      { group: "g", edgeNode: "e", device: "d", metrics: 3 },
      { group: "g", edgeNode: "kept", metrics: 1 },
    ],
  },
  rebirths: {
    askings: [{ edgeNode: "g/e", hostId: "hub", cause: "sequence gap", passed: 2, held: 1 }],
  },
  counted: {
    nodes: [
      {
        group: "g",
        edgeNode: "e",
        state: "offline",
        since: 70,
        heard: 500,
        lost: 3,
        own: { births: 9, deaths: 4 },
        rebirths: 5,
        countedSince: 60,
        lastRebirth: { at: 8, by: null, cause: "sequence gap" },
        perSecond: 4.2,
        seq: 17,
        recent: [
          { message: 499, kind: "gap" },
          { message: 500, kind: "eclipse" },
        ],
        bdSeq: 4,
        devices: { online: 1, all: 2 },
        clock: { aheadMs: -4210, delayMs: 8 },
        day: [0, 1, 2, 3, 5, 7],
        lastEnd: { at: 9, clientId: "gw", because: "it said DISCONNECT" },
      },
      { group: "g", edgeNode: "quiet", state: "online" },
    ],
    more: false,
  },
  hosts: {
    hosts: [
      { hostId: "scada", online: true, timestamp: 50 },
      { hostId: "mes", online: false, timestamp: 40 },
    ],
  },
};

describe("edge nodes", () => {
  it("have their grade, births, rebirths and state in one place", () => {
    const node = parseNodes(TOLD)?.nodes.find(({ name }) => name === "g/e");

    assert.equal(node?.state, "offline");
    assert.deepEqual(
      node.births.map(({ device }) => device),
      [null, "d"],
    );
    assert.deepEqual(node.askings, [{ by: "hub", cause: "sequence gap", passed: 2, held: 1 }]);
    assert.equal(node.broken[0]?.because, "seq is 9");
    assert.equal(node.fine, 2);
  });

  it("are there when only the tree or only a kept birth knows them; clients that are neither are not", () => {
    const nodes = parseNodes(TOLD)?.nodes ?? [];

    assert.deepEqual(
      nodes.map(({ name, state }) => [name, state]),
      [
        ["g/e", "offline"],
        ["g/kept", "unborn"],
        ["g/quiet", "online"],
        ["mes", null],
        ["scada", null],
      ],
    );
  });

  it("have hosts beside them, with what each said of itself last", () => {
    const hosts = parseNodes(TOLD)?.nodes.filter(({ kind }) => kind === "host") ?? [];

    assert.deepEqual(
      hosts.map(({ name, said, fine }) => [name, said, fine]),
      [
        ["mes", { isOnline: false, at: 40 }, 0],
        ["scada", { isOnline: true, at: 50 }, 2],
      ],
    );
  });

  it("tell when two clients speak for one of them, and when the hub has more than it told", () => {
    const [broken] = [{ ...BROKEN, code: "S08", because: "gw-1 owns it" }];

    assert.equal(twoClients({ broken: [BROKEN] }), null);
    assert.equal(twoClients({ broken: [BROKEN, broken] }), "gw-1 owns it");
    assert.equal(parseNodes(TOLD)?.isCut, false);
    assert.equal(parseNodes({ ...TOLD, counted: { nodes: [], more: true } })?.isCut, true);
  });

  it("have what was counted of them: devices, clock, the last day, the last end", () => {
    const [node, kept] = parseNodes(TOLD)?.nodes ?? [];

    assert.deepEqual(node?.counted, {
      state: "offline",
      since: 70,
      heard: 500,
      births: 9,
      deaths: 4,
      rebirths: 5,
      countedSince: 60,
      lastRebirth: { at: 8, by: null, cause: "sequence gap" },
      perSecond: 4.2,
      seq: 17,
      recent: [{ message: 499, kind: "gap" }],
      lost: 3,
      bdSeq: 4,
      devices: { online: 1, all: 2 },
      clock: { aheadMs: -4210, delayMs: 8 },
      day: ["unknown", "online", "offline", "both", "trouble", "trouble"],
      lastEnd: { at: 9, because: "it said DISCONNECT" },
    });
    assert.equal(kept?.counted, null);
    assert.equal(isClockOff({ aheadMs: -4210 }), true);
    assert.equal(isClockOff({ aheadMs: 3 }), false);
  });

  it("tell a sentence once that breaks several statements", () => {
    const told = bySentence([
      BROKEN,
      { ...BROKEN, id: "tck-id-2" },
      { ...BROKEN, because: "no Will" },
    ]);

    assert.deepEqual(told[0], { because: "seq is 9", count: 2, ids: ["tck-id-1", "tck-id-2"] });
    assert.equal(told.length, 2);
  });

  it("are not made up when the hub says something else, or refuses", async () => {
    assert.equal(parseNodes({ ...TOLD, grades: [] }), null);
    const answer = await askNodes(answering([], [403]));
    assert.deepEqual(answer, { kind: "refused", status: 403, because: null });
  });
});
