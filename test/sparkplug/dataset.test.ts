import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodePayload,
  encodePayload,
  metricValue,
  SparkplugError,
  valueFault,
  type DataSet,
  type MetricValue,
} from "@unshub/sparkplug";
import { bytesOf } from "../support/sparkplug-golden.ts";

/** A payload with one metric with the DataSet in these bytes. */
function payloadOf(hex: string): Uint8Array {
  const inner = bytesOf(hex);
  return Uint8Array.from([0x12, inner.length + 3, 0x8a, 0x01, inner.length, ...inner]);
}

/** The DataSet in these bytes. */
function read(hex: string): MetricValue {
  const [metric] = decodePayload(payloadOf(hex), { misfits: "keep" }).metrics;
  assert.ok(metric);
  return metricValue(metric, "DataSet");
}

const COLUMN_A = "1201 61";

describe("DataSets of others", () => {
  it("reads types packed and unpacked [tck-id-payloads-dataset-types-def]", () => {
    const table = { columns: ["a", "a"], types: ["Int32", "Boolean"], rows: [] };

    assert.deepEqual(read(`0802 ${COLUMN_A} ${COLUMN_A} 1803 180b`), table);
    assert.deepEqual(read(`0802 ${COLUMN_A} ${COLUMN_A} 1a02030b`), table);
  });

  it("reads a cell without a value as null", () => {
    assert.deepEqual(read(`0801 ${COLUMN_A} 180c 2202 0a00`), {
      columns: ["a"],
      types: ["String"],
      rows: [[null]],
    });
  });

  it("reads a UInt32 cell from either integer field", () => {
    const table = { columns: ["a"], types: ["UInt32"], rows: [[7], [7]] };

    assert.deepEqual(read(`0801 ${COLUMN_A} 1807 2204 0a02 0807 2204 0a02 1007`), table);
  });

  it("passes over extensions of table, row and cell", () => {
    const table = read(`0801 ${COLUMN_A} 1803 2a00 220a 0a06 0805 3a00 3a00 1200`);

    assert.deepEqual(table, { columns: ["a"], types: ["Int32"], rows: [[5]] });
  });
});

describe("DataSets that are none", () => {
  /** `offset`: of what is wrong, in the payload. */
  const broken: readonly (readonly [what: string, hex: string, path: string, offset: number])[] = [
    [
      "fewer columns than counted [tck-id-payloads-dataset-column-size]",
      `0802 ${COLUMN_A} 1803`,
      "dataset",
      2,
    ],
    ["no count of columns", `${COLUMN_A} 1803`, "dataset", 2],
    [
      "fewer types than columns [tck-id-payloads-dataset-types-num]",
      `0801 ${COLUMN_A}`,
      "dataset",
      2,
    ],
    [
      "a type that no column has [tck-id-payloads-dataset-types-value]",
      `0801 ${COLUMN_A} 1813`,
      "dataset.types[0]",
      10,
    ],
    [
      "a row too short [tck-id-payloads-dataset-column-num-headers]",
      `0801 ${COLUMN_A} 1803 2202 0a00 2200`,
      "dataset.rows[1]",
      16,
    ],
    [
      "a text below a column of integers",
      `0801 ${COLUMN_A} 1803 2204 0a02 3200`,
      "dataset.rows[0].elements[0]",
      14,
    ],
  ];
  for (const [what, hex, path, offset] of broken) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => read(hex),
        (error) => {
          assert.ok(error instanceof SparkplugError);
          assert.equal(error.code, "VALUE_MISFIT");
          assert.deepEqual(error.place, { offset: 2, path });
          return true;
        },
      );
      assert.throws(() => decodePayload(payloadOf(hex)), {
        code: "VALUE_MISFIT",
        place: { offset, path: `metrics[0].${path}` },
      });
    });
  }

  it("sends no table whose parts do not go together, and says which", () => {
    const misfits: readonly (readonly [DataSet, path: string])[] = [
      [{ columns: ["a"], types: [], rows: [] }, "metrics[0].dataset"],
      [{ columns: ["a"], types: ["Int8"], rows: [[1], []] }, "metrics[0].dataset.rows[1]"],
      [
        { columns: ["a"], types: ["Int8"], rows: [[128]] },
        "metrics[0].dataset.rows[0].elements[0]",
      ],
    ];
    for (const [value, path] of misfits) {
      const metric = { name: "d", datatype: "DataSet", tellDatatype: true, value } as const;
      assert.notEqual(valueFault("DataSet", value), undefined);
      assert.throws(() => encodePayload({ metrics: [metric] }), {
        code: "VALUE_MISFIT",
        place: { path },
      });
    }
  });
});
