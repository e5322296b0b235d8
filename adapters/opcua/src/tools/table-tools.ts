/** `unshub opcua import|export`: tags of a table into the table of an entry, and the tags of an entry as one table. */
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { describeProblem, type AdapterTool, type ToolContext } from "@unshub/adapter";
import {
  importIntoTable,
  isIgnition,
  MERGE_MODES,
  tableText,
  type IncomingTags,
  type TagFields,
} from "@unshub/adapter/table";
import { gatherTags } from "../config/tag-sources.ts";
import { TAG_TABLES } from "../config/tag-table.ts";
import { readKnownNamespaces } from "../known-namespaces.ts";
import { byUri, nodeAddressText, parseNodeAddress } from "../node-id.ts";
import { ignitionTags } from "./ignition-tags.ts";
import { tool, ToolUsageError } from "./run-tool.ts";

export const importTool: AdapterTool = tool(
  {
    name: "import",
    summary: "tags of a table into the table of an entry",
    usage: `unshub opcua import SOURCE --into FILE [--mode MODE] [--atomic] [--dry-run]
  Reads tags from SOURCE, a table as \`browse --csv\` and \`export\` print it or the JSON of Ignition, and puts them into FILE,
  which an entry names as tagFile.
  MODE is what happens to tags whose name exists:
    create           they stay as they are (default)
    delete           they are removed, and nothing is added
    overwrite        they become as SOURCE says
    merge-safe       they get the keys that they do not have yet
    merge-overwrite  they get every key that SOURCE gives
  --atomic   does nothing at all when a single tag of SOURCE cannot be taken
  --dry-run  says what would happen`,
  },
  (args, context) => Promise.resolve(importTags(args, context)),
);

export const exportTool: AdapterTool = tool(
  {
    name: "export",
    summary: "the tags of an entry as a table",
    usage: `unshub opcua export [-c FILE] [--adapter NAME]
  Prints the tags of an entry, also those of its tables, as one table that \`tagFile\` and \`import\` read. Nodes by index
  (ns=2;…) are written by URI (nsu=…;…) once the adapter has been connected. Tags that browse rules find are not among them; see
  \`browse -c FILE --csv\`. FILE is ./unshub.yaml unless named.`,
  },
  exportTags,
);

function importTags(args: readonly string[], context: ToolContext): number {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      into: { type: "string" },
      mode: { type: "string", default: "create" },
      atomic: { type: "boolean", default: false },
      "dry-run": { type: "boolean", default: false },
    },
  });
  const [source, ...more] = positionals;
  if (source === undefined || more.length > 0) throw new ToolUsageError("name one file to read");
  if (values.into === undefined) {
    throw new ToolUsageError("name the table to write with --into FILE");
  }
  const mode = MERGE_MODES.find((each) => each === values.mode);
  if (mode === undefined) {
    const known = MERGE_MODES.join(", ");
    throw new ToolUsageError(`there is no mode "${values.mode}"; there are: ${known}`);
  }
  const request = {
    source,
    into: values.into,
    mode,
    isAtomic: values.atomic,
    isDryRun: values["dry-run"],
  };
  const isWhole = importIntoTable(TAG_TABLES, request, {
    incoming: incomingOf(source, context),
    console: context,
  });
  return isWhole ? 0 : 1;
}

function incomingOf(source: string, context: ToolContext): IncomingTags | Error {
  const text = tableText(source);
  if (text instanceof Error) return text;
  if (!isIgnition(text)) return TAG_TABLES.read(text);
  const { ignored, ...incoming } = ignitionTags(text);
  if (ignored.length > 0) {
    context.print(`not taken, since there is no counterpart: ${ignored.join(", ")}`);
  }
  return incoming;
}

async function exportTags(args: readonly string[], context: ToolContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      config: { type: "string", short: "c", default: "unshub.yaml" },
      adapter: { type: "string" },
    },
  });
  const entry = await context.readEntry(values.config, values.adapter);
  const written: object = typeof entry === "object" && entry !== null ? entry : {};
  const { tags, problems } = gatherTags(written, { folder: dirname(resolve(values.config)) });
  for (const problem of problems) context.complain(describeProblem(problem));
  const namespaces = await namespacesOf(written, values, context);
  const rows = tags
    .flatMap(({ fields }) => fieldsOf(fields))
    .map((row) => byUriIn(row, namespaces));
  context.print(TAG_TABLES.write(rows).trimEnd());
  const left = rows.filter((row) => /^ns=[1-9]/.test(String(row["node"]))).length;
  if (left > 0) context.complain(`${left} nodes stay by index (ns=…): ${STAYS}`);
  return problems.length > 0 ? 1 : 0;
}

const STAYS =
  "which namespace that is, nobody knows before the adapter has been connected to this server";

/** As the adapter saw them when it was connected last. */
async function namespacesOf(
  written: object,
  { config, adapter }: { readonly config: string; readonly adapter?: string | undefined },
  context: ToolContext,
): Promise<readonly string[]> {
  const endpoint: unknown = Reflect.get(written, "endpoint");
  const [first]: unknown[] = [endpoint, Reflect.get(written, "endpoints")].flat();
  const { dataDir } = await context.foldersOf(config, adapter);
  const server = typeof endpoint === "string" ? endpoint : first;
  if (typeof server !== "string") return [];
  return (await readKnownNamespaces(dataDir, server)) ?? [];
}

function byUriIn(row: TagFields, namespaces: readonly string[]): TagFields {
  const node: unknown = row["node"];
  const parsed = typeof node === "string" ? parseNodeAddress(node) : undefined;
  if (parsed === undefined || !("address" in parsed)) return row;
  const address = byUri(parsed.address, namespaces);
  return address === undefined ? row : { ...row, node: nodeAddressText(address) };
}

/** As written: what stands there besides, `unshub check` says. */
function fieldsOf(fields: unknown): readonly TagFields[] {
  return typeof fields === "object" && fields !== null ? [{ ...fields }] : [];
}
