/** Large folders of the UNS, and clients of the OPC UA server that ask for more than anybody needs. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { BrowseDirection, type BrowseResult, type ClientSession } from "node-opcua-client";
import {
  openClient,
  startHubServer,
  unsId,
  type HubServer,
} from "../../support/opcua-hub-server.ts";
import type { Ending } from "../../support/hub.ts";
import { message, nbirth } from "../../support/sparkplug-messages.ts";

const COUNT = 5_000;
const BIG = "g/e/d/big";

/** A device with a folder of many metrics. */
function birth(first: number, seq: number) {
  const metrics = Array.from({ length: COUNT }, (_, at) => ({
    name: `big/m${first + at}`,
    datatype: "Int32" as const,
    tellDatatype: true,
    value: at,
  }));
  return message("DBIRTH/e/d", metrics, seq);
}

let hub: HubServer;
const endings: (() => unknown)[] = [];

/** A session, and how it asks for what is in the folder. */
async function openBig(t: Ending): Promise<{ session: ClientSession; folder: object }> {
  const session = await openClient(t, hub.endpoint);
  const folder = {
    nodeId: await unsId(session, BIG),
    referenceTypeId: "HierarchicalReferences",
    includeSubtypes: true,
    browseDirection: BrowseDirection.Forward,
    resultMask: 63,
  };
  return { session, folder };
}

const sizeOf = ({ references }: BrowseResult): number => references?.length ?? 0;

function namesOf(pages: readonly BrowseResult[]): readonly string[] {
  return pages.flatMap(({ references }) =>
    (references ?? []).map(({ browseName }) => browseName.name ?? ""),
  );
}

/** The pages that come after one. */
async function restOf(session: ClientSession, first: BrowseResult): Promise<BrowseResult[]> {
  const pages: BrowseResult[] = [];
  let point = first.continuationPoint;
  while (point !== null && point.length > 0) {
    const next = await session.browseNext(point, false);
    assert.equal(next.statusCode.name, "Good");
    pages.push(next);
    point = next.continuationPoint;
  }
  return pages;
}

describe("a large folder of the UNS", { timeout: 300_000 }, () => {
  before(async () => {
    hub = await startHubServer({ after: (end) => void endings.unshift(end) });
    hub.sessions.apply(nbirth());
    hub.sessions.apply(birth(0, 1));
  });

  after(async () => {
    for (const end of endings) await end();
  });

  it("is not made a thousand times for one call; the client is told to come again", async (t) => {
    const { session, folder } = await openBig(t);
    session.requestedMaxReferencesPerNode = 10_000;

    const wanted = Array.from({ length: 1_000 }, () => folder);
    const both = await Promise.all([session.browse(wanted), session.browse(wanted)]);
    const again = await session.browse(folder);

    for (const answers of both) {
      const total = answers.reduce((sum, each) => sum + sizeOf(each), 0);
      assert.ok(total >= 20_000 && total < 25_000, `${total} references`); // what was made is not kept
      const statuses = new Set(answers.slice(30).map(({ statusCode }) => statusCode.name));
      assert.deepEqual([...statuses], ["BadNoContinuationPoints"]);
    }
    assert.equal(sizeOf(again), 2_000);
  });

  it("is made for one call of a session at a time, however many come together", async (t) => {
    const { session, folder } = await openBig(t);
    const order: string[] = [];
    const ask = async (name: string, count: number): Promise<void> => {
      await session.browse(Array.from({ length: count }, () => folder));
      order.push(name);
    };

    await Promise.all([ask("large", 1_000), ask("small", 1)]);

    assert.deepEqual(order, ["large", "small"]);
  });

  it("is not looked through a thousand times for one call, though nothing in it is asked for", async (t) => {
    const { session, folder } = await openBig(t);
    const nothing = { ...folder, nodeClassMask: 4 }; // methods

    const answers = await session.browse(Array.from({ length: 1_000 }, () => nothing));
    const again = await session.browse(nothing);

    const statuses = answers.map(({ statusCode }) => statusCode.name);
    assert.equal(statuses[0], "Good");
    assert.deepEqual([...new Set(statuses.slice(30))], ["BadNoContinuationPoints"]);
    assert.deepEqual([again.statusCode.name, sizeOf(again)], ["Good", 0]);
  });

  it("is not kept open more than a hundred times in a session: the first give way", async (t) => {
    const { session, folder } = await openBig(t);
    session.requestedMaxReferencesPerNode = 1;
    const pages: BrowseResult[] = [];

    for (let count = 0; count < 150; count += 1) pages.push(await session.browse(folder));
    const nexts = await Promise.all(
      [pages[0], pages.at(-1)].map(async (page) => {
        assert.ok(page !== undefined && page.continuationPoint !== null);
        return await session.browseNext(page.continuationPoint, false);
      }),
    );

    assert.ok(pages.every((page) => sizeOf(page) === 1));
    assert.deepEqual(
      nexts.map(({ statusCode }) => statusCode.name),
      ["BadContinuationPointInvalid", "Good"],
    );
  });

  it("gives no more for one continuation point that is named a thousand times", async (t) => {
    const { session, folder } = await openBig(t);
    session.requestedMaxReferencesPerNode = 10;
    const { continuationPoint: point } = await session.browse(folder);
    assert.ok(point !== null);

    const pages = await session.browseNext(
      Array.from({ length: 1_000 }, () => point),
      false,
    );
    const tooMany = session.browseNext(
      Array.from({ length: 1_001 }, () => point),
      false,
    );

    assert.equal(new Set(namesOf(pages)).size, COUNT - 10);
    await assert.rejects(tooMany, /BadNothingToDo/);
  });

  it("comes in pages whatever is asked for, each name once, also what is born meanwhile", async (t) => {
    const { session, folder } = await openBig(t);
    session.requestedMaxReferencesPerNode = 0; // as many as there are

    const first = await session.browse(folder);
    hub.sessions.apply(nbirth());
    hub.sessions.apply(birth(COUNT, 1));
    const rest = await restOf(session, first);

    const found = namesOf([first, ...rest]);
    assert.equal(sizeOf(first), 2_000);
    assert.equal(new Set(found).size, found.length);
    assert.equal(found.filter((name) => Number(name.slice(1)) < COUNT).length, COUNT);
    assert.ok(rest.length < 10);
  });
});
