import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { coerceNodeId, StatusCodes, type StatusCode } from "node-opcua-client";
import { walk, type Walk, type WalkOptions } from "../../../../adapters/opcua/src/browse/walk.ts";
import { profileNamed } from "../../../../adapters/opcua/src/connect/profiles.ts";
import type { ServerFacts } from "../../../../adapters/opcua/src/connect/server-facts.ts";

interface Answer {
  readonly statusCode?: StatusCode;
  readonly references: readonly object[];
  readonly continuationPoint: Buffer | null;
}

/** What a server does that is asked for the children of these nodes. */
type Answers = (ids: readonly string[]) => readonly Answer[];

const NONE = 0;
const SERVER: ServerFacts = {
  manufacturer: "",
  product: "",
  productUri: "",
  softwareVersion: "",
  startTime: undefined,
  serviceLevel: undefined,
  minSamplingMs: 0,
  namespaces: [],
  namespacesAtFirst: [],
  profile: profileNamed("open62541"),
  limits: {
    read: NONE,
    write: NONE,
    browse: NONE,
    monitoredItems: NONE,
    translate: NONE,
    call: NONE,
    registerNodes: NONE,
    historyRead: NONE,
    arrayLength: NONE,
    stringLength: NONE,
    continuationPoints: NONE,
  },
};

function child(id: string, isVariable = true): object {
  return {
    nodeId: Object.assign(coerceNodeId(`ns=2;s=${id}`), { serverIndex: 0 }),
    browseName: { name: id },
    displayName: { text: id },
    nodeClass: isVariable ? 2 : 1,
    referenceTypeId: coerceNodeId("i=47"),
  };
}

/** A server that was written for a test; only the two services that a walk uses. */
class Hostile {
  readonly released: Buffer[] = [];
  largestCall = 0;
  calls = 0;
  readonly #browse: Answers;
  readonly #next: Answers;

  constructor(browse: Answers, next: Answers = () => []) {
    this.#browse = browse;
    this.#next = next;
  }

  async walk(wishes: Partial<WalkOptions> = {}): Promise<Walk> {
    // The library's types have many overloads; a walk uses one of each.
    // oxlint-disable-next-line no-unsafe-type-assertion
    const session = {
      browse: (wanted: readonly { readonly nodeId: object }[]) => {
        this.calls += 1;
        this.largestCall = Math.max(this.largestCall, wanted.length);
        return new Promise((resolve) => {
          // oxlint-disable-next-line no-base-to-string
          const ids = wanted.map(({ nodeId }) => String(nodeId).replace("ns=2;s=", ""));
          resolve(this.#browse(ids).map((each) => ({ statusCode: StatusCodes.Good, ...each })));
        });
      },
      browseNext: (points: readonly Buffer[], release: boolean) => {
        this.calls += 1;
        if (release) this.released.push(...points);
        return Promise.resolve(release ? [] : this.#next(points.map(String)));
      },
    } as unknown as WalkOptions["session"];
    return await walk({
      session,
      server: SERVER,
      root: coerceNodeId("ns=2;s=root"),
      referenceType: "i=33",
      depth: 10,
      maxNodes: 1_000,
      withProperties: false,
      enters: () => true,
      signal: new AbortController().signal,
      ...wishes,
    });
  }
}

function leaf(): Answer {
  return { references: [], continuationPoint: null };
}

/** One child at once, the other by a continuation point. */
function halfOf(id: string): Answer {
  return { references: [child(`${id}a`)], continuationPoint: Buffer.from(id) };
}

describe("a walk over a hostile server", { timeout: 180_000 }, () => {
  it("takes no more than maxNodes of an answer that has far more", async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => child(`n${index}`));
    const server = new Hostile((ids) =>
      ids.map((id) => (id === "root" ? { references: many, continuationPoint: null } : leaf())),
    );

    const { nodes, cutBy } = await server.walk({ maxNodes: 50 });

    assert.equal(nodes.length, 50);
    assert.equal(cutBy, "maxNodes");
  });

  it("follows continuation points, and gives back those that have no end", async () => {
    let count = 0;
    const more = (): Answer => {
      count += 1;
      return { references: [child(`n${count}`)], continuationPoint: Buffer.from("point") };
    };
    const server = new Hostile(
      (ids) => ids.map((id) => (id === "root" ? more() : leaf())),
      () => [more()],
    );

    const { nodes, cutBy } = await server.walk({ maxNodes: 200 });

    assert.equal(nodes.length, 200);
    assert.equal(cutBy, "maxNodes");
    assert.deepEqual(server.released.map(String), ["point"]);
  });

  it("does not believe in promises without references", async () => {
    const promise = { references: [], continuationPoint: Buffer.from("empty") };
    const server = new Hostile(
      (ids) => ids.map((id) => (id === "root" ? promise : leaf())),
      () => [promise],
    );

    const { nodes, cutBy } = await server.walk();

    assert.deepEqual(nodes, []);
    assert.equal(cutBy, undefined);
    assert.ok(server.calls < 10);
    assert.equal(server.released.length, 1);
  });

  it("visits each node of a cycle once", async () => {
    const next = new Map([
      ["root", "a"],
      ["a", "b"],
      ["b", "a"],
    ]);
    const server = new Hostile((ids) =>
      ids.map((id) => ({
        references: [child(next.get(id) ?? "root", false)],
        continuationPoint: null,
      })),
    );

    const { nodes } = await server.walk();

    assert.deepEqual(
      nodes.map(({ browseName }) => browseName),
      ["a", "b"],
    );
  });

  it("asks for less when it was too much, and remembers that", async () => {
    const wide = Array.from({ length: 100 }, (_, index) => child(`n${index}`));
    const server = new Hostile((ids) => {
      if (ids.length > 10) throw new Error("BadTooManyOperations (0x80100000)");
      return ids.map((id) =>
        id === "root" ? { references: wide, continuationPoint: null } : leaf(),
      );
    });

    const { nodes } = await server.walk();

    assert.equal(nodes.length, 100);
    assert.equal(server.largestCall, 100);
    assert.ok(server.calls < 40);
  });

  it("fails with a sentence when not even one node can be asked for", async () => {
    const server = new Hostile(() => {
      throw new Error("BadServiceUnsupported (0x800B0000)\n  at somewhere");
    });

    await assert.rejects(server.walk(), {
      code: "BROWSE_FAILED",
      message: "browsing: BadServiceUnsupported (0x800B0000)",
    });
  });

  it("asks again, for fewer at a time, where the server has no continuation points left", async () => {
    const refused: Answer = { ...leaf(), statusCode: StatusCodes.BadNoContinuationPoints };
    const folders = Array.from({ length: 20 }, (_, index) => child(`f${index}`, false));
    const server = new Hostile(
      (ids) => {
        let points = 3;
        return ids.map((id) => {
          if (id === "root") return { references: folders, continuationPoint: null };
          if (!/^f\d+$/.test(id)) return leaf();
          return (points -= 1) < 0 ? refused : halfOf(id);
        });
      },
      (points) => points.map((id) => ({ references: [child(`${id}b`)], continuationPoint: null })),
    );

    const { nodes, unseen } = await server.walk();

    assert.equal(new Set(nodes.map(({ browseName }) => browseName)).size, 60);
    assert.equal(unseen, undefined);
    assert.ok(server.calls < 60);
  });

  it("asks again for what was behind a continuation point that the server has taken away", async () => {
    const folders = Array.from({ length: 6 }, (_, index) => child(`f${index}`, false));
    const given = new Set<string>();
    const server = new Hostile(
      (ids) => {
        given.clear(); // those of earlier requests give way
        return ids.map((id) => {
          if (id === "root") return { references: folders, continuationPoint: null };
          if (!/^f\d+$/.test(id)) return leaf();
          given.add(id);
          return halfOf(id);
        });
      },
      (points) =>
        points.map((id, index) =>
          given.has(id) && index < 2
            ? { references: [child(`${id}b`)], continuationPoint: null }
            : { ...leaf(), statusCode: StatusCodes.BadContinuationPointInvalid },
        ),
    );

    const { nodes, unseen } = await server.walk();

    assert.equal(new Set(nodes.map(({ browseName }) => browseName)).size, 18);
    assert.equal(unseen, undefined);
    assert.ok(server.calls < 60);
  });

  it("says of how many nodes it does not know what they hold, and sees the rest", async () => {
    const refusals = new Map([
      ["closed", StatusCodes.BadUserAccessDenied],
      ["full", StatusCodes.BadNoContinuationPoints],
    ]);
    const holds = new Map([
      ["root", ["closed", "full", "open"]],
      ["open", ["seen"]],
    ]);
    const server = new Hostile((ids) =>
      ids.map((id) => {
        const statusCode = refusals.get(id);
        if (statusCode !== undefined) return { ...leaf(), statusCode };
        const references = (holds.get(id) ?? []).map((each) => child(each, true));
        return { references, continuationPoint: null };
      }),
    );

    const { nodes, unseen } = await server.walk();

    assert.deepEqual(
      nodes.map(({ browseName }) => browseName),
      ["closed", "full", "open", "seen"],
    );
    assert.deepEqual(unseen, { count: 2, why: "BadUserAccessDenied" });
  });

  it("ends when it is told to, and when its time is over", async () => {
    let count = 0;
    const endless: Answers = (ids) =>
      ids.map(() => {
        count += 1;
        return { references: [child(`n${count}`, false)], continuationPoint: null };
      });
    const stopping = new AbortController();

    const stopped = await new Hostile(endless).walk({
      depth: 1_000,
      signal: stopping.signal,
      onProgress: (visited) => {
        if (visited > 5) stopping.abort();
      },
    });
    const late = await new Hostile(endless).walk({ depth: 1_000_000, withinMs: 0 });

    assert.equal(stopped.cutBy, "stop");
    assert.ok(stopped.nodes.length < 20);
    assert.equal(late.cutBy, "time");
  });
});
