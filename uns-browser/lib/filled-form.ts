/** What is filled into a form that was built from a schema: changed field by field, and as it is written in the end. */
import { nameOfKey } from "./form-places.ts";
import {
  partsOf,
  type FieldPath,
  type Filled,
  type FilledMap,
  type FormField,
  type FormPart,
} from "./schema-form.ts";

export function filledAt(filled: FilledMap, path: FieldPath): string {
  const value = valueAt(filled, path);
  return typeof value === "string" ? value : "";
}

function valueAt(filled: FilledMap, path: FieldPath): Filled | undefined {
  return path.reduce<Filled | undefined>(
    (at, key) => (at === undefined || typeof at === "string" ? undefined : at[key]),
    filled,
  );
}

/** `undefined`: without it. */
export function withFilled(
  filled: FilledMap,
  [key = "", ...rest]: FieldPath,
  value: Filled | undefined,
): FilledMap {
  const { [key]: before, ...others } = filled;
  if (rest.length === 0 && value === undefined) return others;
  const inner = before === undefined || typeof before === "string" ? {} : before;
  const next = rest.length === 0 ? (value ?? "") : withFilled(inner, rest, value);
  // In its place: rows do not change theirs while somebody types.
  return key in filled
    ? Object.fromEntries(
        Object.entries(filled).map(([name, old]) => [name, name === key ? next : old]),
      )
    : { ...filled, [key]: next };
}

/** An entry of a map under another name, in its place. */
export function renamedEntry(
  filled: FilledMap,
  path: FieldPath,
  [from, name]: readonly [from: string, name: string],
): FilledMap {
  const map = valueAt(filled, path);
  if (map === undefined || typeof map === "string") return filled;
  const { [from]: _mine, ...others } = map;
  const to = keyFor(name, others);
  const entries = Object.entries(map).map(([key, value]) => [key === from ? to : key, value]);
  return withFilled(filled, path, Object.fromEntries(entries));
}

/**
 * By which an entry of this name is kept: with `=` in front where the name alone is a number, which an object would put in
 * front of all others, or is there already, as it may be for a moment while somebody types.
 */
export function keyFor(name: string, others: FilledMap): string {
  let key = /^\d+$/.test(name) ? `=${name}` : name;
  while (key in others) key = `=${key}`;
  return key;
}

type Written = Readonly<Record<string, unknown>>;

/** As it stands in the file: numbers, lists and parts; what is empty is left out. */
export function writtenEntry(schema: Written, filled: FilledMap): Written {
  return writtenParts(partsOf(schema, filled), filled);
}

function writtenParts(parts: readonly FormPart[], filled: FilledMap): Written {
  return Object.fromEntries(
    parts.flatMap((part) => {
      const value = writtenPart(part, filled);
      const path = part.kind === "field" ? part.field.path : part.path;
      return value === undefined ? [] : [[path.at(-1), value]];
    }),
  );
}

/** `undefined`: nothing is. */
function writtenPart(part: FormPart, filled: FilledMap): unknown {
  switch (part.kind) {
    case "field": {
      const text = filledAt(filled, part.field.path).trim();
      return text === "" ? undefined : typedText(text, part.field);
    }
    case "oneOf": {
      const text = filledAt(filled, part.field.path);
      if (text === "") return undefined;
      return part.parts.length === 0 ? text : writtenParts(part.parts, filled);
    }
    case "group": {
      const inner = writtenParts(part.parts, filled);
      return Object.keys(inner).length === 0 ? undefined : inner;
    }
    case "many": {
      const entries = part.entries.map(
        ({ key, parts }) => [key, writtenParts(parts, filled)] as const,
      );
      if (entries.length === 0) return undefined;
      return part.isNamed
        ? Object.fromEntries(entries.map(([key, entry]) => [nameOfKey(key), entry]))
        : entries.map(([, entry]) => entry);
    }
  }
}

function typedText(text: string, { kind, choices }: FormField): unknown {
  const isNumber = /^[+-]?\d+(?:\.\d+)?$/.test(text);
  switch (kind) {
    case "number":
      return isNumber ? Number(text) : text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : text;
    case "list":
      return text.split(",").map((item) => typedItem(item.trim()));
    case "choice":
      return isNumber && choices.every((choice) => /^\d+$/.test(choice)) ? Number(text) : text;
    case "text":
      return text;
  }
}

function typedItem(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text;
}
