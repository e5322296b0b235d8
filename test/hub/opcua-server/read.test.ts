import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  AttributeIds,
  DataType,
  VariantArrayType,
  type ClientSession,
  type DataValue,
  type ReadValueIdOptions,
} from "node-opcua-client";
import {
  encodePayload,
  type Datatype,
  type MetricToSend,
  type MetricValue,
} from "@unshub/sparkplug";
import { openClient, startHubServer, unsId } from "../../support/opcua-hub-server.ts";
import {
  dbirth,
  message,
  nbirth,
  ndeath,
  SOURCE_TIME,
  speed,
} from "../../support/sparkplug-messages.ts";

async function value(session: ClientSession, path: string): Promise<DataValue> {
  return await session.read({
    nodeId: await unsId(session, path),
    attributeId: AttributeIds.Value,
  });
}

const UUID = "01234567-89ab-cdef-0123-456789abcdef";
const TABLE = {
  columns: ["a"],
  types: ["Int64" as const],
  rows: [[9_007_199_254_740_993n], [null]],
};

/** Each datatype: a value, its type in OPC UA, and the value there. */
const CASES: readonly (readonly [Datatype, MetricValue, keyof typeof DataType, unknown])[] = [
  ["Int8", -128, "SByte", -128],
  ["Int16", -32_768, "Int16", -32_768],
  ["Int32", -2_147_483_648, "Int32", -2_147_483_648],
  ["Int64", -9_223_372_036_854_775_807n, "Int64", [0x8000_0000, 1]],
  ["UInt8", 255, "Byte", 255],
  ["UInt16", 65_535, "UInt16", 65_535],
  ["UInt32", 4_294_967_295, "UInt32", 4_294_967_295],
  ["UInt64", 18_446_744_073_709_551_615n, "UInt64", [0xffff_ffff, 0xffff_ffff]],
  ["Float", 1.5, "Float", 1.5],
  ["Double", 0.1, "Double", 0.1],
  ["Boolean", true, "Boolean", true],
  ["String", "Füller", "String", "Füller"],
  ["Text", "t", "String", "t"],
  ["DateTime", SOURCE_TIME, "DateTime", new Date(SOURCE_TIME)],
  ["UUID", UUID, "Guid", UUID.toUpperCase()],
  ["Bytes", new Uint8Array([1, 2]), "ByteString", Buffer.from([1, 2])],
  ["File", new Uint8Array([3]), "ByteString", Buffer.from([3])],
  [
    "DataSet",
    TABLE,
    "String",
    '{"columns":["a"],"types":["Int64"],"rows":[[9007199254740993],[null]]}',
  ],
  ["Int16Array", [-1, 2], "Int16", [-1, 2]],
  [
    "Int64Array",
    [1n, -1n],
    "Int64",
    [
      [0, 1],
      [0xffff_ffff, 0xffff_ffff],
    ],
  ],
  ["DoubleArray", [0.1], "Double", [0.1]],
  ["FloatArray", [], "Float", []],
  ["BooleanArray", [true, false], "Boolean", [true, false]],
  ["StringArray", ["a", ""], "String", ["a", ""]],
  ["DateTimeArray", [SOURCE_TIME], "DateTime", [new Date(SOURCE_TIME)]],
];

/** Typed arrays as plain ones. */
function plain(seen: unknown): unknown {
  if (Buffer.isBuffer(seen) || seen instanceof Date) return seen;
  if (ArrayBuffer.isView(seen)) return Array.from(Object.values(seen));
  return Array.isArray(seen) ? seen.map((one) => plain(one)) : seen;
}

function indexRange(text: string): NonNullable<ReadValueIdOptions["indexRange"]> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the library makes the range of the text
  return text as never;
}

describe("reading a metric", () => {
  it("gives the value of every datatype, exact, in its own type", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    const born = CASES.map(([datatype, metricValue]): MetricToSend => ({
      name: datatype,
      datatype,
      tellDatatype: true,
      value: metricValue,
      timestamp: SOURCE_TIME,
    }));
    sessions.apply(nbirth());
    sessions.apply(message("DBIRTH/e/d", born, 1));
    const session = await openClient(t, endpoint);

    for (const [datatype, , type, expected] of CASES) {
      const read = await value(session, `g/e/d/${datatype}`);
      const nodeId = await unsId(session, `g/e/d/${datatype}`);
      const [typeId, rank] = await session.read([
        { nodeId, attributeId: AttributeIds.DataType },
        { nodeId, attributeId: AttributeIds.ValueRank },
      ]);

      assert.equal(read.statusCode.name, "Good", datatype);
      assert.equal(read.value.dataType, DataType[type], datatype);
      assert.deepEqual(plain(read.value.value), expected, datatype);
      assert.equal(read.sourceTimestamp?.getTime(), SOURCE_TIME);
      assert.equal(typeId?.value.value.toString(), `ns=0;i=${DataType[type]}`);
      const isArray = read.value.arrayType === VariantArrayType.Array;
      assert.equal(rank?.value.value, isArray ? 1 : -1, datatype);
    }
  });

  it("tells unit, range, description and access", async (t) => {
    const { endpoint, sessions } = await startHubServer(t, { write: true });
    sessions.apply(nbirth());
    const properties = [
      { key: "engUnit", datatype: "String", value: "bar" },
      { key: "engLow", datatype: "Double", value: 0 },
      { key: "engHigh", datatype: "Double", value: 350 },
      { key: "Documentation", datatype: "String", value: "of the pump" },
      { key: "readOnly", datatype: "Boolean", value: false },
    ] as const;
    const pressure = {
      name: "p",
      datatype: "Double",
      tellDatatype: true,
      value: 1,
      properties,
    } as const;
    sessions.apply(message("DBIRTH/e/d", [pressure], 1));
    const session = await openClient(t, endpoint);
    const nodeId = await unsId(session, "g/e/d/p");

    const [level, userLevel, browseName] = await session.read([
      { nodeId, attributeId: AttributeIds.AccessLevel },
      { nodeId, attributeId: AttributeIds.UserAccessLevel },
      { nodeId, attributeId: AttributeIds.BrowseName },
    ]);
    const range = await value(session, "g/e/d/p?EURange");
    const unit = await value(session, "g/e/d/p?EngineeringUnits");

    assert.deepEqual([level?.value.value, userLevel?.value.value], [3, 3]);
    assert.equal(browseName?.value.value.name, "p");
    assert.deepEqual([range.value.value.low, range.value.value.high], [0, 350]);
    assert.equal(unit.value.value.displayName.text, "bar");
    const { references } = await session.browse({
      nodeId,
      referenceTypeId: "HasTypeDefinition",
      resultMask: 63,
    });
    assert.equal(references?.[0]?.browseName.name, "AnalogItemType");
  });

  it("gives a part of an array, and says when there is none", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    const list = {
      name: "l",
      datatype: "Int32Array",
      tellDatatype: true,
      value: [1, 2, 3],
    } as const;
    sessions.apply(message("DBIRTH/e/d", [list], 1));
    const session = await openClient(t, endpoint);
    const nodeId = await unsId(session, "g/e/d/l");

    const [part, none] = await session.read([
      { nodeId, attributeId: AttributeIds.Value, indexRange: indexRange("1:2") },
      { nodeId, attributeId: AttributeIds.Value, indexRange: indexRange("7") },
    ]);

    assert.deepEqual(plain(part?.value.value), [2, 3]);
    assert.equal(none?.statusCode.name, "BadIndexRangeNoData");
  });
});

/** Its source calls it bad. */
function bad(reason: string) {
  const properties = [
    { key: "Quality", datatype: "Int32", value: 0 },
    { key: "Reason", datatype: "String", value: reason },
  ] as const;
  return speed(0, 2, { properties });
}

describe("the quality of a metric", () => {
  const stale = speed(7, 2, { properties: [{ key: "Quality", datatype: "Int32", value: 500 }] });
  const odd = speed(7, 2, { properties: [{ key: "Quality", datatype: "Int32", value: 3 }] });
  const cases = [
    ["good", speed(7, 2), "Good", 7],
    ["stale", stale, "UncertainLastUsableValue", 7],
    ["in between", odd, "Uncertain", 7],
    ["of a dead node", ndeath(), "UncertainNoCommunicationLastUsableValue", 1200],
    ["bad", bad("sensor_broken"), "BadSensorFailure", null],
    ["bad, its link lost", bad("link_lost"), "BadNoCommunication", null],
    ["bad, as an OPC UA server said", bad("opcua_BadOutOfService"), "BadOutOfService", null],
    ["bad for another reason", bad("sentinel"), "Bad", null],
  ] as const;
  for (const [what, said, status, expected] of cases) {
    it(`goes out as ${status} when it is ${what}`, async (t) => {
      const { endpoint, sessions } = await startHubServer(t);
      sessions.apply(nbirth());
      sessions.apply(dbirth());
      sessions.apply(said);
      const session = await openClient(t, endpoint);

      const read = await value(session, "g/e/d/Motor/Speed");

      assert.equal(read.statusCode.name, status);
      assert.equal(read.value.value ?? null, expected);
    });
  }

  it("is bad, not wrong, where a value does not fit its type", async (t) => {
    const { endpoint, sessions } = await startHubServer(t);
    sessions.apply(nbirth());
    const metrics = [
      { name: "u", datatype: "UUID", tellDatatype: true, value: "no uuid" },
    ] as const;
    sessions.apply({
      ...message("DBIRTH/e/d", [], 1),
      payload: encodePayload({ timestamp: SOURCE_TIME, seq: 1, metrics }),
    });
    const session = await openClient(t, endpoint);

    assert.ok((await value(session, "g/e/d/u")).statusCode.isBad());
  });
});
