/** What was asked of a server beside what it granted, and what is said where the configuration does not hold. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { StatusCodes, resolveNodeId } from "node-opcua-client";
import { LinkTap } from "../../../adapters/opcua/src/connect/link-tap.ts";
import { diagnosticsOf } from "../../../adapters/opcua/src/diagnostics.ts";
import {
  agreementsOf,
  partOf,
  type WatchedPart,
} from "../../../adapters/opcua/src/subscribe/agreements.ts";
import type { CreatedItem } from "../../../adapters/opcua/src/subscribe/create-items.ts";
import { SourceTime } from "../../../adapters/opcua/src/values/source-time.ts";
import { labNode, OpcUaLab } from "../../support/opcua-lab.ts";
import { OpcUaRun, QUICK } from "../../support/opcua-run.ts";

const ASKED = { intervalMs: 100, keepAliveCount: 50, lifetimeCount: 600, countedInMs: 100 };

function item(sampling: readonly [number, number], queue: readonly [number, number]): CreatedItem {
  return {
    wanted: {
      handle: 1,
      nodeId: resolveNodeId("i=1"),
      attributeId: 13,
      samplingMs: sampling[0],
      queue: queue[0],
    },
    status: StatusCodes.Good,
    action: "none",
    isUnfiltered: false,
    itemId: 1,
    revisedSamplingMs: sampling[1],
    revisedQueue: queue[1],
  };
}

function part(
  revised: {
    readonly intervalMs?: number;
    readonly keepAliveCount?: number;
    readonly lifetimeCount?: number;
  },
  items: readonly CreatedItem[],
): WatchedPart {
  const wish = { name: "group fast", intervalMs: 100, sessionTimeoutMs: 60_000, keepAliveMs: 5000 };
  const subscription = {
    id: 1,
    wish,
    asked: ASKED,
    revised: { ...ASKED, countedInMs: revised.intervalMs ?? 100, ...revised },
  };
  return { name: "group fast", subscription, terms: partOf(items) };
}

const asAsked = item([50, 50], [10, 10]);

describe("what an OPC UA server grants of a group", () => {
  it("is nothing to be told while it is about what was asked", () => {
    const parts = [part({ intervalMs: 200 }, [asAsked, item([50, 100], [10, 6])])];

    const [agreement] = agreementsOf(parts);

    assert.deepEqual(agreement?.faults, []);
    assert.deepEqual(agreement?.terms, [
      { name: "publishing_interval_ms", asked: 100, granted: 200 },
      { name: "sampling_interval_ms", asked: 50, granted: 100 },
      { name: "queue_size", asked: 10, granted: 6 },
      { name: "keep_alive_count", asked: 50, granted: 50 },
      { name: "keep_alive_ms", asked: 5000, granted: 10_000 },
      { name: "lifetime_count", asked: 600, granted: 600 },
      { name: "lifetime_ms", asked: 60_000, granted: 120_000 },
    ]);
  });

  const faults: readonly (readonly [string, Parameters<typeof part>[0], CreatedItem, RegExp])[] = [
    ["slow publishing", { intervalMs: 1000 }, asAsked, /come every 1 s instead of 100 ms/],
    ["fast publishing", { intervalMs: 10 }, asAsked, /more often than asked/],
    ["slow sampling", {}, item([50, 500], [10, 10]), /looks at 1 of 2 values every 500 ms instead/],
    [
      "a short queue",
      {},
      item([50, 50], [10, 1]),
      /keeps 1 instead of 10 changes \(1 of 2 values\)/,
    ],
    ["rare signs", { keepAliveCount: 500 }, asAsked, /sign of life every 50 s instead of 5 s/],
    ["a short life", { lifetimeCount: 50 }, asAsked, /gives the subscription up after 5 s/],
  ];
  for (const [what, revised, worse, sentence] of faults) {
    it(`is told when it means ${what}`, () => {
      const [agreement] = agreementsOf([part(revised, [asAsked, worse])]);

      assert.ok(
        agreement?.faults.some((fault) => sentence.test(fault)),
        agreement?.faults.join() ?? "none",
      );
    });
  }

  it("is told of events in their words, and without sampling", () => {
    const slow = part({ intervalMs: 1000 }, [item([0, 0], [1000, 10])]);

    const [agreement] = agreementsOf([{ ...slow, name: "events", brings: "events" }]);

    assert.deepEqual(agreement?.faults.slice(0, 2), [
      "events come every 1 s instead of 100 ms: allow the server a shorter interval",
      "the server keeps 10 instead of 1000 events: when more come at once, some are lost",
    ]);
    const terms = agreement?.terms.map(({ name }) => name);
    assert.equal(terms?.includes("sampling_interval_ms"), false);
    assert.equal(terms?.includes("publishing_interval_ms"), true);
  });

  it("is told of nothing while there is no connection, nor of events that were watched over the last one", () => {
    const { links } = diagnosticsOf(
      {
        endpoint: "opc.tcp://plc:4840",
        recovery: undefined,
        tap: new LinkTap(() => [], Date.now),
        time: new SourceTime("source", 1000),
        untoldEvents: 0,
        watchedBeside: [{ ...part({}, [asAsked]), name: "events", brings: "events" }],
      },
      [],
    );

    assert.deepEqual(links[0]?.agreements, []);
  });

  it("is told of the worst of several subscriptions, and of all their values", () => {
    const parts = [part({}, [asAsked]), part({ intervalMs: 1000 }, [asAsked, asAsked])];

    const [agreement, ...others] = agreementsOf(parts);

    assert.equal(agreement?.values, 3);
    assert.equal(agreement?.terms[0]?.granted, 1000);
    assert.deepEqual(others, []);
  });

  it("is whatever it can where as fast as possible was asked for", () => {
    const [agreement] = agreementsOf([part({}, [item([0, 1000], [10, 10])])]);

    assert.deepEqual(agreement?.faults, []);
    assert.deepEqual(agreement?.terms[1], {
      name: "sampling_interval_ms",
      asked: 0,
      granted: 1000,
    });
  });
});

it(
  "a real server that publishes no faster than every 50 ms is told of",
  { timeout: 180_000 },
  async () => {
    await using lab = await OpcUaLab.start();
    lab.addDouble("A", 1);
    const groups = { fast: { interval: "10ms", sampling: "0ms" }, slow: { interval: "1s" } };
    const tags = [
      { name: "A", node: labNode("A"), group: "fast" },
      { name: "B", node: labNode("A"), group: "slow" },
    ];
    await using run = await OpcUaRun.start(lab.config(tags, { groups }), QUICK);
    await run.until(() => run.count("born") === 1);

    const [fast, slow] = run.adapter.diagnostics().links[0]?.agreements ?? [];

    assert.deepEqual([fast?.name, slow?.name], ["group fast", "group slow"]);
    assert.deepEqual(fast?.faults.length, 1);
    assert.match(fast?.faults.join() ?? "", /values come every 50 ms instead of 10 ms/);
    const keepAlive = fast?.terms.find(({ name }) => name === "keep_alive_ms");
    assert.deepEqual(keepAlive?.granted, QUICK.keepAliveMs); // asked again, in intervals of 50 ms
    assert.deepEqual(slow?.faults, []);
    assert.ok(
      run.log.some(({ message }) => message === "the server changed the publishing interval"),
    );
  },
);
