/** Where somebody is in a table of cells, what is selected, and what a key does there. */

export interface CellPlace {
  readonly row: number;
  readonly column: number;
}

/** The active cell, and the other corner of what is selected. */
export interface Cursor extends CellPlace {
  readonly from: CellPlace;
}

export interface TableSize {
  readonly rows: number;
  readonly columns: number;
  /** Rows that fit on the screen. */
  readonly pageRows: number;
}

/** What is needed of a key that was pressed. */
export interface PressedKey {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}

export const FIRST_CELL: Cursor = cursorAt({ row: 0, column: 0 });

export function cursorAt(place: CellPlace): Cursor {
  const { row, column } = place;
  return { row, column, from: { row, column } };
}

/** So many rows further down, with all that is selected. */
export function shiftedCursor({ row, column, from }: Cursor, rows: number): Cursor {
  return { row: row + rows, column, from: { ...from, row: from.row + rows } };
}

export interface Selection {
  readonly top: number;
  /** Of the last row. */
  readonly bottom: number;
  readonly left: number;
  readonly right: number;
}

export function selectionOf({ row, column, from }: Cursor): Selection {
  return {
    top: Math.min(row, from.row),
    bottom: Math.max(row, from.row),
    left: Math.min(column, from.column),
    right: Math.max(column, from.column),
  };
}

function isSelected(cursor: Cursor, { row, column }: CellPlace): boolean {
  const { top, bottom, left, right } = selectionOf(cursor);
  return row >= top && row <= bottom && column >= left && column <= right;
}

export function isOneCell({ row, column, from }: Cursor): boolean {
  return row === from.row && column === from.column;
}

/** Within a table that may have become smaller. */
export function clampedCursor(cursor: Cursor, size: TableSize): Cursor {
  return { ...clamped(cursor, size), from: clamped(cursor.from, size) };
}

function clamped({ row, column }: CellPlace, { rows, columns }: TableSize): CellPlace {
  return {
    row: Math.max(0, Math.min(rows - 1, row)),
    column: Math.max(0, Math.min(columns - 1, column)),
  };
}

type Step = (size: TableSize) => readonly [rows: number, columns: number];

const STEPS: ReadonlyMap<string, Step> = new Map<string, Step>([
  ["ArrowDown", () => [1, 0]],
  ["ArrowUp", () => [-1, 0]],
  ["ArrowRight", () => [0, 1]],
  ["ArrowLeft", () => [0, -1]],
  ["PageDown", ({ pageRows }) => [pageRows, 0]],
  ["PageUp", ({ pageRows }) => [-pageRows, 0]],
  ["Home", ({ columns }) => [0, -columns]],
  ["End", ({ columns }) => [0, columns]],
]);
/** With Ctrl. */
const FAR: ReadonlyMap<string, Step> = new Map<string, Step>([
  ["ArrowDown", ({ rows }) => [rows, 0]],
  ["ArrowUp", ({ rows }) => [-rows, 0]],
  ["ArrowRight", ({ columns }) => [0, columns]],
  ["ArrowLeft", ({ columns }) => [0, -columns]],
  ["Home", ({ rows, columns }) => [-rows, -columns]],
  ["End", ({ rows, columns }) => [rows, columns]],
]);

/** `null`: the key moves nothing. With Shift the other corner stays where it is. */
export function movedCursor(cursor: Cursor, pressed: PressedKey, size: TableSize): Cursor | null {
  if (pressed.altKey) return null;
  const step = (withCtrl(pressed) ? FAR : STEPS).get(pressed.key)?.(size);
  if (step === undefined) return null;
  const [rows, columns] = step;
  const to = clamped({ row: cursor.row + rows, column: cursor.column + columns }, size);
  return pressed.shiftKey ? { ...to, from: cursor.from } : cursorAt(to);
}

function withCtrl({ ctrlKey, metaKey }: PressedKey): boolean {
  return ctrlKey || metaKey;
}

export type TableCommand =
  | "edit"
  | "open"
  | "clear"
  | "remove"
  | "fillDown"
  | "undo"
  | "redo"
  | "find"
  | "repeat"
  | "selectAll"
  | "collapse"
  /** A letter, which takes the place of what is in the cell. */
  | { readonly typed: string };

const PLAIN: ReadonlyMap<string, TableCommand> = new Map<string, TableCommand>([
  ["Enter", "edit"],
  ["F2", "edit"],
  ["Delete", "clear"],
  ["Backspace", "clear"],
  ["Escape", "collapse"],
]);
const WITH_CTRL: ReadonlyMap<string, TableCommand> = new Map<string, TableCommand>([
  ["enter", "open"],
  ["d", "fillDown"],
  ["z", "undo"],
  ["y", "redo"],
  ["h", "find"],
  ["a", "selectAll"],
]);

/** `null`: the key is not the table's. */
export function commandOf(pressed: PressedKey): TableCommand | null {
  const { key, shiftKey, altKey } = pressed;
  if (altKey) return null;
  if (!withCtrl(pressed)) return plainCommand(key, shiftKey);
  const letter = key.toLowerCase();
  if (shiftKey) return letter === "z" ? "redo" : null;
  return WITH_CTRL.get(letter) ?? null;
}

function plainCommand(key: string, shiftKey: boolean): TableCommand | null {
  const plain = PLAIN.get(key);
  if (plain === undefined) return /^[^ ]$/u.test(key) ? { typed: key } : null;
  if (!shiftKey) return plain;
  return key === "Delete" ? "remove" : null;
}

/** How a cell stands to where somebody is. */
export interface CellState {
  readonly isActive: boolean;
  readonly isSelected: boolean;
}

export function cellState(cursor: Cursor, place: CellPlace): CellState {
  return {
    isActive: place.row === cursor.row && place.column === cursor.column,
    isSelected: isSelected(cursor, place),
  };
}
