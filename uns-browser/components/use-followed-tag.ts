import { useEffect, useRef } from "react";
import { shiftedCursor, type Cursor } from "../lib/tag-cursor.ts";
import { placeOfKey, rowAt } from "../lib/tag-rows.ts";
import type { TableProps } from "./tag-table.tsx";

/** Rows come and go above the active cell: it stays with its tag, or keys would change another one. */
export function useFollowedTag(
  { state, shown }: Pick<TableProps, "state" | "shown">,
  cursor: Cursor,
  move: (cursor: Cursor) => void,
): void {
  const followed = useRef<{ readonly place: number; readonly key: string } | null>(null);
  useEffect(() => {
    const key = rowAt(state, shown, cursor.row)?.key;
    const last = followed.current;
    const isShifted = last !== null && last.place === cursor.row && last.key !== key;
    const place = isShifted ? placeOfKey(state, shown, last.key) : null;
    if (place !== null) move(shiftedCursor(cursor, place - cursor.row)); // the next drawing finds it there
    else if (key !== undefined) followed.current = { place: cursor.row, key };
  });
}
