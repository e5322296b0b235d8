/** Structures: which members they have, and what metrics these become. Works on what the library made of the bytes. */
import type { PropertyToSend } from "@unshub/sparkplug";
import { builtInTypeNamed, type BuiltInType } from "../built-in-types.ts";
import { arrayDatatype, type Leaf } from "./leaf.ts";
import { member } from "./scalar.ts";
import type { TemplateBook } from "./template-book.ts";

/** Deeper structures are shown as JSON from there on, wider ones not at all beyond this many metrics. */
const DEEPEST = 8;
const MOST_LEAVES = 500;

/** One member of a structure as the library describes it. */
interface Field {
  /** In the object. */
  readonly key: string;
  /** As the server calls it. */
  readonly name: string;
  readonly category: string;
  readonly isArray: boolean;
  readonly schema: unknown;
  readonly fieldType: string;
}

/**
 * Whether the library could not find out what the bytes mean. Such an object is published as nothing but bad: its JSON
 * would be `{}` with a good status.
 */
export function isOpaque(value: unknown): boolean {
  return Buffer.isBuffer(member(value, "buffer")) && member(value, "nodeId") !== undefined;
}

/** One leaf for each member of `value`, down to the last. */
export function structureLeaves(value: unknown): readonly Leaf[] {
  const leaves: Leaf[] = [];
  collect(value, { suffix: "", path: [] }, leaves);
  return leaves.slice(0, MOST_LEAVES);
}

/** One leaf for the whole, with a template for its type; `undefined`: it has no members. */
export function templateLeaf(value: unknown, templates: TemplateBook): Leaf | undefined {
  return templateAt(value, { suffix: "", path: [] }, { templates, depth: 0 });
}

function templateAt(
  value: unknown,
  place: Place,
  { templates, depth }: { readonly templates: TemplateBook; readonly depth: number },
): Leaf | undefined {
  const members = fieldsOf(value)
    .slice(0, MOST_LEAVES)
    .map((field) => {
      const at = { suffix: field.name, path: [field.key] };
      const isStructure = field.category === "complex" && !field.isArray && depth < DEEPEST;
      const inner = isStructure
        ? templateAt(member(value, field.key), at, { templates, depth: depth + 1 })
        : undefined;
      return inner ?? leafOf(field, at);
    });
  if (members.length === 0) return undefined;
  const type = member(member(value, "schema"), "name");
  const template = templates.nameFor(typeof type === "string" ? type : "Structure", members);
  const shape = { kind: "template", template, members } as const;
  return { ...place, type: STRING, shape, datatype: "Template", properties: [] };
}

interface Place {
  readonly suffix: string;
  readonly path: readonly string[];
}

function collect(value: unknown, at: Place, into: Leaf[]): void {
  for (const field of fieldsOf(value)) {
    if (into.length >= MOST_LEAVES) return;
    const place = { suffix: `${at.suffix}/${field.name}`, path: [...at.path, field.key] };
    const inner = member(value, field.key);
    const isStructure = field.category === "complex" && !field.isArray;
    if (isStructure && place.path.length < DEEPEST && fieldsOf(inner).length > 0) {
      collect(inner, place, into);
    } else {
      into.push(leafOf(field, place));
    }
  }
}

function leafOf(field: Field, place: Place): Leaf {
  const type = field.category === "enumeration" ? builtInTypeNamed("Int32") : basicType(field);
  const common = { ...place, properties: enumProperties(field) };
  if (type === undefined) return { ...common, ...JSON_LEAF };
  if (!field.isArray) {
    return { ...common, type, shape: { kind: "scalar" }, datatype: type.datatype };
  }
  return { ...common, type, shape: { kind: "array" }, datatype: arrayDatatype(type) };
}

const STRING: BuiltInType = { id: 12, name: "String", datatype: "String" };
/** A metric whose value is JSON. */
export const JSON_LEAF = { type: STRING, shape: { kind: "json" }, datatype: "String" } as const;

/** The built-in type of a basic member: its own, or the one that its type is derived from. */
function basicType(field: Field): BuiltInType | undefined {
  if (field.category !== "basic") return undefined;
  const own = builtInTypeNamed(field.fieldType);
  const base = member(field.schema, "subType");
  return own ?? (typeof base === "string" ? builtInTypeNamed(base) : undefined);
}

function enumProperties({ category, schema }: Field): readonly PropertyToSend[] {
  const values = category === "enumeration" ? member(schema, "enumValues") : undefined;
  if (typeof values !== "object" || values === null) return [];
  const texts = Object.entries(values).filter(([, number]) => typeof number === "number");
  return [enumStrings(new Map(texts.map(([text, number]) => [Number(number), text])))];
}

/** The texts of an enumeration, as JSON from number to text. */
export function enumStrings(texts: ReadonlyMap<number, string>): PropertyToSend {
  const value = JSON.stringify(Object.fromEntries(texts));
  return { key: "EnumStrings", datatype: "String", value };
}

/** The members of a structure, those of the structures it extends first. */
function fieldsOf(value: unknown): readonly Field[] {
  const fields: Field[] = [];
  const seen = new Set<unknown>();
  let schema = member(value, "schema");
  while (typeof schema === "object" && schema !== null && !seen.has(schema)) {
    seen.add(schema);
    const own: unknown = member(schema, "fields");
    if (Array.isArray(own)) fields.unshift(...own.flatMap((each: unknown) => fieldOf(each)));
    schema = member(schema, "_baseSchema");
  }
  return fields;
}

function fieldOf(raw: unknown): readonly Field[] {
  const key = member(raw, "name");
  if (typeof key !== "string") return [];
  const name = member(raw, "originalName");
  return [
    {
      key,
      name: typeof name === "string" ? name : key,
      category: String(member(raw, "category")),
      isArray: member(raw, "isArray") === true,
      schema: member(raw, "schema"),
      fieldType: String(member(raw, "fieldType")),
    },
  ];
}
