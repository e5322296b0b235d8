/**
 * A form out of a JSON Schema: which fields there are for what is filled in so far, and what is written of it. Objects are
 * groups of fields, a choice between objects shows the fields of the one that is chosen, maps and lists of objects have parts
 * that come and go. What no form can ask for (lists of ranges, conditions) is left to the file.
 */
import { isRecord } from "./hub-request.ts";
import { textsOf } from "./tags.ts";

/** What is typed, as the schema is built: texts at the ends. */
export type Filled = string | { readonly [key: string]: Filled };
export type FilledMap = Exclude<Filled, string>;

export type Schema = Readonly<Record<string, unknown>>;
export type FieldPath = readonly string[];

/** Stands for a password that the hub has and does not tell; written back, it stays. */
export const KEPT_SECRET = "${kept}";

export interface FormField {
  readonly kind: "text" | "number" | "boolean" | "choice" | "list";
  readonly path: FieldPath;
  readonly choices: readonly string[];
  readonly isRequired: boolean;
  readonly about: string | null;
  /** What holds when nothing is written. */
  readonly usual: string | null;
  /** A password: written, and not read again. */
  readonly isSecret: boolean;
}

export type FormPart =
  | { readonly kind: "field"; readonly field: FormField }
  | {
      readonly kind: "group";
      readonly path: FieldPath;
      readonly about: string | null;
      readonly parts: readonly FormPart[];
    }
  /** A word, or an object: `parts` are those of the object that is chosen. */
  | {
      readonly kind: "oneOf";
      readonly path: FieldPath;
      readonly field: FormField;
      readonly parts: readonly FormPart[];
    }
  /** `isNamed`: its entries have names of their own, else they are counted. */
  | {
      readonly kind: "many";
      readonly path: FieldPath;
      readonly isNamed: boolean;
      readonly entries: readonly FormEntry[];
    };

interface FormEntry {
  /** By which what is filled in is kept: see `keyFor` of what is filled in. */
  readonly key: string;
  readonly parts: readonly FormPart[];
}

/** The parts of an object's schema. */
export function partsOf(
  schema: Schema,
  filled: FilledMap,
  path: FieldPath = [],
): readonly FormPart[] {
  const required = new Set(textsOf(schema["required"]));
  return propertiesOf(schema).flatMap(([name, property]) => {
    const value = filled[name];
    const at = { schema: property, value, path: [...path, name], isRequired: required.has(name) };
    return partOf(at);
  });
}

interface At {
  readonly schema: Schema;
  readonly value: Filled | undefined;
  readonly path: FieldPath;
  readonly isRequired: boolean;
}

function partOf(at: At): readonly FormPart[] {
  const { schema, value, path } = at;
  if ("const" in schema) return []; // it says which of several objects this is
  const options = optionsOf(schema);
  if (options.length > 0) return choiceParts(at, options);
  if (isObject(schema)) {
    const parts = partsOf(schema, mapIn(value), path);
    return parts.length === 0 ? [] : [{ kind: "group", path, about: aboutOf(schema), parts }];
  }
  const item = itemOf(schema);
  if (item !== null) return [manyPart(at, item)];
  const kind = simpleKind(schema);
  return kind === null
    ? []
    : [{ kind: "field", field: fieldOf(at, kind, textsOf(schema["enum"])) }];
}

/** Words, several objects that differ by one key, or words and objects mixed. */
function choiceParts(at: At, options: readonly Schema[]): readonly FormPart[] {
  const objects = options.filter(isObject);
  const others = options.filter((option) => !isObject(option));
  const words = others.flatMap(wordsOf);
  const isClosed = others.every((option) => wordsOf(option).length > 0);
  if (objects.length === 0) {
    if (others.some((option) => simpleKind(option) === null)) return [];
    const isNumber = others.some(({ type }) => type === "integer" || type === "number");
    const kind = isClosed ? "choice" : isNumber ? "number" : "text";
    return [{ kind: "field", field: fieldOf(at, kind, words) }];
  }
  if (!isClosed) return [];
  const key = words.length === 0 ? discriminator(objects) : null;
  return [key === null ? mixed(at, objects, words) : apartBy(at, objects, key)];
}

function mixed(at: At, objects: readonly Schema[], words: readonly string[]): FormPart {
  const { path, value } = at;
  const labels = objects.map(labelOf);
  const field = { ...fieldOf(at, "choice", [...words, ...labels]), path: [...path, CHOSEN] };
  const chosen = objects[labels.indexOf(chosenIn(value))];
  const parts = chosen === undefined ? [] : partsOf(chosen, mapIn(value), path);
  return { kind: "oneOf", path, field, parts };
}

/** Which of several objects is meant stands beside its keys while the form is filled in. */
export const CHOSEN = "(kind)";

function chosenIn(value: Filled | undefined): string {
  const chosen = mapIn(value)[CHOSEN];
  return typeof chosen === "string" ? chosen : "";
}

function apartBy({ path, value, schema }: At, objects: readonly Schema[], key: string): FormPart {
  const choices = objects.map((object) => String(constIn(object, key)));
  const filled = mapIn(value);
  const said = filled[key];
  const chosen = objects[Math.max(0, typeof said === "string" ? choices.indexOf(said) : 0)];
  const field: FormField = {
    kind: "choice",
    path: [...path, key],
    choices,
    isRequired: true,
    about: null,
    usual: choices[0] ?? null,
    isSecret: false,
  };
  const rest = chosen === undefined ? [] : partsOf(chosen, filled, path);
  const parts: readonly FormPart[] = [{ kind: "field", field }, ...rest];
  return { kind: "group", path, about: aboutOf(schema), parts };
}

function manyPart({ path, value }: At, { schema, isNamed }: Item): FormPart {
  const entries = Object.entries(mapIn(value)).map(([key, filled]) => ({
    key,
    parts: partsOf(schema, mapIn(filled), [...path, key]),
  }));
  return { kind: "many", path, isNamed, entries };
}

function fieldOf(
  { schema, path, isRequired }: At,
  kind: FormField["kind"],
  choices: readonly string[],
): FormField {
  return {
    kind,
    path,
    choices,
    isRequired,
    about: aboutOf(schema),
    usual: usualOf(schema),
    isSecret: schema["writeOnly"] === true,
  };
}

interface Item {
  readonly schema: Schema;
  readonly isNamed: boolean;
}

/** Of a map or a list of objects. */
export function itemOf({ type, additionalProperties, items }: Schema): Item | null {
  if (type === "array" && isRecord(items) && isObject(items))
    return { schema: items, isNamed: false };
  const isMap = type === "object" && isRecord(additionalProperties);
  return isMap && isObject(additionalProperties)
    ? { schema: additionalProperties, isNamed: true }
    : null;
}

function simpleKind({ type, enum: words, items }: Schema): FormField["kind"] | null {
  if (Array.isArray(words)) return "choice";
  if (type === "string") return "text";
  if (type === "integer" || type === "number") return "number";
  if (type === "boolean") return "boolean";
  return type === "array" && isRecord(items) && simpleKind(items) !== null ? "list" : null;
}

export function optionsOf({ anyOf, oneOf }: Schema): readonly Schema[] {
  const options = anyOf ?? oneOf;
  return Array.isArray(options) ? options.filter(isRecord) : [];
}

/** Exact words or numbers. */
export function wordsOf(schema: Schema): readonly string[] {
  if ("const" in schema) return [String(schema["const"])];
  return Array.isArray(schema["enum"]) ? schema["enum"].map(String) : [];
}

export function isObject({ type, properties }: Schema): boolean {
  return type === "object" && isRecord(properties);
}

export function propertiesOf({ properties }: Schema): readonly (readonly [string, Schema])[] {
  return Object.entries(isRecord(properties) ? properties : {}).flatMap(([name, property]) =>
    isRecord(property) ? [[name, property] as const] : [],
  );
}

/** The key by which all of them differ; `null`: there is none. */
export function discriminator(objects: readonly Schema[]): string | null {
  const [first] = objects;
  const names = first === undefined ? [] : propertiesOf(first).map(([name]) => name);
  return (
    names.find((name) => objects.every((object) => constIn(object, name) !== undefined)) ?? null
  );
}

export function constIn(schema: Schema, key: string): unknown {
  return propertiesOf(schema).find(([name]) => name === key)?.[1]["const"];
}

/** An object in a choice, by what must stand in it. */
export function labelOf(schema: Schema): string {
  const required = textsOf(schema["required"]);
  return (required.length > 0 ? required : propertiesOf(schema).map(([name]) => name)).join(" + ");
}

function aboutOf({ description }: Schema): string | null {
  return typeof description === "string" ? description : null;
}

function usualOf({ default: usual }: Schema): string | null {
  if (typeof usual === "string") return usual;
  return typeof usual === "number" || typeof usual === "boolean" ? String(usual) : null;
}

function mapIn(value: Filled | undefined): FilledMap {
  return value === undefined || typeof value === "string" ? {} : value;
}
