/** The commands of `unshub` and their exit codes. */
import { CommandFailure, UsageError, type Console, type ExitCode } from "./arguments.ts";
import { clients, CLIENTS_USAGE } from "./clients.ts";
import { check, CHECK_USAGE } from "./check.ts";
import { start, START_USAGE } from "./start.ts";
import { tail, TAIL_USAGE } from "./tail.ts";
import { tree, TREE_USAGE } from "./tree.ts";
import { write, WRITE_USAGE } from "./write.ts";

const COMMANDS: ReadonlyMap<
  string,
  (args: readonly string[], console: Console) => Promise<ExitCode>
> = new Map([
  ["start", start],
  ["check", check],
  ["tree", tree],
  ["tail", tail],
  ["write", write],
  ["clients", clients],
]);

const USAGE = [
  "UNS Hub: the unified namespace of a factory in one program.",
  START_USAGE,
  CHECK_USAGE,
  TREE_USAGE,
  TAIL_USAGE,
  WRITE_USAGE,
  CLIENTS_USAGE,
  "Exit codes: 0 done, 1 failed, 2 the caller's mistake.",
].join("\n\n");

/** Runs one command line, without the program's name. Never throws what the caller should have known. */
export async function run(args: readonly string[], console: Console): Promise<ExitCode> {
  const [name, ...rest] = args;
  const helpWanted = [name, ...rest].some(
    (arg) => arg === "help" || arg === "--help" || arg === "-h",
  );
  if (helpWanted || name === undefined) {
    console.print(USAGE);
    return helpWanted ? 0 : 2;
  }
  const command = COMMANDS.get(name);
  if (command !== undefined) return await runCommand(() => command(rest, console), console);
  console.complain(`There is no command "${name}".\n\n${USAGE}`);
  return 2;
}

async function runCommand(command: () => Promise<ExitCode>, console: Console): Promise<ExitCode> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof UsageError) && !(error instanceof CommandFailure)) throw error;
    console.complain(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}
