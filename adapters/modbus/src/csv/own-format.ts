/** The hub's own table of tags: one row a tag, one column a key. What was exported can be read again. */
import { stringify } from "csv-stringify/sync";
import { readTable, type TableProblem } from "./read-table.ts";
import {
  cellOf,
  columnName,
  fieldsOfCells,
  TAG_COLUMNS,
  type FoundTag,
  type TagFields,
} from "./tag-fields.ts";

/** What a file of tags says. */
export interface TagTable {
  readonly tags: readonly FoundTag[];
  readonly problems: readonly TableProblem[];
}

/** Columns that stand in every file, as the first of them. */
const USUAL_COLUMNS = 14;

/** The tags in `text`. A row with a problem is not among them. */
export function readTagTable(text: string): TagTable {
  const { columns, rows, problems } = readTable(text, columnName);
  if (columns.length === 0) return { tags: [], problems };
  const unknown = columns.filter((column) => !TAG_COLUMNS.includes(column));
  const missing = ["name", "at"].filter((column) => !columns.includes(column));
  const headerProblems = [
    ...unknown.map((column) => ({ line: 1, column, message: unknownColumn(column) })),
    ...missing.map((column) => ({ line: 1, column, message: "this column is missing" })),
  ];
  if (headerProblems.length > 0) return { tags: [], problems: [...headerProblems, ...problems] };
  return readRows(rows, problems);
}

function readRows(
  rows: ReturnType<typeof readTable>["rows"],
  before: readonly TableProblem[],
): TagTable {
  const tags: FoundTag[] = [];
  const problems = [...before];
  for (const { line, cells } of rows) {
    const read = fieldsOfCells(cells, line);
    if (read.problems.length === 0) tags.push({ line, fields: read.fields });
    else problems.push(...read.problems);
  }
  return { tags, problems };
}

/** A table that `readTagTable` reads as the same tags. Rare columns stand there only when some tag needs them. */
export function writeTagTable(tags: readonly TagFields[]): string {
  const columns = TAG_COLUMNS.filter(
    (column, index) => index < USUAL_COLUMNS || tags.some((tag) => cellOf(tag, column) !== ""),
  );
  const rows = tags.map((tag) => columns.map((column) => cellOf(tag, column)));
  return stringify([columns, ...rows], { quoted_string: false });
}

function unknownColumn(column: string): string {
  return `there is no column "${column}"; there are: ${TAG_COLUMNS.join(", ")}`;
}
