/** Columns for people. */

/** `widest`: wider cells stand out to the right rather than move all others away. */
type Column = readonly [name: string, align: "left" | "right", widest?: number];

const WIDEST = 40;
/** Of paths, which stand before columns that nobody should have to look for. */
export const PATH_WIDTH = 120;

/** The head and one line per row, aligned, two spaces between columns. */
export function textTable(
  head: readonly Column[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = head.map(([name, , widest = WIDEST], at) =>
    Math.min(
      widest,
      rows.reduce((width, row) => Math.max(width, row[at]?.length ?? 0), name.length),
    ),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, at) => {
        const width = widths[at] ?? 0;
        return head[at]?.[1] === "right" ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd();
  return [line(head.map(([name]) => name)), ...rows.map(line)];
}

/** A table whose rows come page by page: its head stands above the first row. */
export class PagedTable {
  readonly #head: readonly Column[];
  #isBegun = false;

  constructor(head: readonly Column[]) {
    this.#head = head;
  }

  /** Whether there was no row until now. */
  get isEmpty(): boolean {
    return !this.#isBegun;
  }

  lines(rows: readonly (readonly string[])[]): readonly string[] {
    if (rows.length === 0) return [];
    const lines = textTable(this.#head, rows);
    const shown = this.#isBegun ? lines.slice(1) : lines;
    this.#isBegun = true;
    return shown;
  }
}

const UNITS = [
  [86_400_000, "d"],
  [3_600_000, "h"],
  [60_000, "m"],
  [1000, "s"],
] as const;

/** The two largest units: `3d 4h`, `12m 5s`, `0s`. */
export function shortDuration(ms: number): string {
  const found = UNITS.findIndex(([unit]) => ms >= unit);
  const [large, small] = UNITS.slice(found === -1 ? -1 : found);
  if (large === undefined) return "0s";
  const first = `${Math.floor(Math.max(ms, 0) / large[0])}${large[1]}`;
  const rest = small === undefined ? 0 : Math.floor((ms % large[0]) / small[0]);
  return small === undefined || rest === 0 ? first : `${first} ${rest}${small[1]}`;
}
