/** The hub's own tables of tags: one row a tag, one column a key. What was exported can be read again. */
import { cellOf, columnName, fieldsOfCells, type CellKind, type TagFields } from "./cells.ts";
import { readTable, type Table, type TableProblem } from "./read-table.ts";
import { writeRows } from "./write-rows.ts";

/** A tag of a file, and the line where it stands. */
export interface FoundTag {
  readonly line: number;
  readonly fields: TagFields;
}

/** What a file of tags says. */
export interface TagTable {
  readonly tags: readonly FoundTag[];
  readonly problems: readonly TableProblem[];
}

/** The tables of one protocol. */
export class TagTables {
  readonly #kinds: ReadonlyMap<string, CellKind>;
  readonly #names: readonly string[];
  readonly #required: readonly string[];
  readonly #usual: number;

  /**
   * `kinds`: every column, in the order in which they are written. `required`: columns without which nothing is read.
   * `usual`: how many of the first columns stand in every file; the others only where some tag needs them.
   */
  constructor(
    kinds: ReadonlyMap<string, CellKind>,
    { required, usual }: { readonly required: readonly string[]; readonly usual: number },
  ) {
    this.#kinds = kinds;
    this.#names = [...kinds.keys()];
    this.#required = required;
    this.#usual = usual;
  }

  /** The tags in `text`. A row with a problem is not among them. */
  read(text: string): TagTable {
    const table = readTable(text, columnName);
    const { columns, problems } = table;
    if (columns.length === 0) return { tags: [], problems };
    const unknown = columns.filter((column) => !this.#kinds.has(column));
    const missing = this.#required.filter((column) => !columns.includes(column));
    const ofHeader = [
      ...unknown.map((column) => ({ line: 1, column, message: this.#unknownColumn(column) })),
      ...missing.map((column) => ({ line: 1, column, message: "this column is missing" })),
    ];
    if (ofHeader.length > 0) return { tags: [], problems: [...ofHeader, ...problems] };
    return this.#rows(table);
  }

  /** A table that `read` reads as the same tags. */
  write(tags: readonly TagFields[]): string {
    const columns = [...this.#kinds].filter(
      ([column, kind], index) =>
        index < this.#usual || tags.some((tag) => cellOf(tag, column, kind) !== ""),
    );
    const rows = tags.map((tag) => columns.map(([column, kind]) => cellOf(tag, column, kind)));
    return writeRows([columns.map(([column]) => column), ...rows]);
  }

  #rows({ rows, problems: before }: Table): TagTable {
    const tags: FoundTag[] = [];
    const problems = [...before];
    for (const { line, cells } of rows) {
      const read = fieldsOfCells(cells, line, this.#kinds);
      if (read.problems.length === 0) tags.push({ line, fields: read.fields });
      else problems.push(...read.problems);
    }
    return { tags, problems };
  }

  #unknownColumn(column: string): string {
    return `there is no column "${column}"; there are: ${this.#names.join(", ")}`;
  }
}
