/** Rows of cells as the text of a table: commas, quotes where needed. */
import { stringify } from "csv-stringify/sync";

export function writeRows(rows: readonly (readonly string[])[]): string {
  return stringify([...rows], { quoted_string: false });
}
