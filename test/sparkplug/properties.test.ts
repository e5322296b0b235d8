import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodePayload,
  encodePayload,
  propertiesToSend,
  propertyValue,
  type Properties,
  type PropertyToSend,
} from "@unshub/sparkplug";
import { bytesOf } from "../support/sparkplug-golden.ts";

function sent(properties: readonly PropertyToSend[]): Properties {
  const metric = { datatype: "Int32", tellDatatype: true, value: 1, properties } as const;
  const [decoded] = decodePayload(encodePayload({ metrics: [metric] })).metrics;
  assert.ok(decoded);
  return decoded.properties;
}

describe("properties", () => {
  it("keeps __proto__ as the key it is", () => {
    const properties = sent([{ key: "__proto__", datatype: "Int32", value: 1 }]);

    assert.equal(propertyValue(properties.get("__proto__")), 1);
    assert.equal(properties.get("constructor"), undefined);
  });

  it("takes the last of two equal keys", () => {
    const properties = sent([
      { key: "a", datatype: "Int32", value: 1 },
      { key: "a", datatype: "Int32", value: 2 },
    ]);

    assert.equal(propertyValue(properties.get("a")), 2);
  });

  it("has no plain value for a null, a set, an extension and an unknown type", () => {
    const properties = sent([
      { key: "null", datatype: "Int32", value: null },
      { key: "set", datatype: "PropertySet", value: [] },
    ]);
    const bytes = bytesOf("1210 4a0e 0a0178 0a0179 1202 5a00 1202 0863");
    const [metric] = decodePayload(bytes, { misfits: "keep" }).metrics;

    assert.equal(propertyValue(properties.get("null")), undefined);
    assert.equal(propertyValue(properties.get("set")), undefined);
    assert.equal(metric?.properties.get("x")?.value?.field, "extension");
    assert.equal(propertyValue(metric?.properties.get("x")), undefined);
    assert.equal(propertyValue(metric?.properties.get("y")), undefined);
  });

  it("sends nothing that does not fit, and names the key", () => {
    const misfits: readonly PropertyToSend[] = [
      { key: "a", datatype: "Int8", value: 128 },
      { key: "a", datatype: "PropertySet", value: 1 },
      { key: "a", datatype: "PropertySetList", value: [{ key: "b", datatype: "Int8", value: 1 }] },
      { key: "a", datatype: "String", value: [] },
    ];
    for (const property of misfits) {
      assert.throws(() => sent([property]), {
        code: "VALUE_MISFIT",
        place: { path: 'metrics[0].properties["a"]' },
      });
    }
  });

  it("leaves out what has no type when it is sent again", () => {
    const [metric] = decodePayload(bytesOf("1209 4a07 0a0178 1202 1801")).metrics;

    assert.deepEqual(propertiesToSend(metric?.properties ?? new Map()), []);
  });
});
