/** The rows of a table of tags: new ones of the draft first, then those that are written, with what is wanted of them. */
import { faultsSaid, type CheckState } from "./draft-check.ts";
import { added, type Draft, type Fault } from "./tag-draft.ts";
import type { TagWindowState } from "./tag-window.ts";
import { cellText, type Tag, type TagFields } from "./tags.ts";

export interface TagRow {
  /** By which the draft knows it. */
  readonly key: string;
  readonly name: string;
  /** As wanted, else as written. */
  readonly fields: TagFields;
  /** As written; `null`: it is new. */
  readonly tag: Tag | null;
  readonly mark: "added" | "changed" | "removed" | null;
}

/** Of places of the table, the part that the hub has to tell: new tags are in the draft alone. */
export function placesWritten(
  { first, end }: { readonly first: number; readonly end: number },
  draft: Draft,
): readonly [first: number, end: number] {
  const young = added(draft).length;
  return [Math.max(0, first - young), Math.max(0, end - young)];
}

export function rowCount(state: TagWindowState, draft: Draft): number {
  return added(draft).length + (state.kind === "ready" ? state.total : 0);
}

/** `undefined`: it is asked for. */
export function rowAt(state: TagWindowState, draft: Draft, place: number): TagRow | undefined {
  const young = added(draft);
  const [key, wanted] = young[place] ?? [];
  if (key !== undefined && wanted !== undefined)
    return { key, name: nameIn(wanted.fields), fields: wanted.fields, tag: null, mark: "added" };
  if (state.kind !== "ready") return undefined;
  const tag = state.tags[place - young.length - state.from];
  if (tag === undefined) return undefined;
  const change = draft.puts.get(tag.name);
  if (draft.removed.has(tag.name)) return rowOf(tag, tag.fields, "removed");
  return change === undefined ? rowOf(tag, tag.fields, null) : rowOf(tag, change.fields, "changed");
}

/** Where the row of a key stands now; `null`: not among those that are known. */
export function placeOfKey(state: TagWindowState, draft: Draft, key: string): number | null {
  const young = added(draft);
  const isNew = young.findIndex(([each]) => each === key);
  if (isNew >= 0) return isNew;
  const written = state.kind === "ready" ? state.tags.findIndex(({ name }) => name === key) : -1;
  return state.kind === "ready" && written >= 0 ? young.length + state.from + written : null;
}

function rowOf(tag: Tag, fields: TagFields, mark: TagRow["mark"]): TagRow {
  return { key: tag.name, name: nameIn(fields), fields, tag, mark };
}

export function nameIn(fields: TagFields): string {
  return cellText(fields["name"]);
}

/** The name, or the first one after it that is not used. */
export function freeName(name: string, used: ReadonlySet<string>): string {
  let free = name;
  for (let number = 2; used.has(free); number += 1) free = `${name} ${number}`;
  return free;
}

/** What the hub has against a tag, by the name that it shall have. */
export function faultsOf(check: CheckState, name: string): readonly Fault[] {
  return faultsSaid(check).filter(({ tag }) => tag === name);
}

/** Keys that are told beside the table, or say nothing there. */
const SHOWN = new Set(["name", "at", "node", "type", "group", "unit", "device", "members"]);
const NONE: ReadonlySet<string> = new Set();
const LONGEST = 60;

/** Everything else that is set, in few words: `×0.1 · rw · deadband 0.5`. `beside`: keys that have a column. */
export function settingsText(fields: TagFields, beside = NONE): string {
  const parts = Object.entries(fields).flatMap(([key, value]) => {
    if (SHOWN.has(key) || beside.has(key) || value === undefined) return [];
    if (key === "scale") return [`×${cellText(value)}`];
    if (key === "access" || key === "byteOrder") return [cellText(value)];
    if (key === "description") return [];
    const text = Array.isArray(value) ? value.map(cellText).join("…") : cellText(value);
    return [`${key} ${text.slice(0, LONGEST)}`];
  });
  return parts.join(" · ");
}
