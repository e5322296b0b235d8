/** What somebody types in a cell right now: seen in the table and by the hub, and not in the draft before he takes it. */
import { withRowChanges, type CellOutcome, type Making } from "./tag-cells.ts";
import type { Draft } from "./tag-draft.ts";
import type { TagRow } from "./tag-rows.ts";

export interface TypedCell {
  readonly row: TagRow;
  /** The name of the key. */
  readonly key: string;
  readonly text: string;
}

/** The draft as it would be. */
export function withTyped(draft: Draft, typed: TypedCell | null, making: Making): Draft {
  return typed === null ? draft : taken(draft, typed, making).draft;
}

export function taken(draft: Draft, { row, key, text }: TypedCell, making: Making): CellOutcome {
  return withRowChanges(draft, [{ row, texts: new Map([[key, text]]) }], making);
}
