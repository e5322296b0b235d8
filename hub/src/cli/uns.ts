/** `unshub uns`: the plant by its paths, where rules put devices, and the plain topics that were cleared. */
import { z } from "zod";
import { loadConfig, ConfigFileError } from "../config/index.ts";
import { checkAdapterConfig } from "../supervisor/index.ts";
import { memberNamed, previewOf, type PreviewedPlace } from "../uns/placement/index.ts";
import {
  ASKING_OPTIONS,
  DEFAULT_HTTP_URL,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub, everyPage } from "./http.ts";
import { printable } from "./printable.ts";
import { PATH_WIDTH, textTable } from "./text-table.ts";
import { printPlant } from "./uns-plant.ts";

export const UNS_USAGE = `unshub uns [PATH] [--url ${DEFAULT_HTTP_URL}] [--json]
  The plant by its paths, or what stands below PATH (e.g. acme/dallas/line1).
unshub uns check [-c FILE] [GROUP/NODE[/DEVICE] …] [--url ${DEFAULT_HTTP_URL}] [--json]
  Where the rules in FILE (./unshub.yaml unless named) put these; without names, those of the running hub, and which of
  them would move. Changes nothing. Exit code 1 when one has no place of its own.
unshub uns cleared [--url ${DEFAULT_HTTP_URL}] [--json]
  The plain topics that were cleared because nothing stands there any more, and why.`;

const OPTIONS = {
  ...ASKING_OPTIONS,
  config: { type: "string", short: "c", default: "unshub.yaml" },
} as const;

interface Asked {
  readonly url: string;
  readonly json: boolean;
  readonly config: string;
}

export async function uns(args: readonly string[], console: Console): Promise<ExitCode> {
  const read = readArguments({ args: [...args], allowPositionals: true, options: OPTIONS });
  const [first, ...more] = read.positionals;
  if (first === "check") return await check(more, read.values, console);
  if (first === "cleared" && more.length === 0) return await cleared(read.values, console);
  if (more.length > 0) throw new UsageError("one PATH at most; quote paths that contain spaces");
  await printPlant(read.values, first ?? "", console);
  return 0;
}

/** Where somebody would stand, and where it stands now, when that is known. */
interface Checked extends PreviewedPlace {
  readonly now?: string;
}

async function check(names: readonly string[], asked: Asked, console: Console): Promise<ExitCode> {
  const rules = await placementIn(asked.config, console);
  if (rules === undefined) return 2;
  const places = names.length === 0 ? await placesNow(asked.url) : new Map(names.map(named));
  const checked = previewOf(rules, [...places.keys()].map(memberNamed)).map((place): Checked => {
    const now = places.get(place.member);
    return now === undefined ? place : { ...place, now };
  });
  for (const line of asked.json ? checked.map((one) => JSON.stringify(one)) : lines(checked))
    console.print(line);
  return checked.some(({ because }) => because !== undefined) ? 1 : 0;
}

async function placementIn(
  file: string,
  console: Console,
): Promise<Parameters<typeof previewOf>[0] | undefined> {
  try {
    return (await loadConfig(file, checkAdapterConfig)).uns.placement;
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    console.complain(error.message);
    return undefined;
  }
}

function named(name: string): readonly [string, undefined] {
  const parts = name.split("/");
  if (parts.length < 2 || parts.length > 3 || parts.includes(""))
    throw new UsageError(
      `"${name}": name a device as GROUP/NODE/DEVICE, an edge node as GROUP/NODE`,
    );
  return [name, undefined];
}

const placesSchema = z.object({
  rows: z.array(
    z.object({
      groupId: z.string(),
      edgeNodeId: z.string(),
      deviceId: z.string().optional(),
      path: z.string(),
    }),
  ),
  more: z.boolean(),
});

/** Devices and edge nodes of the running hub with their paths, in the order in which they came. */
async function placesNow(url: string): Promise<ReadonlyMap<string, string | undefined>> {
  const places = new Map<string, string | undefined>();
  const pages = everyPage(
    (from: number | undefined) => askHub(url, `/api/v1/uns/places?from=${from ?? 0}`, placesSchema),
    () => places.size,
  );
  for await (const { rows } of pages) {
    for (const { groupId, edgeNodeId, deviceId, path } of rows)
      places.set([groupId, edgeNodeId, deviceId].filter((id) => id !== undefined).join("/"), path);
  }
  return places;
}

function lines(checked: readonly Checked[]): readonly string[] {
  if (checked.length === 0)
    return ["The hub knows no devices yet; name some as GROUP/NODE/DEVICE."];
  const wrong = checked.filter(({ because }) => because !== undefined).length;
  const moved = checked.filter(isMoved).length;
  const rows = checked.map((one) => [one.member, one.path, remark(one)].map(printable));
  return [
    ...textTable(HEAD, rows),
    "",
    `${checked.length} in all, ${wrong} without a place of their own, ${moved} would move.`,
  ];
}

const HEAD = [
  ["SPARKPLUG", "left", PATH_WIDTH],
  ["PATH", "left", PATH_WIDTH],
  ["", "left"],
] as const;

function isMoved({ path, now }: Checked): boolean {
  return now !== undefined && now !== path;
}

function remark(one: Checked): string {
  const { rule, because, now = "" } = one;
  const said = [
    because ?? (rule === undefined ? "an edge node; no rule places it" : `rule ${rule}`),
  ];
  if (isMoved(one)) said.push(`now at ${now}`);
  return said.join("; ");
}

const clearedSchema = z.object({
  batches: z.array(
    z.object({
      at: z.number(),
      because: z.string(),
      count: z.number(),
      topics: z.array(z.string()),
    }),
  ),
});

async function cleared({ url, json }: Asked, console: Console): Promise<ExitCode> {
  const { batches } = await askHub(url, "/api/v1/uns/cleared", clearedSchema);
  for (const batch of batches) {
    const { at, because, count, topics } = batch;
    if (json) {
      console.print(JSON.stringify(batch));
      continue;
    }
    console.print(`${new Date(at).toISOString()}  ${count} topics: ${because}`);
    for (const topic of topics) console.print(printable(`  ${topic}`));
    const rest = count - topics.length;
    if (rest > 0) console.print(`  and ${rest} more: uns-cleared.jsonl in the data directory`);
  }
  if (batches.length === 0 && !json) console.print("Nothing was cleared since the hub started.");
  return 0;
}
