/** What is done to all cells that are selected, whether they are on screen or not; each is one step of the draft. */
import type { SendLike } from "./hub-request.ts";
import type { Signal } from "./signal.ts";
import { blockIn, blockText, pasted } from "./tag-block.ts";
import { filledDown, withRowChanges, type Making, type RowChange } from "./tag-cells.ts";
import { shownText, type TagColumn } from "./tag-columns.ts";
import type { Selection } from "./tag-cursor.ts";
import { withoutTags, type Draft } from "./tag-draft.ts";
import { readRows, type TagPlaces } from "./tag-read.ts";
import type { TagRow } from "./tag-rows.ts";

export interface ActionWorld {
  readonly send: SendLike;
  readonly places: TagPlaces;
  readonly draft: Signal<Draft>;
  readonly making: Making;
  readonly columns: readonly TagColumn[];
  /** As it is on screen; `undefined`: it is not. */
  readonly rowAt: (place: number) => TagRow | undefined;
}

/** What came of it, in cells and tags. */
export interface ActionOutcome {
  readonly changed: number;
  readonly added: number;
  readonly removed: number;
  /** Cells, or tags, that cannot be changed and were left. */
  readonly locked: number;
  /** Columns that did not fit. */
  readonly beyond: number;
}

const NOTHING: ActionOutcome = { changed: 0, added: 0, removed: 0, locked: 0, beyond: 0 };

/** A text: nothing was done, and why. */
type Done = ActionOutcome | string;

export async function selectedRows(
  { send, places, draft, rowAt }: ActionWorld,
  { top, bottom }: Pick<Selection, "top" | "bottom">,
): Promise<readonly TagRow[] | string> {
  const there = Array.from({ length: bottom - top + 1 }, (_, at) => rowAt(top + at));
  const known = there.filter((row) => row !== undefined);
  if (known.length === there.length) return known;
  return await readRows(send, places, { draft: draft.get(), first: top, end: bottom + 1 });
}

/** Everything but names: a tag without one is none. */
export async function clearCells(world: ActionWorld, selection: Selection): Promise<Done> {
  const rows = await selectedRows(world, selection);
  if (typeof rows === "string") return rows;
  const names = keysIn(world, selection).flatMap(({ name }) => (name === "name" ? [] : [name]));
  const texts = new Map(names.map((name) => [name, ""]));
  return changed(
    world,
    rows.map((row) => ({ row, texts })),
  );
}

/** Of one row alone, what stands above it comes down. */
export async function fillDown(world: ActionWorld, selection: Selection): Promise<Done> {
  const { top, bottom } = selection;
  const first = top === bottom ? Math.max(0, top - 1) : top;
  const rows = await selectedRows(world, { top: first, bottom });
  if (typeof rows === "string") return rows;
  return changed(world, filledDown(rows, keysIn(world, selection)));
}

export async function paste(world: ActionWorld, selection: Selection, text: string): Promise<Done> {
  const block = blockIn(text);
  const { top, bottom, left, right } = selection;
  const length = Math.max(block.length, bottom - top + 1);
  const rows = await selectedRows(world, { top, bottom: top + length - 1 });
  if (typeof rows === "string") return rows;
  const { changes, beyond } = pasted(block, {
    rows,
    columns: world.columns.slice(left),
    selected: { rows: bottom - top + 1, columns: right - left + 1 },
  });
  return { ...changed(world, changes), beyond };
}

/** Tags of tables and templates stay: they are removed where they stand. */
export async function removeTags(world: ActionWorld, selection: Selection): Promise<Done> {
  const { draft } = world;
  const rows = await selectedRows(world, selection);
  if (typeof rows === "string") return rows;
  const own = rows.filter(({ tag }) => tag === null || tag.from === "entry");
  const gone = own.filter(({ mark }) => mark !== "removed");
  if (gone.length > 0)
    draft.set(
      withoutTags(
        draft.get(),
        gone.map(({ key }) => key),
      ),
    );
  return { ...NOTHING, removed: gone.length, locked: rows.length - own.length };
}

/** As a spreadsheet takes it; `null`: not all of it is on screen. */
export function copiedText({ rowAt, columns }: ActionWorld, selection: Selection): string | null {
  const { top, bottom, left, right } = selection;
  const rows = Array.from({ length: bottom - top + 1 }, (_, at) => rowAt(top + at));
  const there = rows.filter((row) => row !== undefined);
  if (there.length < rows.length) return null;
  const shown = columns.slice(left, right + 1);
  return blockText(there.map((row) => shown.map((column) => shownText(row, column))));
}

function keysIn({ columns }: ActionWorld, { left, right }: Selection) {
  return columns.slice(left, right + 1).flatMap(({ key }) => key ?? []);
}

function changed({ draft, making }: ActionWorld, changes: readonly RowChange[]): ActionOutcome {
  const { draft: next, ...counts } = withRowChanges(draft.get(), changes, making);
  draft.set(next);
  return { ...NOTHING, ...counts };
}
