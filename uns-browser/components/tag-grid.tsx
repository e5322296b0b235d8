"use client";
import {
  useEffect,
  useId,
  type CSSProperties,
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { CheckState } from "../lib/draft-check.ts";
import { faultAt, type ColumnName, type ColumnView, type TagColumn } from "../lib/tag-columns.ts";
import { cellState, type CellPlace, type Cursor } from "../lib/tag-cursor.ts";
import type { Draft } from "../lib/tag-draft.ts";
import { faultsOf, placesWritten, rowAt } from "../lib/tag-rows.ts";
import { rawSentence, type TagRaw, type TagRaws } from "../lib/tag-raw.ts";
import type { TagWindow, TagWindowState } from "../lib/tag-window.ts";
import { Cell } from "./cell.tsx";
import { CellSentence, type Sentence } from "./cell-sentence.tsx";
import { RowBlock } from "./row-block.tsx";
import type { PointerKind } from "./tag-cell.tsx";
import { TagRow } from "./tag-row.tsx";
import type { RowWindowView } from "./use-row-window.ts";

const { tags } = words;
const LEAST_PX = 260;

export interface TagGridProps {
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly rows: RowWindowView;
  readonly rowPx: number;
  readonly count: number;
  readonly protocol: string;
  readonly view: ColumnView;
  readonly device: string;
  readonly columns: readonly TagColumn[];
  readonly window: TagWindow | null;
  readonly state: TagWindowState;
  readonly draft: Draft;
  readonly check: CheckState;
  readonly cursor: Cursor;
  readonly raws: TagRaws;
  readonly isOld: boolean;
  readonly canEdit: boolean;
  /** In the active cell, where somebody may type; `faultId`: of the sentence that says what is wrong. */
  readonly renderEditor: ((faultId: string | undefined) => ReactNode) | null;
  /** Whether somebody types there. */
  readonly isTyped: boolean;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly onFocus: () => void;
  readonly onBlur: (event: FocusEvent) => void;
  readonly onPointer: (kind: PointerKind, place: CellPlace, event: MouseEvent) => void;
}

/** The tags of a device as a table of cells; only the rows on screen exist, and only they are asked for. */
export function TagGrid(props: TagGridProps) {
  const { scroller, rows, rowPx, count, columns, cursor } = props;
  const { protocol, device, isOld, canEdit, onKeyDown } = props;
  const id = useId();
  const { first, end } = useSeen(props);
  const isDrawn = cursor.row >= first && cursor.row < end;
  const active = `${id}row${cursor.row}c${cursor.column}`;
  const sentence = sentenceAt(props);
  useInSight(scroller, active);
  return (
    <div className="fill-column relative" data-link={isOld ? "lost" : "live"}>
      <div className="tag-table" data-protocol={protocol} data-view={props.view}>
        <Head id={`${id}head`} columns={columns} />
        {/* What scrolls has the focus; the head stands still above it and belongs to it. */}
        <div
          ref={scroller}
          role="grid"
          tabIndex={isDrawn && props.renderEditor !== null ? -1 : 0} // what is typed in is the one stop
          aria-label={tags.label(device)}
          aria-owns={`${id}head ${id}rows`}
          aria-rowcount={count + 1}
          aria-colcount={columns.length}
          aria-multiselectable="true"
          aria-readonly={!canEdit}
          data-types={canEdit ? "" : undefined} // its letters are no shortcuts
          aria-activedescendant={isDrawn ? active : undefined}
          className="tag-scroll relative overflow-x-hidden overflow-y-auto [overflow-anchor:none]"
          style={heightOf(count * rowPx)}
          onScroll={rows.onScroll}
          onKeyDown={onKeyDown}
          onFocus={props.onFocus}
          onBlur={props.onBlur}
        >
          <RowBlock id={`${id}rows`} rows={rows}>
            {placesIn(first, end).map((place) => (
              <TagRow key={place} id={`${id}row${place}`} {...lineOf(props, { place, id })} />
            ))}
          </RowBlock>
        </div>
      </div>
      {isDrawn ? <CellSentence id={`${id}sentence`} cell={active} sentence={sentence} /> : null}
    </div>
  );
}

/** What a row needs to know of the table. */
function lineOf(
  props: TagGridProps,
  { place, id }: { readonly place: number; readonly id: string },
) {
  const { columns, check, state, isOld, canEdit, rows, rowPx, cursor, renderEditor, onPointer } =
    props;
  const row = rowAt(state, props.draft, place);
  const faultId = sentenceAt(props)?.kind === "fault" ? `${id}sentence` : undefined;
  const isHere = (column: number): boolean => place === cursor.row && column === cursor.column;
  return {
    row,
    place,
    columns,
    check,
    isOld,
    raw: props.raws.get(row?.tag?.name ?? ""),
    isDecoded: canEdit && props.protocol === "modbus",
    now: state.kind === "ready" ? state.now : null,
    isEditable: canEdit,
    top: rows.topOf(place),
    height: rowPx,
    stateOf: (column: number) => cellState(cursor, { row: place, column }),
    editorAt: (column: number) => (isHere(column) ? (renderEditor?.(faultId) ?? null) : null),
    isTypedAt: (column: number) => isHere(column) && props.isTyped,
    onPointer: (kind: PointerKind, column: number, event: MouseEvent) =>
      onPointer(kind, { row: place, column }, event),
  };
}

const RAW_COLUMNS: ReadonlySet<ColumnName> = new Set(["sampling", "raw", "quality"]);

/** What the hub has against the active cell, or what is known of it that does not fit into it. */
function sentenceAt(props: TagGridProps): Sentence | null {
  const { state, draft, check, cursor, columns, raws, isTyped } = props;
  const row = rowAt(state, draft, cursor.row);
  const column = columns[cursor.column];
  if (row === undefined || column === undefined) return null;
  const fault = faultAt(faultsOf(check, row.name), column)?.message;
  if (fault !== undefined) return { kind: "fault", text: fault };
  const raw = raws.get(row.tag?.name ?? "");
  return raw === undefined || isTyped ? null : toldOf(raw, column, props);
}

function toldOf(
  raw: TagRaw,
  column: TagColumn,
  { canEdit, protocol }: Pick<TagGridProps, "canEdit" | "protocol">,
): Sentence | null {
  if (!RAW_COLUMNS.has(column.name)) return null;
  const isDecoded = column.name === "raw" && canEdit && protocol === "modbus";
  const text = isDecoded ? words.raw.decode : rawSentence(raw);
  return text === "" ? null : { kind: "told", text };
}

function Head({ id, columns }: { readonly id: string; readonly columns: readonly TagColumn[] }) {
  return (
    <Cell as="rowgroup" id={id}>
      <Cell as="row" aria-rowindex={1} className="tag-row tag-head">
        {columns.map(({ name }, at) => (
          <Cell
            as="columnheader"
            key={name}
            className="tag-cell"
            aria-colindex={at + 1}
            data-column={name}
          >
            <span className="truncate">{tags.columns[name]}</span>
          </Cell>
        ))}
      </Cell>
    </Cell>
  );
}

/** As much as there is, and no more than the window has room for; in a low one the page scrolls. */
function heightOf(rowsPx: number): CSSProperties {
  const whole = rowsPx + 2;
  return { minHeight: Math.min(LEAST_PX, whole), maxHeight: whole };
}

/** Tells the window which rows are on screen. */
function useSeen({ window, rows, draft }: TagGridProps): RowWindowView {
  const [first, end] = placesWritten(rows, draft);
  useEffect(() => window?.look(first, end), [window, first, end]);
  return rows;
}

/** Where the table is wider than the screen, the active cell comes into sight. */
function useInSight(scroller: RefObject<HTMLDivElement | null>, active: string): void {
  useEffect(() => {
    const frame = scroller.current?.parentElement;
    const cell = document.getElementById(active);
    if (frame === null || frame === undefined || cell === null) return;
    const [outer, inner] = [frame.getBoundingClientRect(), cell.getBoundingClientRect()];
    if (inner.left < outer.left) frame.scrollBy({ left: inner.left - outer.left });
    if (inner.right > outer.right) frame.scrollBy({ left: inner.right - outer.right });
  }, [scroller, active]);
}

function placesIn(first: number, end: number): readonly number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}
