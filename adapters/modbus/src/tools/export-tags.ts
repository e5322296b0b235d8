/** `unshub modbus export`: the tags of a device as a table, with those of its template and its tables. */
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ConfigError, describeProblem, type AdapterTool, type ToolContext } from "@unshub/adapter";
import { gatherDevice, Templates } from "../config/tag-sources.ts";
import type { TagFields } from "@unshub/adapter/table";
import { TAG_TABLES } from "../csv/tag-fields.ts";

const USAGE = `unshub modbus export --device NAME [-c FILE] [--adapter NAME]
  Prints the tags of a device as a table that \`tagFile\` and \`unshub modbus import\` read, with those of its template.
  FILE is ./unshub.yaml unless named; --adapter chooses among several Modbus entries.`;

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
    },
  });
  const entry = await context.readEntry(values.config, values.adapter);
  const devices = devicesOf(entry);
  const device = devices.find((each) => nameOf(each) === values.device);
  if (device === undefined) {
    const names = devices.map(nameOf).join(", ");
    context.complain(`there is no device "${values.device ?? ""}"; there are: ${names}`);
    return 2;
  }
  const templates = new Templates({ folder: dirname(resolve(values.config)) });
  const { input, problems } = gatherDevice(device, templates);
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
