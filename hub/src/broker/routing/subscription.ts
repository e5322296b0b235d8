/** One subscription of one session, and the group of those who share one. */
import type { SubscriptionRecord } from "../store/store.ts";
import type { Session } from "../session.ts";

export interface Subscription extends SubscriptionRecord {
  readonly session: Session;
  /** What it matches: `filter` without `$share/{name}/`. */
  readonly topicFilter: string;
  readonly isShared: boolean;
}

export interface FilterParts {
  readonly topicFilter: string;
  readonly isShared: boolean;
}

/** The parts of a filter as a client writes it. `$share/{name}/{filter}` [MQTT5-4.8.2-1] */
export function splitFilter(filter: string): FilterParts {
  if (!filter.startsWith("$share/")) return { topicFilter: filter, isShared: false };
  const slash = filter.indexOf("/", 7);
  return { topicFilter: slash < 0 ? "" : filter.slice(slash + 1), isShared: true };
}

/** How a shared subscription chooses among its members. */
export type ShareStrategy = "roundRobin" | "stickyByPublisher";

/** The members of one shared subscription. Each message goes to one of them. */
export class SharedGroup {
  readonly filter: string;
  readonly topicFilter: string;
  readonly strategy: ShareStrategy;
  readonly members: Subscription[] = [];
  #next = 0;

  constructor(filter: string, topicFilter: string, strategy: ShareStrategy) {
    this.filter = filter;
    this.topicFilter = topicFilter;
    this.strategy = strategy;
  }

  /**
   * Which of `members` gets the next message: one that is connected if there is any, otherwise one whose session waits.
   * Sticky: the same one for all messages of a publisher as long as it stays, so that its stream stays whole.
   */
  choose(
    members: readonly Subscription[],
    publisherId: string | undefined,
  ): Subscription | undefined {
    const connected = members.filter(({ session }) => session.connection !== undefined);
    const candidates =
      connected.length > 0 ? connected : members.filter(({ session }) => session.isPersistent);
    if (this.strategy === "stickyByPublisher") return closest(candidates, publisherId ?? "");
    this.#next = (this.#next + 1) % 0x4000_0000;
    return candidates[this.#next % candidates.length];
  }
}

/** Rendezvous hashing: when a member leaves, only its own publishers move to others. */
function closest(
  candidates: readonly Subscription[],
  publisherId: string,
): Subscription | undefined {
  let best: Subscription | undefined;
  let bestWeight = -1;
  for (const candidate of candidates) {
    const weight = hash(`${publisherId}\0${candidate.session.clientId}`);
    if (weight <= bestWeight) continue;
    best = candidate;
    bestWeight = weight;
  }
  return best;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
