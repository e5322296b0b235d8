/**
 * An entry that stands in the file, filled into the form of its schema, and what is written of it when the form was changed:
 * what no form can ask for stays as it was, and so do tags, which have an editor of their own.
 */
import { keyFor, writtenEntry } from "./filled-form.ts";
import { nameOfKey } from "./form-places.ts";
import { isRecord } from "./hub-request.ts";
import {
  CHOSEN,
  constIn,
  discriminator,
  isObject,
  itemOf,
  labelOf,
  optionsOf,
  propertiesOf,
  wordsOf,
  type Filled,
  type FilledMap,
  type FormPart,
  type Schema,
} from "./schema-form.ts";

/** Which part of the entry this was, while the form is filled in: its place in a list, or its name in a map. */
const WAS = "(was)";
const TAGS = "tags";

/** `undefined`: the form has no place for it. */
function filledOf(schema: Schema, value: unknown): Filled | undefined {
  if (value === undefined || value === null) return undefined;
  const options = optionsOf(schema);
  if (options.length > 0) return filledChoice(options, value);
  if (isObject(schema)) return isRecord(value) ? filledObject(schema, value) : undefined;
  const item = itemOf(schema);
  if (item !== null) return filledMany(item.schema, value);
  if (Array.isArray(value)) return value.every(isSimple) ? value.join(", ") : undefined;
  return isSimple(value) ? String(value) : undefined;
}

function filledObject(schema: Schema, value: Readonly<Record<string, unknown>>): FilledMap {
  return Object.fromEntries(
    propertiesOf(schema).flatMap(([name, property]) => {
      if (name === TAGS) return [];
      const filled = filledOf(property, value[name]);
      return filled === undefined ? [] : [[name, filled]];
    }),
  );
}

/** A list of parts by their places, or a map of them by their names. */
function filledMany(schema: Schema, value: unknown): FilledMap | undefined {
  if (!Array.isArray(value) && !isRecord(value)) return undefined;
  const filled: Record<string, Filled> = {};
  for (const [key, part] of Object.entries(value)) {
    if (!isRecord(part)) continue;
    filled[Array.isArray(value) ? key : keyFor(key, filled)] = {
      ...filledObject(schema, part),
      [WAS]: key,
    };
  }
  return filled;
}

function filledChoice(options: readonly Schema[], value: unknown): Filled | undefined {
  const objects = options.filter(isObject);
  if (!isRecord(value)) {
    if (!isSimple(value)) return undefined;
    const isWord = options.flatMap(wordsOf).includes(String(value));
    return objects.length > 0 && isWord ? { [CHOSEN]: String(value) } : String(value);
  }
  const isMixed = objects.length < options.length;
  const key = isMixed ? null : discriminator(objects);
  const chosen = objects.find((object) => isOf(object, value, key));
  if (chosen === undefined) return undefined;
  const filled = filledObject(chosen, value);
  if (key !== null) return { ...filled, [key]: String(value[key]) };
  return { ...filled, [CHOSEN]: labelOf(chosen) };
}

/** Whether a value is of this one of several kinds: by its key, or by what must stand in it. */
function isOf(
  object: Schema,
  value: Readonly<Record<string, unknown>>,
  key: string | null,
): boolean {
  if (key !== null) return constIn(object, key) === value[key];
  return labelOf(object)
    .split(" + ")
    .every((name) => name in value);
}

function isSimple(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** The form of an entry as it stands in the file; without its tags. */
export function filledEntry(schema: Schema, entry: Readonly<Record<string, unknown>>): FilledMap {
  return { ...filledObject(schema, entry), [WAS]: "entry" };
}

/** The parts of a form without the tags of what stands in the file already. */
export function partsBesideTags(
  parts: readonly FormPart[],
  filled: FilledMap,
): readonly FormPart[] {
  const isKept = typeof filled[WAS] === "string";
  return parts.flatMap((part): readonly FormPart[] => {
    if (part.kind === "field") return [part];
    const name = part.path.at(-1) ?? "";
    if (part.kind !== "many") return [part];
    if (name === TAGS) return isKept ? [] : [part];
    const inner = mapIn(filled[name]);
    const entries = part.entries.map(({ key, parts: own }) => ({
      key,
      parts: partsBesideTags(own, mapIn(inner[key])),
    }));
    return [{ ...part, entries }];
  });
}

/** The entry as it shall be: `filled` over what stands in the file, where it was changed. */
export function changedEntry(
  schema: Schema,
  entry: Readonly<Record<string, unknown>>,
  filled: FilledMap,
): Readonly<Record<string, unknown>> {
  const before = writtenEntry(schema, filledEntry(schema, entry));
  const after = writtenEntry(schema, filled);
  const changed = merged({ written: entry, before, after, filled });
  return isRecord(changed) ? changed : entry;
}

interface Part {
  /** As it stands in the file. */
  readonly written: unknown;
  /** What the form made of that. */
  readonly before: unknown;
  /** What the form makes now. */
  readonly after: unknown;
  readonly filled: Filled | undefined;
}

function merged({ written, before, after, filled }: Part): unknown {
  if (JSON.stringify(before) === JSON.stringify(after)) return written;
  if (Array.isArray(after)) return mergedList({ written, before, after, filled });
  return isRecord(after) ? mergedMap({ written, before, after, filled }) : after;
}

function mergedMap({ written, before, after, filled }: Part): unknown {
  const [old, was, now] = [recordIn(written), recordIn(before), recordIn(after)];
  const inner = mapIn(filled);
  const kept = Object.entries(old).filter(([key]) => key in now || !(key in was));
  const keys = new Set([...kept.map(([key]) => key), ...Object.keys(now)]);
  const entries = [...keys].map((key) => {
    if (!(key in now)) return [key, old[key]];
    const child = Object.entries(inner).find(([name]) => nameOfKey(name) === key)?.[1];
    const source = wasOf(child) ?? key;
    const part = { written: old[source], before: was[source], after: now[key], filled: child };
    return [key, merged(part)];
  });
  return Object.fromEntries(entries);
}

function mergedList({ written, before, after, filled }: Part): unknown {
  const [old, was, now] = [listIn(written), listIn(before), listIn(after)];
  const children = Object.entries(mapIn(filled))
    .filter(([key]) => key !== WAS)
    .map(([, child]) => child);
  return now.map((item, at) => {
    const child = children[at];
    const source = wasOf(child);
    if (source === null) return item;
    const place = Number(source);
    return merged({ written: old[place], before: was[place], after: item, filled: child });
  });
}

function wasOf(filled: Filled | undefined): string | null {
  const was = mapIn(filled)[WAS];
  return typeof was === "string" ? was : null;
}

function mapIn(filled: Filled | undefined): FilledMap {
  return filled === undefined || typeof filled === "string" ? {} : filled;
}

function recordIn(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
