/** CONNECT and STATE of a host, statement by statement, seen on the wire of a simulated network. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { legacyStateMessage } from "@unshub/sparkplug";
import { Plant, START_MS, STATE_TOPIC } from "../support/sparkplug-plant.ts";

describe("CONNECT and STATE of a host", () => {
  it("starts clean with MQTT 3.1.1 [tck-id-message-flow-phid-sparkplug-clean-session-311]", () => {
    const plant = new Plant();
    plant.host({ mqttVersion: "3.1.1" });
    const [request] = plant.network.connects;
    assert.deepEqual([request?.mqttVersion, request?.cleanStart], ["3.1.1", true]);
  });

  it("starts clean without session expiry with MQTT 5 [tck-id-message-flow-phid-sparkplug-clean-session-50]", () => {
    const plant = new Plant();
    plant.host();
    const [request] = plant.network.connects;
    assert.deepEqual([request?.cleanStart, request?.sessionExpirySeconds], [true, 0]);
  });

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
      const plant = new Plant();
      plant.time.run(12_345);
      plant.host();
      const will = plant.network.connects[0]?.will;
      assert.ok(will);
      assert.deepEqual([will.topic, will.qos, will.retain], [STATE_TOPIC, 1, true]);
      assert.deepEqual(JSON.parse(Buffer.from(will.payload).toString()), {
        online: false,
        timestamp: START_MS + 12_345,
      });
    },
  );

  it(
    "subscribes, and once that stands publishes STATE online first of all, with the time of its Will " +
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
      "[tck-id-message-flow-phid-sparkplug-state-publish-payload-timestamp] " +
      "[tck-id-principles-birth-certificates-order] [tck-id-topic-structure-namespace-device-id-non-associated-message-types]",
    () => {
      const plant = new Plant();
      plant.network.weather = { ...plant.network.weather, ackMs: 1000 };
      plant.host();
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
    "does so at every server and in every session, with a time for each " +
      "[tck-id-operational-behavior-primary-application-state-with-multiple-servers-state] " +
      "[tck-id-operational-behavior-host-application-multi-server-timestamp] " +
      "[tck-id-operational-behavior-primary-application-state-with-multiple-servers-state-subs]",
    () => {
      const plant = new Plant();
      const host = plant.host({ servers: ["a", "b"] });
      plant.time.run(5000);
      plant.connection("host", "b").drop("broken");
      plant.time.run(5000);

      const births = plant.states.filter(({ text }) => text.includes("true"));
      const times = births.map(({ server, text }) => [
        server,
        JSON.parse(text).timestamp > START_MS,
      ]);
      assert.deepEqual(times, [
        ["a", false],
        ["b", false],
        ["b", true],
        ["b", true], // answers the Will of the connection before
      ]);
      assert.deepEqual(host.online, ["a", "b"]);
      plant.hostSays(false, START_MS); // an old Will, at a: answered with the time of a
      assert.equal(plant.states.at(-1)?.text, `{"online":true,"timestamp":${START_MS}}`);
    },
  );

  it(
    "publishes STATE for coming and going [tck-id-intro-sparkplug-host-state] [tck-id-components-ph-state] " +
      "[tck-id-conformance-primary-host] [tck-id-operational-behavior-host-application-termination] " +
      "[tck-id-host-topic-phid-death-payload-timestamp-disconnect-clean] " +
      "[tck-id-host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet] " +
      "[tck-id-operational-behavior-host-application-death-topic] " +
      "[tck-id-operational-behavior-host-application-death-payload] " +
      "[tck-id-operational-behavior-host-application-death-qos] " +
      "[tck-id-operational-behavior-host-application-death-retained] " +
      "[tck-id-operational-behavior-host-application-disconnect-intentional]",
    async () => {
      const plant = new Plant();
      const host = plant.host();
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
      assert.equal(plant.network.server("a").connections.size, 0); // it left only after that
    },
  );

  it("says online again, same time, when its own STATE is seen offline [tck-id-message-flow-hid-sparkplug-state-message-delivered]", () => {
    const plant = new Plant();
    plant.host();
    plant.hostSays(false, START_MS - 5);
    const online = `{"online":true,"timestamp":${START_MS}}`;
    assert.deepEqual(
      plant.states.map(({ text }) => text),
      [online, `{"online":false,"timestamp":${START_MS - 5}}`, online],
    );
  });

  it("subscribes to its own STATE whatever else it reads [tck-id-host-topic-phid-birth-sub-required]", () => {
    const plant = new Plant();
    plant.host({ filters: ["spBv1.0/Plant1/#"] });
    assert.ok(plant.connection("host").wants(STATE_TOPIC));
    assert.equal(plant.connection("host").wants("spBv1.0/STATE/other"), false);
  });

  it("notices another host under its id, and wins with a later time [tck-id-operational-behavior-host-application-host-id]", () => {
    const plant = new Plant();
    plant.host();
    plant.hostSays(false, START_MS + 60_000);
    plant.time.run(10_000);
    assert.match(String(plant.heard("misused")[0]?.[1]), /another client says "offline"/);
    assert.equal(plant.states.at(-1)?.text, `{"online":true,"timestamp":${START_MS + 60_001}}`);
  });

  it("never goes back in time, whatever its clock does", () => {
    const plant = new Plant();
    const saved = new Map<string, number>([["a", START_MS + 1_000_000]]);
    const stateTimes = {
      last: (server: string) => saved.get(server),
      save: (server: string, at: number) => void saved.set(server, at),
    };
    plant.host({ stateTimes });
    assert.equal(plant.states[0]?.text, `{"online":true,"timestamp":${START_MS + 1_000_001}}`);
    assert.equal(saved.get("a"), START_MS + 1_000_001);
  });

  it("mirrors STATE in the form before 3.0 when asked to, and reads that of others", () => {
    const plant = new Plant();
    plant.host({ legacyState: "mirrored", filters: ["spBv1.0/#", "STATE/+"] });
    plant.say(legacyStateMessage("old", true));
    const mirrored = plant.states.find(({ topic }) => topic === "STATE/scada");
    assert.deepEqual([mirrored?.text, mirrored?.qos, mirrored?.retain], ["ONLINE", 1, true]);
    const told = { server: "a", online: true, timestamp: undefined };
    assert.deepEqual(plant.heard("hostState").at(-1), ["old", told]);
  });
});
