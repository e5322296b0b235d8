/** What a key or a button does to the cells that are selected. */
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import {
  clearCells,
  fillDown,
  removeTags,
  selectedRows,
  type ActionOutcome,
  type ActionWorld,
} from "../lib/tag-actions.ts";
import { lockOf, writtenText } from "../lib/tag-columns.ts";
import { cursorAt, selectionOf, type TableCommand } from "../lib/tag-cursor.ts";
import { redone, undone } from "../lib/tag-draft.ts";
import { rowAt } from "../lib/tag-rows.ts";
import { sendToHub } from "./browser-world.ts";
import type { TableWorld } from "./use-tag-table.ts";

const { cells } = words;

export function commandsOf(world: TableWorld): (command: TableCommand) => void {
  const { cursor, count, columns, canEdit, goTo } = world;
  return (command) => {
    if (command === "collapse") return goTo(cursorAt(cursor));
    if (command === "selectAll")
      return goTo({ row: count - 1, column: columns.length - 1, from: { row: 0, column: 0 } });
    if (command === "open" || command === "edit" || typeof command !== "string")
      return inCell(world, command);
    if (canEdit) change(world, command);
  };
}

/** Types in the active cell, or opens its tag where nothing can be typed. */
function inCell(world: TableWorld, command: "open" | "edit" | { readonly typed: string }): void {
  const { state, shown, cursor, columns, canEdit, onOpen, onType, say } = world;
  const row = rowAt(state, shown, cursor.row);
  const column = columns[cursor.column];
  if (row === undefined || column === undefined) return;
  const { key } = column;
  const lock = lockOf(row, column);
  if (command === "open" || !canEdit || key === null) {
    if (typeof command === "string") onOpen(row, column.name === "raw");
    return;
  }
  if (lock !== null) return say(cells.locks[lock](row.tag?.where ?? ""));
  say("");
  const text = command === "edit" ? writtenText(row, key) : command.typed;
  onType({ row, key: key.name, text });
}

type Change = Exclude<
  TableCommand,
  "open" | "edit" | "collapse" | "selectAll" | { readonly typed: string }
>;

function change(world: TableWorld, command: Change): void {
  const { cursor, draft, say, onReplace, onRepeat } = world;
  const actions = actionWorld(world);
  const selection = selectionOf(cursor);
  const told = (done: Promise<ActionOutcome | string>): void => void done.then(teller(world));
  switch (command) {
    case "clear":
      return told(clearCells(actions, selection));
    case "fillDown":
      return told(fillDown(actions, selection));
    case "remove":
      return told(removeTags(actions, selection));
    case "undo":
      return draft.set(undone(draft.get()));
    case "redo":
      return draft.set(redone(draft.get()));
    case "find":
      return onReplace();
    case "repeat":
      void selectedRows(actions, selection).then((rows) =>
        typeof rows === "string" ? say(rows) : onRepeat(rows),
      );
  }
}

export function actionWorld({
  state,
  shown,
  places,
  draft,
  making,
  columns,
}: TableWorld): ActionWorld {
  const isOnScreen = (place: number) => rowAt(state, shown, place);
  return { send: sendToHub, places, draft, making, columns, rowAt: isOnScreen };
}

/** Says what came of something. */
export function teller({ say }: Pick<TableWorld, "say">): (done: ActionOutcome | string) => void {
  return (done) => say(typeof done === "string" ? done : outcomeText(done));
}

function outcomeText(done: ActionOutcome): string {
  const keys = ["added", "removed", "changed", "locked", "beyond"] as const;
  const said = keys.flatMap((key) => (done[key] > 0 ? [cells.outcome[key](done[key])] : []));
  return said.length === 0 ? cells.nothing : said.join(" ");
}
