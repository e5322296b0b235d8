import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodePayload,
  encodePayload,
  metricValue,
  SparkplugError,
  type PayloadToSend,
} from "@unshub/sparkplug";

/** What a caller without types may hand over. */
function untyped(payload: unknown): PayloadToSend {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- that it is none is what is tested
  return payload as PayloadToSend;
}

const GOOD = { datatype: "Int32", tellDatatype: true, value: 1 } as const;

describe("encoding what callers without types hand over", () => {
  const wrong: readonly (readonly [what: string, payload: unknown, path: string])[] = [
    ["nothing", undefined, "timestamp"],
    ["a payload without metrics", {}, "metrics[0]"],
    ["no metric at all", { metrics: [GOOD, null] }, "metrics[1]"],
    ["a datatype that is none", { metrics: [{ ...GOOD, datatype: "int32" }] }, "metrics[0]"],
    ["the datatype __proto__", { metrics: [{ ...GOOD, datatype: "__proto__" }] }, "metrics[0]"],
    ["a number as name", { metrics: [{ ...GOOD, name: 5 }] }, "metrics[0]"],
    ["a value left out", { metrics: [{ ...GOOD, value: undefined }] }, "metrics[0]"],
    [
      "a Template without members",
      { metrics: [{ ...GOOD, datatype: "Template", value: { isDefinition: true } }] },
      "metrics[0]",
    ],
    [
      "a DataSet without rows",
      { metrics: [{ ...GOOD, datatype: "DataSet", value: { columns: [] } }] },
      "metrics[0]",
    ],
    ["a property that is none", { metrics: [{ ...GOOD, properties: [null] }] }, "metrics[0]"],
    ["a time before 1970", { timestamp: -1, metrics: [] }, "timestamp"],
    ["a seq that is no integer", { seq: 0.5, metrics: [] }, "seq"],
    ["half a character as uuid", { uuid: "\ud800", metrics: [] }, "uuid"],
    ["a text as body", { body: "abc", metrics: [] }, "body"],
  ];
  for (const [what, payload, path] of wrong) {
    it(`answers ${what} with our error and the path`, () => {
      assert.throws(
        () => encodePayload(untyped(payload)),
        (error) => {
          assert.ok(error instanceof SparkplugError, String(error));
          assert.deepEqual([error.code, error.place.path], ["VALUE_MISFIT", path]);
          return true;
        },
      );
    });
  }

  it("is as good as new after an error", () => {
    const before = encodePayload({ metrics: [GOOD] });

    assert.throws(() => encodePayload({ metrics: [GOOD, { ...GOOD, value: "x" }] }));
    assert.deepEqual(encodePayload({ metrics: [GOOD] }), before);
  });
});

describe("the memory of messages", () => {
  it("is never written again once it was handed out", () => {
    const sent = Array.from({ length: 3000 }, (_, index) => {
      const value = "x".repeat(index % 1500);
      return { value, bytes: encodePayload({ metrics: [{ ...GOOD, datatype: "String", value }] }) };
    });

    for (const { value, bytes } of sent) {
      const [metric] = decodePayload(bytes).metrics;
      assert.ok(metric);
      assert.equal(metricValue(metric, "String"), value);
    }
  });

  it("may be transferred to a thread: the next message gets other memory", () => {
    const bytes = encodePayload({ metrics: [GOOD] });

    assert.ok(bytes.buffer instanceof ArrayBuffer);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });

    assert.equal(decodePayload(encodePayload({ metrics: [GOOD] })).metrics.length, 1);
  });

  it("holds metrics of every length around the limits of one and two length bytes", () => {
    for (const length of [0, 118, 119, 120, 121, 122, 127, 128, 16_370, 16_384, 70_000]) {
      const value = new Uint8Array(length).fill(7);
      const metrics = [{ ...GOOD, datatype: "Bytes", value } as const, GOOD];
      const [first, second] = decodePayload(encodePayload({ seq: 1, metrics })).metrics;
      assert.ok(first && second);
      assert.deepEqual(metricValue(first, "Bytes"), value);
      assert.equal(metricValue(second, "Int32"), 1);
    }
  });
});
