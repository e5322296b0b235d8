/** The entry of an adapter that somebody asks for by its name. */
import type { Configuration } from "../configuration/index.ts";
import { problem, type Problem } from "./problem.ts";
import { readsNode } from "./reading.ts";
import type { Caller } from "./who.ts";

export const TAGS_PATH = "/api/v1/adapters/:name/tags";

/** `undefined`: there is none, or the caller may not read its edge node. */
export function entryOf(
  configuration: Configuration,
  caller: Caller,
  name: string,
): Configuration["adapters"][number] | undefined {
  return configuration.adapters.find(
    (entry) => entry.name === name && readsNode(caller, entry.groupId, entry.edgeNodeId),
  );
}

export function noAdapter(name: string): Problem {
  return problem(404, `there is no adapter "${name}"`);
}
