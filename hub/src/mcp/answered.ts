/** What becomes of an error in a tool. */
import { ToolFault, type McpRooms } from "./rooms.ts";
import { cut } from "./texts.ts";

interface Failed {
  readonly content: { type: "text"; text: string }[];
  readonly isError: true;
  readonly [key: string]: unknown;
}

/** What the caller did wrong is an answer; what is our fault is in the log, and he learns only that it is. */
export async function answered<Result>(
  { log }: Pick<McpRooms, "log">,
  act: () => Promise<Result>,
): Promise<Result | Failed> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof ToolFault)) log.error({ error }, "an MCP tool failed");
    const text = error instanceof ToolFault ? cut(error.message) : "the hub could not do this";
    return { content: [{ type: "text", text }], isError: true };
  }
}
