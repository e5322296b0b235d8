import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import { clampOffset, drawnRows, offsetShowing, windowOf } from "../lib/row-window.ts";

/** Rows are placed from the first one of a block, because a browser counts large places roughly. */
const BLOCK_ROWS = 1024;

/** The rows to draw now, and how to move them. Heights and offsets are in list pixels. */
export interface RowWindowView {
  readonly first: number;
  readonly end: number;
  readonly spacerPx: number;
  /** Rows that fit on the screen. */
  readonly pageRows: number;
  readonly onScroll: () => void;
  /** The id of the first row that is wholly visible. */
  topRow(order: Int32Array): number | null;
  /** Where the rows as a whole stand inside the spacer. */
  readonly shiftPx: number;
  /** Where a row stands among the rows; the same while the list is scrolled by some screens, so that it is not drawn again. */
  topOf(place: number): number;
  /** Scrolls as little as needed for this row to be wholly visible. */
  show(place: number): void;
  /** Moves the list by so many rows, for rows that came or went above what is looked at. */
  shift(rows: number): void;
  toTop(): void;
}

export function useRowWindow(
  scroller: RefObject<HTMLDivElement | null>,
  count: number,
  rowPx: number,
): RowWindowView {
  const [offset, setOffset] = useState(0);
  const [viewPx, setViewPx] = useState(0);
  /** Where the browser has scrolled to, as far as it has told: to ask it makes it lay out everything at once. */
  const told = useRef(0);
  const size = { count, rowPx, viewPx };
  const { spacerPx, isScaled, scale } = windowOf(size);
  const shownOffset = clampOffset(size, offset);
  const scrollTop = shownOffset / scale;
  const [first, end] = drawnRows(size, shownOffset);
  const basePx = Math.floor(first / BLOCK_ROWS) * BLOCK_ROWS * rowPx;

  useLayoutEffect(() => observeHeight(scroller.current, setViewPx), [scroller]);
  // After every drawing, when the spacer has its height; before, the browser would cut the position off.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null || Math.abs(told.current - scrollTop) < 1) return;
    element.scrollTo({ top: scrollTop });
    told.current = element.scrollTop;
  });
  useEffect(() => {
    const element = scroller.current;
    if (element === null || !isScaled) return;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault(); // one scrollbar pixel is many rows here: the wheel moves the list itself
      setOffset((before) => clampOffset({ count, rowPx, viewPx }, before + event.deltaY));
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    return () => element.removeEventListener("wheel", onWheel);
  }, [scroller, isScaled, count, rowPx, viewPx]);

  const onScroll = useCallback(() => {
    const top = scroller.current?.scrollTop ?? 0;
    told.current = top;
    // Our own move comes back rounded to whole pixels; taking it over would lose the rest.
    setOffset((before) => (Math.abs(top - before / scale) < 1 ? before : top * scale));
  }, [scroller, scale]);

  return {
    first,
    end,
    spacerPx,
    pageRows: Math.max(1, Math.floor(viewPx / rowPx) - 1),
    onScroll,
    topRow: (order) => order[Math.ceil(shownOffset / rowPx)] ?? null,
    shiftPx: basePx - shownOffset + scrollTop,
    topOf: (place) => place * rowPx - basePx,
    show: (place) => setOffset(offsetShowing(size, shownOffset, place)),
    shift: (rows) => setOffset((before) => clampOffset(size, before + rows * rowPx)),
    toTop: () => setOffset(0),
  };
}

function observeHeight(element: HTMLElement | null, tell: (px: number) => void): () => void {
  if (element === null) return () => undefined;
  const observer = new ResizeObserver(() => tell(element.clientHeight));
  observer.observe(element);
  tell(element.clientHeight);
  return () => observer.disconnect();
}
