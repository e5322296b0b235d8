/** What an aware server keeps of births, as a host reads it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CERTIFICATES, deviceTopic, encodePayload, nodeTopic } from "@unshub/sparkplug";
import {
  bdSeqMetric,
  livePlant,
  nMetric,
  Plant,
  sayByHand,
  shown,
  START_MS,
} from "../support/sparkplug-plant.ts";

const HAND = { groupId: "Plant1", edgeNodeId: "hand" };

/** The server keeps a birth of the hand-made node. */
function keep(plant: Plant, type: "NBIRTH" | "DBIRTH", value: number, timestamp: number): void {
  const birth =
    type === "NBIRTH" ? nodeTopic(type, "Plant1", "hand") : deviceTopic(type, HAND, "press");
  const payload = encodePayload({
    timestamp,
    seq: 0,
    metrics: [{ ...nMetric(value), alias: 7 }],
  });
  plant.say({ topic: `${CERTIFICATES}/${birth}`, payload, qos: 1, retain: true });
}

describe("certificates of an aware server", () => {
  it("are not read unless they are asked for", () => {
    const plant = new Plant();
    keep(plant, "NBIRTH", 5, START_MS - 1000);

    const host = plant.host();

    assert.equal(host.application.node(HAND), undefined);
  });

  it("show metrics at once, as last known and stale, and ask nobody for anything", () => {
    const plant = new Plant();
    keep(plant, "NBIRTH", 5, START_MS - 2000);
    keep(plant, "DBIRTH", 6, START_MS - 1000);

    const host = plant.host({ certificates: true });
    plant.time.run(60_000);

    const { node, n } = shown(host);
    assert.equal(n, 5);
    assert.deepEqual(node.session, { kind: "unborn" });
    assert.deepEqual(node.own.state, { kind: "stale", since: START_MS - 2000 });
    const press = node.devices.get("press");
    assert.deepEqual(press?.state, { kind: "stale", since: START_MS - 1000 });
    assert.equal(press?.metrics.get("n")?.value, 6);
    assert.equal(plant.heard("lastKnown").length, 2);
    assert.equal(plant.heard("nodeBorn").length + plant.heard("rebirthRequested").length, 0);
    assert.deepEqual(plant.of("NCMD"), []);
  });

  it("are never written to, and their aliases never read data", () => {
    const plant = new Plant();
    keep(plant, "NBIRTH", 5, START_MS - 1000);
    const host = plant.host({ certificates: true });

    const written = host.application.write({ ...HAND, metric: "n", value: 1 });
    const byAlias = { alias: 7, datatype: "Int32", tellDatatype: false, value: 8 } as const;
    sayByHand(plant, { type: "NDATA", seq: 1 }, [byAlias]);
    plant.time.run(1000);

    assert.equal(written.sent, false);
    assert.equal(shown(host).n, 5);
    assert.equal(plant.of("NCMD").length, 1); // now that the node speaks
  });

  it("give way to a birth that is heard, and never take its place", () => {
    const plant = new Plant();
    const host = plant.host({ certificates: true });
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(1)]);
    keep(plant, "NBIRTH", 1, START_MS + 50_000);
    keep(plant, "DBIRTH", 1, START_MS + 50_000);

    const { node, n } = shown(host);
    assert.equal(n, 1);
    assert.equal(node.own.state.kind, "online");
    assert.equal(node.devices.size, 0);
  });

  it("bring a node that is away up to date where they are newer, and only there", () => {
    const plant = new Plant();
    const host = plant.host({ certificates: true, rebirths: "never" });
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(1)]);
    sayByHand(plant, { type: "NDEATH" }, [bdSeqMetric(0)]);

    keep(plant, "NBIRTH", 2, START_MS - 1000);
    assert.equal(shown(host).n, 1);
    keep(plant, "NBIRTH", 3, START_MS + 100);

    assert.equal(shown(host).n, 3);
    assert.equal(shown(host).node.own.state.kind, "stale");
  });

  it("are asked for within the part of the namespace that is read", () => {
    const plant = new Plant();
    plant.host({ certificates: true, filters: ["spBv1.0/Plant1/#", "STATE/+"] });

    const connection = plant.connection("host");
    const wants = (topic: string): boolean => connection.wants(`${CERTIFICATES}/${topic}`);
    assert.deepEqual(
      [wants("spBv1.0/Plant1/NBIRTH/gw"), wants("spBv1.0/Plant2/NBIRTH/gw"), wants("STATE/x")],
      [true, false, false],
    );
  });

  it("that are no births do no harm", () => {
    const { plant, host } = livePlant();
    for (const topic of ["spBv1.0/Plant1/NDATA/gw", "spBv1.0/STATE/x", "nonsense"]) {
      const payload = Uint8Array.of(1);
      host.application.received("a", `${CERTIFICATES}/${topic}`, payload);
    }
    assert.equal(plant.heard("faulty").length, 0);
  });
});
