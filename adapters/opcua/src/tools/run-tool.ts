/** What all tools do alike: what is wrong with their arguments, the configuration or a server becomes a sentence. */
import { ConfigError, type AdapterTool, type ToolContext } from "@unshub/adapter";
import { OpcUaError } from "../errors.ts";

/** The caller's mistake. */
export class ToolUsageError extends Error {
  override readonly name = "ToolUsageError";
}

/** A tool whose failures are lines. Exit code: that of `run`; 2 for the caller's mistakes, 1 when the server did not do. */
export function tool(
  about: Omit<AdapterTool, "run">,
  run: (args: readonly string[], context: ToolContext) => Promise<number>,
): AdapterTool {
  return {
    ...about,
    run: async (args, context) => {
      try {
        return await run(args, context);
      } catch (error) {
        if (error instanceof OpcUaError) {
          context.complain(error.message);
          return 1;
        }
        if (!isMistake(error)) throw error;
        context.complain(`${error.message}\n\n${about.usage}`);
        return 2;
      }
    },
  };
}

/** A TypeError with a code is one of `parseArgs`, with a sentence of its own. */
function isMistake(error: unknown): error is Error {
  if (error instanceof ToolUsageError || error instanceof ConfigError) return true;
  return error instanceof TypeError && Reflect.get(error, "code") !== undefined;
}
