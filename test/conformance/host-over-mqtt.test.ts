/** The host of `unshub host`, statement by statement, on the wire of a simulated network. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Commands } from "../../hub/src/command/index.ts";
import {
  HostOverMqtt,
  type HostEvent,
  type HostOverMqttOptions,
} from "../../hub/src/namespace/index.ts";
import { provedBy } from "../../scripts/citations.ts";
import { looking } from "../support/sparkplug-tree.ts";
import { SILENT_LOG } from "../support/silent-log.ts";
import {
  bdSeqMetric,
  HOST,
  metric,
  namesOf,
  nMetric,
  only,
  Plant,
  sayByHand,
  START_MS,
  STATE_TOPIC,
} from "../support/sparkplug-plant.ts";

/** A plant with the host of `unshub host` in it, online. */
function openHost(options: Partial<HostOverMqttOptions> = {}) {
  const plant = new Plant();
  const events: HostEvent[] = [];
  const host = new HostOverMqtt({
    hostId: HOST,
    clientId: "host",
    server: "a",
    connector: plant.network.connector,
    clock: plant.time.clock(),
    random: () => 0.5,
    mqttVersion: "5",
    keepAliveSeconds: 30,
    legacyState: "off",
    reorderTimeoutMs: 2000,
    certificates: false,
    log: SILENT_LOG,
    tell: (event) => events.push(event),
    ...options,
  });
  const commands = new Commands({
    tree: host.tree,
    log: SILENT_LOG,
    now: () => plant.time.clock().now(),
    nodeMetrics: "writable",
    publish: async (message) => host.publish(message),
  });
  const told = (event: HostEvent["event"]) => events.filter((each) => each.event === event);
  return { plant, host, commands, told, ...looking(host.tree) };
}

/** The same, and what it has said and heard until a moment after its start. */
function started(options: Partial<HostOverMqttOptions> = {}) {
  const opened = openHost(options);
  opened.host.start();
  opened.plant.time.run(100);
  return opened;
}

/** The same with an edge node and its device, both born. */
function living() {
  const opened = started();
  const edge = opened.plant.edge({ metrics: [metric("load", 1, { writable: true })] });
  edge.node.born("press", [metric("n", 1, { writable: true })]);
  opened.plant.time.run(100);
  opened.plant.network.passed.length = 0;
  return { ...opened, edge };
}

describe("CONNECT and STATE of unshub host", () => {
  it(
    "starts clean, without session expiry in MQTT 5 [tck-id-message-flow-phid-sparkplug-clean-session-311] " +
      "[tck-id-message-flow-phid-sparkplug-clean-session-50]",
    () => {
      for (const mqttVersion of ["3.1.1", "5"] as const) {
        const { plant } = started({ mqttVersion });
        assert.partialDeepStrictEqual(plant.network.connects, [
          { mqttVersion, cleanStart: true, sessionExpirySeconds: 0 },
        ]);
      }
    },
  );

  it(
    "registers STATE offline as Will: topic, JSON, time of the CONNECT, QoS 1, retained " +
      "[tck-id-operational-behavior-host-application-connect-will] [tck-id-host-topic-phid-death-required] " +
      "[tck-id-operational-behavior-host-application-connect-will-topic] [tck-id-host-topic-phid-death-topic] " +
      "[tck-id-payloads-state-will-message] [tck-id-operational-behavior-host-application-connect-will-payload] " +
      "[tck-id-host-topic-phid-death-payload] [tck-id-payloads-state-will-message-payload] " +
      "[tck-id-host-topic-phid-death-payload-timestamp-connect] " +
      "[tck-id-operational-behavior-host-application-connect-will-qos] [tck-id-host-topic-phid-death-qos] " +
      "[tck-id-payloads-state-will-message-qos] [tck-id-operational-behavior-host-application-connect-will-retained] " +
      "[tck-id-host-topic-phid-death-retain] [tck-id-payloads-state-will-message-retain]",
    () => {
      const { plant, host } = openHost();
      plant.time.run(12_345);
      host.start();

      const will = plant.network.connects[0]?.will;
      assert.ok(will);
      assert.deepEqual([will.topic, will.qos, will.retain], [STATE_TOPIC, 1, true]);
      const timestamp = START_MS + 12_345;
      assert.deepEqual(JSON.parse(Buffer.from(will.payload).toString()), {
        online: false,
        timestamp,
      });
    },
  );

  it(
    "subscribes, and once that stands says online first of all, with the time of its Will " +
      "[tck-id-message-flow-phid-sparkplug-subscription] [tck-id-host-topic-phid-birth-sub-required] " +
      "[tck-id-payloads-state-subscribe] [tck-id-message-flow-phid-sparkplug-state-publish] " +
      "[tck-id-host-topic-phid-birth-required] [tck-id-host-topic-phid-birth-message] " +
      "[tck-id-operational-behavior-host-application-connect-birth] [tck-id-host-topic-phid-birth-topic] " +
      "[tck-id-operational-behavior-host-application-connect-birth-topic] [tck-id-host-topic-phid-birth-qos] " +
      "[tck-id-host-topic-phid-birth-retain] [tck-id-operational-behavior-host-application-connect-birth-qos] " +
      "[tck-id-operational-behavior-host-application-connect-birth-retained] [tck-id-payloads-state-birth] " +
      "[tck-id-host-topic-phid-birth-payload] [tck-id-message-flow-phid-sparkplug-state-publish-payload] " +
      "[tck-id-operational-behavior-host-application-connect-birth-payload] [tck-id-payloads-state-birth-payload] " +
      "[tck-id-host-topic-phid-birth-payload-timestamp] " +
      "[tck-id-message-flow-phid-sparkplug-state-publish-payload-timestamp]",
    () => {
      const { plant, host } = openHost();
      plant.network.weather = { ...plant.network.weather, ackMs: 1000 };
      host.start();
      plant.time.run(1100); // subscribed, not yet acknowledged
      assert.deepEqual(plant.network.passed, []);
      assert.ok(plant.connection("host").wants(STATE_TOPIC));
      assert.ok(plant.connection("host").wants("spBv1.0/Plant1/NBIRTH/gw"));

      plant.time.run(2000);

      const [birth] = plant.states;
      assert.deepEqual([birth?.topic, birth?.qos, birth?.retain], [STATE_TOPIC, 1, true]);
      assert.equal(birth?.text, `{"online":true,"timestamp":${START_MS}}`);
    },
  );

  it(
    "says that it comes and goes, and leaves after that [tck-id-intro-sparkplug-host-state] " +
      "[tck-id-components-ph-state] [tck-id-conformance-primary-host] " +
      "[tck-id-operational-behavior-host-application-termination] " +
      "[tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean] " +
      "[tck-id-host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet] " +
      "[tck-id-operational-behavior-host-application-death-topic] " +
      "[tck-id-operational-behavior-host-application-death-payload] " +
      "[tck-id-operational-behavior-host-application-death-qos] " +
      "[tck-id-operational-behavior-host-application-death-retained] " +
      "[tck-id-operational-behavior-host-application-disconnect-intentional]",
    async () => {
      const { plant, host } = started();
      plant.time.run(5000);
      const leftAt = START_MS + Math.floor(plant.time.elapsedMs);

      const stopped = host.stop();
      plant.time.run(1000);
      await stopped;

      assert.deepEqual(
        plant.states.map(({ text }) => text),
        [`{"online":true,"timestamp":${START_MS}}`, `{"online":false,"timestamp":${leftAt}}`],
      );
      const death = plant.states.at(-1);
      assert.deepEqual([death?.topic, death?.qos, death?.retain], [STATE_TOPIC, 1, true]);
      assert.equal(plant.network.server("a").connections.size, 0);
    },
  );

  it("says online again, same time, when its own STATE is seen offline [tck-id-message-flow-hid-sparkplug-state-message-delivered]", () => {
    const { plant } = started();

    plant.hostSays(false, START_MS - 5);

    assert.equal(plant.states.at(-1)?.text, `{"online":true,"timestamp":${START_MS}}`);
  });

  it("notices another host under its id, and wins with a later time [tck-id-operational-behavior-host-application-host-id]", () => {
    const { plant, told } = started();

    plant.hostSays(false, START_MS + 60_000);
    plant.time.run(10_000);

    assert.equal(told("misused").length, 1);
    assert.equal(plant.states.at(-1)?.text, `{"online":true,"timestamp":${START_MS + 60_001}}`);
  });
});

describe("what unshub host hears", () => {
  it(
    "puts node and devices offline and their metrics away by its own clock at NDEATH " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-offline] " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale] " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-offline] " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale]",
    () => {
      const { plant, state, now, told } = living();
      plant.skew.ms = -86_400_000; // the edge node's clock is a day behind
      plant.connection("edge").drop("broken");
      const around = START_MS + plant.time.elapsedMs;
      plant.time.run(50);

      assert.deepEqual([state("Plant1/gw"), state("Plant1/gw/press")], ["offline", "offline"]);
      for (const path of ["Plant1/gw/load", "Plant1/gw/press/n"]) {
        assert.equal(now(path).quality, "offline");
      }
      const [death] = told("death");
      assert.ok(death?.event === "death" && Math.abs(death.at - around) < 100);
    },
  );

  it(
    "puts a device offline by the payload's clock at DDEATH " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-offline] " +
      "[tck-id-operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale]",
    () => {
      const { plant, edge, state, now, told } = living();
      plant.skew.ms = 3000;
      const diedAt = START_MS + Math.floor(plant.time.elapsedMs) + 3000;

      edge.node.died("press");
      plant.time.run(100);

      assert.deepEqual([state("Plant1/gw"), state("Plant1/gw/press")], ["online", "offline"]);
      assert.equal(now("Plant1/gw/press/n").quality, "offline");
      assert.partialDeepStrictEqual(told("death"), [{ device: "press", at: diedAt }]);
    },
  );

  it(
    "waits for what is missing, goes on when it comes, asks for births when it does not, as long as it is told to " +
      "[tck-id-operational-behavior-host-reordering-param] [tck-id-operational-behavior-host-reordering-start] " +
      "[tck-id-operational-behavior-host-reordering-success] [tck-id-operational-behavior-host-reordering-rebirth]",
    () => {
      const { plant, now, told } = started({ reorderTimeoutMs: 5000 });
      const data = (seq: number): void =>
        sayByHand(plant, { type: "NDATA", seq, at: START_MS + seq }, [nMetric(seq)]);
      sayByHand(plant, { type: "NBIRTH", seq: 0 }, [bdSeqMetric(0), nMetric(0)]);
      data(2);
      assert.equal(now("Plant1/hand/n").value, 0);
      data(1);
      assert.equal(now("Plant1/hand/n").value, 2);

      data(4);
      plant.time.run(4000);
      assert.deepEqual(plant.of("NCMD"), []);
      plant.time.run(2000);

      assert.equal(only(plant.of("NCMD")).topic, "spBv1.0/Plant1/NCMD/hand");
      assert.partialDeepStrictEqual(told("rebirth requested"), [{ cause: "messages missing" }]);
    },
  );
});

describe("commands of unshub host", () => {
  it(
    "ask for a rebirth by NCMD with Node Control/Rebirth true [tck-id-operational-behavior-data-commands-ncmd-verb] " +
      "[tck-id-operational-behavior-data-commands-ncmd-rebirth-verb] " +
      "[tck-id-operational-behavior-data-commands-ncmd-rebirth-name] " +
      "[tck-id-operational-behavior-data-commands-ncmd-rebirth-value]",
    () => {
      const { plant, host } = living();

      host.requestRebirth({ groupId: "Plant1", edgeNodeId: "gw" });
      plant.time.run(1000);

      const ncmd = only(plant.of("NCMD"));
      assert.deepEqual(namesOf(ncmd), ["Node Control/Rebirth"]);
      assert.deepEqual(ncmd.decoded.metrics[0]?.value, { field: "boolean", raw: true });
      assert.equal(plant.of("NBIRTH").length, 1);
    },
  );

  it(
    "write metrics by NCMD and DCMD at QoS 0, not retained, with a time, without seq, by the alias of the birth " +
      "[tck-id-topics-ncmd-topic] [tck-id-topics-ncmd-mqtt] [tck-id-payloads-ncmd-qos] " +
      "[tck-id-payloads-ncmd-retain] [tck-id-topics-ncmd-timestamp] [tck-id-payloads-ncmd-timestamp] " +
      "[tck-id-payloads-ncmd-seq] [tck-id-topics-ncmd-payload] [tck-id-topics-dcmd-topic] " +
      "[tck-id-operational-behavior-data-commands-dcmd-verb] [tck-id-topics-dcmd-mqtt] " +
      "[tck-id-payloads-dcmd-qos] [tck-id-payloads-dcmd-retain] [tck-id-topics-dcmd-timestamp] " +
      "[tck-id-payloads-dcmd-timestamp] [tck-id-payloads-dcmd-seq] [tck-id-topics-dcmd-payload] " +
      "[tck-id-payloads-name-cmd-requirement] [tck-id-payloads-alias-data-cmd-requirement]",
    (t) => {
      t.mock.timers.enable({ apis: ["setTimeout"] }); // nobody waits for the read-back
      const { plant, commands } = living();

      void commands.write("Plant1/gw/load", "7");
      void commands.write("Plant1/gw/press/n", "8");
      plant.time.run(100);

      const [ncmd, dcmd] = [only(plant.of("NCMD")), only(plant.of("DCMD"))];
      assert.equal(ncmd.topic, "spBv1.0/Plant1/NCMD/gw");
      assert.equal(dcmd.topic, "spBv1.0/Plant1/DCMD/gw/press");
      for (const { qos, retain, decoded } of [ncmd, dcmd]) {
        assert.deepEqual([qos, retain, decoded.seq], [0, false, undefined]);
        assert.ok(Number(decoded.timestamp) >= START_MS);
        assert.deepEqual(
          decoded.metrics.map(({ name, alias }) => [name, typeof alias]),
          [[undefined, "number"]],
        );
      }
      assert.partialDeepStrictEqual(
        plant
          .heard("write")
          .concat(plant.heard("nodeWrite"))
          .map(([each]) => each),
        [
          { deviceId: "press", metric: "n", value: 8 },
          { metric: "load", value: 7 },
        ],
      );
    },
  );

  it(
    "name a metric of the birth and fit it, or are not sent " +
      "[tck-id-operational-behavior-data-commands-ncmd-metric-name] " +
      "[tck-id-operational-behavior-data-commands-ncmd-metric-value] " +
      "[tck-id-operational-behavior-data-commands-dcmd-metric-name] " +
      "[tck-id-operational-behavior-data-commands-dcmd-metric-value]",
    async () => {
      const { plant, commands } = living();

      const outcomes = [
        await commands.write("Plant1/gw/nothing", "7"),
        await commands.write("Plant1/gw/load", "99999999999"),
        await commands.write("Plant1/gw/press/nothing", "7"),
        await commands.write("Plant1/gw/press/n", "high"),
      ];
      plant.time.run(100);

      for (const { result } of outcomes) assert.equal(result, "refused");
      assert.deepEqual([...plant.of("NCMD"), ...plant.of("DCMD")], []);
    },
  );
});

/** One command is at one server; several servers take several. */
const OF_SEVERAL_SERVERS = [
  "operational-behavior-primary-application-state-with-multiple-servers-state",
  "operational-behavior-host-application-multi-server-timestamp",
];

describe("the statements for hosts", () => {
  it("are all proved for unshub host, but those of several servers", () => {
    const file = join(import.meta.dirname, "host-over-mqtt.test.ts");
    const proved = new Set(provedBy(readFileSync(file, "utf8"), file).map(({ id }) => id));
    const statements: readonly { readonly id: string; readonly role: string }[] = JSON.parse(
      readFileSync(join(import.meta.dirname, "sparkplug-ids.json"), "utf8"),
    );

    const open = statements.filter(({ id, role }) => role === "H" && !proved.has(id));

    assert.deepEqual(
      open.map(({ id }) => id),
      OF_SEVERAL_SERVERS,
    );
  });
});
