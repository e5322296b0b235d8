/** `unshub modbus import`: tags of another program, or of a table, into a table that a device names as `tagFile`. */
import { parseArgs } from "node:util";
import type { AdapterTool, ToolContext } from "@unshub/adapter";
import { importIgnition } from "../csv/ignition.ts";
import type { Imported, ImportOptions } from "../csv/imported.ts";
import { importKepware, isKepware } from "../csv/kepware.ts";
import { importNeuron, isNeuron } from "../csv/neuron.ts";
import {
  importIntoTable,
  isIgnition,
  MERGE_MODES,
  tableText,
  type TableImport,
} from "@unshub/adapter/table";
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

interface Request extends TableImport {
  readonly format: Format | undefined;
  readonly unit: number | undefined;
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
  const isWhole = importIntoTable(TAG_TABLES, request, { incoming: imported, console: context });
  if (!(imported instanceof Error)) report(imported, context);
  return isWhole ? 0 : 1;
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
  const text = tableText(source);
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

function report(imported: Imported, context: ToolContext): void {
  if (imported.ignored.length > 0) {
    context.print(`not taken, since there is no counterpart: ${imported.ignored.join(", ")}`);
  }
  if (imported.groups.size === 0) return;
  context.print("the device needs these groups:");
  for (const [name, interval] of imported.groups) {
    context.print(`  ${name}: { interval: ${interval} }`);
  }
}
