/** `unshub PROTOCOL TOOL …`: the tools that an adapter brings for the engineer. */
import {
  ConfigError,
  type AdapterFolders,
  type AdapterTool,
  type ToolContext,
} from "@unshub/adapter";
import { readWrittenEntry, readWrittenHome } from "../config/index.ts";
import { adapterFolders, adapterProtocols, loadAdapter } from "../supervisor/index.ts";
import { UsageError, type Console, type ExitCode } from "./arguments.ts";

/** Runs the tools of the adapter for `protocol`; `undefined` when there is no such adapter. */
export function adapterTools(
  protocol: string,
): ((args: readonly string[], console: Console) => Promise<ExitCode>) | undefined {
  if (!adapterProtocols().includes(protocol)) return undefined;
  return async (args, console) => {
    const { tools = [] } = await loadAdapter(protocol);
    return await runTool({ protocol, tools, console }, args);
  };
}

interface Toolbox {
  readonly protocol: string;
  readonly tools: readonly AdapterTool[];
  readonly console: Console;
}

async function runTool(toolbox: Toolbox, args: readonly string[]): Promise<ExitCode> {
  const { protocol, tools, console } = toolbox;
  const [name, ...rest] = args;
  const tool = tools.find((each) => each.name === name);
  if (tool === undefined) {
    const isAsked = name === "help" || name === "--help" || name === "-h";
    const unknown = name === undefined || isAsked ? "" : `There is no tool "${name}".\n\n`;
    if (isAsked) console.print(listOf(toolbox));
    else console.complain(`${unknown}${listOf(toolbox)}`);
    return isAsked ? 0 : 2;
  }
  if (rest.some((arg) => arg === "--help" || arg === "-h")) {
    console.print(tool.usage);
    return 0;
  }
  try {
    return exitCode(await tool.run(rest, contextOf(protocol, console)));
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function listOf({ protocol, tools }: Toolbox): string {
  if (tools.length === 0) return `The adapter for ${protocol} has no tools.`;
  const width = Math.max(...tools.map(({ name }) => name.length));
  return [
    `Tools of ${protocol}:`,
    ...tools.map(({ name, summary }) => `  unshub ${protocol} ${name.padEnd(width)}  ${summary}`),
    "With --help each says how it is used.",
  ].join("\n");
}

function contextOf(protocol: string, console: Console): ToolContext {
  return {
    print: (line) => console.print(line),
    complain: (line) => console.complain(line),
    signal: console.stop,
    now: () => Date.now(),
    readEntry: (file, name) => Promise.resolve(readWrittenEntry(file, { protocol, name })),
    foldersOf: (file, name) => Promise.resolve(foldersOf(file, { protocol, name })),
  };
}

function foldersOf(file: string, choice: Parameters<typeof readWrittenHome>[1]): AdapterFolders {
  const { name, dataDir } = readWrittenHome(file, choice);
  return adapterFolders(dataDir, { name, protocol: choice.protocol });
}

function exitCode(code: number): ExitCode {
  return code === 0 || code === 2 ? code : 1;
}
