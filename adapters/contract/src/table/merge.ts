/**
 * What becomes of the tags that are there when a file brings others. Tags are the same when their names are the same.
 * The order of those that stay is kept; new ones come after them, in the order of the file.
 */
import type { TagFields } from "./cells.ts";

/**
 * - `create`: new tags are added; those that exist stay as they are.
 * - `delete`: tags that the file names are removed.
 * - `overwrite`: tags that the file names become as the file says, new ones are added.
 * - `merge-safe`: as `create`, and tags that exist get the keys they do not have yet.
 * - `merge-overwrite`: as `create`, and tags that exist get every key that the file gives.
 */
export const MERGE_MODES = [
  "create",
  "delete",
  "overwrite",
  "merge-safe",
  "merge-overwrite",
] as const;
export type MergeMode = (typeof MERGE_MODES)[number];

/** The tags afterwards, and what happened to each one of the file. */
export interface Merged {
  readonly tags: readonly TagFields[];
  readonly created: readonly string[];
  readonly changed: readonly string[];
  readonly deleted: readonly string[];
  /** In the file, and nothing to do: as it is already, exists (`create`) or does not exist (`delete`). */
  readonly untouched: readonly string[];
}

/** Nothing is changed in place. The names in `incoming` must differ; see `duplicateNames`. */
export function mergeTags(
  existing: readonly TagFields[],
  incoming: readonly TagFields[],
  mode: MergeMode,
): Merged {
  const byName = new Map(existing.map((tag) => [nameOf(tag), tag]));
  const created: string[] = [];
  const changed: string[] = [];
  const deleted: string[] = [];
  const untouched: string[] = [];
  for (const tag of incoming) {
    const name = nameOf(tag);
    const before = byName.get(name);
    const after = mode === "delete" ? undefined : combined(before, tag, mode);
    if (isSame(before, after)) untouched.push(name);
    else if (after === undefined) deleted.push(name);
    else if (before === undefined) created.push(name);
    else changed.push(name);
    if (after === undefined) byName.delete(name);
    else byName.set(name, after);
  }
  return { tags: [...byName.values()], created, changed, deleted, untouched };
}

/** The name by which a tag is known; a tag without one has the empty name, which no check lets pass. */
export function nameOf(tag: TagFields): string {
  const name = tag["name"];
  return typeof name === "string" ? name : "";
}

function combined(
  before: TagFields | undefined,
  tag: TagFields,
  mode: Exclude<MergeMode, "delete">,
): TagFields {
  if (before === undefined) return tag;
  switch (mode) {
    case "create":
      return before;
    case "overwrite":
      return tag;
    case "merge-safe":
      return { ...tag, ...before };
    case "merge-overwrite":
      return { ...before, ...tag };
  }
}

function isSame(before: TagFields | undefined, after: TagFields | undefined): boolean {
  if (before === undefined || after === undefined) return before === after;
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].every((key) => JSON.stringify(before[key]) === JSON.stringify(after[key]));
}
