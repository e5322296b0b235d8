/** `unshub bans`: who has to wait after failed logins, and how to let somebody try again. */
import { z } from "zod";
import {
  ASKING_OPTIONS,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub } from "./http.ts";
import { printList } from "./list.ts";
import { printable } from "./printable.ts";
import { textTable } from "./text-table.ts";

export const BANS_USAGE = `unshub bans [list [--json] | lift ADDRESS [NAME]] [--url URL]
  Who has to wait after failed logins, and until when. lift ends a wait early; without NAME, that of the whole address.
  Clients that a person keeps out are others: they stand at the page Clients and in /api/v1/clients.`;

const nothing = z.looseObject({});
const bansAnswer = z.object({
  bans: z.array(
    z.object({
      address: z.string(),
      name: z.string().optional(),
      failures: z.number(),
      until: z.number(),
    }),
  ),
});
const COLUMNS = [
  ["address", "left"],
  ["name", "left"],
  ["failed", "right"],
  ["until", "left"],
] as const;

export async function bans(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: ASKING_OPTIONS,
  });
  const [what = "list", address = "", name] = positionals;
  if (what === "list") return await list(values, console);
  if (what !== "lift" || address === "") throw new UsageError(BANS_USAGE);
  const query = name === undefined ? "" : `?name=${encodeURIComponent(name)}`;
  await askHub(
    values.url,
    `/api/v1/bans/${encodeURIComponent(address)}${query}`,
    nothing,
    "DELETE",
  );
  console.print(printable(`${name ?? "everybody"} at ${address} may try again`));
  return 0;
}

async function list(
  { url, json }: { readonly url: string; readonly json: boolean },
  console: Console,
): Promise<ExitCode> {
  const { bans: found } = await askHub(url, "/api/v1/bans", bansAnswer);
  const rows = found.map(({ address, name, failures, until }) => [
    address,
    name ?? "everybody",
    String(failures),
    new Date(until).toISOString(),
  ]);
  printList(found, { json, table: () => textTable(COLUMNS, rows) }, console);
  return 0;
}
