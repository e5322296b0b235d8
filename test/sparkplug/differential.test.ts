import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  decodePayload,
  encodePayload,
  metricValue,
  propertyValue,
  SparkplugError,
  type BasicDatatype,
  type Metric,
  type MetricValue,
} from "@unshub/sparkplug";
import { basicValue, TEXT } from "../support/sparkplug-arbitraries.ts";
import { bytesOf } from "../support/sparkplug-golden.ts";
import { exact, PEER, type PeerMetric } from "../support/sparkplug-peer.ts";

const T = 1_700_000_000_000;

function one(metrics: readonly Metric[]): Metric {
  const [metric] = metrics;
  assert.ok(metric);
  return metric;
}

/** What the peer makes of bytes. */
function peerReads(bytes: Uint8Array): unknown {
  return exact(PEER.decodePayload(bytes).metrics?.[0]?.value);
}

/** A metric for its encoder. */
function peerMetric(metric: object): PeerMetric {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its types ask for what its code does not
  return metric as PeerMetric;
}

/** Whose values the peer carries both ways. */
const AGREED: readonly BasicDatatype[] = [
  "Int8",
  "Int16",
  "Int32",
  "UInt8",
  "UInt16",
  "Double",
  "Float",
  "Boolean",
  "String",
  "Text",
];

function sent(datatype: "UInt32" | "Int64", value: MetricValue): Uint8Array {
  return encodePayload({ metrics: [{ name: "m", datatype, tellDatatype: true, value }] });
}

/** What the peer reads of what it sent. */
function peerSends(type: string, value: number): unknown {
  return peerReads(PEER.encodePayload({ metrics: [peerMetric({ name: "m", type, value })] }));
}

describe("against sparkplug-payload, where it is right", () => {
  for (const datatype of AGREED) {
    it(`reads and writes ${datatype} as it does`, () => {
      fc.assert(
        fc.property(basicValue(datatype), TEXT, (value, name) => {
          const metric = { name, timestamp: T, datatype, tellDatatype: true, value };
          const ours = encodePayload({ timestamp: T, seq: 3, metrics: [metric] });
          const theirs = PEER.encodePayload({
            timestamp: T,
            seq: 3,
            metrics: [peerMetric({ name, timestamp: T, type: datatype, value })],
          });

          assert.deepEqual([...ours], [...theirs]);
          assert.deepEqual(peerReads(ours), value);
          assert.deepEqual(metricValue(one(decodePayload(theirs).metrics), datatype), value);
        }),
        { numRuns: 300 },
      );
    });
  }

  it("reads the unsigned 64-bit integers it reads, exactly", () => {
    for (const datatype of ["UInt64", "DateTime"] as const) {
      fc.assert(
        fc.property(basicValue(datatype), (value) => {
          const metric = { name: "m", datatype, tellDatatype: true, value };
          assert.deepEqual(peerReads(encodePayload({ metrics: [metric] })), value);
        }),
      );
    }
  });

  it("reads the properties it writes", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("a", "b", "engUnit"), TEXT), (texts) => {
        const entries = Object.entries(texts);
        const properties = Object.fromEntries(
          entries.map(([key, value]) => [key, { type: "String", value }]),
        );
        const bytes = PEER.encodePayload({
          metrics: [peerMetric({ name: "m", type: "Int32", value: 1, properties })],
        });

        const read = one(decodePayload(bytes).metrics).properties;

        assert.deepEqual(
          [...read].map(([key, property]) => [key, propertyValue(property)]),
          entries,
        );
      }),
    );
  });

  it("reads the templates and metadata it writes", () => {
    const value = {
      isDefinition: false,
      templateRef: "Motor",
      metrics: [{ name: "Speed", type: "Float", value: 1.5 }],
      parameters: [{ name: "On", type: "Boolean", value: true }],
    };
    const metadata = { fileName: "a.txt", isMultiPart: false };
    const bytes = PEER.encodePayload({
      metrics: [peerMetric({ name: "m", type: "Template", value, metadata })],
    });
    const metric = one(decodePayload(bytes).metrics);

    assert.deepEqual(metric.metadata, metadata);
    assert.deepEqual(metricValue(metric, "Template"), {
      isDefinition: false,
      templateRef: "Motor",
      metrics: [{ name: "Speed", datatype: "Float", value: 1.5 }],
      parameters: [{ name: "On", datatype: "Boolean", value: true }],
    });
  });
});

describe("against sparkplug-payload, where it is wrong", () => {
  it("reads UInt32 from int_value, where the standard puts it; the peer sees nothing", () => {
    assert.equal(peerReads(sent("UInt32", 7)), null);
    assert.equal(metricValue(one(decodePayload(sent("UInt32", 7)).metrics), "UInt32"), 7);
  });

  it("reads the UInt32 that the peer writes into long_value, the wrong field", () => {
    const bytes = PEER.encodePayload({
      metrics: [peerMetric({ name: "m", type: "UInt32", value: 4_294_967_295 })],
    });

    const metric = one(decodePayload(bytes).metrics);
    assert.equal(metric.value?.field, "long");
    assert.equal(metricValue(metric, "UInt32"), 4_294_967_295);
  });

  it("sees the sign of an Int64; the peer reads it as unsigned", () => {
    assert.equal(peerReads(sent("Int64", -1)), 2n ** 64n - 1n);
    assert.equal(metricValue(one(decodePayload(sent("Int64", -1)).metrics), "Int64"), -1);
  });

  it("sees the sign of an Int8 sent as one byte, as Tahu's Python does; the peer reads 255", () => {
    const bytes = bytesOf("1205 2001 50 ff01");

    assert.equal(peerReads(bytes), 255);
    assert.equal(metricValue(one(decodePayload(bytes).metrics), "Int8"), -1);
  });

  it("reads data without datatype, as the standard wants it; the peer has no value for it", () => {
    const bytes = bytesOf("1204 1007 5005");

    assert.equal(peerReads(bytes), null);
    assert.equal(metricValue(one(decodePayload(bytes).metrics), "Int32"), 5);
  });

  it("reads arrays; the peer does not know them", () => {
    const value = [1, 2];
    const bytes = encodePayload({
      metrics: [{ datatype: "Int16Array", tellDatatype: true, value }],
    });

    assert.equal(peerReads(bytes), null);
    assert.deepEqual(metricValue(one(decodePayload(bytes).metrics), "Int16Array"), value);
  });

  it("reads a DataSet of Int32 and of nulls; the peer throws", () => {
    const value = { columns: ["a"], types: ["Int32" as const], rows: [[1], [null]] };
    const bytes = encodePayload({ metrics: [{ datatype: "DataSet", tellDatatype: true, value }] });

    assert.throws(() => peerReads(bytes), /Invalid DataSetValue/);
    assert.deepEqual(metricValue(one(decodePayload(bytes).metrics), "DataSet"), value);
  });

  it("reads a template parameter of Int32; the peer throws", () => {
    const value = {
      isDefinition: true,
      metrics: [],
      parameters: [{ name: "p", datatype: "Int32" as const, value: 1 }],
    };
    const bytes = encodePayload({ metrics: [{ datatype: "Template", tellDatatype: true, value }] });

    assert.throws(() => peerReads(bytes), /Invalid Parameter value/);
    assert.deepEqual(metricValue(one(decodePayload(bytes).metrics), "Template"), value);
  });

  it("keeps a property called __proto__; the peer loses it", () => {
    const properties = [{ key: "__proto__", datatype: "Int32", value: 1 } as const];
    const metric = { datatype: "Int32", tellDatatype: true, value: 1, properties } as const;
    const bytes = encodePayload({ metrics: [metric] });

    assert.deepEqual(Object.keys(PEER.decodePayload(bytes).metrics?.[0]?.properties ?? {}), []);
    const read = one(decodePayload(bytes).metrics).properties.get("__proto__");
    assert.equal(propertyValue(read), 1);
  });

  it("refuses what does not fit; the peer sends 300 as UInt8 and 1.5 as Int32", () => {
    const wrong = { name: "m", tellDatatype: true } as const;

    assert.deepEqual([peerSends("UInt8", 300), peerSends("Int32", 1.5)], [300, 1]);
    assert.throws(() => encodePayload({ metrics: [{ ...wrong, datatype: "UInt8", value: 300 }] }));
    assert.throws(() => encodePayload({ metrics: [{ ...wrong, datatype: "Int32", value: 1.5 }] }));
  });

  it("answers a cut-off payload with our error; the peer with a RangeError of protobufjs", () => {
    const bytes = bytesOf("1205 50");

    assert.throws(() => peerReads(bytes), RangeError);
    assert.throws(() => decodePayload(bytes), SparkplugError);
  });
});
