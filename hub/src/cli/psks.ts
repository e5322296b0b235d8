/** `unshub psk`: shared keys of devices that cannot hold certificates. */
import { z } from "zod";
import {
  ASKING_OPTIONS,
  GRANT_OPTIONS,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub, Put } from "./http.ts";
import { printList } from "./list.ts";
import { textTable } from "./text-table.ts";

export const PSK_USAGE = `unshub psk list [--json] | add NAME | delete NAME  [--url URL] [--role ROLE] [--grant 'GRANT']…
  Shared keys for listeners.psk (TLS-PSK); one is shown once, when it is made. The device says NAME as its identity:
  mosquitto_pub --psk-identity NAME --psk KEY …`;

const nothing = z.looseObject({});
const keyAnswer = z.object({ key: z.string() });
const listAnswer = z.object({
  psks: z.array(
    z.object({
      name: z.string(),
      role: z.string(),
      grants: z.array(z.string()),
      createdAt: z.number(),
    }),
  ),
});
const COLUMNS = [
  ["name", "left"],
  ["role", "left"],
  ["since", "left"],
  ["grants", "left"],
] as const;

export async function psk(args: readonly string[], console: Console): Promise<ExitCode> {
  const { values, positionals } = readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...ASKING_OPTIONS,
      ...GRANT_OPTIONS,
    },
  });
  const { url, json, role, grant } = values;
  const [what = "list", name = ""] = positionals;
  if (what !== "list" && name === "") throw new UsageError(`${what} needs a name`);
  const path = `/api/v1/psks/${encodeURIComponent(name)}`;
  switch (what) {
    case "add": {
      const { key } = await askHub(url, path, keyAnswer, new Put({ role, grants: grant }));
      console.complain(`psk ${name}: ${role}; its key is shown this once:`);
      console.print(key);
      return 0;
    }
    case "delete":
      await askHub(url, path, nothing, "DELETE");
      console.print(`psk ${name} is gone`);
      return 0;
    case "list":
      return await list({ url, json }, console);
    default:
      throw new UsageError(PSK_USAGE);
  }
}

async function list(
  { url, json }: { readonly url: string; readonly json: boolean },
  console: Console,
): Promise<ExitCode> {
  const { psks } = await askHub(url, "/api/v1/psks", listAnswer);
  const rows = psks.map(({ name, role, createdAt, grants }) => [
    name,
    role,
    new Date(createdAt).toISOString().slice(0, 10),
    grants.join("; "),
  ]);
  printList(psks, { json, table: () => textTable(COLUMNS, rows) }, console);
  return 0;
}
