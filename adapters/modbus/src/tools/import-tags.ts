/** `unshub modbus import`: tags of another program, or of a table, into a table that a device names as `tagFile`. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { AdapterTool, ToolContext } from "@unshub/adapter";
import { importIgnition, isIgnition } from "../csv/ignition.ts";
import type { Imported, ImportOptions } from "../csv/imported.ts";
import { importKepware, isKepware } from "../csv/kepware.ts";
import { MERGE_MODES, mergeTags, nameOf, type Merged, type MergeMode } from "../csv/merge.ts";
import { importNeuron, isNeuron } from "../csv/neuron.ts";
import type { TableProblem, TagFields } from "@unshub/adapter/table";
import { TAG_TABLES } from "../csv/tag-fields.ts";
import { GENERAL_BYTE_ORDERS } from "../types/byte-order.ts";

const USAGE = `unshub modbus import SOURCE --into FILE [--mode MODE] [--atomic] [--dry-run] [--unit N]
    [--format own|kepware|neuron|ignition] [--byte-order ABCD|CDAB|BADC|DCBA] [--zero-based]
  Reads tags from SOURCE (a table of ours, of Kepware or Neuron, or Ignition's JSON) and puts them into FILE, which a
  device names as tagFile. The format is recognised unless named.
  MODE is what happens to tags whose name exists:
    create           they stay as they are (default)
    delete           they are removed, and nothing is added
    overwrite        they become as SOURCE says
    merge-safe       they get the keys that they do not have yet
    merge-overwrite  they get every key that SOURCE gives
  --atomic      does nothing at all when a single tag of SOURCE cannot be taken
  --dry-run     says what would happen
  --unit        takes only the tags of this unit, where SOURCE has several
  --byte-order  of values in several registers, where the device is not set as its program's default`;

const FORMATS = ["own", "kepware", "neuron", "ignition"] as const;
type Format = (typeof FORMATS)[number];

interface Request {
  readonly source: string;
  readonly into: string;
  readonly mode: MergeMode;
  readonly format: Format | undefined;
  readonly unit: number | undefined;
  readonly isAtomic: boolean;
  readonly isDryRun: boolean;
  readonly options: ImportOptions;
}

export const importTool: AdapterTool = {
  name: "import",
  summary: "tags of Kepware, Neuron, Ignition or a table, into the table of a device",
  usage: USAGE,
  run: (args, context) => Promise.resolve(run(args, context)),
};

function run(args: readonly string[], context: ToolContext): number {
  const request = requestOf(args);
  if (typeof request === "string") {
    context.complain(`${request}\n\n${USAGE}`);
    return 2;
  }
  const imported = readSource(request);
  const there = readTarget(request.into);
  if (!(imported instanceof Error || there instanceof Error)) {
    return apply(request, { imported, there, context });
  }
  for (const failed of [imported, there]) {
    if (failed instanceof Error) context.complain(failed.message);
  }
  return 1;
}

interface Work {
  readonly imported: Imported;
  readonly there: readonly TagFields[];
  readonly context: ToolContext;
}

function apply(request: Request, { imported, there, context }: Work): number {
  const { source, into, mode, isAtomic, isDryRun } = request;
  for (const { line, column, message } of imported.problems) {
    context.complain(`${source}:${line}: ${column === undefined ? "" : `${column}: `}${message}`);
  }
  if (isAtomic && imported.problems.length > 0) {
    context.complain(`nothing was changed: --atomic, and ${count(imported.problems, "problem")}`);
    return 1;
  }
  const unique = withoutDoubles(imported, source, context);
  const merged = mergeTags(there, unique, mode);
  report(merged, imported, context);
  if (isDryRun) context.print("nothing was written: --dry-run");
  else if (merged.created.length + merged.changed.length + merged.deleted.length > 0) {
    writeFileSync(`${into}.new`, TAG_TABLES.write(merged.tags), { flush: true });
    renameSync(`${into}.new`, into);
  }
  return imported.problems.length > 0 ? 1 : 0;
}

function requestOf(args: readonly string[]): Request | string {
  try {
    return checked(
      parseArgs({
        args: [...args],
        allowPositionals: true,
        options: {
          into: { type: "string" },
          mode: { type: "string", default: "create" },
          format: { type: "string" },
          unit: { type: "string" },
          atomic: { type: "boolean", default: false },
          "dry-run": { type: "boolean", default: false },
          "byte-order": { type: "string" },
          "zero-based": { type: "boolean", default: false },
        },
      }),
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface Parsed {
  readonly positionals: readonly string[];
  readonly values: {
    readonly into?: string;
    readonly mode: string;
    readonly format?: string;
    readonly unit?: string;
    readonly atomic: boolean;
    readonly "dry-run": boolean;
    readonly "byte-order"?: string;
    readonly "zero-based": boolean;
  };
}

function checked({ values, positionals }: Parsed): Request | string {
  const [source, ...more] = positionals;
  const { into } = values;
  if (source === undefined || more.length > 0) return "name one file to read";
  if (into === undefined) return "name the table to write with --into FILE";
  const wrong = wrongWord(values);
  if (wrong !== undefined) return wrong;
  const byteOrder = oneOf(GENERAL_BYTE_ORDERS, values["byte-order"]);
  return {
    source,
    into,
    mode: oneOf(MERGE_MODES, values.mode) ?? "create",
    format: oneOf(FORMATS, values.format),
    unit: values.unit === undefined ? undefined : Number(values.unit),
    isAtomic: values.atomic,
    isDryRun: values["dry-run"],
    options: { zeroBased: values["zero-based"], ...(byteOrder !== undefined && { byteOrder }) },
  };
}

/** Why an option says nothing that we know. */
function wrongWord({
  mode,
  format,
  unit,
  "byte-order": order,
}: Parsed["values"]): string | undefined {
  const choices = [
    ["mode", mode, MERGE_MODES],
    ["format", format, FORMATS],
    ["byte order", order, GENERAL_BYTE_ORDERS],
  ] as const;
  for (const [what, word, known] of choices) {
    if (word !== undefined && oneOf(known, word) === undefined) {
      return `there is no ${what} "${word}"; there are: ${known.join(", ")}`;
    }
  }
  return unit === undefined || /^\d{1,3}$/.test(unit) ? undefined : `"${unit}" is not a unit`;
}

function oneOf<Name extends string>(
  names: readonly Name[],
  text: string | undefined,
): Name | undefined {
  return names.find((name) => name === text);
}

function readSource({ source, format, unit, options }: Request): Imported | Error {
  const text = textOf(source);
  if (text instanceof Error) return text;
  const imported = READERS[format ?? formatOf(text)](text, options);
  const units = new Set(imported.tags.map((tag) => tag.unit));
  if (unit === undefined) {
    return units.size <= 1
      ? imported
      : new Error(
          `${source} has tags of the units ${[...units].join(", ")}; choose one with --unit`,
        );
  }
  return { ...imported, tags: imported.tags.filter((tag) => tag.unit === unit) };
}

const READERS: Readonly<Record<Format, (text: string, options: ImportOptions) => Imported>> = {
  own: (text) => ({ ...TAG_TABLES.read(text), groups: new Map(), ignored: [] }),
  kepware: importKepware,
  neuron: (text) => importNeuron(text),
  ignition: importIgnition,
};

function formatOf(text: string): Format {
  if (isIgnition(text)) return "ignition";
  if (isKepware(text)) return "kepware";
  return isNeuron(text) ? "neuron" : "own";
}

/** The tags that are in the table already; a table with mistakes is not written over. */
function readTarget(into: string): readonly TagFields[] | Error {
  if (!existsSync(into)) return [];
  const text = textOf(into);
  if (text instanceof Error) return text;
  const { tags, problems } = TAG_TABLES.read(text);
  if (problems.length === 0) return tags.map(({ fields }) => fields);
  const lines = problems.map(({ line, message }) => `${into}:${line}: ${message}`);
  return new Error(`${lines.join("\n")}\nnothing was changed: mend ${into} first`);
}

function textOf(file: string): string | Error {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new Error(`${file} cannot be read: ${why}`, { cause });
  }
}

/** The first of several tags with one name counts; the others are told. */
function withoutDoubles(
  { tags }: Imported,
  source: string,
  context: ToolContext,
): readonly TagFields[] {
  const names = new Set<string>();
  return tags.flatMap(({ line, fields }) => {
    const name = nameOf(fields);
    if (!names.has(name)) {
      names.add(name);
      return [fields];
    }
    context.complain(`${source}:${line}: "${name}" stands there twice; this one is left out`);
    return [];
  });
}

function report(merged: Merged, imported: Imported, context: ToolContext): void {
  const { created, changed, deleted, untouched } = merged;
  context.print(
    `${created.length} created, ${changed.length} changed, ${deleted.length} deleted, ${untouched.length} untouched`,
  );
  if (imported.ignored.length > 0) {
    context.print(`not taken, since there is no counterpart: ${imported.ignored.join(", ")}`);
  }
  if (imported.groups.size === 0) return;
  context.print("the device needs these groups:");
  for (const [name, interval] of imported.groups) {
    context.print(`  ${name}: { interval: ${interval} }`);
  }
}

function count(problems: readonly TableProblem[], word: string): string {
  return `${problems.length} ${word}${problems.length === 1 ? "" : "s"}`;
}
