/** Structures: which members they have, and what metrics these become. Works on what the library made of the bytes. */
import type { PropertyToSend } from "@unshub/sparkplug";
import type { BuiltInType } from "../built-in-types.ts";
import { isEncodable } from "../encode.ts";
import { fieldsOf, isUnion, type Field } from "./fields.ts";
import { arrayDatatype, type Leaf } from "./leaf.ts";
import { member } from "./scalar.ts";
import type { TemplateBook } from "./template-book.ts";

/** Deeper structures are shown as JSON from there on, wider ones not at all beyond this many metrics. */
const DEEPEST = 8;
const MOST_LEAVES = 500;

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
  const fields = fieldsOf(value).slice(0, MOST_LEAVES);
  const isReadOnly = place.isReadOnly === true || isUnion(fields);
  const members = fields.map((field) => {
    const at = { suffix: field.name, path: [field.key], isReadOnly };
    const isStructure = field.isStructure && !field.isArray && depth < DEEPEST;
    const inner = isStructure
      ? templateAt(member(value, field.key), at, { templates, depth: depth + 1 })
      : undefined;
    return inner ?? leafOf(field, at);
  });
  if (members.length === 0) return undefined;
  const type = member(member(value, "schema"), "name");
  const template = templates.nameFor(typeof type === "string" ? type : "Structure", members);
  const shape = { kind: "template", template, members } as const;
  const { suffix, path } = place;
  return { suffix, path, type: STRING, shape, datatype: "Template", properties: [] };
}

interface Place {
  readonly suffix: string;
  readonly path: readonly string[];
  /** Below a union, of which only one member is there: which one is not changed by writing another. */
  readonly isReadOnly?: boolean;
}

function collect(value: unknown, at: Place, into: Leaf[]): void {
  const fields = fieldsOf(value);
  const isReadOnly = at.isReadOnly === true || isUnion(fields);
  for (const field of fields) {
    if (into.length >= MOST_LEAVES) return;
    const path = [...at.path, field.key];
    const place = { suffix: `${at.suffix}/${field.name}`, path, isReadOnly };
    const inner = member(value, field.key);
    const isStructure = field.isStructure && !field.isArray;
    if (isStructure && place.path.length < DEEPEST && fieldsOf(inner).length > 0) {
      collect(inner, place, into);
    } else {
      into.push(leafOf(field, place));
    }
  }
}

function leafOf(field: Field, place: Place): Leaf {
  const { type, texts } = field;
  const isWritable = type === undefined ? field.isStructure : isEncodable(type);
  const common = {
    suffix: place.suffix,
    path: place.path,
    properties: texts === undefined ? [] : [enumStrings(texts)],
    ...((place.isReadOnly === true || !isWritable) && { isReadOnly: true }),
  };
  if (type === undefined) return { ...common, ...JSON_LEAF };
  if (!field.isArray) {
    return { ...common, type, shape: { kind: "scalar" }, datatype: type.datatype };
  }
  return { ...common, type, shape: { kind: "array" }, datatype: arrayDatatype(type) };
}

const STRING: BuiltInType = { id: 12, name: "String", datatype: "String" };
/** A metric whose value is JSON. */
export const JSON_LEAF = { type: STRING, shape: { kind: "json" }, datatype: "String" } as const;

/** The texts of an enumeration, as JSON from number to text. */
export function enumStrings(texts: ReadonlyMap<number, string>): PropertyToSend {
  const value = JSON.stringify(Object.fromEntries(texts));
  return { key: "EnumStrings", datatype: "String", value };
}
