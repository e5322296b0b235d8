"use client";
import { useRouter } from "next/navigation";
import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import { gridColumns, type TreeLook } from "../lib/columns.ts";
import type { Namespace } from "../lib/namespace.ts";
import { texts } from "../lib/texts.ts";
import type { Tree } from "../lib/tree.ts";
import { treeLook } from "./kept.ts";
import { RowBlock } from "./row-block.tsx";
import { TreeHead } from "./tree-head.tsx";
import { rowElementId, TreeRow } from "./tree-row.tsx";
import { type RowWindowView, useRowWindow } from "./use-row-window.ts";
import { useSignal } from "./use-signal.ts";
import { rowUnder, type TreeInputOptions, useTreeInput } from "./use-tree-input.ts";

const ROW_PX = 24;
const COMPACT_ROW_PX = 20;
const TOUCH_ROW_PX = 36;

declare module "react" {
  interface CSSProperties {
    /** The columns of the tree. */
    "--columns"?: string;
  }
}

export interface TreeGridProps {
  readonly page: Namespace;
  readonly isNarrow: boolean;
  readonly onOpen: () => void;
}

/** The tree: only the rows on screen exist, the hub is asked for these and no others. */
export function TreeGrid({ page, isNarrow, onOpen }: TreeGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const hovered = useRef<number | null>(null);
  const tree = useSignal(page.shown);
  const order = useSignal(tree.order);
  const selection = useSignal(page.selection);
  const selected = selection === null ? null : tree.tailOf(selection.id);
  const isLinked = useSignal(page.live.link).kind === "live";
  const look = useSignal(treeLook);
  const isComparing = useSignal(page.past.moments).since !== null;
  const columns = isNarrow ? undefined : { "--columns": gridColumns(look, isComparing) };
  const rowPx = rowHeight(look, isNarrow);
  const rows = useRowWindow(scroller, order.length, rowPx);
  const drawn = [...order.subarray(rows.first, rows.end)];
  const input = useInput({ page, tree, selected, isNarrow, onOpen }, rows.pageRows);
  useAnchor(tree, rows, hovered);
  useScrollToSelection(page, rows);
  useEffect(() => page.watch(drawn)); // told to the hub only when it differs from the last

  return (
    <div
      className="treegrid min-h-0 flex-1"
      data-link={isLinked ? "live" : "lost"}
      style={columns}
      onPointerMove={(event) => {
        hovered.current = rowUnder(event)?.id ?? null;
      }}
      onPointerLeave={() => {
        hovered.current = null;
      }}
    >
      <TreeHead look={look} />
      {/* What scrolls has the focus, so that it can be scrolled by keys; the head stands still above it and belongs to it. */}
      <div
        ref={scroller}
        role="treegrid"
        tabIndex={0}
        id="tree"
        className="relative min-h-0 flex-1 overflow-x-hidden overflow-y-auto [overflow-anchor:none] outline-none"
        aria-label={texts.treeLabel}
        aria-owns="tree-head tree-rows"
        aria-rowcount={order.length + 1}
        aria-multiselectable="true"
        aria-busy={order.length === 0} // without a row it is no grid yet
        aria-activedescendant={selectedElement(selected, drawn)}
        {...input}
        onScroll={rows.onScroll}
      >
        <RowBlock id="tree-rows" rows={rows}>
          <DrawnRows {...{ page, tree, rows, rowPx, isLinked, look }} ids={drawn} />
        </RowBlock>
      </div>
    </div>
  );
}

/** Only while that row is there. */
function selectedElement(selected: number | null, drawn: readonly number[]): string | undefined {
  return selected !== null && drawn.includes(selected) ? rowElementId(selected) : undefined;
}

function useInput(
  options: Omit<TreeInputOptions, "pageRows" | "go">,
  pageRows: number,
): ReturnType<typeof useTreeInput> {
  const router = useRouter();
  return useTreeInput({ ...options, pageRows, go: (href) => router.push(href) });
}

function rowHeight(look: TreeLook, isNarrow: boolean): number {
  if (isNarrow) return TOUCH_ROW_PX;
  return look.isCompact ? COMPACT_ROW_PX : ROW_PX;
}

interface DrawnRowsProps {
  readonly page: Namespace;
  readonly tree: Tree;
  readonly ids: readonly number[];
  readonly rows: RowWindowView;
  readonly rowPx: number;
  readonly isLinked: boolean;
  readonly look: TreeLook;
}

function DrawnRows({ page, tree, ids, rows, rowPx, isLinked, look }: DrawnRowsProps) {
  const selection = useSignal(page.selection);
  const selected = selection === null ? null : tree.tailOf(selection.id);
  const loading = useSignal(page.loader.loading);
  const words = useSignal(page.filter.marks);
  const marked = useSignal(page.marked);
  const moments = useSignal(page.past.moments);
  const isListed = useSignal(page.past.changes).kind === "ready";
  return ids.map((id, at) => (
    <TreeRow
      key={id}
      page={page}
      tree={tree}
      id={id}
      place={rows.first + at}
      top={rows.topOf(rows.first + at)}
      height={rowPx}
      isSelected={id === selected}
      isLoading={loading.has(id)}
      isLinked={isLinked}
      isMarked={marked.has(id)}
      marks={words}
      look={look}
      moments={moments}
      isListed={isListed}
    />
  ));
}

interface Before {
  readonly tree: Tree;
  readonly order: Int32Array;
  readonly anchor: number | null;
  readonly place: number;
}

/** Keeps the row under the pointer, else the first one on screen, where it is when rows come or go above it. */
function useAnchor(tree: Tree, rows: RowWindowView, hovered: RefObject<number | null>): void {
  const before = useRef<Before | null>(null);
  useLayoutEffect(() => {
    const order = tree.order.get();
    const last = before.current;
    if (last !== null && last.tree !== tree) rows.toTop();
    if (last !== null && last.tree === tree && last.order !== order && last.anchor !== null) {
      const place = tree.placeOf(last.anchor);
      if (place >= 0) rows.shift(place - last.place);
    }
    const anchor = hovered.current ?? rows.topRow(order);
    const place = anchor === null ? -1 : tree.placeOf(anchor);
    before.current = { tree, order, anchor: place < 0 ? null : anchor, place };
  });
}

/** A selection made by keys or by a link is brought into view, and again when the view has become another. */
function useScrollToSelection(page: Namespace, rows: RowWindowView): void {
  const selection = useSignal(page.selection);
  const done = useRef<{ selection: typeof selection; pageRows: number } | null>(null);
  const { pageRows } = rows;
  useLayoutEffect(() => {
    if (selection === null || pageRows <= 1) return;
    if (selection === done.current?.selection && pageRows === done.current.pageRows) return;
    const place = page.shown.get().placeOf(selection.id);
    if (place < 0) return; // its row is still on its way
    done.current = { selection, pageRows };
    if (selection.scroll === "show") rows.show(place);
  });
}
