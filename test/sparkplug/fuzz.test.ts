import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  DATATYPES,
  datatypeOf,
  decodePayload,
  encodePayload,
  metricValue,
  propertiesToSend,
  scanPayload,
  SparkplugError,
  TemplateTypes,
  valueFault,
  visitPayload,
  type Datatype,
  type Metric,
  type MetricToSend,
  type PayloadVisitor,
} from "@unshub/sparkplug";
import { Plant } from "../support/sparkplug-plant.ts";
import { bytesOf, GOLDEN_ARRAYS, GOLDEN_PAYLOADS } from "../support/sparkplug-golden.ts";

/** The same numbers every time, so that what fails once fails again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SEEDS: readonly Uint8Array[] = [
  ...GOLDEN_PAYLOADS.map(({ hex }) => bytesOf(hex)).filter(({ length }) => length > 0),
  ...GOLDEN_ARRAYS.map(({ datatype, values }) =>
    encodePayload({ metrics: [{ datatype, tellDatatype: true, value: values }] }),
  ),
];

/** One to three bits flipped, bytes cut off, replaced, doubled or moved; or nothing but chance. */
function mutant(random: (below: number) => number, seeds = SEEDS): Uint8Array {
  if (random(10) === 0) return Uint8Array.from({ length: random(60) }, () => random(256));
  const bytes = Uint8Array.from(seeds[random(seeds.length)] ?? []);
  const at = random(bytes.length);
  switch (random(4)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      bytes[at] = random(256);
      return bytes;
    case 2:
      bytes.copyWithin(random(bytes.length), at, at + random(8));
      return bytes;
    default:
      for (let flips = 0; flips <= random(3); flips += 1) {
        const flipped = random(bytes.length);
        bytes[flipped] = (bytes[flipped] ?? 0) ^ (1 << random(8));
      }
      return bytes;
  }
}

/** Nothing, or our error with a place. Anything else fails the test. */
function faultOf(read: () => void): SparkplugError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    assert.ok(error.message.length > 0 && error.place.offset !== undefined, error.message);
    return error;
  }
}

function readValue(metric: Metric, types: TemplateTypes): void {
  faultOf(() => void metricValue(metric, datatypeOf(metric.datatype ?? 0) ?? "Int32", types));
  try {
    propertiesToSend(metric.properties);
  } catch (error) {
    assert.ok(error instanceof SparkplugError);
  }
}

/** What was checked has its value, without an error. Members of templates may need what a birth said. */
function readChecked(metric: Metric): void {
  const datatype = datatypeOf(metric.datatype ?? 0);
  if (datatype === undefined || datatype === "Template") return;
  if (metric.value?.field !== "extension") metricValue(metric, datatype);
}

const VISITOR: PayloadVisitor = {
  metric(view) {
    faultOf(() => void view.value(datatypeOf(view.datatype ?? 0) ?? "Int32"));
    void view.name;
    void view.properties;
  },
};

/** Visited whole, a payload is what it is decoded, and broken where decoding finds it so; only `uuid` is not looked at. */
function compareVisit(
  bytes: Uint8Array,
  metrics: readonly Metric[],
  decoded: SparkplugError | undefined,
): void {
  const seen: Metric[] = [];
  const visited = faultOf(() =>
    visitPayload(bytes, { metric: (view) => seen.push(view.metric()) }),
  );
  if (decoded?.place.path === "uuid") return;
  assert.deepEqual(visited?.place, decoded?.place);
  if (decoded === undefined) assert.deepEqual(seen, metrics);
}

describe("200 000 broken payloads", () => {
  it("are read as something or refused with our error, however they are looked at", () => {
    const random = randomFrom(42);
    let read = 0;
    for (let round = 0; round < 200_000; round += 1) {
      const bytes = mutant(random);
      const types = new TemplateTypes();
      let metrics: readonly Metric[] = [];
      const scanned = faultOf(() => void scanPayload(bytes));
      const seen = faultOf(() => visitPayload(bytes, VISITOR));
      const decoded = faultOf(() => {
        const payload = decodePayload(bytes, { misfits: "keep" });
        types.learn(payload);
        ({ metrics } = payload);
      });
      const proved = faultOf(() => visitPayload(bytes, VISITOR, { check: "all first" }));
      const checked = faultOf(() => void decodePayload(bytes));
      for (const metric of metrics) readValue(metric, types);
      if (round % 8 === 0) compareVisit(bytes, metrics, decoded);
      if (checked === undefined) {
        assert.equal(decoded, undefined, "what is checked can be decoded");
        metrics.forEach(readChecked);
      }
      read += decoded === undefined ? 1 : 0;
      if (decoded !== undefined) continue;
      assert.equal(scanned, undefined, "what is decoded can be scanned");
      assert.equal(seen, undefined, "what is decoded can be visited");
      assert.equal(proved, undefined, "what is decoded can be visited, all checked first");
    }
    assert.ok(read > 20_000 && read < 180_000, `${read} were readable`);
  });
});

/** A life of the edge node `g/e`, from the death before it to data, each message with a time of its own. */
function session(number: number): readonly { topic: string; payload: Uint8Array }[] {
  const start = 1_700_000_000_000 + 1000 * number;
  const bdSeq = announced("bdSeq", number % 256, "Int64");
  const speed = { ...announced("Motor/Speed", number, "Int32"), alias: 1 };
  return [
    { topic: "NDEATH/e", metrics: [bdSeq] },
    { topic: "NBIRTH/e", metrics: [bdSeq], seq: 0 },
    { topic: "DBIRTH/e/d", metrics: [speed], seq: 1 },
    { topic: "DDATA/e/d", metrics: [{ ...speed, name: undefined, value: number + 1 }], seq: 2 },
  ].map(({ topic, metrics, seq }, index) => ({
    topic: `spBv1.0/g/${topic}`,
    payload: encodePayload({ timestamp: start + index, metrics, seq }),
  }));
}

function announced(name: string, value: number, datatype: Datatype): MetricToSend {
  return { name, value, datatype, tellDatatype: true, timestamp: 1_700_000_000_000 };
}

describe("20 000 broken messages", () => {
  it("are heard by a host and an edge node, and neither throws or stops", () => {
    const random = randomFrom(7);
    const plant = new Plant();
    const host = plant.host({ legacyState: "mirrored" });
    const edge = plant.edge({ primaryHostId: "scada" });
    const heard = session(0);
    const state = Buffer.from('{"online":true,"timestamp":1700000000000}');
    const seeds = [...SEEDS, ...heard.map(({ payload }) => payload), state];
    const topics = [
      "g/NBIRTH/e",
      "g/DBIRTH/e/d",
      "g/NDATA/e",
      "g/DDATA/e/d",
      "g/DDEATH/e/d",
      "g/NDEATH/e",
      "STATE/scada",
      "STATE/other",
      "Plant1/NCMD/gw",
      "Plant1/DCMD/gw/press",
      "g/WHAT/e/",
    ].map((topic) => `spBv1.0/${topic}`);
    const hear = (topic: string, payload: Uint8Array): void => {
      host.application.received("a", topic, payload);
      edge.node.received(topic, payload);
    };
    for (let round = 0; round < 20_000; round += 1) {
      hear(topics[random(topics.length)] ?? "STATE/scada", mutant(random, seeds));
      if (round % 50 > 0) continue;
      // A whole session in between, so that what follows is looked at.
      for (const { topic, payload } of session(round / 50)) hear(topic, payload);
      plant.time.run(1000);
    }

    assert.ok(plant.heard("deviceBorn").length > 50, "births were understood in between");
    assert.ok(plant.heard("faulty").length > 1000, "what was broken was told");
    assert.deepEqual(host.online, ["a"]);
    assert.equal(edge.state.kind, "born");
  });
});

/** Bytes, or our error; `valueFault` knows beforehand which. */
function isSent(message: unknown): boolean {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a caller without types may hand in
    encodePayload(message as Parameters<typeof encodePayload>[0]);
    return true;
  } catch (error) {
    if (!(error instanceof SparkplugError)) throw error;
    assert.equal(error.code, "VALUE_MISFIT");
    return false;
  }
}

describe("values that are none", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const shapes = fc.oneof(
    anything,
    fc.array(anything),
    fc.record({ columns: anything, types: anything, rows: fc.array(fc.array(anything)) }),
    fc.record({
      isDefinition: fc.boolean(),
      metrics: fc.array(fc.record({ datatype: fc.constantFrom(...DATATYPES), value: anything })),
      parameters: fc.array(fc.record({ name: anything, datatype: anything, value: anything })),
    }),
  );

  it("are refused with our error, and valueFault says so beforehand", () => {
    fc.assert(
      fc.property(fc.constantFrom(...DATATYPES), shapes, (datatype, value) => {
        const metric = { name: "m", datatype, tellDatatype: true, value };
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what a caller without types may hand in
        const fault = valueFault(datatype, value as Parameters<typeof valueFault>[1]);
        assert.equal(isSent({ metrics: [metric] }), fault === undefined);
      }),
      { numRuns: 5000 },
    );
  });

  it("are refused anywhere in a message", () => {
    const good = { name: "m", datatype: "Int32", tellDatatype: true, value: 1 };
    const keys = [...Object.keys(good), "alias", "timestamp", "metadata", "properties"];
    fc.assert(
      fc.property(fc.constantFrom(...keys), anything, (key, value) => {
        isSent({ metrics: [{ ...good, [key]: value }] });
      }),
      { numRuns: 5000 },
    );
    fc.assert(
      fc.property(
        fc.constantFrom("timestamp", "seq", "uuid", "body", "metrics"),
        anything,
        (key, value) => {
          isSent({ metrics: [good], [key]: value });
        },
      ),
      { numRuns: 3000 },
    );
  });
});
