/** `unshub adapters`: which there are and how they stand; stops one, and starts it again. */
import { z } from "zod";
import {
  ASKING_OPTIONS,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub, Put } from "./http.ts";
import { printList } from "./list.ts";
import { printable } from "./printable.ts";
import { textTable } from "./text-table.ts";

export const ADAPTERS_USAGE = `unshub adapters [list [--json] | stop NAME [--because WHY] | start NAME] [--url URL]
  How the hub's adapters stand. stop ends one until somebody starts it: it stands in the file then as enabled: false, with
  who it was, and stays so when the hub starts again; its metrics keep their last values and are offline.`;

const nothing = z.looseObject({});
const adaptersAnswer = z.object({
  adapters: z.array(
    z.object({
      name: z.string(),
      protocol: z.string(),
      groupId: z.string(),
      edgeNodeId: z.string(),
      status: z.string(),
      devices: z.array(z.looseObject({ state: z.string() })),
      stopped: z.object({ by: z.string().optional(), because: z.string().optional() }).optional(),
    }),
  ),
});
const COLUMNS = [
  ["adapter", "left"],
  ["protocol", "left"],
  ["edge node", "left"],
  ["state", "left"],
  ["online", "right"],
  ["devices", "right"],
] as const;

export async function adapters(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: { ...ASKING_OPTIONS, because: { type: "string" } },
  });
  const [what = "list", name = "", ...more] = positionals;
  if (what === "list" && name === "") return await list(values, console);
  if ((what !== "stop" && what !== "start") || name === "" || more.length > 0)
    throw new UsageError(ADAPTERS_USAGE);
  const { because } = values;
  const stop = { name, ...(because !== undefined && { because }) };
  const wish = new Put(what === "start" ? { start: name } : { stop });
  await askHub(values.url, "/api/v1/adapter-entries", nothing, wish);
  console.print(printable(`adapter ${name} is ${what === "stop" ? "stopped" : "started"}`));
  return 0;
}

async function list(
  { url, json }: { readonly url: string; readonly json: boolean },
  console: Console,
): Promise<ExitCode> {
  const { adapters: found } = await askHub(url, "/api/v1/adapters", adaptersAnswer);
  const rows = found.map(({ name, protocol, groupId, edgeNodeId, devices, ...rest }) => [
    name,
    protocol,
    `${groupId}/${edgeNodeId}`,
    stateOf(rest),
    String(devices.filter(({ state }) => state === "online").length),
    String(devices.length),
  ]);
  printList(found, { json, table: () => textTable(COLUMNS, rows) }, console);
  return 0;
}

function stateOf({
  status,
  stopped,
}: Pick<z.output<typeof adaptersAnswer>["adapters"][number], "status" | "stopped">): string {
  if (stopped === undefined) return status;
  const { by, because } = stopped;
  const who = by === undefined ? "stopped" : `stopped by ${by}`;
  return because === undefined ? who : `${who}: ${because}`;
}
