import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  BAD,
  batchReadings,
  DATATYPES,
  encodePayload,
  GOOD,
  MemoryReadingStore,
  metricValue,
  STALE,
  type BornMetric,
  type Datatype,
  type MetricToSend,
  type MetricValue,
  type PropertyToSend,
  type SampleBatch,
  type SampleReason,
} from "@unshub/sparkplug";
import { valueOf } from "../support/sparkplug-arbitraries.ts";
import { metric, Plant, reading, START_MS } from "../support/sparkplug-plant.ts";

interface Row {
  readonly metric: number;
  readonly value: MetricValue;
  readonly quality: number;
  readonly at: number;
  readonly isHistorical: boolean;
}

/** A batch as an adapter makes it: plain numbers and truth values in the columns, all else beside. */
function batchOf(rows: readonly Row[]): SampleBatch {
  const others = new Map<number, MetricValue>();
  const reasons = new Map<number, { reason: string; code: number; since: number }>();
  const numbers = rows.map(({ value, quality }, row) => {
    if (quality !== GOOD) reasons.set(row, { reason: "timeout", code: 7, since: START_MS });
    if (typeof value === "number") return value;
    if (typeof value === "boolean") return value ? 1 : 0;
    others.set(row, value);
    return Number.NaN;
  });
  return {
    count: rows.length,
    metrics: Uint32Array.from(rows, (row) => row.metric),
    numbers: Float64Array.from(numbers),
    qualities: Uint8Array.from(rows, (row) => row.quality),
    timestamps: Float64Array.from(rows, (row) => row.at),
    others,
    reasons,
    historical: Uint8Array.from(rows, (row) => (row.isHistorical ? 1 : 0)),
  };
}

const good = (index: number, value: MetricValue, at = START_MS): Row => ({
  metric: index,
  value,
  quality: GOOD,
  at,
  isHistorical: false,
});

/** All datatypes that go by batch. */
const TYPES = DATATYPES.filter((datatype) => datatype !== "Template");
const BORN: readonly BornMetric[] = TYPES.map((datatype) => ({
  ...metric(datatype, 0),
  datatype,
  value: null,
}));

const ROW: fc.Arbitrary<Row> = fc.nat(TYPES.length - 1).chain((index) =>
  fc.record({
    metric: fc.constant(index),
    value: fc.oneof(valueOf(TYPES[index] ?? "Int32"), fc.constant(null)),
    quality: fc.constantFrom(GOOD, GOOD, STALE, BAD),
    at: fc.integer({ min: START_MS, max: START_MS + 3 }),
    isHistorical: fc.boolean(),
  }),
);

/** What the standard asks for, written down once more, one object per row. */
function expectedMetrics(rows: readonly Row[], firstAlias: number): readonly MetricToSend[] {
  const inOrder = rows.toSorted((a, b) => a.at - b.at);
  return inOrder.map((row) => ({
    alias: firstAlias + row.metric,
    timestamp: row.at,
    datatype: TYPES[row.metric] ?? "Int32",
    tellDatatype: false,
    value: row.quality === BAD ? null : row.value,
    isHistorical: row.isHistorical,
    properties: row.quality === GOOD ? [] : propertiesOf(row.quality),
  }));
}

function propertiesOf(quality: number): readonly PropertyToSend[] {
  return [
    { key: "Quality", datatype: "Int32", value: quality === STALE ? 500 : 0 },
    { key: "Reason", datatype: "String", value: "timeout" },
    { key: "Code", datatype: "UInt32", value: 7 },
    { key: "Since", datatype: "DateTime", value: START_MS },
  ];
}

function bornPlant(metrics: readonly BornMetric[], options: Parameters<Plant["edge"]>[0] = {}) {
  const plant = new Plant();
  const edge = plant.edge(options);
  edge.node.born("press", metrics);
  plant.time.run(100);
  return { plant, edge, node: edge.node };
}

describe("a batch of samples", () => {
  it("becomes one DDATA, byte for byte what its rows would be as readings", () => {
    fc.assert(
      fc.property(fc.array(ROW, { minLength: 1, maxLength: 40 }), (rows) => {
        const { plant, node } = bornPlant(BORN);
        const firstAlias = Number(plant.of("DBIRTH")[0]?.decoded.metrics[0]?.alias);

        node.samples("press", batchOf(rows));
        plant.time.run(100);

        const sent = plant.network.passed.filter(({ topic }) => topic.includes("DDATA"));
        assert.equal(sent.length, 1);
        const [{ payload } = { payload: new Uint8Array() }] = sent;
        const { timestamp, seq } = plant.of("DDATA")[0]?.decoded ?? {};
        const metrics = expectedMetrics(rows, firstAlias);
        assert.deepEqual(
          Buffer.from(payload).toString("hex"),
          Buffer.from(encodePayload({ timestamp, seq, metrics })).toString("hex"),
        );
        assert.deepEqual(plant.heard("refused"), []);
      }),
    );
  });

  it("goes by name where aliases are not in use", () => {
    const { plant, node } = bornPlant([metric("n", 0)], { aliases: "none" });

    node.samples("press", batchOf([good(0, 7)]));
    plant.time.run(100);

    const [found] = plant.of("DDATA")[0]?.decoded.metrics ?? [];
    assert.equal(found?.name, "n");
    assert.equal(found.alias, undefined);
  });

  it("is told by the next birth: its last values, not those of history", () => {
    fc.assert(
      fc.property(fc.array(ROW, { minLength: 1, maxLength: 40 }), (rows) => {
        const { plant, node } = bornPlant(BORN);
        node.samples("press", batchOf(rows));
        plant.network.passed.length = 0;

        node.redefine({});
        plant.time.run(100);

        const last = new Map<number, Row>();
        for (const row of rows) if (!row.isHistorical) last.set(row.metric, row);
        const births = plant.of("DBIRTH")[0]?.decoded.metrics ?? [];
        for (const [index, { value, quality }] of last) {
          const datatype: Datatype = TYPES[index] ?? "Int32";
          const born = births.find(({ name }) => name === datatype);
          assert.ok(born);
          const told = metricValue(born, datatype);
          const asked = quality === BAD ? null : value;
          assert.deepEqual(told, datatype === "Float" ? asFloat(asked) : asked, datatype);
          assert.equal(born.properties.has("Reason"), quality !== GOOD);
        }
      }),
    );
  });

  it("names metrics by their place among all that were handed to born, refused ones too", () => {
    const refused: BornMetric = { ...metric("wrong", 0), description: "\ud800" };
    const { plant, node } = bornPlant([refused, metric("n", 0)]);

    node.samples("press", batchOf([good(0, 1), good(1, 2)]));
    node.redefine({});
    node.samples("press", batchOf([good(0, 3), good(1, 4)]));
    plant.time.run(100);

    const values = plant
      .of("DDATA")
      .map(({ decoded }) => decoded.metrics.map((each) => metricValue(each, "Int32")));
    assert.deepEqual(values, [[2], [4]]);
  });

  it("is bad where a value does not fit its metric, and that is told", () => {
    const { plant, node } = bornPlant([metric("n", 0), metric("m", 0)]);

    node.samples("press", batchOf([good(0, 1.5), good(1, 2), good(0, 1, 0.5)]));
    plant.time.run(100);

    const [half, fine, odd] = plant.of("DDATA")[0]?.decoded.metrics.toReversed() ?? [];
    const isBad = [half, fine, odd].map(
      (each) => each?.properties.get("Quality")?.value?.raw === 0,
    );
    assert.deepEqual(
      isBad.toSorted((a, b) => Number(a) - Number(b)),
      [false, true, true],
    );
    assert.equal(plant.heard("refused").length, 2);
  });

  it("is null when bad, unless its reason says that the last good value is kept", () => {
    const { plant, node } = bornPlant([metric("n", 0), metric("m", 0)]);
    const bad = { reason: "modbus_exception_4", code: 4, since: START_MS };
    const batch = batchOf([
      { ...good(0, 5), quality: BAD },
      { ...good(1, 6), quality: BAD },
    ]);

    node.samples("press", {
      ...batch,
      reasons: new Map<number, SampleReason>([
        [0, bad],
        [1, { ...bad, isKept: true }],
      ]),
    });
    node.redefine({}); // the birth says the same
    plant.time.run(100);

    const said = (type: "DDATA" | "DBIRTH"): readonly unknown[] =>
      plant
        .of(type)
        .at(-1)
        ?.decoded.metrics.map((each) => [
          metricValue(each, "Int32"),
          each.properties.get("Quality")?.value?.raw,
          each.properties.get("Reason")?.value?.raw,
        ]) ?? [];
    const expected = [
      [null, 0, "modbus_exception_4"],
      [6, 0, "modbus_exception_4"],
    ];
    assert.deepEqual(said("DDATA"), expected);
    assert.deepEqual(said("DBIRTH"), expected);
  });

  it("tells the code of a value that is good, and the device says more", () => {
    const { plant, node } = bornPlant([metric("n", 0)]);
    const batch = batchOf([good(0, 5)]);

    node.samples("press", {
      ...batch,
      others: new Map([[0, 5]]),
      reasons: new Map<number, SampleReason>([[0, { reason: "clamped", code: 7 }]]),
    });
    plant.time.run(100);

    const [found] = plant.of("DDATA")[0]?.decoded.metrics ?? [];
    assert.equal(found && metricValue(found, "Int32"), 5);
    assert.equal(found?.properties.get("Code")?.value?.raw, 7);
    assert.equal(found?.properties.get("Quality"), undefined);
  });

  it("goes in step with readings that come one by one", () => {
    const { plant, node } = bornPlant([metric("n", 0)]);
    node.samples("press", batchOf([good(0, 5)]));
    node.changed("press", [reading("n", 5)]); // no news
    node.changed("press", [reading("n", 6)]);
    node.samples("press", batchOf([good(0, 7)]));
    plant.time.run(100);

    const values = plant.of("DDATA").map(({ decoded }) => decoded.metrics[0]);
    assert.deepEqual(
      values.map((each) => each && metricValue(each, "Int32")),
      [5, 6, 7],
    );
    assert.deepEqual(
      plant.of("DDATA").map(({ decoded }) => decoded.seq),
      [2, 3, 4],
    );
  });

  it("of a device that is not there goes nowhere", () => {
    const { plant, node } = bornPlant([metric("n", 0)]);

    node.samples("nobody", batchOf([good(0, 5)]));
    node.samples("press", batchOf([good(9, 5)]));
    plant.time.run(100);

    assert.deepEqual(plant.of("DDATA"), []);
  });
});

describe("a batch of samples that cannot leave", () => {
  it("waits in its turn, and the edge node says so until there is room again", () => {
    let ready = 0;
    const { plant, node } = bornPlant([metric("n", 0)], { onReady: () => (ready += 1) });
    plant.network.passed.length = 0;
    plant.network.weather = { ...plant.network.weather, roomFor: 1 };

    for (const value of [1, 2, 3]) node.samples("press", batchOf([good(0, value)]));
    const wasSlow = node.isSlow;
    const before = ready;
    plant.time.run(1000);

    assert.equal(wasSlow, true);
    assert.equal(node.isSlow, false);
    assert.ok(ready > before);
    const values = plant.of("DDATA").map(({ decoded }) => decoded.metrics[0]);
    assert.deepEqual(
      values.map((each) => each && metricValue(each, "Int32")),
      [1, 2, 3],
    );
  });

  it("marks a good value before which others were lost, once", () => {
    const { plant, node } = bornPlant([metric("n", 0)]);
    const batch = batchOf([good(0, 7)]);
    const others = new Map([[0, 7]]);
    const reasons = new Map([[0, { reason: "overflow", isOverflow: true }]]);

    node.samples("press", { ...batch, others, reasons });
    node.samples("press", batchOf([good(0, 8)]));
    plant.time.run(100);

    const marks = plant
      .of("DDATA")
      .map(({ decoded }) =>
        decoded.metrics.flatMap(({ properties }) => [...(properties?.keys() ?? [])]),
      );
    assert.deepEqual(marks, [["Overflow"], []]);
  });

  it("tells templates beside it, with the members that changed, and none from the past", () => {
    const definition = {
      isDefinition: true,
      parameters: [],
      metrics: [
        { name: "speed", datatype: "Int32", value: null },
        { name: "on", datatype: "Boolean", value: null },
      ],
    } as const;
    const motor = { ...metric("motor", 0), datatype: "Template", value: motorAt(1) } as const;
    const templates = [{ name: "Motor", template: definition }];
    const { plant, node } = bornPlant([metric("n", 0), motor], { templates });

    node.samples(
      "press",
      batchOf([good(0, 7), good(1, motorAt(2)), { ...good(1, motorAt(9)), isHistorical: true }]),
    );
    plant.time.run(100);

    const sent = plant
      .of("DDATA")
      .map(({ decoded }) =>
        decoded.metrics.map(({ value }) =>
          value?.field === "template" ? value.raw.metrics.map(({ name }) => name) : value?.raw,
        ),
      );
    assert.deepEqual(sent, [[7], [["speed"]]]);
  });

  it("is kept in the store while there is no connection, and sent as history", () => {
    const { plant, node } = bornPlant([metric("n", 0)], { store: new MemoryReadingStore(10) });
    plant.connection("edge").drop("broken");
    node.samples("press", batchOf([good(0, 8), good(0, 9)]));
    plant.network.passed.length = 0;

    plant.time.run(60_000);

    const past = plant.of("DDATA").flatMap(({ decoded }) => decoded.metrics);
    assert.deepEqual(
      past.map((each) => [metricValue(each, "Int32"), each.isHistorical]),
      [
        [8, true],
        [9, true],
      ],
    );
    const birth = plant.of("DBIRTH")[0]?.decoded.metrics[0];
    assert.equal(birth && metricValue(birth, "Int32"), 9);
  });
});

describe("batchReadings", () => {
  it("makes one reading per born row", () => {
    const rows = [good(0, 3), { ...good(0, 4), quality: STALE }, good(5, 1)];

    const readings = batchReadings(batchOf(rows), (index) => BORN[index + 2]);

    assert.deepEqual(
      readings.map(({ name, value, quality, reason }) => [name, value, quality, reason]),
      [
        ["Int32", 3, "good", undefined],
        ["Int32", 4, "stale", "timeout"],
        ["UInt64", 1, "good", undefined],
      ],
    );
  });
});

function motorAt(speed: number): MetricValue {
  return {
    isDefinition: false,
    templateRef: "Motor",
    parameters: [],
    metrics: [
      { name: "speed", datatype: "Int32", value: speed },
      { name: "on", datatype: "Boolean", value: true },
    ],
  };
}

function asFloat(value: MetricValue): MetricValue {
  return typeof value === "number" ? Math.fround(value) : value;
}
