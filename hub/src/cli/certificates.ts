/** `unshub certificates`: the births that a running hub keeps for those who come late, and how to delete them. */
import { z } from "zod";
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
import { shortDuration, textTable } from "./text-table.ts";

export const CERTIFICATES_USAGE = `unshub certificates [list | delete GROUP/NODE[/DEVICE]] [--url ${DEFAULT_HTTP_URL}] [--json]
  Lists the birth certificates that the hub keeps, or deletes those of an edge node with all its devices,
  or of one device. They come again with the next birth.`;

const PATH = "/api/v1/certificates";

const certificateSchema = z.object({
  id: z.string(),
  bytes: z.number(),
  metrics: z.number(),
  timestamp: z.number().optional(),
});
const listSchema = z.object({
  certificates: z.array(z.looseObject(certificateSchema.shape)),
  more: z.boolean(),
});
const deletedSchema = z.object({ deleted: z.number() });

type Page = z.output<typeof listSchema>;
type Certificate = Page["certificates"][number];

interface Asked {
  readonly url: string;
  readonly json: boolean;
}

export async function certificates(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: ASKING_OPTIONS,
  });
  const [what = "list", id, ...more] = positionals;
  const isComplete = more.length === 0 && (what === "list") === (id === undefined);
  if (isComplete && what === "list") return await list(values, console);
  if (isComplete && id !== undefined && what === "delete") return await remove(id, values, console);
  throw new UsageError(CERTIFICATES_USAGE);
}

async function list({ url, json }: Asked, console: Console): Promise<ExitCode> {
  const all: Certificate[] = [];
  for await (const certificate of everyCertificate(url)) {
    if (json) console.print(JSON.stringify(certificate));
    else all.push(certificate);
  }
  if (json) return 0;
  if (all.length === 0) console.print("No birth certificates.");
  else for (const line of textTable(HEAD, all.map(cells))) console.print(line);
  return 0;
}

async function* everyCertificate(url: string): AsyncGenerator<Certificate> {
  const ask = async (after: string | undefined): Promise<Page> => {
    const query = after === undefined ? "" : `?after=${encodeURIComponent(after)}`;
    return await askHub(url, `${PATH}${query}`, listSchema);
  };
  for await (const page of everyPage(ask, ({ certificates: rows }) => rows.at(-1)?.id))
    yield* page.certificates;
}

const HEAD = [
  ["CERTIFICATE", "left"],
  ["BORN", "right"],
  ["METRICS", "right"],
  ["BYTES", "right"],
] as const;

function cells({ id, bytes, metrics, timestamp }: Certificate): readonly string[] {
  const age = timestamp === undefined ? "" : shortDuration(Date.now() - timestamp);
  return [printable(id), age, String(metrics), String(bytes)];
}

async function remove(id: string, { url, json }: Asked, console: Console): Promise<ExitCode> {
  const ids = id.split("/");
  if (ids.length < 2 || ids.length > 3 || ids.includes(""))
    throw new UsageError(
      `"${id}" is no edge node or device; write GROUP/NODE or GROUP/NODE/DEVICE`,
    );
  const path = `${PATH}/${ids.map(encodeURIComponent).join("/")}`;
  const { deleted } = await askHub(url, path, deletedSchema, "DELETE");
  if (json) console.print(JSON.stringify({ id, deleted }));
  else console.print(printable(`${id}: ${deleted} birth certificate(s) deleted.`));
  return 0;
}
