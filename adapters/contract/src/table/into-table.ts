/** Puts tags of one file into a table that an entry names: what happens to each is told, and nothing half is written. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { TagFields } from "./cells.ts";
import { mergeTags, nameOf, type Merged, type MergeMode } from "./merge.ts";
import type { TableProblem } from "./read-table.ts";
import type { FoundTag, TagTables } from "./tag-tables.ts";

/** What somebody asked for. */
export interface TableImport {
  /** The name of the file that the tags are of, for messages. */
  readonly source: string;
  /** The table that is written. */
  readonly into: string;
  readonly mode: MergeMode;
  /** Does nothing at all when a single tag cannot be taken. */
  readonly isAtomic: boolean;
  readonly isDryRun: boolean;
}

/** The tags of the file, and those of it that cannot be taken. */
export interface IncomingTags {
  readonly tags: readonly FoundTag[];
  readonly problems: readonly TableProblem[];
}

interface Console {
  print(line: string): void;
  complain(line: string): void;
}

/** The text, or an error whose message is a sentence. */
export function tableText(file: string): string | Error {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new Error(`${file} cannot be read: ${why}`, { cause });
  }
}

/** Answers whether all tags were taken. `incoming`: an error when the file cannot be read. */
export function importIntoTable(
  tables: TagTables,
  request: TableImport,
  { incoming, console }: { readonly incoming: IncomingTags | Error; readonly console: Console },
): boolean {
  const there = readTarget(tables, request.into);
  if (!(incoming instanceof Error || there instanceof Error)) {
    return apply(tables, request, { incoming, there, console });
  }
  for (const failed of [incoming, there]) {
    if (failed instanceof Error) console.complain(failed.message);
  }
  return false;
}

interface Work {
  readonly incoming: IncomingTags;
  readonly there: readonly TagFields[];
  readonly console: Console;
}

function apply(tables: TagTables, request: TableImport, work: Work): boolean {
  const { source, into, mode, isAtomic, isDryRun } = request;
  const { incoming, there, console } = work;
  const { problems } = incoming;
  for (const { line, column, message } of problems) {
    console.complain(`${source}:${line}: ${column === undefined ? "" : `${column}: `}${message}`);
  }
  if (isAtomic && problems.length > 0) {
    const many = problems.length === 1 ? "problem" : "problems";
    console.complain(`nothing was changed: --atomic, and ${problems.length} ${many}`);
    return false;
  }
  const merged = mergeTags(there, withoutDoubles(incoming, source, console), mode);
  const { created, changed, deleted } = merged;
  console.print(summary(merged));
  if (isDryRun) console.print("nothing was written: --dry-run");
  else if (created.length + changed.length + deleted.length > 0) {
    writeFileSync(`${into}.new`, tables.write(merged.tags), { flush: true });
    renameSync(`${into}.new`, into);
  }
  return problems.length === 0;
}

function summary({ created, changed, deleted, untouched }: Merged): string {
  return `${created.length} created, ${changed.length} changed, ${deleted.length} deleted, ${untouched.length} untouched`;
}

/** The tags that are in the table already; a table with mistakes is not written over. */
function readTarget(tables: TagTables, into: string): readonly TagFields[] | Error {
  if (!existsSync(into)) return [];
  const text = tableText(into);
  if (text instanceof Error) return text;
  const { tags, problems } = tables.read(text);
  if (problems.length === 0) return tags.map(({ fields }) => fields);
  const lines = problems.map(({ line, message }) => `${into}:${line}: ${message}`);
  return new Error(`${lines.join("\n")}\nnothing was changed: mend ${into} first`);
}

/** The first of several tags with one name counts; the others are told. */
function withoutDoubles(
  { tags }: IncomingTags,
  source: string,
  console: Console,
): readonly TagFields[] {
  const names = new Set<string>();
  return tags.flatMap(({ line, fields }) => {
    const name = nameOf(fields);
    if (!names.has(name)) {
      names.add(name);
      return [fields];
    }
    console.complain(`${source}:${line}: "${name}" stands there twice; this one is left out`);
    return [];
  });
}
