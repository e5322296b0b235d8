/** A tool of the engineer, run in this process. */
import type { AdapterTool, ToolContext } from "@unshub/adapter";

export interface ToolOutcome {
  readonly code: number;
  readonly out: string;
  readonly errors: string;
}

export interface ToolWishes {
  readonly entry?: unknown;
  /** Aborted: Ctrl-C. */
  readonly signal?: AbortSignal;
  /** Hears each line. */
  readonly heard?: (line: string) => void;
}

export async function runTool(
  tool: AdapterTool,
  args: readonly string[],
  { entry, signal = new AbortController().signal, heard }: ToolWishes = {},
): Promise<ToolOutcome> {
  const out: string[] = [];
  const errors: string[] = [];
  const context: ToolContext = {
    print: (line) => {
      out.push(line);
      heard?.(line);
    },
    complain: (line) => errors.push(line),
    signal,
    now: () => 0,
    readEntry: () => Promise.resolve(entry),
    foldersOf: () => Promise.reject(new Error("a tool of Modbus has no files of its own")),
  };
  const code = await tool.run(args, context);
  return { code, out: out.join("\n"), errors: errors.join("\n") };
}
