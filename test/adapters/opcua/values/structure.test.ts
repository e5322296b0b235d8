import assert from "node:assert/strict";
import { it } from "node:test";
import { builtInTypeNamed } from "../../../../adapters/opcua/src/built-in-types.ts";
import { templateLeaf } from "../../../../adapters/opcua/src/values/structure.ts";
import { TemplateBook } from "../../../../adapters/opcua/src/values/template-book.ts";
import { valueOfJson } from "../../../../adapters/opcua/src/write/plain-value.ts";

it("below a union no member of a template is written, however deep", () => {
  const low = { name: "low", originalName: "Low", category: "basic", fieldType: "Double" };
  const limits = { schema: { name: "Limits", fields: [low] }, low: 1 };
  const fields = [
    { name: "switchField", category: "basic", fieldType: "UInt32" },
    { name: "limits", originalName: "Limits", category: "complex", switchValue: 1 },
  ];
  const union = { schema: { name: "Choice", fields }, switchField: 1, limits };

  const leaf = templateLeaf(union, new TemplateBook());

  assert.partialDeepStrictEqual(leaf?.shape, {
    members: [
      { suffix: "switchField", isReadOnly: true },
      { suffix: "Limits", shape: { members: [{ suffix: "Low", isReadOnly: true }] } },
    ],
  });
});

it("bytes in JSON are Base64, and what is none stays a text, which is refused", () => {
  const type = builtInTypeNamed("ByteString");
  assert.ok(type);
  const bytes = Uint8Array.of(255, 254, 1, 2);

  for (const text of ["//4BAg==", "//4BAg", "__4BAg"])
    assert.deepEqual(valueOfJson(text, type), bytes);
  assert.deepEqual(valueOfJson("", type), new Uint8Array());
  for (const text of ["recipe #7", "//4BA", "a=b="]) assert.equal(valueOfJson(text, type), text);
});
