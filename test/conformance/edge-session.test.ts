/** CONNECT, subscriptions, leaving, primary host and rebirth of an edge node, statement by statement. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  bdSeqOf,
  datatypeCode,
  decodePayload,
  encodePayload,
  type MetricToSend,
  type MqttVersion,
  metricValue,
  REBIRTH,
  rebirthRequest,
  stateMessage,
} from "@unshub/sparkplug";
import {
  EDGE_TOPICS,
  fullLife,
  HOST,
  metric,
  NODE,
  only,
  Plant,
  reading,
  START_MS,
} from "../support/sparkplug-plant.ts";

/** Stops an edge node; gives the reason of its DISCONNECT, and for each NDEATH whether the server made it of the Will. */
async function leaving(mqttVersion: MqttVersion): Promise<{ reasons: number[]; wills: boolean[] }> {
  const plant = new Plant();
  const edge = plant.edge({ mqttVersion });
  const connection = plant.connection("edge");
  const reasons: number[] = [];
  const close = connection.close.bind(connection);
  connection.close = (reason) => {
    reasons.push(reason);
    close(reason);
  };
  const stopped = edge.stop();
  plant.time.run(1000);
  await stopped;
  return { reasons, wills: plant.of("NDEATH").map(({ isWill }) => isWill) };
}

describe("CONNECT and Will of an edge node", () => {
  it("starts clean with MQTT 3.1.1 [tck-id-principles-persistence-clean-session-311]", () => {
    const plant = new Plant();
    plant.edge({ mqttVersion: "3.1.1" });
    const [request] = plant.network.connects;
    assert.deepEqual([request?.mqttVersion, request?.cleanStart], ["3.1.1", true]);
  });

  it("starts clean without session expiry with MQTT 5 [tck-id-principles-persistence-clean-session-50]", () => {
    const plant = new Plant();
    plant.edge({ mqttVersion: "5" });
    const [request] = plant.network.connects;
    assert.deepEqual([request?.cleanStart, request?.sessionExpirySeconds], [true, 0]);
  });

  it(
    "registers its NDEATH as Will: topic, protobuf, QoS 1, not retained " +
      "[tck-id-message-flow-edge-node-birth-publish-will-message] [tck-id-payloads-ndeath-will-message] " +
      "[tck-id-message-flow-edge-node-birth-publish-will-message-topic] [tck-id-topics-ndeath-topic] " +
      "[tck-id-message-flow-edge-node-birth-publish-will-message-payload] " +
      "[tck-id-message-flow-edge-node-birth-publish-will-message-qos] [tck-id-payloads-ndeath-will-message-qos] " +
      "[tck-id-message-flow-edge-node-birth-publish-will-message-will-retained] " +
      "[tck-id-payloads-ndeath-will-message-retain]",
    () => {
      const plant = new Plant();
      plant.edge();
      const will = plant.network.connects[0]?.will;
      assert.ok(will);
      assert.equal(will.topic, EDGE_TOPICS["NDEATH"]);
      assert.deepEqual([will.qos, will.retain], [1, false]);
      assert.doesNotThrow(() => decodePayload(will.payload));
    },
  );

  it(
    "puts nothing but bdSeq into NDEATH, no seq, as Will and as message [tck-id-topics-ndeath-payload] " +
      "[tck-id-topics-ndeath-seq] [tck-id-payloads-ndeath-seq]",
    async () => {
      const plant = await fullLife();
      const [will] = plant.network.connects.map((request) => decodePayload(request.will.payload));
      for (const death of [will, plant.of("NDEATH")[0]?.decoded]) {
        assert.deepEqual(
          death?.metrics.map(({ name }) => name),
          ["bdSeq"],
        );
        assert.equal(death?.seq, undefined);
      }
    },
  );

  it(
    "counts bdSeq as Int64 from 0 with every CONNECT, 255 then 0 [tck-id-topics-nbirth-bdseq-increment] " +
      "[tck-id-message-flow-edge-node-birth-publish-will-message-payload-bdSeq]",
    () => {
      const plant = new Plant();
      plant.edge();
      for (let session = 0; session < 257; session += 1) {
        plant.connection("edge").drop("broken");
        plant.time.run(60_000);
      }
      const wills = plant.network.connects.map(({ will }) => decodePayload(will.payload));
      assert.deepEqual(
        wills.map(bdSeqOf),
        Array.from({ length: 258 }, (_, index) => index % 256),
      );
      assert.equal(wills[0]?.metrics[0]?.datatype, datatypeCode("Int64"));
    },
  );

  it(
    "says the same bdSeq in Will, NBIRTH and NDEATH of a session [tck-id-payloads-ndeath-bdseq] " +
      "[tck-id-topics-nbirth-bdseq-matching] [tck-id-payloads-nbirth-bdseq-repeat] " +
      "[tck-id-message-flow-edge-node-birth-publish-nbirth-payload-bdSeq] " +
      "[tck-id-topics-nbirth-bdseq-included] [tck-id-payloads-nbirth-bdseq]",
    () => {
      const plant = new Plant();
      plant.edge();
      for (const session of [1, 2, 3]) {
        plant.connection("edge").drop(`broken ${session}`);
        plant.time.run(60_000);
      }
      const wills = plant.network.connects.map(({ will }) => bdSeqOf(decodePayload(will.payload)));
      assert.deepEqual(
        plant.of("NBIRTH").map(({ decoded }) => bdSeqOf(decoded)),
        wills,
      );
      assert.deepEqual(
        plant.of("NDEATH").map(({ decoded }) => bdSeqOf(decoded)),
        wills.slice(0, 3),
      );
      const inBirth = plant.of("NBIRTH")[0]?.decoded.metrics.find(({ name }) => name === "bdSeq");
      assert.equal(inBirth?.datatype, datatypeCode("Int64"));
    },
  );
});

describe("subscriptions of an edge node", () => {
  it(
    "asks for its NCMD and its devices' DCMD at QoS 1 and waits for the answer before NBIRTH " +
      "[tck-id-message-flow-edge-node-ncmd-subscribe] [tck-id-message-flow-device-dcmd-subscribe] " +
      "[tck-id-message-flow-edge-node-birth-publish-connect] [tck-id-principles-birth-certificates-order]",
    () => {
      const plant = new Plant();
      plant.network.weather = { ...plant.network.weather, ackMs: 1000 };
      const edge = plant.edge();
      edge.node.born("press", [metric("n", 1)]);
      edge.node.changed("press", [reading("n", 2)]);
      plant.time.run(1100); // connected, subscribed, not yet acknowledged
      assert.deepEqual(plant.network.passed, []);

      plant.time.run(2000);

      const connection = plant.connection("edge"); // every subscription of a Connection is at QoS 1
      for (const topic of ["spBv1.0/Plant1/NCMD/gw", "spBv1.0/Plant1/DCMD/gw/press"]) {
        assert.ok(connection.wants(topic), topic);
      }
      assert.equal(plant.seen[0]?.type, "NBIRTH");
    },
  );
});

describe("deaths and leaving", () => {
  it("tells at once that a device is lost [tck-id-operational-behavior-device-ddeath]", () => {
    const plant = new Plant();
    const edge = plant.edge();
    edge.node.born("press", [metric("n", 1)]);
    edge.node.died("press");
    plant.time.run(100);
    assert.equal(only(plant.of("DDEATH")).deviceId, "press");
  });

  it(
    "publishes NDEATH before DISCONNECT of MQTT 3.1.1, which discards the Will " +
      "[tck-id-operational-behavior-edge-node-intentional-disconnect-ndeath] " +
      "[tck-id-operational-behavior-edge-node-intentional-disconnect-packet] " +
      "[tck-id-payloads-ndeath-will-message-publisher] " +
      "[tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt311]",
    async () => {
      assert.deepEqual(await leaving("3.1.1"), { reasons: [4], wills: [false] });
    },
  );

  it(
    "publishes NDEATH before DISCONNECT of MQTT 5, whose reason 4 makes the server send the Will too " +
      "[tck-id-payloads-ndeath-will-message-publisher] " +
      "[tck-id-payloads-ndeath-will-message-publisher-disconnect-mqtt50]",
    async () => {
      assert.deepEqual(await leaving("5"), { reasons: [4], wills: [false, true] });
    },
  );
});

describe("an edge node with a primary host", () => {
  const patient = { primaryHostId: HOST, servers: ["a", "b"] } as const;

  it(
    "is born only once that very host says online [tck-id-message-flow-edge-node-birth-publish-phid-wait] " +
      "[tck-id-operational-behavior-edge-node-birth-sequence-wait] " +
      "[tck-id-message-flow-edge-node-birth-publish-phid-wait-id] " +
      "[tck-id-message-flow-edge-node-birth-publish-phid-wait-online] " +
      "[tck-id-operational-behavior-primary-application-state-with-multiple-servers-state-subs]",
    () => {
      const plant = new Plant();
      plant.edge({ primaryHostId: HOST });
      assert.ok(plant.connection("edge").wants(`spBv1.0/STATE/${HOST}`));
      plant.say(stateMessage("scada2", { online: true, timestamp: 5 }));
      plant.hostSays(false, 10);
      assert.equal(plant.seen.length, 0);

      plant.hostSays(true, 11);

      assert.equal(plant.seen[0]?.type, "NBIRTH");
    },
  );

  it("takes a STATE that is as new as the last or newer, and any first one [tck-id-message-flow-edge-node-birth-publish-phid-wait-timestamp]", () => {
    const plant = new Plant();
    plant.edge({ primaryHostId: HOST });
    plant.hostSays(false, 1000);
    plant.hostSays(true, 999);
    assert.equal(plant.seen.length, 0);

    plant.hostSays(true, 1000);

    assert.equal(plant.seen[0]?.type, "NBIRTH");
  });

  it(
    "dies, leaves and goes to the next server when the host goes " +
      "[tck-id-message-flow-edge-node-birth-publish-phid-offline] " +
      "[tck-id-operational-behavior-edge-node-termination-host-offline] " +
      "[tck-id-operational-behavior-edge-node-termination-host-offline-reconnect] " +
      "[tck-id-operational-behavior-primary-application-state-with-multiple-servers-walk] " +
      "[tck-id-operational-behavior-primary-application-state-with-multiple-servers-single-server]",
    () => {
      const plant = new Plant();
      plant.hostSays(true, 1000);
      plant.hostSays(true, 1000, "b");
      plant.edge(patient);
      plant.hostSays(false, 2000);
      plant.time.run(2000);

      const story = plant.seen.map(
        ({ server, type, isWill }) => `${server} ${type}${isWill ? " (will)" : ""}`,
      );
      assert.deepEqual(story, ["a NBIRTH", "a NDEATH", "a NDEATH (will)", "b NBIRTH"]);
      assert.equal(plant.network.server("a").connections.size, 0);
      assert.equal(plant.network.server("b").connections.size, 1);
    },
  );

  it("stays when an older offline comes late [tck-id-operational-behavior-edge-node-termination-host-offline-timestamp]", () => {
    const plant = new Plant();
    plant.hostSays(true, 1000);
    const edge = plant.edge(patient);
    plant.hostSays(false, 999);
    assert.deepEqual(edge.state, { kind: "born", server: "a" });
  });
});

describe("rebirth", () => {
  it(
    "stops data at once and sends all births with the same bdSeq " +
      "[tck-id-operational-behavior-data-commands-rebirth-action-1] " +
      "[tck-id-operational-behavior-data-commands-rebirth-action-2] " +
      "[tck-id-operational-behavior-data-commands-rebirth-action-3]",
    () => {
      const plant = new Plant();
      const edge = plant.edge();
      edge.node.born("press", [metric("n", 0)]);
      edge.node.born("oven", [metric("n", 0)]);
      plant.time.run(100);
      plant.network.weather = { ...plant.network.weather, roomFor: 1 };
      plant.network.passed.length = 0;
      const request = rebirthRequest(NODE, START_MS);
      for (let value = 1; value < 9; value += 1) edge.node.changed("press", [reading("n", value)]);
      edge.node.received(request.topic, request.payload);
      plant.time.run(1000);

      // The first reading was on its way already; the seven that waited give way to the births.
      assert.deepEqual(
        plant.seen.map(({ type }) => type),
        ["DDATA", "NBIRTH", "DBIRTH", "DBIRTH"],
      );
      assert.deepEqual(
        plant.seen.map(({ decoded }) => decoded.seq),
        [3, 0, 1, 2],
      );
      assert.equal(bdSeqOf(plant.seen[1]?.decoded ?? assert.fail()), 0);
      const n = plant.seen[2]?.decoded.metrics[0];
      assert.equal(n && metricValue(n, "Int32"), 8);
    },
  );

  it("is asked for by name alone, and false asks for nothing", () => {
    const plant = new Plant();
    plant.edge();
    const metrics: MetricToSend[] = [
      { name: REBIRTH, datatype: "Boolean", tellDatatype: true, value: false },
    ];
    plant.say({ ...rebirthRequest(NODE, 1), payload: encodePayload({ metrics }) });
    assert.equal(plant.of("NBIRTH").length, 1);
  });
});
