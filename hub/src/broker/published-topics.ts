/** What one connection publishes, by topic: counted where topics are known anyway, put together when somebody looks. */
import type { BrokerClock } from "./clock.ts";
import type { Connection } from "./connection.ts";
import type { KnownTopic } from "./routing/known-topics.ts";

interface PublishedTopic {
  readonly topic: string;
  /** Since `PublishedTopics.since`. */
  readonly messages: number;
  /** It may not publish there: nobody gets them. */
  readonly isRefused: boolean;
}

export interface PublishedTopics {
  /** Milliseconds since 1970 UTC; later than the connection when rights changed meanwhile, or it has very many topics. */
  readonly since: number;
  /** How many there are. */
  readonly topics: number;
  /** Those with the most messages, the most first. */
  readonly most: readonly PublishedTopic[];
}

const MOST_TOPICS = 50;

export function publishedTopics(
  { topics, aliases }: Connection,
  { wall, monotonic }: Pick<BrokerClock, "wall" | "monotonic">,
): PublishedTopics {
  const aliased = [...aliases.values()].filter(({ isStale }) => !isStale);
  const all = new Set<KnownTopic>([...topics.all(), ...aliased]);
  const most = [...all]
    .toSorted((a, b) => b.messages - a.messages || (a.topic < b.topic ? -1 : 1))
    .slice(0, MOST_TOPICS)
    .map(({ topic, messages, refusal }) => ({ topic, messages, isRefused: refusal !== undefined }));
  return { since: wall() - (monotonic() - topics.since), topics: all.size, most };
}
