import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Leaf } from "../../../../adapters/opcua/src/values/leaf.ts";
import { TemplateBook } from "../../../../adapters/opcua/src/values/template-book.ts";

const DOUBLE = { id: 11, name: "Double", datatype: "Double" } as const;

function leaf(name: string): Leaf {
  const shape = { kind: "scalar" } as const;
  return { suffix: name, path: [name], type: DOUBLE, shape, datatype: "Double", properties: [] };
}

describe("the templates of an OPC UA adapter", () => {
  it("have one definition for one type, however often it is met", () => {
    const book = new TemplateBook();

    const names = [1, 2].map(() => book.nameFor("Motor", [leaf("speed")]));

    assert.deepEqual(names, ["Types/Motor", "Types/Motor"]);
    assert.equal(book.definitions.length, 1);
  });

  it("are told apart when two types have one name, with the same names in every run", () => {
    const names = [1, 2].map(() => {
      const book = new TemplateBook();
      return [["speed"], ["speed", "torque"], ["speed"]].map((members) =>
        book.nameFor("Motor", members.map(leaf)),
      );
    });

    assert.deepEqual(names[0], names[1]);
    assert.match(names[0]?.[1] ?? "", /^Types\/Motor_[\da-f]{8}$/);
    assert.equal(names[0]?.[2], "Types/Motor");
  });
});
