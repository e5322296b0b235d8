import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as fc from "fast-check";
import type { Tag } from "../../../../adapters/modbus/src/tag.ts";
import { GENERAL_BYTE_ORDERS } from "../../../../adapters/modbus/src/types/byte-order.ts";
import { decodeTag } from "../../../../adapters/modbus/src/types/decode-tag.ts";
import { bitOfMsb0, expandTag } from "../../../../adapters/modbus/src/types/expand.ts";
import { decodeAt } from "../../../support/modbus-decode.ts";
import { makeTag } from "../../../support/modbus-tag.ts";

const places = (tag: Tag): readonly string[] =>
  expandTag(tag).map(({ name, start, bit, type }) => `${name} ${type} ${start}.${bit ?? ""}`);

describe("a bit field", () => {
  it("becomes a truth value for each name", () => {
    const bits = new Map([
      [0, "Running"],
      [15, "Fault"],
    ]);
    const tag = makeTag({ name: "Status", type: "bitfield", length: 1, start: 10, bits });

    assert.deepEqual(places(tag), ["Status/Running bool 10.0", "Status/Fault bool 10.15"]);
    assert.deepEqual(expandTag({ ...tag, bitsAs: "number" }), [{ ...tag, bitsAs: "number" }]);
  });

  it("has its bits where the whole number has them, in every order and size", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 4),
        fc.constantFrom(...GENERAL_BYTE_ORDERS),
        fc.uint8Array({ minLength: 8, maxLength: 8 }),
        (length, byteOrder, data) => {
          const bits = new Map(Array.from({ length: 16 * length }, (_, bit) => [bit, `${bit}`]));
          const tag = makeTag({ type: "bitfield", length, byteOrder, bits });
          const whole = decodeTag(tag, data);
          assert.ok(whole.kind === "good");
          assert.ok(typeof whole.value === "number" || typeof whole.value === "bigint");
          const number = BigInt(whole.value);

          for (const [bit, child] of expandTag(tag).entries()) {
            const place = 2 * child.start;
            assert.deepEqual(decodeAt(child, data.subarray(place), 0), {
              kind: "good",
              value: ((number >> BigInt(bit)) & 1n) === 1n,
            });
          }
        },
      ),
    );
  });

  it("may be numbered from its highest bit", () => {
    assert.equal(bitOfMsb0(0, 1), 15);
    assert.equal(bitOfMsb0(31, 2), 0);
  });
});

describe("a struct", () => {
  const members = [
    makeTag({ name: "Speed", type: "float32" }),
    makeTag({ name: "State", type: "bitfield", length: 1, start: 2, bits: new Map([[1, "On"]]) }),
  ];

  it("becomes a folder of its members, bit fields in it too", () => {
    const tag = makeTag({ name: "Motor", type: "struct", length: 3, start: 100, members });

    assert.deepEqual(places(tag), ["Motor/Speed float32 100.", "Motor/State/On bool 102.1"]);
  });

  it("is one Template where the tag says so", () => {
    const tag = makeTag({
      type: "struct",
      length: 3,
      members,
      membersAs: "template",
      templateRef: "Motor",
    });

    assert.deepEqual(expandTag(tag), [tag]);
    assert.deepEqual(decodeAt(tag, Uint8Array.of(0x41, 0xbc, 0, 0, 0, 2), 0), {
      kind: "good",
      value: {
        isDefinition: false,
        templateRef: "Motor",
        parameters: [],
        metrics: [
          { name: "Speed", datatype: "Float", value: 23.5 },
          { name: "State", datatype: "UInt16", value: 2 },
        ],
      },
    });
  });
});
