/** A draft changed cell by cell: what is typed, pasted, filled down, replaced and cleared, each one step. */
import { lockOf } from "./tag-columns.ts";
import { freeKey, step, type Draft, type DraftTag } from "./tag-draft.ts";
import { typedText, typedValue } from "./tag-form.ts";
import type { TagRow } from "./tag-rows.ts";
import type { TagFields, TagKey } from "./tags.ts";

/** What shall stand in some cells of a row. */
export interface RowChange {
  /** `null`: a new one. */
  readonly row: TagRow | null;
  /** By the name of the key; an empty text takes away what is there. */
  readonly texts: ReadonlyMap<string, string>;
}

export interface CellOutcome {
  readonly draft: Draft;
  /** Cells that are others now. */
  readonly changed: number;
  readonly added: number;
  /** Cells that cannot be changed, and were left. */
  readonly locked: number;
}

export interface Making {
  readonly keys: readonly TagKey[];
  /** With what a new tag begins. */
  readonly start: TagFields;
}

export function withRowChanges(
  draft: Draft,
  changes: readonly RowChange[],
  making: Making,
): CellOutcome {
  const puts = new Map(draft.puts);
  const counts = { changed: 0, added: 0, locked: 0 };
  for (const change of changes) {
    const { row } = change;
    const before = row === null ? making.start : (puts.get(row.key)?.fields ?? row.fields);
    const { fields, changed, locked } = withTexts(before, change, making);
    counts.changed += changed;
    counts.locked += locked;
    counts.added += row === null ? 1 : 0;
    if (row === null || changed > 0) put(puts, row, fields);
  }
  const isSomething = counts.changed > 0 || counts.added > 0;
  return { ...counts, draft: isSomething ? step(draft, puts, draft.removed) : draft };
}

function withTexts(
  before: TagFields,
  { row, texts }: RowChange,
  { keys }: Making,
): { readonly fields: TagFields; readonly changed: number; readonly locked: number } {
  let [fields, changed, locked] = [before, 0, 0];
  for (const [name, text] of texts) {
    const key = keys.find((each) => each.name === name) ?? null;
    if (key === null || (row !== null && lockOf(row, { key }) !== null)) locked += 1;
    else {
      const next = withCell(fields, key, { text, keys });
      changed += isSame(next, fields) ? 0 : 1;
      fields = next;
    }
  }
  return { fields, changed, locked };
}

/** What is as it was written before is wanted no longer. */
function put(puts: Map<string, DraftTag>, row: TagRow | null, fields: TagFields): void {
  if (row === null) {
    puts.set(freeKey(puts), { original: null, fields });
    return;
  }
  const known = puts.get(row.key);
  const original = known === undefined ? row.key : known.original;
  if (row.tag !== null && isSame(fields, row.tag.fields)) puts.delete(row.key);
  else puts.set(row.key, { original, fields });
}

/** Keys stand in the order of `keys`; what is no key of these stays. */
function withCell(
  fields: TagFields,
  key: TagKey,
  { text, keys }: { readonly text: string; readonly keys: readonly TagKey[] },
): TagFields {
  const all = new Map(Object.entries(fields));
  const trimmed = text.trim();
  if (trimmed === typedText(fields[key.name], key)) return fields; // a number may stand where texts do
  if (trimmed === "") all.delete(key.name);
  else all.set(key.name, typedValue(trimmed, key));
  const order = [...new Set([...keys.map(({ name }) => name), ...all.keys()])];
  return Object.fromEntries(
    order.flatMap((name) => (all.has(name) ? [[name, all.get(name)]] : [])),
  );
}

function isSame(a: TagFields, b: TagFields): boolean {
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]));
}

/** The first row in all those below it; names are counted on, because each stands only once. */
export function filledDown(rows: readonly TagRow[], keys: readonly TagKey[]): readonly RowChange[] {
  const [first, ...below] = rows;
  if (first === undefined) return [];
  const texts = keys.map((key) => [key.name, typedText(first.fields[key.name], key)] as const);
  return below.map((row, at) => ({
    row,
    texts: new Map(
      texts.map(([name, text]) => [name, name === "name" ? countedOn(text, at + 1) : text]),
    ),
  }));
}

/** The last number in a text so many steps on, as wide as it was: `press-01` is `press-03`; without one, it gets a number. */
export function countedOn(text: string, steps: number): string {
  const found = /^(?<before>.*?)(?<number>\d+)(?<after>\D*)$/s.exec(text)?.groups;
  const { before = "", number, after = "" } = found ?? {};
  if (number === undefined) return `${text} ${steps + 1}`;
  return `${before}${String(BigInt(number) + BigInt(steps)).padStart(number.length, "0")}${after}`;
}
