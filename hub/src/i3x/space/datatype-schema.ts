/** What the datatypes of Sparkplug are as JSON Schema. Every leaf may be null: Sparkplug has `is_null`. */
import {
  DATATYPES,
  integerRange,
  isArrayDatatype,
  isTemplate,
  type Datatype,
  type Template,
} from "@unshub/sparkplug";

export type JsonSchema = Readonly<Record<string, unknown>>;

const TEXT: JsonSchema = { type: ["string", "null"] };
const BYTES: JsonSchema = { type: ["string", "null"], contentEncoding: "base64" };
const TIME: JsonSchema = { type: ["string", "null"], format: "date-time" };
const TRUTH: JsonSchema = { type: ["boolean", "null"] };
const NUMBER: JsonSchema = { type: ["number", "null"] };
const TEXTS: JsonSchema = { type: "array", items: { type: "string" } };

const TABLE: JsonSchema = {
  type: ["object", "null"],
  properties: {
    columns: TEXTS,
    types: TEXTS,
    rows: { type: "array", items: { type: "array" } },
  },
};

const OTHERS: ReadonlyMap<Datatype, JsonSchema> = new Map<Datatype, JsonSchema>([
  ["Float", NUMBER],
  ["Double", NUMBER],
  ["Boolean", TRUTH],
  ["String", TEXT],
  ["Text", TEXT],
  ["UUID", TEXT],
  ["DateTime", TIME],
  ["Bytes", BYTES],
  ["File", BYTES],
  ["DataSet", TABLE],
]);

/** Of everything but templates, which have schemas of their own. */
export function schemaOf(datatype: Datatype): JsonSchema {
  const known = OTHERS.get(datatype);
  if (known !== undefined) return known;
  if (isArrayDatatype(datatype)) return { type: ["array", "null"], items: itemsOf(datatype) };
  const range = integerRange(datatype);
  if (range === undefined) return ANY;
  const [least, most] = range;
  return { type: ["integer", "null"], minimum: exact(least), maximum: exact(most) };
}

/** `Int8Array` has items of `Int8`. */
function itemsOf(datatype: Datatype): JsonSchema {
  const item = DATATYPES.find((one) => `${one}Array` === datatype);
  return item === undefined ? {} : schemaOf(item);
}

/** Integers beyond 2^53 keep their digits. */
function exact(bound: bigint): object {
  return JSON.rawJSON(bound.toString());
}

const ANY: JsonSchema = { type: ["object", "null"] };
/** Templates in templates; deeper ones are any object. */
const DEEPEST = 16;

/** Of what a definition or an instance has as members; those of templates in it stand in full. */
export function templateSchema(
  template: Template,
  definitions: ReadonlyMap<string, Template>,
  depth = 0,
): JsonSchema {
  const properties = Object.fromEntries(memberSchemas(template, definitions, depth));
  return { type: ["object", "null"], properties, additionalProperties: true };
}

export function memberSchemas(
  { metrics }: Template,
  definitions: ReadonlyMap<string, Template>,
  depth = 0,
): readonly (readonly [name: string, schema: JsonSchema])[] {
  return metrics.flatMap(({ name, datatype, value }) => {
    if (name === undefined) return [];
    if (datatype !== "Template") return [[name, schemaOf(datatype)] as const];
    const inner = isTemplate(value) ? value : undefined;
    const defined = definitions.get(inner?.templateRef ?? "") ?? inner;
    const isOpen = defined === undefined || depth >= DEEPEST;
    return [[name, isOpen ? ANY : templateSchema(defined, definitions, depth + 1)] as const];
  });
}
