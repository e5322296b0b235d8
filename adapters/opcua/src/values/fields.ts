/** The members of a structure, as the library describes them: by names, types, and whether they have to be there. */
import { builtInTypeNamed, type BuiltInType } from "../built-in-types.ts";
import { member } from "./scalar.ts";

/** One member of a structure. */
export interface Field {
  /** In the library's object. */
  readonly key: string;
  /** As the server calls it. */
  readonly name: string;
  readonly isArray: boolean;
  /** Whether it is a structure itself. */
  readonly isStructure: boolean;
  /** Of a scalar or an array; `undefined`: a structure, a variant or what has no name here. */
  readonly type: BuiltInType | undefined;
  /** Of an enumeration: its texts. */
  readonly texts: ReadonlyMap<number, string> | undefined;
  /** Whether a value may be without it. */
  readonly isOptional: boolean;
  /** In a union: the number that says that it is this one. */
  readonly choice: number | undefined;
  /** The library's class for it, where it is a structure. */
  readonly make: unknown;
}

interface Described {
  readonly fields: readonly Field[];
  readonly keys: ReadonlySet<string>;
}

const NOTHING: Described = { fields: [], keys: new Set() };
/** By schema: a type is described once and for all. */
const known = new WeakMap<object, Described>();

/** Those of the structures that it extends first; none: it is no structure. */
export function fieldsOf(value: unknown): readonly Field[] {
  return describedBy(value).fields;
}

/** Whether a structure of its type may have this member. */
export function hasField(value: unknown, key: string): boolean {
  return describedBy(value).keys.has(key);
}

/** In a union only one of the members is there; the first field says which. */
export function isUnion(fields: readonly Field[]): boolean {
  return fields.some(({ choice }) => choice !== undefined);
}

function describedBy(value: unknown): Described {
  const schema = member(value, "schema");
  if (typeof schema !== "object" || schema === null) return NOTHING;
  const before = known.get(schema);
  if (before !== undefined) return before;
  const fields = read(schema);
  const described = { fields, keys: new Set(fields.map(({ key }) => key)) };
  known.set(schema, described);
  return described;
}

function read(from: object): readonly Field[] {
  const fields: Field[] = [];
  const seen = new Set<unknown>();
  let schema: unknown = from;
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
  const category = member(raw, "category");
  const choice = member(raw, "switchValue");
  const isEnumeration = category === "enumeration";
  return [
    {
      key,
      name: typeof name === "string" ? name : key,
      isArray: member(raw, "isArray") === true,
      isStructure: category === "complex",
      type: isEnumeration ? builtInTypeNamed("Int32") : basicType(raw, category),
      texts: isEnumeration ? textsOf(member(raw, "schema")) : undefined,
      isOptional: member(raw, "switchBit") !== undefined,
      choice: typeof choice === "number" ? choice : undefined,
      make: member(raw, "fieldTypeConstructor"),
    },
  ];
}

/** Its own built-in type, or the one that its type is derived from. */
function basicType(raw: unknown, category: unknown): BuiltInType | undefined {
  if (category !== "basic") return undefined;
  const own = builtInTypeNamed(String(member(raw, "fieldType")));
  const base = member(member(raw, "schema"), "subType");
  return own ?? (typeof base === "string" ? builtInTypeNamed(base) : undefined);
}

function textsOf(schema: unknown): ReadonlyMap<number, string> {
  const values = member(schema, "enumValues");
  if (typeof values !== "object" || values === null) return new Map();
  const texts = Object.entries(values).filter(([, number]) => typeof number === "number");
  return new Map(texts.map(([text, number]) => [Number(number), text]));
}
