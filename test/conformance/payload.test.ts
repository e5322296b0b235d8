/** Metrics, properties, DataSets and templates on the wire, statement by statement, through an edge node's births. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  datatypeCode,
  DATATYPES,
  datatypeOf,
  decodePayload,
  encodePayload,
  type Datatype,
  type DataSet,
  type Metric,
  type MetricValue,
  type Template,
} from "@unshub/sparkplug";
import { metric, Plant } from "../support/sparkplug-plant.ts";

function wire(datatype: Datatype, value: MetricValue): Metric {
  const metrics = [{ name: "m", datatype, tellDatatype: true, value }];
  const [found] = decodePayload(encodePayload({ metrics })).metrics;
  assert.ok(found);
  return found;
}

/** The bytes of a message with one metric, written by hand: field, wire type, content. */
function handMade(...fields: readonly number[]): Uint8Array {
  return Uint8Array.of(0x12, fields.length, ...fields);
}

describe("datatypes of metrics", () => {
  it(
    "are the numbers of the standard's table, a varint in field 4 " +
      "[tck-id-payloads-metric-datatype-value-type] [tck-id-payloads-metric-datatype-value]",
    () => {
      const codes = DATATYPES.map(datatypeCode);
      assert.deepEqual(codes, [
        ...Array.from({ length: 19 }, (_, n) => n + 1),
        ...Array.from({ length: 13 }, (_, n) => n + 22),
      ]);
      assert.deepEqual(
        [
          ...encodePayload({
            metrics: [{ datatype: "StringArray", tellDatatype: true, value: null }],
          }),
        ],
        [...handMade(0x20, 33, 0x38, 1)],
      );
      for (const code of [0, 20, 21, 35, 4_294_967_295]) assert.equal(datatypeOf(code), undefined);
    },
  );
});

const told = (): Metric => {
  const plant = new Plant();
  const edge = plant.edge();
  const properties = [
    { key: "engHigh", datatype: "Double", value: 90 },
    {
      key: "limits",
      datatype: "PropertySet",
      value: [{ key: "low", datatype: "UInt8", value: 5 }],
    },
  ] as const;
  edge.node.born("press", [{ ...metric("t", 1, { quality: "stale", unit: "°C" }), properties }]);
  plant.time.run(100);
  const [found] = plant.of("DBIRTH")[0]?.decoded.metrics ?? [];
  assert.ok(found);
  return found;
};

describe("properties", () => {
  it(
    "have a key for each value, and a type of the table each " +
      "[tck-id-payloads-propertyset-keys-array-size] [tck-id-payloads-propertyset-values-array-size] " +
      "[tck-id-payloads-metric-propertyvalue-type-req] [tck-id-payloads-metric-propertyvalue-type-type] " +
      "[tck-id-payloads-metric-propertyvalue-type-value]",
    () => {
      const types = [...told().properties].map(([key, { type }]) => [key, type]);
      assert.deepEqual(types, [
        ["readOnly", 11],
        ["engUnit", 12],
        ["engHigh", 10],
        ["limits", 20],
        ["Quality", 3],
      ]);
      // PropertySet with two keys and one value: no host can tell which it belongs to.
      const uneven = handMade(0x4a, 8, 0x0a, 1, 0x61, 0x0a, 1, 0x62, 0x12, 0);
      assert.throws(() => decodePayload(uneven), /2 keys|keys/);
    },
  );

  it(
    "tell Quality as Int32 0, 192 or 500 [tck-id-payloads-propertyset-quality-value-type] " +
      "[tck-id-payloads-propertyset-quality-value-value]",
    () => {
      const quality = told().properties.get("Quality");
      assert.deepEqual([quality?.type, quality?.value], [3, { field: "int", raw: 500 }]);
      const plant = new Plant();
      const edge = plant.edge();
      edge.node.born("press", [metric("t", 1, { quality: "bad" }), metric("u", 1)]);
      plant.time.run(100);
      const [bad, good] = plant.of("DBIRTH")[0]?.decoded.metrics ?? [];
      assert.deepEqual(bad?.properties.get("Quality")?.value, { field: "int", raw: 0 });
      assert.equal(good?.properties.has("Quality"), false);
    },
  );
});

describe("DataSets", () => {
  const table: DataSet = {
    columns: ["id", "big", "ratio", "exact", "ok", "name"],
    types: ["Int32", "UInt64", "Float", "Double", "Boolean", "String"],
    rows: [[-1, 2n ** 63n, 0.5, 0.1, true, "x"]],
  };

  it(
    "count their columns, and have as many headers and types " +
      "[tck-id-payloads-dataset-column-size] [tck-id-payloads-dataset-column-num-headers] " +
      "[tck-id-payloads-dataset-types-num] [tck-id-payloads-dataset-types-def] " +
      "[tck-id-payloads-dataset-types-type] [tck-id-payloads-dataset-types-value]",
    () => {
      const { value } = wire("DataSet", table);
      assert.ok(value?.field === "dataset");
      assert.equal(value.raw.numOfColumns, 6);
      assert.deepEqual(value.raw.columns, table.columns);
      assert.deepEqual(value.raw.types, [3, 8, 9, 10, 11, 12]);
      assert.throws(() => wire("DataSet", { ...table, columns: ["id"] }), /columns|types/);
    },
  );

  it("have types without rows too [tck-id-payloads-dataset-parameter-type-req]", () => {
    const { value } = wire("DataSet", { ...table, rows: [] });
    assert.ok(value?.field === "dataset");
    assert.equal(value.raw.types.length, 6);
  });

  it("have scalar cells, each in the field of its type [tck-id-payloads-template-dataset-value]", () => {
    const { value } = wire("DataSet", table);
    assert.ok(value?.field === "dataset");
    const fields = value.raw.rows[0]?.map((cell) => cell?.field);
    assert.deepEqual(fields, ["int", "long", "float", "double", "boolean", "string"]);
  });
});

const template = (parameters: Template["parameters"]): Template => ({
  isDefinition: true,
  version: "v1 ü",
  metrics: [],
  parameters,
});

describe("template parameters", () => {
  it(
    "have a name, the type of a basic value and one scalar " +
      "[tck-id-payloads-template-parameter-name-required] [tck-id-payloads-template-parameter-name-type] " +
      "[tck-id-payloads-template-parameter-type-req] [tck-id-payloads-template-parameter-value-type] " +
      "[tck-id-payloads-template-parameter-type-value] [tck-id-payloads-template-parameter-value]",
    () => {
      const { value } = wire(
        "Template",
        template([
          { name: "größe", datatype: "Int16", value: -2 },
          { name: "b", datatype: "UInt64", value: 7 },
          { name: "c", datatype: "Float", value: 0.5 },
          { name: "d", datatype: "Double", value: 0.1 },
          { name: "e", datatype: "Boolean", value: false },
          { name: "f", datatype: "Text", value: "" },
        ]),
      );
      assert.ok(value?.field === "template");
      assert.deepEqual(
        value.raw.parameters.map(({ name, type, value: cell }) => [name, type, cell?.field]),
        [
          ["größe", 2, "int"],
          ["b", 8, "long"],
          ["c", 9, "float"],
          ["d", 10, "double"],
          ["e", 11, "boolean"],
          ["f", 14, "string"],
        ],
      );
    },
  );

  it("and versions are text [tck-id-payloads-template-version] [tck-id-payloads-template-is-definition]", () => {
    const { value } = wire("Template", template([]));
    assert.ok(value?.field === "template");
    assert.deepEqual([value.raw.version, value.raw.isDefinition], ["v1 ü", true]);
  });
});
