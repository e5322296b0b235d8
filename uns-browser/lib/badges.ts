/** The counts in the navigation: only what somebody has to do something about. */
import { parseCommands } from "./commands.ts";
import { isRecord } from "./hub-request.ts";
import { numberOf } from "./json-parts.ts";
import type { PageKey } from "./pages.ts";
import { texts } from "./texts.ts";

/** What there is to look at, as the hub counts it. */
export interface Attention {
  /** Edge nodes that are not online. */
  readonly nodes: number;
  /** Devices of adapters in trouble. */
  readonly devices: number;
}

export interface Badge {
  readonly count: number;
  /** What is counted, behind the number. */
  readonly word: string;
  /** `bad`: something does not work; `waiting`: somebody is waited for. */
  readonly kind: "bad" | "waiting";
}

/** How many commands wait for a second person. */
export function parseBadges(value: unknown): number | null {
  const commands = parseCommands(value);
  return commands?.filter(({ outcome }) => outcome?.result === "waiting").length ?? null;
}

export function parseAttention(value: unknown): Attention | null {
  if (!isRecord(value)) return null;
  const [nodes, devices] = [numberOf(value["nodes"]), numberOf(value["devices"])];
  return nodes === null || devices === null ? null : { nodes, devices };
}

/** How many findings are open and more than noted; muted ones are none. */
export function parseProblems(value: unknown): number | null {
  return isRecord(value) ? numberOf(value["problems"]) : null;
}

/** What stands beside the name of a page; `null`: nothing. */
export function badgeOf(
  key: PageKey,
  counts: Attention & { readonly waiting: number; readonly problems: number },
): Badge | null {
  const { pages: words } = texts;
  const badges: Partial<Record<PageKey, Badge>> = {
    nodes: { count: counts.nodes, word: words.notOnline, kind: "bad" },
    diag: { count: counts.problems, word: words.problems, kind: "bad" },
    adapters: { count: counts.devices, word: words.inTrouble, kind: "bad" },
    commands: { count: counts.waiting, word: words.waiting, kind: "waiting" },
  };
  const badge = badges[key];
  return badge === undefined || badge.count === 0 ? null : badge;
}
