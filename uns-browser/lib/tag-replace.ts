/** Find and replace in the cells of tags: which cells there are, and what would stand in each. */
import type { RowChange } from "./tag-cells.ts";
import { lockOf } from "./tag-columns.ts";
import { typedText } from "./tag-form.ts";
import type { TagRow } from "./tag-rows.ts";
import type { TagKey } from "./tags.ts";

export interface ReplaceWish {
  readonly find: string;
  readonly by: string;
  /** The name of a key; `null`: in all of them. */
  readonly key: string | null;
  readonly isCaseKept: boolean;
  /** Only cells that hold nothing else. */
  readonly isWhole: boolean;
}

/** A cell that would be another. */
export interface Replaced {
  readonly tag: string;
  readonly key: string;
  readonly before: string;
  readonly after: string;
}

export interface Replacement {
  readonly cells: readonly Replaced[];
  readonly changes: readonly RowChange[];
  /** Cells in which it was found, and which cannot be changed. */
  readonly locked: number;
}

export function replacementIn(
  rows: readonly TagRow[],
  keys: readonly TagKey[],
  wish: ReplaceWish,
): Replacement {
  const replace = replacer(wish);
  const searched = keys.filter(
    ({ name, kind }) => kind !== "other" && (wish.key === null || wish.key === name),
  );
  const cells: Replaced[] = [];
  const changes: RowChange[] = [];
  let locked = 0;
  for (const row of rows) {
    const texts = new Map<string, string>();
    for (const key of searched) {
      const before = typedText(row.fields[key.name], key);
      const after = replace(before);
      if (after === null || after === before) continue;
      if (lockOf(row, { key }) !== null) locked += 1;
      else {
        texts.set(key.name, after);
        cells.push({ tag: row.name, key: key.name, before, after });
      }
    }
    if (texts.size > 0) changes.push({ row, texts });
  }
  return { cells, changes, locked };
}

/** `null`: it is not found in the text. */
function replacer({ find, by, isCaseKept, isWhole }: ReplaceWish): (text: string) => string | null {
  if (find === "") return () => null;
  const literal = find.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const pattern = new RegExp(isWhole ? `^${literal}$` : literal, isCaseKept ? "gu" : "giu");
  return (text) => {
    const after = text.replaceAll(pattern, () => by);
    return after === text ? null : after;
  };
}
