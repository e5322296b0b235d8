/**
 * Puts what commands say into a structure that was just read, so that it can be written as a whole: a server takes no part of
 * one. Every member keeps its exact type; nothing is guessed, and what is not named keeps the value that was read.
 */
import { isArrayValue, isTemplate, type MetricValue } from "@unshub/sparkplug";
import { isDeepStrictEqual } from "node:util";
import { toRaw, type Encoded } from "../encode.ts";
import type { Library } from "../library.ts";
import { fieldsOf, isUnion, type Field } from "../values/fields.ts";
import { plainOf } from "../values/json-text.ts";
import type { Leaf } from "../values/leaf.ts";
import { member } from "../values/scalar.ts";
import { valueOfJson } from "./plain-value.ts";

/** Why a value cannot be put there, as a sentence. */
export interface Unfit {
  readonly fault: string;
}

/** What is needed of the library. */
type Classes = Pick<Library, "LocalizedText">;

/** What is written instead of `root`, which is the caller's own and is changed. */
export function withMember(
  root: unknown,
  { leaf, value }: { readonly leaf: Leaf; readonly value: MetricValue },
  classes: Classes,
): Encoded {
  const key = leaf.path.at(-1);
  if (key === undefined) return wholeOf(root, { leaf, value }, classes);
  let parent: unknown = root;
  for (const name of leaf.path.slice(0, -1)) parent = member(parent, name);
  const fault = putMember(parent, key, { leaf, value, classes });
  return fault ?? { raw: root };
}

/** A structure, or an array of them, as its own type; members keep what they have unless they are named. */
function wholeOf(
  root: unknown,
  { leaf, value }: { readonly leaf: Leaf; readonly value: MetricValue },
  classes: Classes,
): Encoded {
  if (leaf.shape.kind === "template") {
    return putTemplate(root, { leaf, value, classes }) ?? { raw: root };
  }
  const given = parsedJson(value);
  return "fault" in given ? given : structuresOf(given.json, root, classes);
}

/** A structure from JSON, made of `current`, the one that is there; the same for an array of them. */
export function structuresOf(given: unknown, current: unknown, classes: Classes): Encoded {
  if (!Array.isArray(current)) return oneStructure(given, current, classes);
  if (!Array.isArray(given)) return { fault: "expected an array" };
  const [first]: unknown[] = current;
  return each(given, (json, index) =>
    oneStructure(json, current[index] ?? blankLike(member(first, "constructor")), classes),
  );
}

function oneStructure(given: unknown, current: unknown, classes: Classes): Encoded {
  const fields = fieldsOf(current);
  if (typeof current !== "object" || current === null || fields.length === 0) {
    return { fault: "the server has none there now, so that its type is not known" };
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return { fault: "expected an object" };
  }
  const json = new Map<string, unknown>(Object.entries(given));
  const stranger = [...json.keys()].find((name) => !fields.some((field) => isNamed(field, name)));
  if (stranger !== undefined) {
    const names = fields.filter(({ choice }) => choice !== undefined || !isUnion(fields));
    return { fault: `it has no "${stranger}"; it has ${names.map(({ name }) => name).join(", ")}` };
  }
  const fill = isUnion(fields) ? fillUnion : fillStructure;
  return fill(current, { fields, json, classes }) ?? { raw: current };
}

interface Filling {
  readonly fields: readonly Field[];
  readonly json: ReadonlyMap<string, unknown>;
  readonly classes: Classes;
}

/** All members have to be named: half a recipe is none. */
function fillStructure(into: object, { fields, json, classes }: Filling): Unfit | undefined {
  for (const field of fields) {
    const named = givenFor(field, json);
    const given = named === null && field.isOptional ? undefined : named;
    if (given === undefined && !field.isOptional) return { fault: `"${field.name}" is missing` };
    const made: Encoded =
      given === undefined ? { raw: undefined } : fromJson(given, field, { into, classes });
    if ("fault" in made) return { fault: `${field.name}: ${made.fault}` };
    Reflect.set(into, field.key, made.raw);
  }
  return undefined;
}

function fillUnion(into: object, { fields, json, classes }: Filling): Unfit | undefined {
  const [selector] = fields;
  const named = fields.filter(
    (field) => field.choice !== undefined && givenFor(field, json) !== undefined,
  );
  const [field] = named;
  if (field === undefined || selector === undefined || named.length > 1) {
    return { fault: `it is one of ${namesOf(fields.slice(1))}, and exactly one has to be named` };
  }
  const made = fromJson(givenFor(field, json), field, { into, classes });
  if ("fault" in made) return { fault: `${field.name}: ${made.fault}` };
  for (const { key } of fields) Reflect.deleteProperty(into, key);
  Reflect.set(into, selector.key, field.choice);
  Reflect.set(into, field.key, made.raw);
  return undefined;
}

function namesOf(fields: readonly Field[]): string {
  return fields.map(({ name }) => name).join(", ");
}

function isNamed({ name, key }: Field, given: string): boolean {
  return name === given || key === given;
}

/** `undefined`: it is not named. */
function givenFor({ name, key }: Field, json: ReadonlyMap<string, unknown>): unknown {
  return json.has(name) ? json.get(name) : json.get(key);
}

interface JsonPlace {
  readonly into: object;
  readonly classes: Classes;
}

/** What is the same as it was stays as it is: so a member that has no form in JSON does no harm. */
function fromJson(given: unknown, field: Field, { into, classes }: JsonPlace): Encoded {
  const current = member(into, field.key);
  if (current !== undefined && isDeepStrictEqual(plainOf(current), given)) return { raw: current };
  const make = field.isStructure ? structureFrom : valueFrom;
  return make(given, field, { current, classes });
}

interface Former {
  /** What is there now. */
  readonly current: unknown;
  readonly classes: Classes;
}

function structureFrom(given: unknown, field: Field, { current, classes }: Former): Encoded {
  if (!field.isArray) return oneStructure(given, current ?? blankLike(field.make), classes);
  if (!Array.isArray(given)) return { fault: "expected an array" };
  const list: unknown[] = Array.isArray(current) ? current : [];
  const make = member(list[0], "constructor") ?? field.make;
  return each(given, (json, index) => oneStructure(json, list[index] ?? blankLike(make), classes));
}

function valueFrom(given: unknown, field: Field, { current, classes }: Former): Encoded {
  const { type } = field;
  if (type === undefined)
    return { fault: "values of its type cannot be written; leave it as it is" };
  if (!field.isArray) return rawOf(valueOfJson(given, type), field, { current, classes });
  if (!Array.isArray(given)) return { fault: "expected an array" };
  return each(given, (json) => rawOf(valueOfJson(json, type), field, { current: null, classes }));
}

interface Putting {
  readonly leaf: Leaf;
  readonly value: MetricValue;
  readonly classes: Classes;
}

function putMember(
  parent: unknown,
  key: string,
  { leaf, value, classes }: Putting,
): Unfit | undefined {
  const field = fieldsOf(parent).find((one) => one.key === key);
  if (typeof parent !== "object" || parent === null || field === undefined) {
    return { fault: "the structure has no such member now" };
  }
  if (leaf.shape.kind === "template") {
    return putTemplate(member(parent, key), { leaf, value, classes });
  }
  const made = memberOf(value, field, { leaf, classes, parent });
  if ("fault" in made) return made;
  Reflect.set(parent, key, made.raw);
  return undefined;
}

function memberOf(
  value: MetricValue,
  field: Field,
  { leaf, classes, parent }: Pick<Putting, "leaf" | "classes"> & { readonly parent: object },
): Encoded {
  if (leaf.shape.kind === "json") {
    const given = parsedJson(value);
    return "fault" in given ? given : fromJson(given.json, field, { into: parent, classes });
  }
  const current = member(parent, field.key);
  if (!field.isArray) return rawOf(value, field, { current, classes });
  if (!isArrayValue(value)) return { fault: "expected an array" };
  const list: readonly MetricValue[] = value;
  return each(list, (one) => rawOf(one, field, { current: null, classes }));
}

/** The members that an instance names; the others keep what they have. */
function putTemplate(into: unknown, { leaf, value, classes }: Putting): Unfit | undefined {
  const members = leaf.shape.kind === "template" ? leaf.shape.members : [];
  if (!isTemplate(value)) return { fault: "expected a template instance" };
  for (const { name, value: given } of value.metrics) {
    const own = members.find(({ suffix }) => suffix === name);
    const key = own?.path.at(-1);
    if (own === undefined || key === undefined) return { fault: `it has no "${name}"` };
    if (own.isReadOnly === true) return { fault: `${name}: it cannot be written` };
    const fault = putMember(into, key, { leaf: own, value: given ?? null, classes });
    if (fault !== undefined) return { fault: `${name}: ${fault.fault}` };
  }
  return undefined;
}

/** One value as the library has it inside of a structure, where it converts nothing by itself. */
function rawOf(
  value: MetricValue,
  { type, texts }: Field,
  { current, classes }: { readonly current: unknown; readonly classes: Classes },
): Encoded {
  if (type === undefined) return { fault: "values of its type cannot be written" };
  if (texts !== undefined && !(typeof value === "number" && texts.has(value))) {
    const known = [...texts].map(([number, text]) => `${number} (${text})`).join(", ");
    return { fault: `expected one of ${known}` };
  }
  const encoded = toRaw(value, type);
  if ("fault" in encoded) return encoded;
  if (type.name === "Float") return { raw: Math.fround(Number(encoded.raw)) };
  if (type.name !== "LocalizedText") return encoded;
  const locale = member(current, "locale");
  const named = typeof locale === "string" ? { locale } : {};
  const text = typeof value === "string" ? value : "";
  return { raw: new classes.LocalizedText({ ...named, text }) };
}

function each<Item>(list: readonly Item[], make: (item: Item, index: number) => Encoded): Encoded {
  const raws: unknown[] = [];
  for (const [index, item] of list.entries()) {
    const made = make(item, index);
    if ("fault" in made) return { fault: `[${index}]: ${made.fault}` };
    raws.push(made.raw);
  }
  return { raw: raws };
}

/** A new structure of the library's class `make`; `undefined`: it is not known. */
function blankLike(make: unknown): unknown {
  return typeof make === "function" ? Reflect.construct(make, [{}]) : undefined;
}

export function parsedJson(value: MetricValue): { readonly json: unknown } | Unfit {
  if (typeof value !== "string") return { fault: "expected JSON" };
  try {
    const json: unknown = JSON.parse(value);
    return { json };
  } catch {
    return { fault: `"${value.slice(0, 80)}" is no JSON` };
  }
}
