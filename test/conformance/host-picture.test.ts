/** What a host makes of what it hears, statement by statement. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodePayload, stateMessage } from "@unshub/sparkplug";
import {
  bdSeqMetric,
  HOST,
  livePlant,
  metric,
  nMetric,
  NODE,
  Plant,
  reading,
  sayByHand,
  shown,
  START_MS,
} from "../support/sparkplug-plant.ts";

describe("deaths, as a host sees them", () => {
  it(
    "puts node and devices offline and stale by its own clock at NDEATH " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-offline] " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale] " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-offline] " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale]",
    () => {
      const { plant, host } = livePlant();
      plant.skew.ms = -86_400_000; // the edge node's clock is a day behind
      plant.connection("edge").drop("broken");
      const around = START_MS + plant.time.elapsedMs;
      plant.time.run(50);

      const node = host.application.node(NODE);
      assert.ok(node?.session.kind === "offline");
      assert.equal(node.session.because, "death");
      for (const at of [
        node.session.since,
        node.own.state.since,
        node.devices.get("press")?.state.since ?? 0,
      ]) {
        assert.ok(Math.abs(at - around) < 100, `${at - around} ms off`);
      }
      assert.deepEqual(
        [node.own.state.kind, node.devices.get("press")?.state.kind],
        ["stale", "stale"],
      );
      assert.equal(plant.heard("nodeDied").length, 1);
      assert.equal(plant.heard("stale").length, 2);
    },
  );

  it(
    "puts a device offline and stale by the payload's clock at DDEATH " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-offline] " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale]",
    () => {
      const { plant, host, edge } = livePlant();
      plant.skew.ms = 3000;
      const diedAt = START_MS + Math.floor(plant.time.elapsedMs) + 3000;
      edge.node.died("press");
      plant.time.run(100);
      const press = host.application.node(NODE)?.devices.get("press");
      assert.deepEqual(press?.state, { kind: "stale", since: diedAt });
      assert.equal(host.application.node(NODE)?.own.state.kind, "online");
      assert.equal(plant.heard("deviceDied")[0]?.[1], diedAt);
    },
  );

  it(
    "believes its own clock at NDEATH, not the time that stands in it " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-offline] " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale]",
    () => {
      const plant = new Plant();
      const host = plant.host();
      sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(1)]);
      sayByHand(plant, { type: "NDEATH", at: START_MS - 86_400_000 }, [bdSeqMetric(0)]);

      const { session, own } = shown(host).node;
      assert.ok(session.kind === "offline");
      for (const at of [session.since, own.state.since, Number(plant.heard("nodeDied")[0]?.[1])])
        assert.ok(at >= START_MS, `${at - START_MS} ms`);
    },
  );

  it("ignores the death of another session", () => {
    const plant = new Plant();
    const host = plant.host();
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(6), nMetric(1)]);
    sayByHand(plant, { type: "NDEATH" }, [bdSeqMetric(5)]);
    assert.equal(shown(host).node.session.kind, "online");
  });

  it("marks stale all that came through a server that is lost, and asks when it is back", () => {
    const { plant, host } = livePlant();
    plant.connection("host").drop("broken");
    const node = host.application.node(NODE);
    assert.deepEqual(
      [node?.own.state.kind, node?.devices.get("press")?.state.kind],
      ["stale", "stale"],
    );

    plant.time.run(5000);

    assert.equal(node?.devices.get("press")?.state.kind, "online");
  });
});

describe("the order of messages, as a host sees it", () => {
  it(
    "waits for a missing message and goes on when it comes [tck-id-operational-behavior-host-reordering-start] " +
      "[tck-id-operational-behavior-host-reordering-success]",
    () => {
      const plant = new Plant();
      const host = plant.host();
      sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(0)]);
      sayByHand(plant, { type: "NDATA", seq: 2, at: START_MS + 2 }, [nMetric(2)]);
      assert.equal(shown(host).n, 0);

      sayByHand(plant, { type: "NDATA", seq: 1, at: START_MS + 1 }, [nMetric(1)]);
      assert.equal(shown(host).n, 2);
      plant.time.run(60_000);

      assert.deepEqual(plant.of("NCMD"), []);
      assert.equal(shown(host).node.session.kind, "online");
    },
  );

  it(
    "asks for a rebirth when the configured time is over, and believes nothing till then " +
      "[tck-id-operational-behavior-host-reordering-param] [tck-id-operational-behavior-host-reordering-rebirth]",
    () => {
      const plant = new Plant();
      const host = plant.host({ reorderTimeoutMs: 7000 });
      sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(0)]);
      sayByHand(plant, { type: "NDATA", seq: 2 }, [nMetric(2)]);
      plant.time.run(6800);
      assert.deepEqual(plant.of("NCMD"), []);

      plant.time.run(1000);

      assert.equal(plant.of("NCMD").length, 1);
      assert.equal(shown(host).node.own.state.kind, "stale");
      assert.deepEqual(plant.heard("rebirthRequested")[0]?.[1], {
        server: "a",
        cause: "messages missing",
      });
    },
  );

  it("takes a message that comes twice only once", () => {
    const plant = new Plant();
    const host = plant.host();
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(0)]);
    sayByHand(plant, { type: "NDATA", seq: 1, at: START_MS + 1 }, [nMetric(1)]);
    sayByHand(plant, { type: "NDATA", seq: 1, at: START_MS + 1 }, [nMetric(1)]);
    plant.time.run(60_000);
    assert.equal(shown(host).node.session.kind, "online");
    assert.equal(plant.heard("valuesChanged").length, 1);
  });

  it("keeps historical values out of the live picture, and counts their seq", () => {
    const plant = new Plant();
    const host = plant.host();
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(0)]);
    sayByHand(plant, { type: "NDATA", seq: 1, at: START_MS + 1 }, [
      { ...nMetric(7), timestamp: 5, isHistorical: true },
    ]);
    sayByHand(plant, { type: "NDATA", seq: 2, at: START_MS + 2 }, [nMetric(2)]);
    assert.equal(shown(host).n, 2);
    const [, past] = plant.heard("historical")[0] ?? [];
    assert.match(JSON.stringify(past), /"value":7,.*"timestamp":5|"timestamp":5.*"value":7/);
  });
});

describe("several edge nodes", () => {
  it(
    "may have devices of one name; the host keeps them apart " +
      "[tck-id-topic-structure-namespace-duplicate-device-id-across-edge-node]",
    () => {
      const { plant, host } = livePlant();
      const other = plant.edge({ edgeNodeId: "gw2", clientId: "edge2" });
      other.node.born("press", [metric("n", 1)]);
      other.node.changed("press", [reading("n", 22)]);
      plant.time.run(100);
      const values = ["gw", "gw2"].map(
        (edgeNodeId) =>
          host.application
            .node({ groupId: "Plant1", edgeNodeId })
            ?.devices.get("press")
            ?.metrics.get("n")?.value,
      );
      assert.deepEqual(values, [1, 22]);
    },
  );

  it("survives whatever is on the wire, and says so", () => {
    const { plant, host } = livePlant();
    for (const [topic, text] of [
      ["spBv1.0/Plant1/NDATA/gw", "no protobuf"],
      ["spBv1.0/Plant1/XDATA/gw", ""],
      [stateMessage(HOST, { online: true, timestamp: 1 }).topic, "ONLINE"],
    ] as const) {
      plant.say({ topic, payload: Uint8Array.from(Buffer.from(text)), qos: 0, retain: false });
    }
    assert.equal(plant.heard("faulty").length, 3);
    assert.deepEqual(
      plant.heard("rebirthRequested").map(([, request]) => request),
      [{ server: "a", cause: "undecodable payload" }],
    );
    assert.equal(host.application.node(NODE)?.session.kind, "online");
    assert.ok(decodePayload(Uint8Array.of()));
  });
});
