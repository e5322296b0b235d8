/** Rebirth requests and commands of a host, statement by statement. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodePayload, metricValue, nodeTopic } from "@unshub/sparkplug";
import {
  bdSeqMetric,
  livePlant,
  nMetric,
  NODE,
  Plant,
  sayByHand,
  START_MS,
} from "../support/sparkplug-plant.ts";

describe("rebirth requests of a host", () => {
  it(
    "are NCMD with Node Control/Rebirth true [tck-id-operational-behavior-data-commands-ncmd-rebirth-verb] " +
      "[tck-id-operational-behavior-data-commands-ncmd-rebirth-name] " +
      "[tck-id-operational-behavior-data-commands-ncmd-rebirth-value]",
    () => {
      const plant = new Plant();
      plant.host();
      sayByHand(plant, { type: "NDATA", seq: 9 }, [nMetric(1)]);
      plant.time.run(1000);
      const [request] = plant.of("NCMD");
      assert.equal(request?.topic, "spBv1.0/Plant1/NCMD/hand");
      const [rebirth] = request?.decoded.metrics ?? [];
      assert.equal(rebirth?.name, "Node Control/Rebirth");
      assert.equal(rebirth && metricValue(rebirth, "Boolean"), true);
    },
  );

  it("do not become a storm, and stop after a while", () => {
    const plant = new Plant();
    plant.host();
    for (let seq = 0; seq < 200; seq += 1) sayByHand(plant, { type: "NDATA", seq }, [nMetric(1)]);
    assert.ok(plant.of("NCMD").length <= 4, `${plant.of("NCMD").length} in 20 s`);
    plant.time.run(86_400_000);
    assert.equal(plant.of("NCMD").length, 8);
  });

  it("share one budget", () => {
    const plant = new Plant();
    plant.host({ rebirths: { burst: 5, perSecond: 1, jitterMs: 0 } });
    for (let node = 0; node < 50; node += 1) {
      const payload = encodePayload({ timestamp: START_MS, seq: 1, metrics: [nMetric(1)] });
      const topic = nodeTopic("NDATA", "Plant1", `node${node}`);
      plant.network.server("a").publish("x", { topic, payload, qos: 0, retain: false });
    }
    plant.time.run(1000);
    assert.ok(plant.of("NCMD").length <= 6);
    plant.time.run(120_000);
    assert.equal(new Set(plant.of("NCMD").map(({ topic }) => topic)).size, 50);
  });
});

describe("commands of a host", () => {
  it(
    "go out as NCMD and DCMD at QoS 0, not retained, with a time and without seq " +
      "[tck-id-topics-ncmd-topic] [tck-id-operational-behavior-data-commands-ncmd-verb] " +
      "[tck-id-topics-ncmd-mqtt] [tck-id-payloads-ncmd-qos] [tck-id-payloads-ncmd-retain] " +
      "[tck-id-topics-ncmd-timestamp] [tck-id-payloads-ncmd-timestamp] [tck-id-payloads-ncmd-seq] " +
      "[tck-id-topics-dcmd-topic] [tck-id-operational-behavior-data-commands-dcmd-verb] " +
      "[tck-id-topics-dcmd-mqtt] [tck-id-payloads-dcmd-qos] [tck-id-payloads-dcmd-retain] " +
      "[tck-id-topics-dcmd-timestamp] [tck-id-payloads-dcmd-timestamp] [tck-id-payloads-dcmd-seq] " +
      "[tck-id-payloads-timestamp-in-UTC] [tck-id-topic-structure-namespace-device-id-associated-message-types]",
    () => {
      const { plant, host } = livePlant();
      host.application.write({ ...NODE, metric: "load", value: 5 });
      host.application.write({ ...NODE, deviceId: "press", metric: "n", value: 6 });
      const sentAt = START_MS + Math.floor(plant.time.elapsedMs);
      plant.time.run(100);

      const commands = [...plant.of("NCMD"), ...plant.of("DCMD")];
      assert.deepEqual(
        commands.map(({ topic }) => topic),
        ["spBv1.0/Plant1/NCMD/gw", "spBv1.0/Plant1/DCMD/gw/press"],
      );
      for (const { qos, retain, decoded } of commands) {
        assert.deepEqual(
          [qos, retain, decoded.timestamp, decoded.seq],
          [0, false, sentAt, undefined],
        );
      }
    },
  );

  it(
    "carry the metric to write, by its alias and without datatype, and reach the device " +
      "[tck-id-topics-ncmd-payload] [tck-id-topics-dcmd-payload] [tck-id-payloads-alias-data-cmd-requirement] " +
      "[tck-id-payloads-metric-datatype-not-req] [tck-id-payloads-name-cmd-requirement] " +
      "[tck-id-payloads-metric-timestamp-in-UTC]",
    () => {
      const { plant, host } = livePlant();
      host.application.write({ ...NODE, metric: "load", value: 5 });
      host.application.write({ ...NODE, deviceId: "press", metric: "n", value: 6 });
      const sentAt = START_MS + Math.floor(plant.time.elapsedMs);
      plant.time.run(100);
      for (const { decoded } of [...plant.of("NCMD"), ...plant.of("DCMD")]) {
        const [only, more] = decoded.metrics;
        assert.equal(more, undefined);
        assert.deepEqual(
          [only?.name, only?.datatype, only?.timestamp],
          [undefined, undefined, sentAt],
        );
        assert.notEqual(only?.alias, undefined);
      }
      assert.deepEqual(plant.heard("nodeWrite"), [[{ metric: "load", value: 5 }]]);
      const written = { deviceId: "press", metric: "n", value: 6, timestamp: sentAt };
      assert.deepEqual(plant.heard("write"), [[written]]);
    },
  );

  it("go by name where the birth told no alias [tck-id-payloads-name-requirement]", () => {
    const plant = new Plant();
    const host = plant.host();
    sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(0)]);
    host.application.write({ groupId: "Plant1", edgeNodeId: "hand", metric: "n", value: 1 });
    plant.time.run(100);
    assert.equal(plant.of("NCMD")[0]?.decoded.metrics[0]?.name, "n");
  });

  it(
    "write only what the birth told, in values that fit, and say why not " +
      "[tck-id-operational-behavior-data-commands-ncmd-metric-name] " +
      "[tck-id-operational-behavior-data-commands-ncmd-metric-value] " +
      "[tck-id-operational-behavior-data-commands-dcmd-metric-name] " +
      "[tck-id-operational-behavior-data-commands-dcmd-metric-value]",
    () => {
      const { plant, host, edge } = livePlant();
      const press = { ...NODE, deviceId: "press" };
      const because = [
        { ...NODE, metric: "no such", value: 1 },
        { ...NODE, metric: "load", value: 1.5 },
        { ...press, metric: "no such", value: 1 },
        { ...press, metric: "n", value: 2 ** 31 },
        { ...press, metric: "n", value: "five" },
        { ...press, metric: "ro", value: 1 },
        { ...press, metric: "n", value: null },
        { ...NODE, deviceId: "oven", metric: "n", value: 1 },
        { ...NODE, edgeNodeId: "nobody", metric: "n", value: 1 },
      ].map((write) => {
        const result = host.application.write(write);
        return result.sent ? "sent" : result.because;
      });
      plant.time.run(100);

      assert.deepEqual(
        [...plant.of("NCMD"), ...plant.of("DCMD")].map(({ topic }) => topic),
        [],
      );
      const expected = [
        /no metric "no such"/,
        /whole number/,
        /no metric "no such"/,
        /outside Int32/,
        /Int32 takes/,
        /read-only/,
        /needs a value/,
        /device "oven" is not online/,
        /"Plant1\/nobody" is not online/,
      ];
      for (const [index, pattern] of expected.entries())
        assert.match(because[index] ?? "", pattern);
      assert.equal(edge.node.isBorn, true);
    },
  );

  it("are those of others too, and say nothing of a node", () => {
    const { plant, host } = livePlant();
    const before = host.application.node(NODE)?.session;
    plant.say({
      topic: "spBv1.0/Plant1/DCMD/gw/press",
      payload: encodePayload({ metrics: [nMetric(1)] }),
      qos: 0,
      retain: false,
    });
    assert.deepEqual(host.application.node(NODE)?.session, before);
  });
});
