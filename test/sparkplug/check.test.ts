import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import {
  decodePayload,
  encodePayload,
  metricValue,
  SparkplugError,
  type MetricToSend,
} from "@unshub/sparkplug";
import { PAYLOAD } from "../support/sparkplug-arbitraries.ts";
import { bytesOf } from "../support/sparkplug-golden.ts";

describe("values that do not go with what is said of them", () => {
  const broken: readonly (readonly [what: string, hex: string, path: string, offset: number])[] = [
    [
      "a datatype of no metric [tck-id-payloads-metric-datatype-value]",
      "1200 1202 2014",
      "metrics[1]",
      2,
    ],
    ["a text as Int32", "1205 2003 7a0131", "metrics[0]", 0],
    ["300 as UInt8", "1205 2005 50ac02", "metrics[0]", 0],
    ["a number as Bytes", "1204 2011 5001", "metrics[0]", 0],
    ["an Int16Array of three bytes", "1208 2017 820103 000000", "metrics[0]", 0],
    ["a template that does not say what it is", "1203 920100", "metrics[0].template", 2],
    [
      "a definition with a reference [tck-id-payloads-template-definition-ref]",
      "1208 920105 220161 2801",
      "metrics[0].template",
      2,
    ],
    [
      "an instance without one [tck-id-payloads-template-instance-ref]",
      "1205 920102 2800",
      "metrics[0].template",
      2,
    ],
    [
      "a member that does not fit",
      "120d 92010a 2801 1200 1204 200b 5001",
      "metrics[0].template.metrics[1]",
      9,
    ],
    [
      "a parameter without a name [tck-id-payloads-template-parameter-name-required]",
      "1209 920106 1a02 1003 2801",
      "metrics[0].template.parameters[0]",
      5,
    ],
    [
      "a parameter of no basic type [tck-id-payloads-template-parameter-type-value]",
      "120c 920109 1a05 0a0161 1011 2801",
      "metrics[0].template.parameters[0]",
      5,
    ],
    [
      "a property of no type [tck-id-payloads-metric-propertyvalue-type-value]",
      "120a 4a08 0a026b31 1202 0811",
      'metrics[0].properties["k1"]',
      2,
    ],
    [
      "a property that does not fit",
      "120b 4a09 0a0161 1204 0803 3801",
      'metrics[0].properties["a"]',
      2,
    ],
  ];
  for (const [what, hex, path, offset] of broken) {
    it(`names byte and path of ${what}`, () => {
      assert.throws(() => decodePayload(bytesOf(hex)), {
        code: "VALUE_MISFIT",
        place: { offset, path },
      });
      assert.equal(typeof decodePayload(bytesOf(hex), { misfits: "keep" }), "object");
    });
  }

  it("leaves alone what is told elsewhere or by nobody: data without datatypes, nulls, extensions", () => {
    for (const hex of [
      "1203 7a0131",
      "1204 2003 3801",
      "1206 20e807 9a0100",
      "1209 4a07 0a0161 1202 3801",
    ]) {
      assert.equal(decodePayload(bytesOf(hex)).metrics.length, 1, hex);
    }
  });
});

/** The path of the error of decoding, or else of reading the DataSet. */
function faultPath(bytes: Uint8Array): string | undefined {
  try {
    const [metric] = decodePayload(bytes).metrics;
    if (metric?.datatype === 16) metricValue(metric, "DataSet");
    return undefined;
  } catch (error) {
    assert.ok(error instanceof SparkplugError);
    return error.place.path;
  }
}

describe("a payload that was decoded", () => {
  it("is every payload that can be sent", () => {
    fc.assert(
      fc.property(PAYLOAD, (sent) => {
        const bytes = encodePayload(sent);
        assert.deepEqual(decodePayload(bytes), decodePayload(bytes, { misfits: "keep" }));
      }),
      { numRuns: 300 },
    );
  });

  it("has nothing more to say against its values", () => {
    const metric: MetricToSend = {
      datatype: "DataSet",
      tellDatatype: true,
      value: { columns: ["a"], types: ["Int8"], rows: [[1], [null]] },
    };
    const good = encodePayload({ metrics: [metric] });
    for (let bit = 0; bit < good.length * 8; bit += 1) {
      const bytes = Uint8Array.from(good);
      bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.notEqual(
        faultPath(bytes)?.split(".")[0],
        "dataset",
        "found only as the value was read",
      );
    }
  });
});
