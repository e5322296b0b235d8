/** Where in a form something is told, and what the form itself finds wrong in it. */
import { CHOSEN, type FieldPath, type FormPart } from "./schema-form.ts";
import type { Fault } from "./tag-draft.ts";

/** The name of an entry of a map, by the key under which it is kept. */
export function nameOfKey(key: string): string {
  return key.replace(/^=+/, "");
}

/** As the hub says it: `devices.0.groups.fast`. */
export function placeOf(path: FieldPath): string {
  return path
    .filter((key) => key !== CHOSEN)
    .map(nameOfKey)
    .join(".");
}

/** Faults of places that have no field of their own in the form: nobody would see them. */
export function faultsAside(
  faults: readonly Fault[],
  parts: readonly FormPart[],
  others: readonly string[],
): readonly Fault[] {
  const told = new Set([...others, ...parts.flatMap(placesIn)]);
  return faults.filter(({ field }) => field === null || !told.has(field));
}

function placesIn(part: FormPart): readonly string[] {
  switch (part.kind) {
    case "field":
      return [placeOf(part.field.path)];
    case "group":
      return part.parts.flatMap(placesIn);
    case "oneOf":
      return [placeOf(part.field.path), ...part.parts.flatMap(placesIn)];
    case "many": {
      const { path, isNamed, entries } = part;
      const names = isNamed ? entries.map(({ key }) => placeOf([...path, key])) : [];
      return [placeOf(path), ...names, ...entries.flatMap(({ parts }) => parts.flatMap(placesIn))];
    }
  }
}

/** Names in maps that are empty, or there twice: written, one of them would be lost. */
export function nameFaults(parts: readonly FormPart[]): readonly Fault[] {
  return parts.flatMap((part) => {
    if (part.kind === "field") return [];
    if (part.kind !== "many") return nameFaults(part.parts);
    const { path, isNamed, entries } = part;
    const names = entries.map(({ key }) => nameOfKey(key));
    const own = entries.flatMap(({ key }, at) => {
      const message = isNamed ? faultOf(names, at) : null;
      return message === null ? [] : [faultAt(placeOf([...path, key]), message)];
    });
    return [...own, ...entries.flatMap((entry) => nameFaults(entry.parts))];
  });
}

/** In the words of the hub. */
function faultOf(names: readonly string[], at: number): string | null {
  const name = names[at] ?? "";
  if (name === "") return "is missing";
  return names.indexOf(name) === at ? null : `"${name}" stands there twice`;
}

function faultAt(field: string, message: string): Fault {
  return { message, field, tag: null, line: null, column: null };
}
