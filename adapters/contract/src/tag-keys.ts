/** What may stand in a tag, told from the schema that checks it: for forms that people fill in. */
import { z } from "zod";

/** One key of a tag. */
export interface TagKey {
  readonly name: string;
  /** `other`: a list, a map, or parts of its own; it is written in the file. */
  readonly kind: "text" | "number" | "boolean" | "choice" | "range" | "other";
  readonly isRequired: boolean;
  /** Of `choice`. */
  readonly choices?: readonly string[];
  /** What it is, in a few words. */
  readonly about?: string;
}

/** The keys of a tag in the order in which its schema names them. `shape`: of the object before any transformation. */
export function tagKeysOf(shape: Readonly<Record<string, z.ZodType>>): readonly TagKey[] {
  return Object.entries(shape).map(([name, schema]) => {
    const about = schema.description;
    return {
      name,
      ...kindOf(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" })),
      isRequired: !schema.safeParse(undefined).success,
      ...(about !== undefined && { about }),
    };
  });
}

/** A text is also what a schema reads out of one by itself, as a duration. */
const KINDS: ReadonlyMap<string | undefined, TagKey["kind"]> = new Map<
  string | undefined,
  TagKey["kind"]
>([
  [undefined, "text"],
  ["string", "text"],
  ["number", "number"],
  ["integer", "number"],
  ["boolean", "boolean"],
]);

function kindOf(json: z.core.JSONSchema.BaseSchema): Pick<TagKey, "kind" | "choices"> {
  const choices = json.enum?.filter((choice) => typeof choice === "string") ?? [];
  if (choices.length > 0) return { kind: "choice", choices };
  return { kind: isRange(json) ? "range" : kindNamed(json.type) };
}

function kindNamed(type: z.core.JSONSchema.BaseSchema["type"]): TagKey["kind"] {
  return Array.isArray(type) ? "other" : (KINDS.get(type) ?? "other");
}

/** Two numbers. */
function isRange({ type, prefixItems }: z.core.JSONSchema.BaseSchema): boolean {
  return type === "array" && Array.isArray(prefixItems) && prefixItems.length === 2;
}
