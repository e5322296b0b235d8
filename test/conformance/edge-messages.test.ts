/** What an edge node says, statement by statement, seen on the wire of a simulated network. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { datatypeCode, metricValue, rebirthRequest } from "@unshub/sparkplug";
import {
  EDGE_TOPICS,
  fullLife,
  metric,
  namesOf,
  NODE,
  only,
  Plant,
  reading,
  START_MS,
} from "../support/sparkplug-plant.ts";

describe("every message of an edge node", () => {
  it(
    "goes to the topic of its type [tck-id-topics-nbirth-topic] [tck-id-topics-dbirth-topic] " +
      "[tck-id-topics-ndata-topic] [tck-id-topics-ddata-topic] [tck-id-topics-ddeath-topic] " +
      "[tck-id-message-flow-edge-node-birth-publish-nbirth-topic] " +
      "[tck-id-message-flow-device-birth-publish-dbirth-topic] " +
      "[tck-id-message-flow-device-birth-publish-dbirth-match-edge-node-topic] " +
      "[tck-id-topic-structure-namespace-device-id-associated-message-types] " +
      "[tck-id-topic-structure-namespace-device-id-non-associated-message-types]",
    async () => {
      const plant = await fullLife();
      for (const [type, topic] of Object.entries(EDGE_TOPICS)) {
        assert.ok(plant.of(type).length > 0, type);
        for (const message of plant.of(type)) assert.equal(message.topic, topic);
      }
    },
  );

  it(
    "goes out at QoS 0, not retained [tck-id-topics-nbirth-mqtt] [tck-id-payloads-nbirth-qos] " +
      "[tck-id-payloads-nbirth-retain] [tck-id-message-flow-edge-node-birth-publish-nbirth-qos] " +
      "[tck-id-message-flow-edge-node-birth-publish-nbirth-retained] [tck-id-topics-dbirth-mqtt] " +
      "[tck-id-payloads-dbirth-qos] [tck-id-payloads-dbirth-retain] " +
      "[tck-id-message-flow-device-birth-publish-dbirth-qos] " +
      "[tck-id-message-flow-device-birth-publish-dbirth-retained] [tck-id-topics-ndata-mqtt] " +
      "[tck-id-payloads-ndata-qos] [tck-id-payloads-ndata-retain] [tck-id-topics-ddata-mqtt] " +
      "[tck-id-payloads-ddata-qos] [tck-id-payloads-ddata-retain] [tck-id-topics-ddeath-mqtt]",
    async () => {
      const plant = await fullLife();
      for (const { type, qos, retain } of plant.seen) {
        if (type !== "NDEATH") assert.deepEqual([qos, retain], [0, false], type);
      }
    },
  );

  it(
    "has a seq that grows by one over node and devices, 255 then 0, and NBIRTH has 0 " +
      "[tck-id-topics-nbirth-seq-num] [tck-id-payloads-nbirth-seq] [tck-id-payloads-sequence-num-req-nbirth] " +
      "[tck-id-message-flow-edge-node-birth-publish-nbirth-payload-seq] [tck-id-payloads-dbirth-seq] " +
      "[tck-id-topics-dbirth-seq] [tck-id-payloads-dbirth-seq-inc] " +
      "[tck-id-message-flow-device-birth-publish-dbirth-payload-seq] [tck-id-payloads-ndata-seq] " +
      "[tck-id-topics-ndata-seq-num] [tck-id-payloads-ndata-seq-inc] [tck-id-payloads-ddata-seq] " +
      "[tck-id-topics-ddata-seq-num] [tck-id-payloads-ddata-seq-inc] [tck-id-payloads-ddeath-seq] " +
      "[tck-id-payloads-ddeath-seq-number] [tck-id-topics-ddeath-seq-num] [tck-id-payloads-ddeath-seq-inc] " +
      "[tck-id-payloads-sequence-num-always-included] [tck-id-payloads-sequence-num-incrementing]",
    () => {
      const plant = new Plant();
      const edge = plant.edge({ metrics: [metric("load", -1)] });
      edge.node.born("press", [metric("n", -1)]);
      for (let value = 0; value < 200; value += 1) {
        edge.node.changed(undefined, [reading("load", value)]);
        edge.node.changed("press", [reading("n", value)]);
      }
      edge.node.died("press");
      edge.node.born("press", [metric("n", -1)]);
      plant.time.run(100);

      const messages = plant.seen;
      assert.deepEqual(
        [...new Set(messages.map(({ type }) => type))],
        ["NBIRTH", "DBIRTH", "NDATA", "DDATA", "DDEATH"],
      );
      assert.deepEqual(
        messages.map(({ decoded }) => decoded.seq),
        Array.from({ length: 404 }, (_, index) => index % 256),
      );
    },
  );

  it(
    "tells when it was sent, in UTC [tck-id-topics-nbirth-timestamp] [tck-id-payloads-nbirth-timestamp] " +
      "[tck-id-topics-dbirth-timestamp] [tck-id-payloads-dbirth-timestamp] [tck-id-topics-ndata-timestamp] " +
      "[tck-id-payloads-ndata-timestamp] [tck-id-topics-ddata-timestamp] [tck-id-payloads-ddata-timestamp] " +
      "[tck-id-payloads-ddeath-timestamp] [tck-id-payloads-timestamp-in-UTC]",
    () => {
      const plant = new Plant();
      const edge = plant.edge({ metrics: [metric("load", 1)] });
      const sentAt: number[] = [];
      const note = (): void => {
        sentAt.push(START_MS + Math.floor(plant.time.elapsedMs));
      };
      plant.time.run(1000);
      plant.network.passed.length = 0;
      for (const act of [
        () => edge.node.redefine({ metrics: [metric("load", 1)] }),
        () => edge.node.born("press", [metric("n", 1)]),
        () => edge.node.changed(undefined, [reading("load", 5)]),
        () => edge.node.changed("press", [reading("n", 5)]),
        () => edge.node.died("press"),
      ]) {
        plant.time.run(777);
        act();
        note();
      }
      plant.time.run(1000);

      assert.deepEqual(
        plant.seen.map(({ type }) => type),
        ["NBIRTH", "DBIRTH", "NDATA", "DDATA", "DDEATH"],
      );
      assert.deepEqual(
        plant.seen.map(({ decoded }) => decoded.timestamp),
        sentAt,
      );
    },
  );

  it(
    "is Sparkplug protobuf [tck-id-message-flow-edge-node-birth-publish-nbirth-payload] " +
      "[tck-id-message-flow-device-birth-publish-dbirth-payload]",
    async () => {
      const plant = await fullLife();
      const types = new Set(plant.seen.map(({ type }) => type)); // `seen` decodes each, or throws
      assert.equal(types.size, 6);
    },
  );
});

describe("births of an edge node", () => {
  it(
    "list every metric with name, datatype and value or null " +
      "[tck-id-topics-nbirth-metric-reqs] [tck-id-operational-behavior-data-publish-nbirth] " +
      "[tck-id-topics-nbirth-metrics] [tck-id-operational-behavior-data-publish-nbirth-values] " +
      "[tck-id-topics-dbirth-metric-reqs] [tck-id-operational-behavior-data-publish-dbirth] " +
      "[tck-id-topics-dbirth-metrics] [tck-id-operational-behavior-data-publish-dbirth-values] " +
      "[tck-id-payloads-metric-datatype-req] [tck-id-payloads-name-birth-data-requirement] " +
      "[tck-id-payloads-metric-timestamp-in-UTC]",
    () => {
      const plant = new Plant();
      const bad = metric("gone", 1, { quality: "bad" });
      const edge = plant.edge({ metrics: [metric("load", 1), bad] });
      edge.node.born("press", [metric("n", 7), bad]);
      plant.time.run(100);

      const node = only(plant.of("NBIRTH"));
      const device = only(plant.of("DBIRTH"));
      assert.deepEqual(
        [...namesOf(node)].map(String).toSorted((a, b) => (a < b ? -1 : 1)),
        ["Node Control/Rebirth", "bdSeq", "gone", "load"],
      );
      assert.deepEqual(namesOf(device), ["n", "gone"]);
      for (const each of [...node.decoded.metrics, ...device.decoded.metrics]) {
        assert.ok(each.datatype !== undefined && each.timestamp !== undefined);
        assert.equal(each.isNull, each.name === "gone");
        assert.equal(each.value === undefined, each.name === "gone");
      }
      const [n] = device.decoded.metrics;
      assert.deepEqual([n && metricValue(n, "Int32"), n?.timestamp], [7, START_MS - 100]);
    },
  );

  it("carry the current values, not the first ones [tck-id-operational-behavior-data-publish-nbirth-values]", () => {
    const plant = new Plant();
    const edge = plant.edge({ metrics: [metric("load", 1)] });
    edge.node.changed(undefined, [reading("load", 9)]);
    plant.say(rebirthRequest(NODE, START_MS));
    const load = plant.of("NBIRTH")[1]?.decoded.metrics.find(({ name }) => name === "load");
    assert.equal(load && metricValue(load, "Int32"), 9);
  });

  it(
    "offer the rebirth: Boolean, false, without alias [tck-id-topics-nbirth-rebirth-metric] " +
      "[tck-id-payloads-nbirth-rebirth-req] [tck-id-operational-behavior-data-commands-rebirth-name] " +
      "[tck-id-operational-behavior-data-commands-rebirth-datatype] " +
      "[tck-id-operational-behavior-data-commands-rebirth-value] " +
      "[tck-id-operational-behavior-data-commands-rebirth-name-aliases]",
    () => {
      const plant = new Plant();
      plant.edge({ metrics: [metric("load", 1)] });
      const birth = only(plant.of("NBIRTH")).decoded.metrics;
      const rebirth = birth.find(({ name }) => name === "Node Control/Rebirth");
      assert.ok(rebirth);
      assert.equal(rebirth.datatype, datatypeCode("Boolean"));
      assert.equal(metricValue(rebirth, "Boolean"), false);
      assert.equal(rebirth.alias, undefined);
      assert.notEqual(birth.find(({ name }) => name === "load")?.alias, undefined);
    },
  );

  it(
    "come first: NBIRTH, then every device, and only then data [tck-id-payloads-dbirth-order] " +
      "[tck-id-message-flow-device-birth-publish-nbirth-wait] [tck-id-payloads-ndata-order] " +
      "[tck-id-payloads-ddata-order]",
    () => {
      const plant = new Plant();
      plant.network.weather = { ...plant.network.weather, roomFor: 1 };
      const edge = plant.edge({ metrics: [metric("load", 1)] });
      edge.node.born("press", [metric("n", 1)]);
      edge.node.born("oven", [metric("n", 1)]);
      edge.node.changed(undefined, [reading("load", 2)]);
      edge.node.changed("oven", [reading("n", 2)]);
      plant.connection("edge").drop("broken");
      edge.node.changed("press", [reading("n", 3)]);
      plant.network.passed.length = 0;
      plant.time.run(5000);
      edge.node.changed("press", [reading("n", 4)]);
      plant.time.run(1000);

      const live = plant.seen.filter(({ isWill }) => !isWill);
      assert.deepEqual(
        live.map(({ type }) => type),
        ["NBIRTH", "DBIRTH", "DBIRTH", "DDATA"],
      );
    },
  );

  it("give each metric of the whole node its own alias, with its name [tck-id-payloads-alias-uniqueness] [tck-id-payloads-alias-birth-requirement]", () => {
    const plant = new Plant();
    const edge = plant.edge({ metrics: [metric("n", 1), metric("m", 1)] });
    edge.node.born("press", [metric("n", 1), metric("m", 1)]);
    edge.node.born("oven", [metric("n", 1)]);
    plant.time.run(100);
    const aliased = plant.seen
      .flatMap(({ decoded }) => decoded.metrics)
      .filter(({ alias }) => alias !== undefined);
    assert.equal(aliased.length, 5);
    assert.equal(new Set(aliased.map(({ alias }) => alias)).size, 5);
    assert.ok(aliased.every(({ name }) => name !== undefined));
  });

  it("of the same device come one at a time, after its death [tck-id-topic-structure-namespace-unique-device-id]", () => {
    const plant = new Plant();
    const edge = plant.edge();
    edge.node.born("press", [metric("n", 1)]);
    edge.node.born("press", [metric("m", 1)]);
    plant.time.run(100);
    assert.deepEqual(
      plant.seen.map(({ type }) => type),
      ["NBIRTH", "DBIRTH", "DDEATH", "DBIRTH"],
    );
  });

  it(
    "warn of names and ids that differ only in case [tck-id-case-sensitivity-metric-names] " +
      "[tck-id-case-sensitivity-sparkplug-ids]",
    () => {
      const plant = new Plant();
      const edge = plant.edge();
      edge.node.born("press", [metric("Speed", 1), metric("speed", 1)]);
      edge.node.born("Press", []);
      assert.deepEqual(plant.heard("differOnlyInCase"), [
        [{ kind: "differOnlyInCase", deviceId: "press", names: ["Speed", "speed"] }],
        [{ kind: "differOnlyInCase", deviceId: undefined, names: ["press", "Press"] }],
      ]);
    },
  );
});

describe("data of an edge node", () => {
  it(
    "carries what changed and nothing else, and is not repeated [tck-id-topics-ndata-payload] " +
      "[tck-id-topics-ddata-payload] [tck-id-principles-rbe-recommended] " +
      "[tck-id-operational-behavior-data-publish-nbirth-change] " +
      "[tck-id-operational-behavior-data-publish-dbirth-change]",
    () => {
      const plant = new Plant();
      const edge = plant.edge({ metrics: [metric("x", 1), metric("y", 1)] });
      edge.node.born("press", [metric("n", 1), metric("m", 1)]);
      for (let poll = 0; poll < 5; poll += 1) {
        edge.node.changed(undefined, [reading("x", 1), reading("y", 2)]);
        edge.node.changed("press", [reading("n", 2), reading("m", 1)]);
        plant.time.run(1000);
      }
      assert.equal(only(plant.of("NDATA")).decoded.metrics.length, 1);
      assert.equal(only(plant.of("DDATA")).decoded.metrics.length, 1);
    },
  );

  it(
    "names metrics by alias alone, without datatype, with the time of capture " +
      "[tck-id-payloads-alias-data-cmd-requirement] [tck-id-payloads-metric-datatype-not-req] " +
      "[tck-id-payloads-name-birth-data-requirement]",
    () => {
      const plant = new Plant();
      const edge = plant.edge();
      edge.node.born("press", [metric("n", 1)]);
      edge.node.changed("press", [reading("n", 2, START_MS + 5)]);
      plant.time.run(100);
      const [n] = only(plant.of("DDATA")).decoded.metrics;
      assert.deepEqual(
        [n?.name, n?.alias, n?.datatype, n?.timestamp],
        [undefined, 0, undefined, START_MS + 5],
      );
    },
  );

  it("names metrics by name where aliases are not in use [tck-id-payloads-name-requirement]", () => {
    const plant = new Plant();
    const edge = plant.edge({ aliases: "none" });
    edge.node.born("press", [metric("n", 1)]);
    edge.node.changed("press", [reading("n", 2)]);
    plant.time.run(100);
    for (const { decoded } of [...plant.of("DBIRTH"), ...plant.of("DDATA")]) {
      assert.deepEqual(
        decoded.metrics.map(({ name, alias }) => [name, alias]),
        [["n", undefined]],
      );
    }
  });

  it(
    "stands in the order of time [tck-id-operational-behavior-data-publish-nbirth-order] " +
      "[tck-id-operational-behavior-data-publish-dbirth-order]",
    () => {
      const plant = new Plant();
      const edge = plant.edge({ metrics: [metric("x", 1), metric("y", 1)] });
      edge.node.born("press", [metric("n", 1), metric("m", 1)]);
      edge.node.changed(undefined, [
        reading("x", 2, START_MS + 20),
        reading("y", 3, START_MS + 10),
      ]);
      edge.node.changed("press", [reading("n", 2, START_MS + 30), reading("n", 3, START_MS + 20)]);
      plant.time.run(100);
      const times = (type: string): readonly unknown[] =>
        only(plant.of(type)).decoded.metrics.map(({ timestamp }) => timestamp);
      assert.deepEqual(times("NDATA"), [START_MS + 10, START_MS + 20]);
      assert.deepEqual(times("DDATA"), [START_MS + 20, START_MS + 30]);
      const born = times("NBIRTH").map(Number);
      assert.deepEqual(
        born,
        born.toSorted((a, b) => a - b),
      );
    },
  );
});
