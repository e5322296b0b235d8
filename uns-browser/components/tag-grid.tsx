"use client";
import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { adapterTexts as words } from "../lib/adapter-texts.ts";
import type { CheckState } from "../lib/draft-check.ts";
import { createSignal } from "../lib/signal.ts";
import { changes, type Draft } from "../lib/tag-draft.ts";
import { placesWritten, rowAt, rowCount } from "../lib/tag-rows.ts";
import type { TagWindow, TagWindowState } from "../lib/tag-window.ts";
import type { Tag } from "../lib/tags.ts";
import { Cell } from "./cell.tsx";
import { PolledState } from "./page-shell.tsx";
import { RowBlock } from "./row-block.tsx";
import { TagRow } from "./tag-row.tsx";
import { useNarrow } from "./use-narrow.ts";
import { useRowWindow, type RowWindowView } from "./use-row-window.ts";
import { useSignal } from "./use-signal.ts";

const { tags } = words;
const ROW_PX = 28;
const TOUCH_ROW_PX = 44;
const COLUMNS = [
  "name",
  "place",
  "type",
  "group",
  "value",
  "unit",
  "quality",
  "age",
  "more",
] as const;
const ASKING = createSignal<TagWindowState>({ kind: "asking" });

interface TagGridProps {
  readonly window: TagWindow | null;
  readonly device: string;
  readonly draft: Draft;
  readonly check: CheckState;
  readonly isOld: boolean;
  readonly canEdit: boolean;
  readonly isFiltered: boolean;
  readonly onOpen: (key: string, tag: Tag | null) => void;
}

/** The tags of a device; only the rows on screen exist, and only they are asked for. */
export function TagGrid(props: TagGridProps) {
  const { window, draft, isFiltered, canEdit } = props;
  const state = useSignal<TagWindowState>(window?.state ?? ASKING);
  const count = rowCount(state, draft);
  if (state.kind !== "ready" && changes(draft) === 0)
    return <PolledState polled={state} onRetry={() => void window?.refresh()} />;
  if (count === 0)
    return (
      <Nothing title={isFiltered ? tags.noMatch : tags.none}>
        {isFiltered || !canEdit ? null : tags.noneHelp}
      </Nothing>
    );
  return <Rows {...props} state={state} count={count} />;
}

function Nothing({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div className="px-2 py-6">
      <p className="font-semibold">{title}</p>
      <p className="mt-1 text-mute">{children}</p>
    </div>
  );
}

type RowsProps = TagGridProps & { readonly state: TagWindowState; readonly count: number };

function Rows({ window, device, draft, check, isOld, onOpen, state, count }: RowsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow();
  const rowPx = isNarrow ? TOUCH_ROW_PX : ROW_PX;
  const rows = useRowWindow(scroller, count, rowPx);
  const [active, setActive] = useState(0);
  const id = useId();
  const at = Math.min(active, count - 1);
  const { first, end } = useSeen(window, rows, draft);
  const isLast = isOld || (state.kind === "ready" && state.isOld);
  const openAt = (place: number): void => {
    setActive(place);
    const row = rowAt(state, draft, place);
    if (row !== undefined) onOpen(row.key, row.tag);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = movedTo(event.key, { at, count, pageRows: rows.pageRows });
    if (next === null && event.key !== "Enter") return;
    event.preventDefault();
    if (next === null) return openAt(at);
    setActive(next);
    rows.show(next);
  };
  return (
    <div className="min-w-0" data-link={isLast ? "lost" : "live"}>
      <Head id={`${id}head`} />
      {/* What scrolls has the focus; the head stands still above it and belongs to it. */}
      <div
        ref={scroller}
        role="grid"
        tabIndex={0}
        aria-label={tags.label(device)}
        aria-owns={`${id}head ${id}rows`}
        aria-rowcount={count + 1}
        aria-activedescendant={at >= first && at < end ? `${id}row${at}` : undefined}
        className="tag-scroll relative overflow-x-hidden overflow-y-auto [overflow-anchor:none]"
        style={{ height: heightOf(count * rowPx) }}
        onScroll={rows.onScroll}
        onKeyDown={onKeyDown}
      >
        <RowBlock id={`${id}rows`} rows={rows}>
          {placesIn(first, end).map((place) => (
            <TagRow
              key={place}
              id={`${id}row${place}`}
              row={rowAt(state, draft, place)}
              {...{ place, check }}
              now={state.kind === "ready" ? state.now : null}
              isOld={isLast}
              isActive={place === at}
              top={rows.topOf(place)}
              height={rowPx}
              onOpen={() => openAt(place)}
            />
          ))}
        </RowBlock>
      </div>
    </div>
  );
}

function Head({ id }: { readonly id: string }) {
  return (
    <Cell as="rowgroup" id={id}>
      <Cell as="row" aria-rowindex={1} className="tag-row tag-head">
        {COLUMNS.map((key) => (
          <Cell as="columnheader" key={key} data-column={key}>
            {tags.columns[key]}
          </Cell>
        ))}
      </Cell>
    </Cell>
  );
}

/** As much as there is, and no more than the screen has room for. */
function heightOf(rowsPx: number): string {
  return `min(${rowsPx + 2}px, max(260px, 100dvh - 372px))`;
}

/** Tells the window which rows are on screen. */
function useSeen(window: TagWindow | null, rows: RowWindowView, draft: Draft): RowWindowView {
  const [first, end] = placesWritten(rows, draft);
  useEffect(() => window?.look(first, end), [window, first, end]);
  return rows;
}

function placesIn(first: number, end: number): readonly number[] {
  return Array.from({ length: end - first }, (_, index) => first + index);
}

function movedTo(
  key: string,
  {
    at,
    count,
    pageRows,
  }: { readonly at: number; readonly count: number; readonly pageRows: number },
): number | null {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: 1,
    ArrowUp: -1,
    PageDown: pageRows,
    PageUp: -pageRows,
    Home: -count,
    End: count,
  };
  const step = steps[key];
  return step === undefined ? null : Math.min(count - 1, Math.max(0, at + step));
}
