import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryReadingStore, metricValue, rebirthRequest } from "@unshub/sparkplug";
import { metric, NODE, Plant, reading, START_MS, type Seen } from "../support/sparkplug-plant.ts";

/** Values of the first metric of each message, with `~` before historical ones. */
function valuesOf(messages: readonly Seen[]): readonly string[] {
  return messages.flatMap(({ decoded }) =>
    decoded.metrics.map((each) => {
      const value = JSON.stringify(metricValue(each, "Int32"));
      return each.isHistorical ? `~${value}` : value;
    }),
  );
}

describe("the outgoing queue of an edge node", () => {
  it("says that it was full, and births with the last values follow, without a gap in seq", () => {
    const plant = new Plant();
    const edge = plant.edge({ queueLimit: 3 });
    edge.node.born("press", [metric("n", 0)]);
    plant.time.run(100);
    plant.network.passed.length = 0;
    plant.network.weather = { ...plant.network.weather, roomFor: 1 };

    for (let value = 1; value <= 10; value += 1) edge.node.changed("press", [reading("n", value)]);
    plant.time.run(1000);

    assert.deepEqual(
      plant.seen.map(({ type }) => type),
      ["DDATA", "NBIRTH", "DBIRTH"],
    );
    assert.deepEqual(
      plant.seen.map(({ decoded }) => decoded.seq),
      [2, 0, 1],
    );
    assert.deepEqual(valuesOf(plant.of("DBIRTH")), ["10"]);
    assert.match(JSON.stringify(plant.heard("reborn")), /"because":"queue was full"/);
    const skipped = plant.heard("skipped").map(([event]) => JSON.stringify(event));
    assert.match(skipped[0] ?? "", /"because":"queue full","readings":4,"kept":false/);
  });

  it("keeps what it could not send where there is a store, and sends it as historical values", () => {
    const plant = new Plant();
    const edge = plant.edge({ queueLimit: 3, store: new MemoryReadingStore(100) });
    edge.node.born("press", [metric("n", 0)]);
    plant.time.run(100);
    plant.network.passed.length = 0;
    plant.network.weather = { ...plant.network.weather, roomFor: 1 };

    for (let value = 1; value <= 10; value += 1) edge.node.changed("press", [reading("n", value)]);
    plant.time.run(1000);

    const past = ["~2", "~3", "~4", "~5", "~6", "~7", "~8", "~9", "~10"];
    assert.deepEqual(valuesOf(plant.of("DDATA")), ["1", ...past]);
  });

  it("keeps what waits when the connection is lost, and when the edge node leaves", () => {
    for (const end of ["lost", "left"]) {
      const plant = new Plant();
      const store = new MemoryReadingStore(100);
      const edge = plant.edge({ store });
      edge.node.born("press", [metric("n", 0)]);
      plant.time.run(100);
      plant.network.weather = { ...plant.network.weather, roomFor: 0 };
      edge.node.changed("press", [reading("n", 1)]);

      if (end === "lost") plant.connection("edge").drop("broken");
      else void edge.stop();

      assert.deepEqual(
        store.oldest("press", 10).map(({ value }) => value),
        [1],
      );
      const because = end === "lost" ? "connection lost" : "leaving";
      assert.deepEqual(plant.heard("skipped"), [
        [{ kind: "skipped", because, readings: 1, kept: true }],
      ]);
    }
  });

  it("tells in a death that waits when the device was lost, not when it is told", () => {
    const plant = new Plant();
    const edge = plant.edge();
    edge.node.born("press", [metric("n", 0)]);
    plant.time.run(100);
    plant.network.weather = { ...plant.network.weather, roomFor: 1 };
    edge.node.changed("press", [reading("n", 1)]);
    edge.node.died("press");
    const diedAt = START_MS + plant.time.elapsedMs;

    plant.time.run(1000);

    const death = plant.of("DDEATH")[0]?.decoded.timestamp ?? 0;
    assert.equal(death, diedAt);
  });

  it("tells no death between a full queue and the births that follow: they leave the device out", () => {
    const plant = new Plant();
    const edge = plant.edge({ queueLimit: 1 });
    edge.node.born("press", [metric("n", 0)]);
    plant.time.run(100);
    plant.network.passed.length = 0;
    plant.network.weather = { ...plant.network.weather, roomFor: 1 };
    for (let value = 1; value <= 3; value += 1) edge.node.changed("press", [reading("n", value)]);

    edge.node.died("press");
    plant.time.run(1000);

    assert.deepEqual(
      plant.seen.map(({ type }) => type),
      ["DDATA", "NBIRTH"],
    );
  });

  it("sends what waited in its order", () => {
    const plant = new Plant();
    const edge = plant.edge();
    edge.node.born("press", [metric("n", 0)]);
    plant.time.run(100);
    plant.network.weather = { ...plant.network.weather, roomFor: 1 };
    for (let value = 1; value <= 4; value += 1) edge.node.changed("press", [reading("n", value)]);
    plant.time.run(1000);
    assert.deepEqual(valuesOf(plant.of("DDATA")), ["1", "2", "3", "4"]);
  });
});

describe("store and forward", () => {
  it("tells after the births what was read while nobody heard, each with its own time", () => {
    const plant = new Plant();
    const edge = plant.edge({ store: new MemoryReadingStore(100), metrics: [metric("load", 0)] });
    edge.node.born("press", [metric("n", 0)]);
    plant.time.run(100);
    plant.connection("edge").drop("broken");
    plant.network.passed.length = 0;
    for (const value of [1, 2, 3])
      edge.node.changed("press", [reading("n", value, START_MS + value)]);
    edge.node.changed(undefined, [reading("load", 9)]);
    plant.time.run(5000);

    const live = plant.seen.filter(({ isWill }) => !isWill);
    assert.deepEqual(
      live.map(({ type }) => type),
      ["NBIRTH", "DBIRTH", "NDATA", "DDATA"],
    );
    assert.deepEqual(valuesOf(plant.of("DBIRTH")), ["3"]);
    assert.deepEqual(valuesOf(plant.of("DDATA")), ["~1", "~2", "~3"]);
    assert.deepEqual(
      plant.of("DDATA")[0]?.decoded.metrics.map(({ timestamp }) => timestamp),
      [START_MS + 1, START_MS + 2, START_MS + 3],
    );
  });

  it("loses the oldest when the store is full, and says how many", () => {
    const plant = new Plant();
    const edge = plant.edge({ store: new MemoryReadingStore(2) });
    edge.node.born("press", [metric("n", 0)]);
    plant.connection("edge").drop("broken");
    for (const value of [1, 2, 3]) edge.node.changed("press", [reading("n", value)]);
    plant.time.run(5000);
    assert.deepEqual(valuesOf(plant.of("DDATA")), ["~2", "~3"]);
    assert.deepEqual(plant.heard("lost"), [
      [{ kind: "lost", because: "store full", deviceId: "press", readings: 1 }],
    ]);
  });

  it("does not send what a device no longer has", () => {
    const plant = new Plant();
    const edge = plant.edge({ store: new MemoryReadingStore(10) });
    edge.node.born("press", [metric("n", 0)]);
    plant.connection("edge").drop("broken");
    edge.node.changed("press", [reading("n", 1)]);
    edge.node.born("press", [metric("m", 0)]);
    plant.time.run(5000);
    assert.equal(plant.of("DDATA").length, 0);
    assert.equal(plant.heard("lost").length, 1);
  });
});

describe("values that cannot be sent", () => {
  it("are told as bad, and the rest goes out", () => {
    const plant = new Plant();
    const edge = plant.edge();
    edge.node.born("press", [metric("n", 1.5), metric("m", 1)]);
    edge.node.changed("press", [reading("n", 2 ** 40), reading("m", 2)]);
    plant.time.run(100);
    assert.deepEqual(valuesOf(plant.of("DBIRTH")), ["null", "1"]);
    assert.deepEqual(valuesOf(plant.of("DDATA")), ["2"]);
    assert.equal(plant.heard("refused").length, 2);
  });

  it("do not hide a change and its undoing in one poll", () => {
    const plant = new Plant();
    const edge = plant.edge();
    edge.node.born("press", [metric("n", 1)]);
    edge.node.changed("press", [reading("n", 2), reading("n", 1)]);
    plant.time.run(100);
    assert.deepEqual(valuesOf(plant.of("DDATA")), ["2", "1"]);
  });
});

describe("a clock that is set back", () => {
  it("does not make the edge node deaf to rebirth requests", () => {
    const plant = new Plant();
    plant.edge();
    plant.say(rebirthRequest(NODE, 1));
    plant.skew.ms = -3_600_000;
    plant.say(rebirthRequest(NODE, 1));
    assert.equal(plant.of("NBIRTH").length, 3);
  });
});
