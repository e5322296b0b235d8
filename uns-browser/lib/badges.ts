/** The counts in the navigation: only what somebody has to do something about. */
import { parseCommands } from "./commands.ts";

/** How many commands wait for a second person. */
export function parseBadges(value: unknown): number | null {
  const commands = parseCommands(value);
  return commands?.filter(({ outcome }) => outcome?.result === "waiting").length ?? null;
}
