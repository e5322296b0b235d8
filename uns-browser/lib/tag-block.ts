/** Blocks of cells as spreadsheets put them on the clipboard: cells between tabs, rows in lines. */
import type { RowChange } from "./tag-cells.ts";
import type { TagColumn } from "./tag-columns.ts";
import type { TagRow } from "./tag-rows.ts";

type Block = readonly (readonly string[])[];

/** A cell in quotes may hold tabs, line ends and doubled quotes; a quote that is never closed is a letter. */
const CELL = /(?:"(?<quoted>(?:[^"]|"")*)"|(?<plain>[^\t\r\n]*))(?<end>\t|\r\n|\r|\n|$)/y;

export function blockIn(text: string): Block {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let at = 0; at < text.length || row.length > 0; at = CELL.lastIndex) {
    CELL.lastIndex = at;
    const { quoted, plain = "", end } = CELL.exec(text)?.groups ?? {};
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === "\t") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

export function blockText(block: Block): string {
  return block
    .map((row) =>
      row
        .map((cell) => (/[\t\r\n"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell))
        .join("\t"),
    )
    .join("\n");
}

export interface PasteTarget {
  /** From the active one on, as far as there are. */
  readonly rows: readonly TagRow[];
  /** From the active one on. */
  readonly columns: readonly TagColumn[];
  /** How many rows and columns are selected: one cell fills them all. */
  readonly selected: { readonly rows: number; readonly columns: number };
}

export interface Pasted {
  readonly changes: readonly RowChange[];
  /** Columns for which there is no room to the right. */
  readonly beyond: number;
}

/** What a block means from the active cell on; rows below the last one are new tags. */
export function pasted(block: Block, { rows, columns, selected }: PasteTarget): Pasted {
  const [first = []] = block;
  const isOne = block.length === 1 && first.length === 1;
  const filled = isOne ? spread(first, selected) : block;
  const widest = filled.reduce((most, { length }) => Math.max(most, length), 0);
  const changes = filled.map((cells, at) => ({
    row: rows[at] ?? null,
    texts: textsOf(cells, columns),
  }));
  return {
    changes: changes.filter(({ row, texts }) => row !== null || texts.size > 0), // no tag of nothing
    beyond: Math.max(0, widest - columns.length),
  };
}

/** One cell in all that are selected. */
function spread(cells: readonly string[], { rows, columns }: PasteTarget["selected"]): Block {
  const row = Array.from({ length: columns }, () => cells[0] ?? "");
  return Array.from({ length: rows }, () => row);
}

/** What the hub tells is not written: it is left out. */
function textsOf(
  cells: readonly string[],
  columns: readonly TagColumn[],
): ReadonlyMap<string, string> {
  return new Map(
    columns.flatMap(({ key }, at) => {
      const text = cells[at];
      return key === null || text === undefined ? [] : [[key.name, text]];
    }),
  );
}
