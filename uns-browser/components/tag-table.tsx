"use client";
import { useMemo, useRef, type ReactNode } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { CheckState } from "../lib/draft-check.ts";
import { createSignal, type Signal } from "../lib/signal.ts";
import { columnsOf, lockOf, shownText, type TagColumn } from "../lib/tag-columns.ts";
import { changes, type Draft } from "../lib/tag-draft.ts";
import type { TagPlaces } from "../lib/tag-read.ts";
import { rowAt, rowCount, type TagRow } from "../lib/tag-rows.ts";
import type { TypedCell } from "../lib/tag-typing.ts";
import type { Making } from "../lib/tag-cells.ts";
import type { TagWindow, TagWindowState } from "../lib/tag-window.ts";
import type { TagKeys } from "../lib/tags.ts";
import { CellEditor } from "./cell-editor.tsx";
import { PolledState } from "./page-shell.tsx";
import { TableTools } from "./table-tools.tsx";
import { TagGrid } from "./tag-grid.tsx";
import { useNarrow } from "./use-narrow.ts";
import { useRowWindow } from "./use-row-window.ts";
import { useTagRaws } from "./use-tag-raws.ts";
import { useSignal } from "./use-signal.ts";
import { useTagTable, type TagTableModel } from "./use-tag-table.ts";

const { tags } = words;
const ROW_PX = 28;
const TOUCH_ROW_PX = 44;
const ASKING = createSignal<TagWindowState>({ kind: "asking" });

export interface TagTableProps {
  readonly window: TagWindow | null;
  readonly places: TagPlaces;
  readonly keys: TagKeys;
  readonly making: Making;
  readonly draft: Signal<Draft>;
  /** With what is typed right now. */
  readonly shown: Draft;
  readonly typed: TypedCell | null;
  readonly check: CheckState;
  readonly isOld: boolean;
  /** Beside the tree of a server. */
  readonly isBeside: boolean;
  readonly canEdit: boolean;
  readonly onType: (typed: TypedCell | null) => void;
  /** `isRaw`: what its value is made of is wanted. */
  readonly onOpen: (row: TagRow, isRaw: boolean) => void;
  readonly onReplace: () => void;
  readonly onRepeat: (rows: readonly TagRow[]) => void;
}

/** The tags of a device, changed cell by cell where somebody may. */
export function TagTable(props: TagTableProps) {
  const { window, shown, places, canEdit } = props;
  const state = useSignal<TagWindowState>(window?.state ?? ASKING);
  const count = rowCount(state, shown);
  if (state.kind !== "ready" && changes(shown) === 0)
    return <PolledState polled={state} onRetry={() => void window?.refresh()} />;
  const isFiltered = places.text !== "" || places.notGood;
  if (count === 0)
    return (
      <Nothing title={isFiltered ? tags.noMatch : tags.none}>
        {isFiltered || !canEdit ? null : tags.noneHelp}
      </Nothing>
    );
  return <Table {...props} state={state} count={count} />;
}

function Nothing({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="px-2 py-6">
      <p className="font-semibold">{title}</p>
      <p className="mt-1 text-mute">{children}</p>
    </div>
  );
}

export type TableProps = TagTableProps & {
  readonly state: TagWindowState;
  readonly count: number;
};

function Table(props: TableProps) {
  const { window, places, keys, shown, typed, check, canEdit, state, count } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow();
  const rowPx = isNarrow ? TOUCH_ROW_PX : ROW_PX;
  const rows = useRowWindow(scroller, count, rowPx);
  const { device } = places;
  const view = isNarrow ? "narrow" : props.isBeside ? "beside" : "wide";
  const columns = useMemo(() => columnsOf(keys, device, view), [keys, device, view]);
  const raws = useTagRaws(props, rows, columns);
  const table = useTagTable({ ...props, scroller, rows, columns });
  const { cursor, said, onKeyDown, onPointer, onFocus, onBlur } = table;
  return (
    <div className="fill-column gap-1.5">
      {canEdit ? <TableTools {...{ table, said }} draft={props.draft} /> : null}
      <TagGrid
        {...{ scroller, rows, rowPx, count, device, columns, window, state, check, cursor }}
        {...{ view, canEdit, raws, onKeyDown, onPointer, onFocus, onBlur }}
        protocol={keys.protocol}
        draft={shown}
        isOld={props.isOld || (state.kind === "ready" && state.isOld)}
        isTyped={typed !== null}
        renderEditor={editorIn(props, table, columns[cursor.column])}
      />
    </div>
  );
}

/** What somebody types in, in the active cell; `null`: nothing can be typed there. */
function editorIn(
  { state, shown, typed, canEdit }: TableProps,
  { cursor, onText, onTake, onLeave }: TagTableModel,
  column: TagColumn | undefined,
): ((faultId: string | undefined) => ReactNode) | null {
  const row = rowAt(state, shown, cursor.row);
  const tagKey = column?.key ?? null;
  if (!canEdit || row === undefined || column === undefined || tagKey === null) return null;
  if (lockOf(row, column) !== null) return null;
  const label = tags.columns[column.name];
  return (faultId) => (
    <CellEditor
      key={`${row.key}\n${tagKey.name}`}
      {...{ tagKey, faultId, onText, onTake, onLeave }}
      label={typed === null ? `${label}: ${shownText(row, column)}` : label}
      text={typed?.text ?? null}
    />
  );
}
