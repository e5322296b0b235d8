import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { legacyStateMessage, readState, stateMessage, SparkplugError } from "@unshub/sparkplug";
import { HOST, metric, Plant } from "../support/sparkplug-plant.ts";

describe("an edge node that waits for its host", () => {
  it("stays where it is when there is one server only", () => {
    const plant = new Plant();
    const edge = plant.edge({ primaryHostId: HOST, hostTimeoutMs: 1000 });
    plant.time.run(60_000);
    assert.deepEqual(edge.state, { kind: "waitingForHost", server: "a" });
    assert.equal(plant.network.connects.length, 1);
  });

  it("walks on when no STATE comes in time, and comes round again", () => {
    const plant = new Plant();
    const edge = plant.edge({ primaryHostId: HOST, hostTimeoutMs: 1000, servers: ["a", "b"] });
    plant.time.run(2500);
    plant.hostSays(true, 5, "a");
    plant.time.run(20_000);
    assert.deepEqual(edge.state, { kind: "born", server: "a" });
    assert.ok(plant.of("NBIRTH").every(({ server }) => server === "a"));
  });

  it("keeps one time for each server", () => {
    const plant = new Plant();
    plant.hostSays(true, 5000, "a");
    plant.hostSays(true, 10, "b");
    const edge = plant.edge({ primaryHostId: HOST, servers: ["a", "b"] });
    plant.hostSays(false, 6000, "a");
    plant.time.run(5000);
    assert.deepEqual(edge.state, { kind: "born", server: "b" });
  });

  it("reads the STATE of hosts before 3.0 where a server shows no other", () => {
    const plant = new Plant();
    const edge = plant.edge({ primaryHostId: HOST });
    plant.say(legacyStateMessage(HOST, true));
    assert.equal(edge.state.kind, "born");

    plant.hostSays(true, 10);
    plant.say(legacyStateMessage(HOST, false));
    assert.equal(edge.state.kind, "born");
  });

  it("says so when the host's STATE cannot be read", () => {
    const plant = new Plant();
    const edge = plant.edge({ primaryHostId: HOST });
    const { topic } = stateMessage(HOST, { online: true, timestamp: 1 });
    const payload = Uint8Array.from(Buffer.from('{"online":"true","timestamp":1}'));
    plant.say({ topic, payload, qos: 1, retain: true });
    assert.equal(edge.state.kind, "waitingForHost");
    assert.match(JSON.stringify(plant.heard("refused")), /not a STATE message/);
  });

  it("comes back with the same devices", () => {
    const plant = new Plant();
    plant.hostSays(true, 10);
    const edge = plant.edge({ primaryHostId: HOST });
    edge.node.born("press", [metric("n", 1)]);
    plant.hostSays(false, 20);
    plant.time.run(5000);
    plant.network.passed.length = 0;
    plant.hostSays(true, 30);
    assert.deepEqual(
      plant.seen.map(({ type }) => type),
      ["NBIRTH", "DBIRTH"],
    );
  });
});

describe("an edge node with several servers and no host to wait for", () => {
  it("goes to the next when one cannot be reached, and stays where it was born", () => {
    const plant = new Plant();
    plant.network.server("a").isDown = true;
    const edge = plant.edge({ servers: ["a", "b"] });
    plant.time.run(5000);
    plant.network.server("a").isDown = false;
    plant.connection("edge", "b").drop("broken");
    plant.time.run(5000);
    assert.deepEqual(edge.state, { kind: "born", server: "b" });
    assert.deepEqual(
      plant.of("NBIRTH").map(({ server }) => server),
      ["b", "b"],
    );
  });
});

describe("stopping an edge node", () => {
  it("ends at once while it waits for its next attempt, and twice does no harm", async () => {
    const plant = new Plant();
    plant.network.server("a").isDown = true;
    const edge = plant.edge();
    await edge.stop();
    await edge.stop();
    plant.time.run(60_000);
    assert.equal(plant.network.connects.length, 1);
  });

  it("cuts a connection that does not close", async () => {
    const plant = new Plant();
    const edge = plant.edge();
    plant.connection("edge").close = () => undefined;
    const stopped = edge.stop();
    plant.time.run(1000);
    await stopped;
    assert.equal(edge.state.kind, "stopped");
  });
});

describe("a STATE message", () => {
  it("is read with whatever else stands in it", () => {
    const text = '{"name":"ö","online":true,"timestamp":5}';
    assert.deepEqual(readState(Uint8Array.from(Buffer.from(text))), { online: true, timestamp: 5 });
    const { payload } = stateMessage("h", { online: false, timestamp: 0 });
    assert.deepEqual(readState(payload), { online: false, timestamp: 0 });
  });

  const wrong = [
    "",
    "ONLINE",
    "null",
    "[]",
    "{}",
    '{"online":"true","timestamp":5}',
    '{"online":true,"timestamp":"5"}',
    '{"online":true,"timestamp":1.5}',
    '{"online":true,"timestamp":-1}',
    `{"online":true,"timestamp":5,"x":"${"y".repeat(5000)}"}`,
  ];
  for (const text of wrong) {
    it(`is refused when it is ${text.slice(0, 40) || "empty"}`, () => {
      const payload = Uint8Array.from(Buffer.from(text));
      assert.throws(
        () => readState(payload),
        (error) => error instanceof SparkplugError && error.code === "STATE_MALFORMED",
      );
    });
  }
});
