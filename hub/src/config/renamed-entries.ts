/**
 * Whether an entry of a list is the one that had its name before. A text in which one entry goes and another one is given its
 * name says nothing of that; it shows in what else stands in them.
 */
import { isDeepStrictEqual } from "node:util";

/** A list as it is and as it will be, without secrets. */
export interface ListChange {
  readonly before: readonly unknown[];
  readonly after: readonly unknown[];
}

/** `true`: the entry of that name is, by what stands in it, at least as likely another one that was given the name. */
export function isPerhapsAnother(name: string, { before, after }: ListChange): boolean {
  const [own, now] = [named(before, name), named(after, name)];
  if (own === undefined || now === undefined || isDeepStrictEqual(own, now)) return false;
  const traits = traitsOf(now);
  const likeness = sharedWith(traits, own);
  return before.some((other) => {
    const otherName = nameOf(other);
    if (otherName === undefined || otherName === name) return false;
    const successor = named(after, otherName);
    if (isDeepStrictEqual(successor, other)) return false; // it is still itself
    const rival = sharedWith(traits, other);
    return successor === undefined ? rival >= likeness : rival > likeness;
  });
}

/** Of entries that are compared with each other. */
const TRAITS = new WeakMap<object, ReadonlySet<string>>();

/** How many of these traits an entry has. */
function sharedWith(traits: ReadonlySet<string>, entry: unknown): number {
  return Array.from(traitsOf(entry)).filter((trait) => traits.has(trait)).length;
}

/** What stands in an entry besides its name: each value with its place; members of lists wherever in them they stand. */
function traitsOf(entry: unknown): ReadonlySet<string> {
  if (typeof entry !== "object" || entry === null) return new Set();
  const known = TRAITS.get(entry) ?? readTraits(entry);
  TRAITS.set(entry, known);
  return known;
}

function readTraits(entry: object): ReadonlySet<string> {
  const traits = new Set<string>();
  const walk = (value: unknown, place: string): void => {
    if (Array.isArray(value))
      for (const item of value) traits.add(`${place}[] ${JSON.stringify(item)}`);
    else if (typeof value === "object" && value !== null) {
      for (const [key, one] of Object.entries(value)) {
        if (place !== "" || key !== "name") walk(one, `${place}/${key}`);
      }
    } else traits.add(`${place} ${JSON.stringify(value)}`);
  };
  walk(entry, "");
  return traits;
}

function named(list: readonly unknown[], name: string): unknown {
  return list.find((entry) => nameOf(entry) === name);
}

function nameOf(entry: unknown): string | undefined {
  const isNamed = typeof entry === "object" && entry !== null && "name" in entry;
  return isNamed && typeof entry.name === "string" ? entry.name : undefined;
}
