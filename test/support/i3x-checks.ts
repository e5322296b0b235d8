/**
 * The rules of i3X 1.0 one by one, as its conformance suite has them, asked over HTTP of any server. What one check finds
 * the next ones use.
 */
import { CORE, EXPLORE } from "./i3x-checks-explore.ts";
import { QUERY, UPDATE } from "./i3x-checks-query.ts";
import { SUBSCRIBE } from "./i3x-checks-subscribe.ts";
import type { I3xDoor } from "./i3x-client.ts";
import { Findings, type Check } from "./i3x-findings.ts";

export const CHECKS: readonly Check[] = [...CORE, ...EXPLORE, ...QUERY, ...UPDATE, ...SUBSCRIBE];

/** The checks that fail, each with what it says. */
export async function failing(door: I3xDoor): Promise<ReadonlyMap<string, string>> {
  const found = new Findings(door);
  const faults = new Map<string, string>();
  for (const { id, run } of CHECKS) {
    try {
      await run(found);
    } catch (error) {
      faults.set(id, error instanceof Error ? error.message : String(error));
    }
  }
  return faults;
}
