/** Which edge nodes are listed, and in which order. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  fitsNode,
  inOrder,
  readNodeList,
  sortedNames,
  troubleOf,
  writeNodeList,
} from "../../uns-browser/lib/node-list.ts";
import { askNodes, parseNodes, type Node } from "../../uns-browser/lib/nodes.ts";

const COUNTED = {
  group: "g",
  state: "online",
  lost: 0,
  own: { births: 1, deaths: 0 },
  rebirths: 0,
  perSecond: 1,
  devices: { online: 1, all: 1 },
  clock: { aheadMs: 5, delayMs: 1 },
};

/** Edge nodes of group `g` by what the hub counts of each. */
function plant(nodes: Readonly<Record<string, object>>): readonly Node[] {
  const counted = {
    nodes: Object.entries(nodes).map(([edgeNode, more]) => ({ ...COUNTED, edgeNode, ...more })),
  };
  const nothing = { grades: [], certificates: [], askings: [], now: 1 };
  const told = { grades: nothing, births: nothing, rebirths: nothing, counted, hosts: null };
  return parseNodes(told)?.nodes ?? [];
}

const PLANT = plant({
  "gw 10": {},
  "gw 9": { rebirths: 4, lastRebirth: { at: 1, by: null, cause: "sequence gap" } },
  dead: { state: "offline", rebirths: 4 },
  part: { devices: { online: 1, all: 3 } },
  lossy: { lost: 2 },
  ahead: { clock: { aheadMs: -9000, delayMs: 3 } },
});
const by = (sort: Parameters<typeof sortedNames>[1]): string[] =>
  sortedNames(PLANT, sort).map((name) => name.slice(2));
const names = (nodes: readonly Node[]): string[] => nodes.map(({ name }) => name.slice(2));

/** A page of two edge nodes as the hub answers it. */
function page(from: number, more: boolean): object {
  const nodes = Array.from({ length: 2 }, (_, at) => ({ ...COUNTED, edgeNode: `n${from + at}` }));
  return { nodes, more };
}

describe("the list of edge nodes", () => {
  it("has the worst trouble first, or what a column has most of, and names where that is the same", () => {
    assert.deepEqual(by("state"), ["dead", "part", "lossy", "ahead", "gw 9", "gw 10"]);
    assert.deepEqual(by("name"), ["ahead", "dead", "gw 9", "gw 10", "lossy", "part"]);
    assert.deepEqual(by("rebirths").slice(0, 3), ["dead", "gw 9", "ahead"]);
    assert.deepEqual(by("clock")[0], "ahead");
    const clocks = plant({ silent: { clock: null }, right: { clock: { aheadMs: 0, delayMs: 1 } } });
    assert.deepEqual(sortedNames(clocks, "clock"), ["g/right", "g/silent"]);
  });

  it("keeps an order while what it was made of changes; what came later stands at the end", () => {
    const order = sortedNames(PLANT, "state");
    const later = plant({ lossy: {}, dead: {}, new: { state: "offline" } });
    assert.deepEqual(names(inOrder(later, order)), ["dead", "lossy", "new"]);
  });

  it("is filtered by words of name, state and cause, and by what is wrong", () => {
    const fitting = (text: string, which: Parameters<typeof fitsNode>[2]) =>
      names(PLANT.filter((node) => fitsNode(node, text, which)));
    assert.deepEqual(fitting("GW gap", "all"), ["gw 9"]);
    assert.deepEqual(fitting("", "offline"), ["dead"]);
    const unborn = PLANT.map((node) => ({ ...node, state: "unborn" as const }));
    assert.equal(unborn.filter((node) => fitsNode(node, "No birth", "all")).length, 6);
    assert.deepEqual(fitting("", "trouble"), ["ahead", "dead", "lossy", "part"]);
    assert.deepEqual(PLANT.filter((node) => troubleOf(node) === "not all devices").length, 1);
  });

  it("is told by the address, beside what others keep there", () => {
    const address = { which: "trouble", text: "gw a/b", sort: "clock" } as const;
    const search = writeNodeList("?n=g/e", address);
    assert.deepEqual(readNodeList(search), address);
    assert.match(search, /^\?n=g\/e&/);
    const usual = { which: "all", text: "", sort: "state" } as const;
    assert.equal(writeNodeList(search, usual), "?n=g/e");
    assert.deepEqual(readNodeList("?state=nonsense&sort=x"), usual);
  });

  it("is asked for page by page, until the hub has no more", async () => {
    const asked: string[] = [];
    const answers = new Map<string, unknown>([
      ["/api/v1/nodes", page(0, true)],
      ["/api/v1/nodes?after=g%2Fn1", page(2, false)],
      ["/api/v1/conformance", { now: 1, grades: [] }],
    ]);
    const send = (url: string): Promise<Response> => {
      asked.push(url);
      return Promise.resolve(Response.json(answers.get(url) ?? {}));
    };

    const answer = await askNodes(send);

    assert.ok(answer.kind === "done" && answer.value !== null);
    assert.deepEqual(names(answer.value.nodes), ["n0", "n1", "n2", "n3"]);
    assert.equal(answer.value.isCut, false);
    assert.equal(asked.filter((url) => url.includes("/nodes")).length, 2);
  });
});
