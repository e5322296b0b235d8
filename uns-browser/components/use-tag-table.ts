"use client";
import {
  useState,
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  type RefObject,
} from "react";
import type { TagColumn } from "../lib/tag-columns.ts";
import {
  clampedCursor,
  commandOf,
  cursorAt,
  FIRST_CELL,
  isOneCell,
  movedCursor,
  type CellPlace,
  type Cursor,
  type TableCommand,
} from "../lib/tag-cursor.ts";
import { taken } from "../lib/tag-typing.ts";
import type { CellStep } from "./cell-editor.tsx";
import { commandsOf } from "./table-commands.ts";
import type { PointerKind } from "./tag-cell.tsx";
import type { TableProps } from "./tag-table.tsx";
import type { RowWindowView } from "./use-row-window.ts";
import { useFollowedTag } from "./use-followed-tag.ts";
import { useTableFocus } from "./use-table-focus.ts";
import { useTableClipboard } from "./use-table-clipboard.ts";

type World = TableProps & {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly rows: RowWindowView;
  readonly columns: readonly TagColumn[];
};

/** A table and where somebody is in it. */
export type TableWorld = World & {
  readonly cursor: Cursor;
  readonly goTo: (cursor: Cursor) => void;
  /** Tells what came of something. */
  readonly say: (said: string) => void;
};

export interface TagTableModel {
  readonly cursor: Cursor;
  /** What came of the last thing that was done. */
  readonly said: string;
  readonly run: (command: TableCommand) => void;
  readonly focus: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onPointer: (kind: PointerKind, place: CellPlace, event: MouseEvent) => void;
  readonly onFocus: () => void;
  readonly onBlur: (event: FocusEvent) => void;
  readonly onText: (text: string) => void;
  readonly onTake: (step: CellStep | null) => void;
  readonly onLeave: () => void;
}

/** Where somebody is in the table of tags, what he types, and what keys, pointer and clipboard do there. */
export function useTagTable(given: World): TagTableModel {
  const { rows, columns, count, scroller, typed, canEdit, onType } = given;
  const [kept, setKept] = useState(FIRST_CELL);
  const [said, say] = useState("");
  const size = { rows: count, columns: columns.length, pageRows: rows.pageRows };
  const cursor = clampedCursor(kept, size);
  useFollowedTag(given, cursor, setKept);
  const { focus, ...focusing } = useTableFocus(scroller);
  const goTo = (next: Cursor): void => {
    setKept(next);
    rows.show(clampedCursor(next, size).row);
  };
  const world = { ...given, cursor, goTo, say };
  const run = commandsOf(world);
  useTableClipboard(world);
  return {
    cursor,
    said,
    run,
    focus,
    ...focusing,
    ...typingIn(world, focus),
    onText: (text) => (typed === null ? run({ typed: text }) : onType({ ...typed, text })),
    onKeyDown: (event) => {
      if (event.nativeEvent.isComposing || event.key === "Process") return; // of an input method
      if (isInEditor(event)) {
        if (event.key === " ") event.preventDefault();
        if (isText(commandOf(event))) return; // the input takes it
      }
      const moved = movedCursor(cursor, event, size);
      const command = commandOf(event);
      if (!canEdit && isText(command)) return; // a letter is nothing here
      if (moved !== null) goTo(moved);
      else if (command !== null) run(command);
      if (moved !== null || command !== null) event.preventDefault();
    },
    onPointer: pointerIn({ ...world, run, setKept }),
  };
}

function isText(command: TableCommand | null): boolean {
  return command !== null && typeof command !== "string";
}

/** Where an input method writes: not the table itself, which takes no texts. */
function isInEditor({ target, currentTarget }: KeyboardEvent): boolean {
  return target !== currentTarget;
}

function typingIn(
  { typed, draft, making, cursor, goTo, onType }: TableWorld,
  focus: () => void,
): Pick<TagTableModel, "onTake" | "onLeave"> {
  return {
    onTake: (step) => {
      if (typed === null) return;
      draft.set(taken(draft.get(), typed, making).draft);
      onType(null);
      if (step === null) return;
      const [down, right] = step;
      goTo(cursorAt({ row: cursor.row + down, column: cursor.column + right }));
      focus();
    },
    onLeave: () => {
      onType(null);
      focus();
    },
  };
}

/** A press chooses a cell, a drag or Shift several; a cell that nobody writes in, pressed, opens its tag. */
function pointerIn(
  world: TableWorld & {
    readonly run: (command: TableCommand) => void;
    readonly setKept: (cursor: Cursor) => void;
  },
): TagTableModel["onPointer"] {
  const { cursor, columns, canEdit, run, setKept } = world;
  const choose = (place: CellPlace, isLonger: boolean): void =>
    setKept(isLonger ? { ...place, from: cursor.from } : cursorAt(place));
  return (kind, place, { button, buttons, shiftKey }) => {
    const isWritten = canEdit && columns[place.column]?.key !== null;
    switch (kind) {
      case "down":
        return button === 0 ? choose(place, shiftKey) : undefined;
      case "over":
        return buttons === 1 ? choose(place, true) : undefined;
      case "click":
        return isWritten || !isOneCell(cursor) ? undefined : run("open");
      case "twice":
        return isWritten ? run("edit") : undefined;
    }
  };
}
