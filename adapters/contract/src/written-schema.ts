/** What somebody may write, as JSON Schema: for forms that are built from the schema which checks it. */
import { z } from "zod";

export type WrittenSchema = Readonly<Record<string, unknown>>;

/** Of what is written, before anything is read out of it: a duration is a text. */
export function writtenSchemaOf(schema: z.ZodType): WrittenSchema {
  const { $schema: _version, ...json } = z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
  });
  return json;
}
