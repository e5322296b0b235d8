/** `unshub modbus export`: the tags of a device as a table, with those of its template and its tables. */
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import {
  ConfigError,
  describeProblem,
  type AdapterTool,
  type ConfigPlace,
  type ExportedTags,
  type ToolContext,
} from "@unshub/adapter";
import { gatherDevice, Templates } from "../config/tag-sources.ts";
import type { TagFields } from "@unshub/adapter/table";
import { EXPORT_FORMATS, exportTags } from "../csv/export/index.ts";
import { TAG_TABLES } from "../csv/tag-fields.ts";

const OWN = "own";

const USAGE = `unshub modbus export --device NAME [-c FILE] [--adapter NAME] [--format own|kepware|neuron|ignition]
  Prints the tags of a device as a table that \`tagFile\` and \`unshub modbus import\` read, with those of its template.
  FILE is ./unshub.yaml unless named; --adapter chooses among several Modbus entries.
  --format  prints a file of Kepware, Neuron or Ignition instead. What it cannot say is told on stderr, tag by tag; exit
            code 1 when a tag is left out.`;

export const exportTool: AdapterTool = {
  name: "export",
  summary: "the tags of a device as a table",
  usage: USAGE,
  run: async (args, context) => {
    try {
      return await run(args, context);
    } catch (error) {
      if (!(error instanceof ConfigError || error instanceof TypeError)) throw error;
      context.complain(`${error.message}\n\n${USAGE}`);
      return 2;
    }
  },
};

async function run(args: readonly string[], context: ToolContext): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      device: { type: "string" },
      config: { type: "string", short: "c", default: "unshub.yaml" },
      adapter: { type: "string" },
      format: { type: "string", default: OWN },
    },
  });
  const { format } = values;
  if (format !== OWN && !EXPORT_FORMATS.includes(format)) {
    const known = [OWN, ...EXPORT_FORMATS].join(", ");
    context.complain(`there is no format "${format}"; there are: ${known}`);
    return 2;
  }
  const entry = await context.readEntry(values.config, values.adapter);
  const devices = devicesOf(entry);
  const device = devices.find((each) => nameOf(each) === values.device);
  if (device === undefined) {
    const names = devices.map(nameOf).join(", ");
    context.complain(`there is no device "${values.device ?? ""}"; there are: ${names}`);
    return 2;
  }
  const place = { folder: dirname(resolve(values.config)) };
  if (format === OWN) return exportTable(device, place, context);
  const exported = exportTags(entry, place, { deviceId: nameOf(device), format });
  return exported === undefined ? 1 : tell(exported, context);
}

/** For another program. */
function tell({ text, notes, losses }: ExportedTags, context: ToolContext): number {
  context.print(text.trimEnd());
  for (const note of notes) context.complain(note);
  for (const { tag, isLeftOut, what } of losses) {
    context.complain(isLeftOut ? `${tag}: left out, ${what}` : `${tag}: not carried: ${what}`);
  }
  return losses.some(({ isLeftOut }) => isLeftOut) ? 1 : 0;
}

/** Our own table. */
function exportTable(device: object, place: ConfigPlace, context: ToolContext): number {
  const { input, problems } = gatherDevice(device, new Templates(place));
  for (const problem of problems) context.complain(describeProblem(problem));
  const tags = tagsOf(input);
  const nested = tags.filter((tag) => "members" in tag || "date" in tag).map(nameOf);
  if (nested.length > 0) {
    context.complain(`a table cannot hold members and dates; left out: ${nested.join(", ")}`);
  }
  const flat = tags.filter((tag) => !("members" in tag) && !("date" in tag));
  context.print(TAG_TABLES.write(flat).trimEnd());
  return problems.length + nested.length > 0 ? 1 : 0;
}

/** Of the only link of the entry, or of all. */
function devicesOf(entry: unknown): readonly object[] {
  if (!isObject(entry)) return [];
  if ("links" in entry && Array.isArray(entry.links)) return entry.links.flatMap(devicesOf);
  if (!("devices" in entry) || !Array.isArray(entry.devices)) return [];
  return entry.devices.filter(isObject);
}

function tagsOf(device: unknown): readonly TagFields[] {
  if (!isObject(device) || !("tags" in device) || !Array.isArray(device.tags)) return [];
  return device.tags.filter(isObject).map((tag) => ({ ...tag }));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function nameOf(thing: object): string {
  return "name" in thing && typeof thing.name === "string" ? thing.name : "";
}
