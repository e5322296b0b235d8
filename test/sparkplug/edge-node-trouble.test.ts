/** What may go wrong around an edge node without anybody on the other side noticing more than they must. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  deathMessage,
  MemoryReadingStore,
  metricValue,
  type AnnouncedMetric,
  type Template,
} from "@unshub/sparkplug";
import { metric, NODE, Plant, reading, START_MS } from "../support/sparkplug-plant.ts";

const definitionOf = (metrics: Template["metrics"]): Template => ({
  isDefinition: true,
  metrics,
  parameters: [],
});

const instance = (metrics: Template["metrics"]): Template => ({
  isDefinition: false,
  templateRef: "Motor",
  metrics,
  parameters: [],
});

describe("deaths in the name of an edge node that lives", () => {
  it("bring about one birth at once and one after the pause, however many there are", () => {
    const plant = new Plant();
    plant.edge({ rebirthDebounceMs: 2000 });
    plant.network.passed.length = 0;

    for (let forged = 0; forged < 10; forged += 1) plant.say(deathMessage(NODE, 0, 1));
    assert.equal(plant.of("NBIRTH").length, 1);
    plant.time.run(5000);

    assert.equal(plant.of("NBIRTH").length, 2);
    assert.ok(plant.seen.findLastIndex(({ type }) => type === "NDEATH") < plant.seen.length - 1);
  });

  it("bring about no birth any more when the session is over", async () => {
    const plant = new Plant();
    const edge = plant.edge();
    plant.say(deathMessage(NODE, 0, 1));
    plant.say(deathMessage(NODE, 0, 1));
    plant.network.passed.length = 0;

    const stopped = edge.stop();
    plant.time.run(10_000);
    await stopped;

    assert.equal(plant.of("NBIRTH").length, 0);
  });
});

describe("what cannot be encoded", () => {
  const half = "half a \ud800 character";

  it("is left out of births, and the device is born with the rest", () => {
    const plant = new Plant();
    const edge = plant.edge();
    const odd: readonly AnnouncedMetric[] = [
      { ...metric("a", 1), properties: [{ key: "x", datatype: "Int32", value: "text" }] },
      { ...metric("b", 1), unit: half },
      metric(half, 1),
      metric("n", 1),
    ];

    edge.node.born("press", odd);
    plant.time.run(100);

    const names = plant.of("DBIRTH")[0]?.decoded.metrics.map(({ name }) => name);
    assert.deepEqual(names, ["n"]);
    assert.equal(plant.heard("refused").length, 3);
  });

  it("is a bad value when it is a reading without a time that can be sent", () => {
    const plant = new Plant();
    const edge = plant.edge();
    edge.node.born("press", [metric("n", 1)]);

    edge.node.changed("press", [reading("n", 2, Number.NaN)]);
    plant.time.run(100);

    const [said] = plant.of("DDATA")[0]?.decoded.metrics ?? [];
    assert.equal(said?.isNull, true);
    assert.ok((said?.timestamp ?? 0) >= START_MS);
    assert.match(JSON.stringify(plant.heard("refused")), /timestamp NaN/);
  });

  it("does not block what the store kept: a reading of another datatype is told as lost", () => {
    const plant = new Plant();
    const edge = plant.edge({ store: new MemoryReadingStore(10) });
    edge.node.born("press", [{ ...metric("n", 0), datatype: "String", value: "a" }]);
    plant.connection("edge").drop("broken");
    edge.node.changed("press", [{ ...reading("n", 0), value: "b" }]);
    edge.node.born("press", [metric("n", 1)]);
    edge.node.changed("press", [reading("n", 2)]);

    plant.time.run(5000);

    const past = plant.of("DDATA").flatMap(({ decoded }) => decoded.metrics);
    assert.deepEqual(
      past.map((each) => [each.isHistorical, metricValue(each, "Int32")]),
      [[true, 2]],
    );
    assert.deepEqual(plant.heard("lost"), [
      [{ kind: "lost", because: "metric no longer born", deviceId: "press", readings: 1 }],
    ]);
  });

  it("is refused as a template definition, and the node is born without it", () => {
    const plant = new Plant();
    plant.edge({
      templates: [
        { name: "Odd", template: definitionOf([{ name: "n", datatype: "Int32", value: "five" }]) },
        { name: "bdSeq", template: definitionOf([]) },
        {
          name: "A",
          template: definitionOf([{ name: "n", alias: 1, datatype: "Int32", value: 5 }]),
        },
      ],
    });

    const names = plant.of("NBIRTH")[0]?.decoded.metrics.map(({ name }) => name);
    assert.deepEqual(names, ["bdSeq", "Node Control/Rebirth"]);
    assert.equal(plant.heard("refused").length, 3);
  });
});

describe("births that wait for a transport that is full", () => {
  it("leave the numbers of what goes before them alone", async () => {
    const plant = new Plant();
    const edge = plant.edge();
    edge.node.born("press", [metric("n", 1)]);
    plant.time.run(100);
    plant.network.weather = { ...plant.network.weather, roomFor: 0 };
    edge.node.redefine({ metrics: [metric("load", 1)] });

    const stopped = edge.stop();
    plant.time.run(1000);
    await stopped;

    assert.deepEqual(
      plant.seen.filter(({ isWill }) => !isWill).map(({ type, decoded }) => [type, decoded.seq]),
      [
        ["NBIRTH", 0],
        ["DBIRTH", 1],
        ["DDEATH", 2],
        ["NDEATH", undefined],
      ],
    );
  });
});

describe("stopping an edge node twice", () => {
  it("ends both calls when the connection is gone", async () => {
    const plant = new Plant();
    const edge = plant.edge();

    const both = Promise.all([edge.stop(), edge.stop()]);
    plant.time.run(1000);
    await both;

    assert.equal(edge.state.kind, "stopped");
    assert.equal(plant.of("NDEATH").filter(({ isWill }) => !isWill).length, 1);
  });
});

describe("a connection that breaks as soon as it stands", () => {
  it("is tried again less and less often", () => {
    const plant = new Plant();
    plant.edge();

    for (let second = 0; second < 600; second += 1) {
      for (const connection of plant.network.server("a").connections) connection.drop("taken over");
      plant.time.run(1000);
    }

    const tries = plant.network.connects.length;
    assert.ok(tries < 40, `${tries} connections in ten minutes`);
  });
});

describe("templates of an edge node", () => {
  const members = [
    { name: "speed", datatype: "Int32", value: 0 },
    { name: "on", datatype: "Boolean", value: false },
  ] as const;
  const motor = { ...metric("motor", 0), datatype: "Template", writable: true } as const;
  const templates = [{ name: "Motor", template: definitionOf(members) }];

  it("are told whole again after a value that was bad", () => {
    const plant = new Plant();
    const edge = plant.edge({ templates });
    edge.node.born("press", [{ ...motor, value: instance(members) }]);
    edge.node.changed("press", [{ ...reading("motor", 0), value: null, quality: "bad" }]);

    edge.node.changed("press", [{ ...reading("motor", 0), value: instance([members[0]]) }]);
    edge.node.changed("press", [{ ...reading("motor", 0), value: instance(members) }]);
    plant.time.run(100);

    assert.match(JSON.stringify(plant.heard("refused")), /member \\"on\\" is missing/);
    const last = plant.of("DDATA").at(-1)?.decoded.metrics[0]?.value;
    assert.equal(last?.field === "template" && last.raw.metrics.length, 2);
    assert.equal(plant.of("DDATA").length, 2);
  });

  it("bind devices also when they are defined anew", () => {
    const plant = new Plant();
    const edge = plant.edge({ templates });
    edge.node.born("press", [{ ...motor, value: instance(members) }, metric("n", 1)]);

    edge.node.redefine({ templates: [] });
    plant.time.run(100);

    const names = plant
      .of("DBIRTH")
      .at(-1)
      ?.decoded.metrics.map(({ name }) => name);
    assert.deepEqual(names, ["n"]);
    assert.match(JSON.stringify(plant.heard("refused")), /no template \\"Motor\\"/);
  });
});
