/**
 * A tag as it stands in a configuration, key by key and not yet checked, and the same as cells of a table. What is not
 * plain text is written so that a spreadsheet leaves it alone: ranges `-1..500`, maps `0=Off | 1=On`, lists `2 | 3`.
 */
import type { TableProblem } from "./read-table.ts";

/** A tag as written; checked later, together with all others. */
export type TagFields = Readonly<Record<string, unknown>>;

/** How a cell is read. A `low` and a `high` together are the key `euRange`. */
export type CellKind = "text" | "number" | "boolean" | "range" | "map" | "list" | "low" | "high";

/** `byte_order`, `Byte Order` and `byteOrder` are the same column. */
export function columnName(header: string): string {
  const words = header.trim().split(/[\s_]+/);
  const [first = "", ...rest] = words;
  if (rest.length === 0) return first.charAt(0).toLowerCase() + first.slice(1);
  const tail = rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1).toLowerCase());
  return first.toLowerCase() + tail.join("");
}

/** The fields in the cells of one row, or why a cell cannot be read. */
export function fieldsOfCells(
  cells: ReadonlyMap<string, string>,
  line: number,
  kinds: ReadonlyMap<string, CellKind>,
): { readonly fields: TagFields; readonly problems: readonly TableProblem[] } {
  const fields: Record<string, unknown> = {};
  const problems: TableProblem[] = [];
  for (const [column, text] of cells) {
    const kind = kinds.get(column);
    if (kind === undefined || kind === "low" || kind === "high") continue;
    const value = READERS[kind](text);
    if (value === undefined) {
      problems.push({ line, column, message: `"${text}" is not ${EXPECTED[kind]}` });
    } else fields[column] = value;
  }
  const range = euRangeOf(cells);
  if (range !== undefined && "message" in range) problems.push({ line, ...range });
  else if (range !== undefined) fields["euRange"] = range;
  return { fields, problems };
}

/** The cell of `column` that says the same; empty when the tag does not have it. */
export function cellOf(fields: TagFields, column: string, kind: CellKind): string {
  if (kind === "low" || kind === "high") {
    const range = fields["euRange"];
    return Array.isArray(range) ? String(range[kind === "low" ? 0 : 1]) : "";
  }
  return cellText(fields[column]);
}

function cellText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) {
    const isRange = value.length === 2 && value.every((part) => typeof part === "number");
    return isRange ? `${value[0]}..${value[1]}` : value.map(String).join(" | ");
  }
  if (typeof value === "string") return value;
  if (typeof value !== "object") return JSON.stringify(value);
  return Object.entries(value)
    .map(([key, name]: [string, unknown]) => `${key}=${String(name).replaceAll("|", "\\|")}`)
    .join(" | ");
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

const READERS: Readonly<Record<Exclude<CellKind, "low" | "high">, (text: string) => unknown>> = {
  text: (text) => text,
  number: numberIn,
  boolean: booleanIn,
  range: rangeIn,
  map: mapIn,
  list: listIn,
};

const EXPECTED: Readonly<Record<Exclude<CellKind, "low" | "high">, string>> = {
  text: "text",
  number: "a number with a point, e.g. 0.1",
  boolean: "true or false",
  range: "a range, e.g. -1..500",
  map: "a list of names, e.g. 0=Off | 1=On",
  list: "a list of raw values, e.g. 0x8000 | 65535",
};

/** @returns `undefined` for what is no number: spreadsheets of some countries write a comma, and 1,5 is not 15. */
export function numberIn(text: string): number | undefined {
  return NUMBER.test(text) ? Number(text) : undefined;
}

function booleanIn(text: string): boolean | undefined {
  if (/^(true|yes|1)$/i.test(text)) return true;
  return /^(false|no|0)$/i.test(text) ? false : undefined;
}

function rangeIn(text: string): readonly [number, number] | undefined {
  const [low, high, ...more] = text.split("..").map((part) => numberIn(part.trim()));
  return low === undefined || high === undefined || more.length > 0 ? undefined : [low, high];
}

function mapIn(text: string): Readonly<Record<string, string>> | undefined {
  const entries: [string, string][] = [];
  for (const part of text.split(/(?<!\\)\|/)) {
    const at = part.indexOf("=");
    const key = part.slice(0, at).trim();
    if (at < 0 || !/^-?\d+$/.test(key)) return undefined;
    entries.push([
      key,
      part
        .slice(at + 1)
        .trim()
        .replaceAll("\\|", "|"),
    ]);
  }
  return Object.fromEntries(entries);
}

function listIn(text: string): readonly number[] | undefined {
  const values = text.split("|").map((part) => {
    const word = part.trim();
    return /^0x[0-9a-f]+$/i.test(word) ? Number(word) : numberIn(word);
  });
  const known = values.filter((value) => value !== undefined);
  return known.length === values.length ? known : undefined;
}

function euRangeOf(
  cells: ReadonlyMap<string, string>,
): readonly [number, number] | Omit<TableProblem, "line"> | undefined {
  const low = cells.get("euLow");
  const high = cells.get("euHigh");
  if (low === undefined && high === undefined) return undefined;
  const column = low === undefined ? "euLow" : "euHigh";
  if (low === undefined || high === undefined) {
    return { column, message: "is missing; a range has two ends, euLow and euHigh" };
  }
  const [from, to] = [numberIn(low), numberIn(high)];
  if (from !== undefined && to !== undefined) return [from, to];
  const wrong =
    from === undefined ? { column: "euLow", text: low } : { column: "euHigh", text: high };
  return { column: wrong.column, message: `"${wrong.text}" is not ${EXPECTED.number}` };
}
