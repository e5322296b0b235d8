/** One tool, whatever the protocol around it. */
import type { z } from "zod";
import type { Action } from "../identity/index.ts";
import type { Sight } from "../feed/index.ts";
import type { Answer } from "./answer.ts";
import { Elements } from "./elements.ts";
import type { McpCaller, McpRooms } from "./rooms.ts";

/** What a tool has when it is called. */
export interface Call {
  readonly rooms: McpRooms;
  readonly caller: McpCaller;
  readonly elements: Elements;
  /** The caller has gone, or wants no answer any more. */
  readonly signal: AbortSignal;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  /** What its answers are like; left out: nobody is told. */
  readonly output?: z.ZodObject;
  readonly needs: Action;
  /** @throws {ToolFault} what the caller did wrong. */
  run(args: unknown, call: Call): Promise<Answer>;
}

interface ToolParts<Input extends z.ZodObject> extends Omit<Tool, "input" | "run"> {
  readonly input: Input;
  run(args: z.output<Input>, call: Call): Promise<Answer> | Answer;
}

/** A tool with its arguments checked before it runs. */
export function tool<Input extends z.ZodObject>(parts: ToolParts<Input>): Tool {
  return { ...parts, run: async (args, call) => await parts.run(parts.input.parse(args), call) };
}

/** How many metrics are below a row and how they are, at this moment. */
export async function countsNow(
  { rooms, caller }: Call,
  row: number,
): Promise<ReturnType<Sight["counts"]>> {
  await rooms.tree.silences.catchUp(() => rooms.now());
  return caller.sight.counts(row);
}

export function callOf(rooms: McpRooms, caller: McpCaller, signal: AbortSignal): Call {
  return { rooms, caller, elements: new Elements(rooms, caller), signal };
}
