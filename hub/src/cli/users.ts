/** `unshub user`, `unshub token`: who may come in. */
import { randomBytes } from "node:crypto";
import { createInterface } from "node:readline/promises";
import { z } from "zod";
import { durationMs } from "@unshub/adapter";
import { firstAdminCode } from "../identity/index.ts";
import {
  ASKING_OPTIONS,
  CommandFailure,
  GRANT_OPTIONS,
  readArguments,
  UsageError,
  type Console,
  type ExitCode,
} from "./arguments.ts";
import { askHub, Put } from "./http.ts";
import { printList } from "./list.ts";
import { textTable } from "./text-table.ts";

export const USER_USAGE = `unshub user list [--json] | add NAME | delete NAME | first NAME  [--url URL]
    [--role viewer|operator|engineer|admin] [--grant 'GRANT']… [--disabled] [--code CODE] [--data-dir DIR]
  Who may come in. A password is read from UNSHUB_NEW_PASSWORD or asked for. \`first\` makes the first administrator with
  the code that the hub has written into its data directory. GRANT is e.g. node Plant1/gw-press, host scada1,
  read Plant1, command Plant1/gw-press/press-01 Setpoint*, rebirth Plant1, publish mes/#, subscribe mes/#, system.
  Commands log in with UNSHUB_TOKEN, or UNSHUB_USER and UNSHUB_PASSWORD.`;

export const TOKEN_USAGE = `unshub token list [--json] | add NAME | delete NAME  [--url URL]
    [--role ROLE] [--grant 'GRANT']… [--expires 90d]
  Secrets for programs; one is shown once, when it is made.`;

const nothing = z.looseObject({});
const usersAnswer = z.object({
  users: z.array(
    z.object({
      name: z.string(),
      role: z.string(),
      grants: z.array(z.string()),
      isDisabled: z.boolean(),
    }),
  ),
});
const tokensAnswer = z.object({
  tokens: z.array(
    z.object({
      name: z.string(),
      role: z.string(),
      grants: z.array(z.string()),
      expiresAt: z.number(),
      lastUsedAt: z.number().optional(),
    }),
  ),
});
const secretAnswer = z.object({ secret: z.string() });

const USER_COLUMNS = [
  ["name", "left"],
  ["role", "left"],
  ["grants", "left"],
] as const;
const TOKEN_COLUMNS = [
  ["name", "left"],
  ["role", "left"],
  ["until", "left"],
  ["last used", "left"],
  ["grants", "left"],
] as const;

interface Asked {
  readonly what: string;
  readonly name: string;
  readonly values: ReturnType<typeof read>["values"];
}

function read(args: readonly string[]) {
  return readArguments({
    args: [...args],
    allowPositionals: true,
    options: {
      ...ASKING_OPTIONS,
      ...GRANT_OPTIONS,
      disabled: { type: "boolean", default: false },
      code: { type: "string" },
      "data-dir": { type: "string", default: "./data" },
      expires: { type: "string", default: "90d" },
    },
  });
}

function asked(args: readonly string[], known: readonly string[]): Asked {
  const { values, positionals } = read(args);
  const [what = "list", name = ""] = positionals;
  if (!known.includes(what)) throw new UsageError(`what? ${known.join(", ")}`);
  if (what !== "list" && name === "") throw new UsageError(`${what} needs a name`);
  return { what, name, values };
}

export async function user(args: readonly string[], console: Console): Promise<ExitCode> {
  const { what, name, values } = asked(args, ["list", "add", "delete", "first"]);
  const { url, role, grant, disabled } = values;
  const path = `/api/v1/users/${encodeURIComponent(name)}`;
  switch (what) {
    case "add": {
      const body = { role, grants: grant, isDisabled: disabled, password: await newPassword() };
      await askHub(url, path, nothing, new Put(body));
      console.print(`user ${name}: ${role}`);
      return 0;
    }
    case "delete":
      await askHub(url, path, nothing, "DELETE");
      console.print(`user ${name} is gone`);
      return 0;
    case "first":
      await first(name, values);
      console.print(`${name} is the first administrator`);
      return 0;
    default:
      return await listUsers(values, console);
  }
}

async function listUsers({ url, json }: Asked["values"], console: Console): Promise<ExitCode> {
  const { users } = await askHub(url, "/api/v1/users", usersAnswer);
  const rows = users.map(({ name, role, grants, isDisabled }) => [
    name,
    isDisabled ? `${role} (disabled)` : role,
    grants.join("; "),
  ]);
  printList(users, { json, table: () => textTable(USER_COLUMNS, rows) }, console);
  return 0;
}

async function first(name: string, values: Asked["values"]): Promise<void> {
  const code = values.code ?? firstAdminCode(values["data-dir"]);
  if (code === undefined) {
    throw new CommandFailure(
      `there is no first-admin-code in ${values["data-dir"]}; name the folder with --data-dir, or the code with --code`,
    );
  }
  const body = { code, name, password: await newPassword() };
  await askHub(values.url, "/api/v1/first-admin", nothing, body);
}

export async function token(args: readonly string[], console: Console): Promise<ExitCode> {
  const { what, name, values } = asked(args, ["list", "add", "delete"]);
  const { url, role, grant } = values;
  const path = `/api/v1/tokens/${encodeURIComponent(name)}`;
  if (what === "add") {
    const lasts = durationMs.safeParse(values.expires);
    if (!lasts.success) throw new UsageError(`--expires ${values.expires}: write e.g. 90d`);
    const body = { role, grants: grant, expiresAt: Date.now() + lasts.data };
    const { secret } = await askHub(url, path, secretAnswer, new Put(body));
    console.complain(`token ${name}: ${role}; its secret is shown this once:`);
    console.print(secret);
    return 0;
  }
  if (what === "delete") {
    await askHub(url, path, nothing, "DELETE");
    console.print(`token ${name} is gone`);
    return 0;
  }
  const { tokens } = await askHub(url, "/api/v1/tokens", tokensAnswer);
  const rows = tokens.map(({ grants, expiresAt, lastUsedAt, ...each }) => [
    each.name,
    each.role,
    new Date(expiresAt).toISOString().slice(0, 10),
    lastUsedAt === undefined ? "-" : new Date(lastUsedAt).toISOString(),
    grants.join("; "),
  ]);
  printList(tokens, { json: values.json, table: () => textTable(TOKEN_COLUMNS, rows) }, console);
  return 0;
}

/** From the environment, or asked for where somebody can answer; else one is made and nobody knows it. */
async function newPassword(): Promise<string | undefined> {
  const given = process.env["UNSHUB_NEW_PASSWORD"];
  if (given !== undefined) return given;
  if (!process.stdin.isTTY) {
    throw new UsageError("name the new password in UNSHUB_NEW_PASSWORD, or run this in a terminal");
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question("New password (empty: one is made and shown): ");
    return answer === "" ? shown(randomBytes(18).toString("base64url")) : answer;
  } finally {
    terminal.close();
  }
}

function shown(password: string): string {
  process.stderr.write(`The password is ${password}\n`);
  return password;
}
