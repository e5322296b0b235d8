/** Tags as somebody wants them, before the hub has them: changed, added, removed, undone. Nothing here asks the hub. */
import { listOf, textOf } from "./json-parts.ts";
import { isRecord } from "./hub-request.ts";
import { cellText, type TagFields } from "./tags.ts";

/** A tag as it shall be written. */
export interface DraftTag {
  /** Its name until now; `null`: it is new. */
  readonly original: string | null;
  readonly fields: TagFields;
}

export interface Draft {
  /** By a key of this page: the name until now, or `+` and a number. */
  readonly puts: ReadonlyMap<string, DraftTag>;
  readonly removed: ReadonlySet<string>;
  /** The drafts before, the last one last. */
  readonly before: readonly Draft[];
  /** Those that were taken back, the next one last. */
  readonly after: readonly Draft[];
}

export const NO_DRAFT: Draft = { puts: new Map(), removed: new Set(), before: [], after: [] };
const MOST_STEPS = 100;

export function changes({ puts, removed }: Draft): number {
  return puts.size + removed.size;
}

/** New ones, in the order in which they were added. */
export function added({ puts }: Draft): readonly (readonly [key: string, tag: DraftTag])[] {
  return [...puts].filter(([, { original }]) => original === null);
}

/** @param key of a tag that is in the draft or written already; `null`: a new one */
export function withTag(draft: Draft, key: string | null, fields: TagFields): Draft {
  return withTags(draft, [{ key, fields }]);
}

/** Several at once, one step for whoever takes it back. */
export function withTags(
  draft: Draft,
  tags: readonly { readonly key: string | null; readonly fields: TagFields }[],
): Draft {
  const puts = new Map(draft.puts);
  const removed = new Set(draft.removed);
  for (const { key, fields } of tags) {
    const known = key === null ? undefined : puts.get(key);
    const original = known === undefined ? key : known.original;
    puts.set(key ?? freeKey(puts), { original, fields });
    if (key !== null) removed.delete(key);
  }
  return step(draft, puts, removed);
}

/** For a new tag. */
export function freeKey(puts: ReadonlyMap<string, DraftTag>): string {
  let number = puts.size;
  while (puts.has(`+${number}`)) number += 1;
  return `+${number}`;
}

/** A tag that is only in the draft is forgotten; one that is written shall go. */
export function withoutTag(draft: Draft, key: string): Draft {
  return withoutTags(draft, [key]);
}

/** Several at once, one step for whoever takes it back. */
export function withoutTags(draft: Draft, keys: readonly string[]): Draft {
  const puts = new Map(draft.puts);
  const removed = new Set(draft.removed);
  for (const key of keys) {
    const isNew = puts.get(key)?.original === null;
    puts.delete(key);
    if (!isNew) removed.add(key);
  }
  return step(draft, puts, removed);
}

/** As it is written, whatever was wanted of it. */
export function restored(draft: Draft, key: string): Draft {
  const puts = new Map(draft.puts);
  const removed = new Set(draft.removed);
  puts.delete(key);
  removed.delete(key);
  return step(draft, puts, removed);
}

/** A draft that follows another; what was taken back before cannot come again then. */
export function step(draft: Draft, puts: Draft["puts"], removed: Draft["removed"]): Draft {
  return { puts, removed, before: [...draft.before, alone(draft)].slice(-MOST_STEPS), after: [] };
}

/** Without what came before and after it. */
function alone({ puts, removed }: Draft): Draft {
  return { puts, removed, before: [], after: [] };
}

export function undone(draft: Draft): Draft {
  const last = draft.before.at(-1);
  if (last === undefined) return draft;
  return { ...last, before: draft.before.slice(0, -1), after: [...draft.after, alone(draft)] };
}

/** What was taken back last comes again. */
export function redone(draft: Draft): Draft {
  const next = draft.after.at(-1);
  if (next === undefined) return draft;
  return { ...next, before: [...draft.before, alone(draft)], after: draft.after.slice(0, -1) };
}

/** As the hub takes it. */
export interface TagChangeBody {
  readonly device: string;
  readonly rename: readonly { readonly from: string; readonly to: string }[];
  readonly put: readonly TagFields[];
  /** Under the name of another they would take its place: the hub refuses that. */
  readonly add: readonly TagFields[];
  readonly remove: readonly string[];
}

export function bodyOf(device: string, { puts, removed }: Draft): TagChangeBody {
  const tags = [...puts.values()];
  return {
    device,
    rename: tags.flatMap(({ original, fields }) => {
      const to = cellText(fields["name"]);
      return original === null || original === to ? [] : [{ from: original, to }];
    }),
    put: tags.flatMap(({ original, fields }) => (original === null ? [] : [fields])),
    add: tags.flatMap(({ original, fields }) => (original === null ? [fields] : [])),
    remove: [...removed],
  };
}

/** As it is kept in the browser while the page is away. */
export function draftText({ puts, removed }: Draft): string {
  return JSON.stringify({ puts: [...puts], removed: [...removed] });
}

/** What cannot be read is no draft. */
export function parseDraft(text: string | null): Draft {
  const json = parsed(text);
  if (!isRecord(json)) return NO_DRAFT;
  const entries = Array.isArray(json["puts"]) ? json["puts"] : [];
  const puts = entries.flatMap((entry: unknown): [string, DraftTag][] => {
    const [key, tag]: unknown[] = Array.isArray(entry) ? entry : [];
    if (typeof key !== "string" || !isRecord(tag) || !isRecord(tag["fields"])) return [];
    return [[key, { original: textOf(tag["original"]), fields: tag["fields"] }]];
  });
  const removed = Array.isArray(json["removed"]) ? json["removed"] : [];
  return {
    puts: new Map(puts),
    removed: new Set(removed.filter((name) => typeof name === "string")),
    before: [],
    after: [],
  };
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

/** One thing that the hub has against what somebody wants. */
export interface Fault {
  readonly message: string;
  /** The name of the tag. */
  readonly tag: string | null;
  readonly field: string | null;
  readonly line: number | null;
  readonly column: string | null;
}

/** Of a problem's body. */
export function faultsIn(value: unknown): readonly Fault[] {
  if (!isRecord(value)) return [];
  return listOf(value["errors"]).map((error) => ({
    message: textOf(error["message"]) ?? "",
    tag: isRecord(error["tag"]) ? textOf(error["tag"]["name"]) : null,
    field: textOf(error["field"]),
    line: typeof error["line"] === "number" ? error["line"] : null,
    column: textOf(error["column"]),
  }));
}
