/** A tag as it is typed, key by key, and as it is written. */
import { cellText, type TagFields, type TagKey } from "./tags.ts";

/** What is typed, by the name of its key. */
export type TagForm = Readonly<Record<string, string>>;

export function formOf(fields: TagFields, keys: readonly TagKey[]): TagForm {
  return Object.fromEntries(
    keys.flatMap((key) =>
      fields[key.name] === undefined ? [] : [[key.name, typedText(fields[key.name], key)]],
    ),
  );
}

/** A value as somebody would type it. */
export function typedText(value: unknown, { kind }: Pick<TagKey, "kind">): string {
  const isPair = kind === "range" && Array.isArray(value);
  return isPair ? value.map(cellText).join(" … ") : cellText(value);
}

/** What cannot be read as its kind stays text: the hub says best what is wrong with it. */
export function fieldsOf(form: TagForm, keys: readonly TagKey[], before: TagFields): TagFields {
  const known = new Map(keys.map((key) => [key.name, key]));
  const kept = Object.entries(before).filter(([name]) => known.get(name)?.kind === "other");
  const typed = keys.flatMap((key) => {
    const text = (form[key.name] ?? "").trim();
    if (text === "" || key.kind === "other") return [];
    const was = before[key.name]; // a number may stand where texts do
    return [[key.name, text === typedText(was, key) ? was : typedValue(text, key)] as const];
  });
  const order = keys.map(({ name }) => name);
  const all = new Map([...typed, ...kept]);
  return Object.fromEntries(
    order.flatMap((name) => (all.has(name) ? [[name, all.get(name)]] : [])),
  );
}

const BOOLEANS = new Map([
  ["true", true],
  ["false", false],
]);

/** What is typed as its kind; what cannot be read as that stays text. */
export function typedValue(text: string, { kind }: TagKey): unknown {
  switch (kind) {
    case "number":
      return numberIn(text) ?? text;
    case "boolean":
      return BOOLEANS.get(text) ?? text;
    case "range":
      return rangeIn(text) ?? text;
    case "text":
    case "choice":
    case "other":
      return text;
  }
}

/** `0 … 350`, `0..350`, `0;350`; `null`: it is something else. */
function rangeIn(text: string): readonly [number, number] | null {
  const [low = null, high = null, ...more] = text.split(/\s*(?:…|\.\.+|;|\s)\s*/).map(numberIn);
  return low === null || high === null || more.length > 0 ? null : [low, high];
}

/** A decimal comma is one, too. */
function numberIn(text: string): number | null {
  const plain = text.replace(/^([+-]?\d+),(\d+)$/, "$1.$2");
  const number = Number(plain);
  return plain === "" || !Number.isFinite(number) ? null : number;
}
