/**
 * Which rows of a long list are drawn, and where. Browsers cap the height of an element (Firefox at about 17.9 million
 * pixels, and then draws it 0 high), so beyond `MAX_PX` the scrollbar is scaled: one of its pixels stands for several
 * of the list, and the wheel moves the list itself.
 */

export const MAX_PX = 8_000_000;

/** Rows drawn above and below what is visible, so that a slow scroll never shows an empty line. */
const SPARE_ROWS = 8;

export interface WindowSize {
  readonly count: number;
  readonly rowPx: number;
  readonly viewPx: number;
}

export interface RowWindow {
  /** Height of the spacer inside the scrolling element. */
  readonly spacerPx: number;
  readonly isScaled: boolean;
  /** List pixels for one pixel of the scrollbar. */
  readonly scale: number;
  /** The largest offset, in list pixels. */
  readonly maxOffset: number;
}

export function windowOf({ count, rowPx, viewPx }: WindowSize): RowWindow {
  const totalPx = count * rowPx;
  const spacerPx = Math.min(totalPx, MAX_PX);
  const isScaled = totalPx > MAX_PX;
  const scale = isScaled ? (totalPx - viewPx) / (spacerPx - viewPx) : 1;
  return { spacerPx, isScaled, scale, maxOffset: Math.max(0, totalPx - viewPx) };
}

/** First row drawn, and the first one after those drawn. */
export function drawnRows(size: WindowSize, offset: number): readonly [first: number, end: number] {
  const first = Math.floor(offset / size.rowPx) - SPARE_ROWS;
  const end = Math.ceil((offset + size.viewPx) / size.rowPx) + SPARE_ROWS;
  return [Math.max(0, first), Math.min(size.count, end)];
}

/**
 * The offset at which a row is wholly visible: changed as little as possible for a row nearby, the row in the middle
 * when it is more than a screen away, so that a deep link shows its surroundings.
 */
export function offsetShowing(size: WindowSize, offset: number, place: number): number {
  const { rowPx, viewPx } = size;
  const top = place * rowPx;
  const isFar = top < offset - viewPx || top > offset + 2 * viewPx;
  if (isFar) return clampOffset(size, top - (viewPx - rowPx) / 2);
  if (top < offset) return top;
  return Math.max(offset, top + rowPx - viewPx);
}

export function clampOffset(size: WindowSize, offset: number): number {
  return Math.max(0, Math.min(windowOf(size).maxOffset, offset));
}
