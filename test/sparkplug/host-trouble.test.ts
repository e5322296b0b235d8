/** What a host makes of edge nodes and servers that do what they should not. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  deathMessage,
  deviceTopic,
  encodePayload,
  nodeTopic,
  stateMessage,
  type MetricToSend,
} from "@unshub/sparkplug";
import {
  bdSeqMetric,
  HOST,
  livePlant,
  nMetric,
  NODE,
  Plant,
  sayByHand,
  shown,
  START_MS,
} from "../support/sparkplug-plant.ts";

const HAND = { groupId: "Plant1", edgeNodeId: "hand" };

function sayOf(
  plant: Plant,
  type: "DBIRTH" | "DDATA",
  what: { readonly deviceId: string; readonly seq: number },
  metrics: readonly MetricToSend[],
): void {
  const topic = deviceTopic(type, HAND, what.deviceId);
  const payload = encodePayload({ timestamp: START_MS + what.seq, seq: what.seq, metrics });
  plant.say({ topic, payload, qos: 0, retain: false });
}

describe("an edge node that deals its aliases for each device anew", () => {
  it("is understood all the same, and told of", () => {
    const plant = new Plant();
    const host = plant.host();
    const first = { alias: 1 } as const;
    const data = (value: number) =>
      ({ ...first, datatype: "Int32", tellDatatype: false, value }) as const;
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0)]);
    sayOf(plant, "DBIRTH", { deviceId: "press", seq: 1 }, [{ ...nMetric(0), ...first }]);
    sayOf(plant, "DBIRTH", { deviceId: "oven", seq: 2 }, [{ ...nMetric(0), ...first }]);

    sayOf(plant, "DDATA", { deviceId: "press", seq: 3 }, [data(11)]);
    sayOf(plant, "DDATA", { deviceId: "oven", seq: 4 }, [data(22)]);
    plant.time.run(10_000);

    const devices = host.application.node(HAND)?.devices;
    const values = ["press", "oven"].map((id) => devices?.get(id)?.metrics.get("n")?.value);
    assert.deepEqual(values, [11, 22]);
    assert.deepEqual(plant.of("NCMD"), []);
    assert.match(JSON.stringify(plant.heard("faulty")), /aliases are dealt twice: 1/);
  });
});

describe("messages that a birth would not explain", () => {
  it("are a death of a device that was never born: told, and nothing asked", () => {
    const plant = new Plant();
    plant.host();
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0)]);
    sayByHand(plant, { type: "DDEATH", seq: 1, at: START_MS + 1 });
    plant.time.run(10_000);

    assert.deepEqual(plant.of("NCMD"), []);
    assert.match(JSON.stringify(plant.heard("faulty")), /never born/);
  });

  it("are a birth without a time: one that looks like the last is taken when it was asked for", () => {
    const plant = new Plant();
    const host = plant.host();
    const birth = {
      topic: nodeTopic("NBIRTH", "Plant1", "hand"),
      payload: encodePayload({ seq: 0, metrics: [bdSeqMetric(0), nMetric(1)] }),
      qos: 0,
      retain: false,
    } as const;
    plant.say(birth);
    sayByHand(plant, { type: "NDATA", seq: 9 }, [nMetric(2)]);
    plant.time.run(5000);
    assert.equal(shown(host).node.session.kind, "outOfStep");

    plant.say(birth);

    assert.equal(shown(host).node.session.kind, "online");
  });
});

describe("a server where the node does not live", () => {
  it("may be lost without harm to it", () => {
    const plant = new Plant();
    const host = plant.host({ servers: ["a", "b"] });
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(1)]);
    plant.connection("host", "b").drop("broken");
    assert.equal(shown(host).node.own.state.kind, "online");
  });

  it("does not get it by garbage", () => {
    const plant = new Plant();
    const host = plant.host({ servers: ["a", "b"] });
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(1)]);
    const topic = nodeTopic("NDATA", "Plant1", "hand");
    plant.say({ topic, payload: Uint8Array.of(0xff), qos: 0, retain: false }, "b");
    plant.time.run(5000);

    const { session } = shown(host).node;
    assert.ok(session.kind === "outOfStep");
    assert.equal(session.server, "a");
  });
});

describe("ids that somebody invents", () => {
  it("find room where nodes were heard of and never born, and no more than that", () => {
    const plant = new Plant();
    const host = plant.host({ maxNodes: 3, maxDevices: 1, rebirths: "never" });
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0)]);
    for (let node = 0; node < 10; node += 1)
      plant.say(deathMessage({ ...HAND, edgeNodeId: `e${node}` }, 0));
    for (const [index, deviceId] of ["d1", "d2"].entries())
      sayOf(plant, "DBIRTH", { deviceId, seq: index + 1 }, [nMetric(1)]);

    const nodes = [...host.application.nodes()].map(({ edgeNodeId }) => edgeNodeId);
    assert.deepEqual(nodes, ["hand", "e8", "e9"]);
    assert.deepEqual([...(host.application.node(HAND)?.devices.keys() ?? [])], ["d1"]);
    assert.match(JSON.stringify(plant.heard("faulty")), /more than 1 devices/);
  });

  it("are forgotten when the operator says so", () => {
    const { host } = livePlant();

    host.application.forget(NODE);

    assert.equal(host.application.node(NODE), undefined);
  });
});

describe("a host whose clock was set back", () => {
  it("says STATE later than the one that the server kept, even when that comes before SUBACK", () => {
    const plant = new Plant();
    const later = START_MS + 1_000_000;
    plant.network.server("a").publish("we", stateMessage(HOST, { online: true, timestamp: later }));
    plant.network.weather = { ...plant.network.weather, ackMs: 500 };

    const host = plant.host();
    plant.time.run(10_000);

    assert.deepEqual(host.online, ["a"]);
    assert.equal(plant.states.at(-1)?.text, `{"online":true,"timestamp":${later + 1}}`);
    const ours = plant.states.filter(({ clientId }) => clientId === "host");
    assert.equal(ours.filter(({ isWill }) => !isWill).length, 1); // no online that nobody would believe
  });
});

describe("a host that asks for births", () => {
  it("asks at once where servers keep the order: a missing message does not come any more", () => {
    const plant = new Plant();
    const host = plant.host({ reorderTimeoutMs: 0 });
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(0)]);
    sayByHand(plant, { type: "NDATA", seq: 2 }, [nMetric(2)]);
    assert.equal(shown(host).node.session.kind, "outOfStep");
  });

  it("asks for what no birth told: an alias, and a device that the new session has not born yet", () => {
    for (const cause of ["unknown metric or alias", "message before birth"]) {
      const plant = new Plant();
      const host = plant.host();
      sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0)]);
      sayByHand(plant, { type: "DBIRTH", seq: 1, at: START_MS + 1 }, [nMetric(1)]);
      if (cause === "message before birth") {
        sayByHand(plant, { type: "NBIRTH", seq: 0, at: START_MS + 2 }, [bdSeqMetric(0)]);
        assert.equal(host.application.node(HAND)?.devices.get("press")?.state.kind, "stale");
      }
      const odd = { alias: 9, datatype: "Int32", tellDatatype: false, value: 2 } as const;
      const data = cause === "message before birth" ? nMetric(2) : odd;
      const seq = cause === "message before birth" ? 1 : 2;
      sayByHand(plant, { type: "DDATA", seq, at: START_MS + 3 }, [data]);
      plant.time.run(1000);

      assert.deepEqual(plant.heard("rebirthRequested")[0]?.[1], { server: "a", cause });
      assert.equal(host.application.node(HAND)?.devices.get("press")?.metrics.get("n")?.value, 1);
    }
  });

  it("asks nobody when it is told never to", () => {
    const plant = new Plant();
    plant.host({ rebirths: "never" });
    sayByHand(plant, { type: "NDATA", seq: 5 }, [nMetric(1)]);
    plant.connection("host").drop("broken");
    plant.time.run(60_000);
    assert.deepEqual(plant.of("NCMD"), []);
  });

  it("remembers no more nodes than it is allowed to", () => {
    const plant = new Plant();
    const host = plant.host({ rebirths: { remembered: 2, jitterMs: 0 } });
    for (let node = 0; node < 10; node += 1)
      host.application.requestRebirth({ ...HAND, edgeNodeId: `e${node}` });
    plant.time.run(100);
    assert.equal(plant.of("NCMD").length, 2);
  });

  it("asks no more once the birth is there", () => {
    const plant = new Plant();
    plant.host();
    sayByHand(plant, { type: "NDATA", seq: 5 }, [nMetric(1)]);
    plant.time.run(1000);
    sayByHand(plant, { type: "NBIRTH", seq: 0, at: START_MS + 2000 }, [bdSeqMetric(0), nMetric(1)]);
    plant.time.run(3_600_000);
    assert.equal(plant.of("NCMD").length, 1);
  });
});

describe("stopping a host", () => {
  it("twice ends both calls", async () => {
    const { plant, host } = livePlant();

    const both = Promise.all([host.stop(), host.stop()]);
    plant.time.run(1000);
    await both;

    assert.equal(plant.states.filter(({ text }) => text.includes("false")).length, 1);
  });

  it("leaves nothing live that was learnt before SUBACK", async () => {
    const plant = new Plant();
    plant.network.weather = { ...plant.network.weather, ackMs: 2000 };
    const host = plant.host();
    plant.time.run(2000);
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(1)]);
    assert.equal(shown(host).node.own.state.kind, "online");

    const stopped = host.stop();
    plant.time.run(1000);
    await stopped;

    assert.equal(shown(host).node.own.state.kind, "stale");
  });
});

describe("two hosts with one id", () => {
  it("do not fight faster and faster", () => {
    const plant = new Plant();
    plant.host();
    plant.host({ clientId: "double" });

    plant.time.run(600_000);

    assert.ok(plant.network.connects.length < 120, `${plant.network.connects.length} connections`);
    assert.ok(plant.heard("misused").length > 0);
  });
});
