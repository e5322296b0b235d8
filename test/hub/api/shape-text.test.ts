import assert from "node:assert/strict";
import { it } from "node:test";
import { z } from "zod";
import { shapeText } from "../../../hub/src/api/shape-text.ts";

it("tells a schema as a person reads it", () => {
  const schema = z.object({
    name: z.string().max(20),
    role: z.enum(["viewer", "admin"]).describe("What he may"),
    since: z.int().min(0).max(9).optional(),
    tags: z.array(z.union([z.string(), z.null()])),
    more: z.record(z.string(), z.boolean()),
    any: z.unknown().optional(),
    one: z.literal("x").nullable(),
  });

  const text = shapeText(z.toJSONSchema(schema));

  assert.equal(
    text,
    `{
  name: string up to 20 letters
  role: "viewer" | "admin"  // What he may
  since?: integer 0…9
  tags: (string | null)[]
  more: {
    …: boolean
  }
  any?: anything
  one: "x" | null
}`,
  );
});
