/**
 * A table as spreadsheets write it: `,`, `;` or tab between cells, quotes where needed, UTF-8 with or without BOM, a
 * header in the first line. What the columns mean is left to who asks.
 */
import { CsvError, parse } from "csv-parse/sync";

/** A sentence about one place of the file, as a person counts: lines from 1; `column` is the name in the header. */
export interface TableProblem {
  readonly line: number;
  readonly column?: string;
  readonly message: string;
}

export interface TableRow {
  readonly line: number;
  /** By column name; cells that are empty are left out. */
  readonly cells: ReadonlyMap<string, string>;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
  /** Rows that are not in `rows`, and why. */
  readonly problems: readonly TableProblem[];
}

const DELIMITERS = [",", ";", "\t"] as const;

/** The table in `text`. `nameOf` gives the name by which a header is known, e.g. without regard to case. */
export function readTable(text: string, nameOf: (header: string) => string = (it) => it): Table {
  const records: RawRecord[] = [];
  try {
    parse(text, {
      bom: true,
      delimiter: delimiterOf(text),
      on_record: (record: string[], { lines }) => {
        records.push({ record, line: lines });
        return null; // kept here, with its line
      },
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return { columns: [], rows: [], problems: [quoteProblem(error)] };
  }
  const [header, ...body] = records;
  if (header === undefined) return nothing("the file is empty; its first line names the columns");
  const columns = header.record.map(nameOf);
  const twice = columns.find((name, index) => columns.indexOf(name) !== index);
  if (twice !== undefined) return nothing(`column "${twice}" stands twice in the header`);
  return { columns, ...rowsOf(columns, body) };
}

interface RawRecord {
  readonly record: readonly string[];
  readonly line: number;
}

function rowsOf(
  columns: readonly string[],
  records: readonly RawRecord[],
): Pick<Table, "rows" | "problems"> {
  const rows: TableRow[] = [];
  const problems: TableProblem[] = [];
  for (const { record, line } of records) {
    if (record.length > columns.length) {
      const message = `has ${record.length} cells under ${columns.length} columns; put cells that contain the separator into quotes`;
      problems.push({ line, message });
      continue;
    }
    const cells = new Map<string, string>();
    for (const [index, cell] of record.entries()) {
      const column = columns[index];
      if (column !== undefined && cell !== "") cells.set(column, cell);
    }
    if (cells.size > 0) rows.push({ line, cells });
  }
  return { rows, problems };
}

/** The one that stands most often in the header. */
function delimiterOf(text: string): string {
  const header = text.slice(0, text.search(/\r|\n|$/));
  const count = (delimiter: string): number => header.split(delimiter).length;
  return DELIMITERS.toSorted((a, b) => count(b) - count(a))[0] ?? ",";
}

function nothing(message: string): Table {
  return { columns: [], rows: [], problems: [{ line: 1, message }] };
}

function quoteProblem(error: CsvError): TableProblem {
  const line: unknown = Reflect.get(error, "lines");
  return {
    line: typeof line === "number" ? Math.max(1, line) : 1,
    message: `the quotes do not fit together (${error.code}); a quote inside a quoted cell is written twice`,
  };
}
