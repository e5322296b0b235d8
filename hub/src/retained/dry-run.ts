/** What a deletion would take: found without changing anything, and named so that it can be seen whether it changed. */
import { createHash } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import type { Broker, RetainedMessage } from "../broker/index.ts";

/** Most messages of one deletion, and most bytes of their payloads. */
const MOST_MESSAGES = 1000;
const MOST_BYTES = 8_000_000;
/** Steps of the retained tree in one turn of the event loop. */
const STEPS = 2000;

interface PlannedMessage {
  readonly topic: string;
  /** Bytes of the payload. */
  readonly size: number;
  readonly qos: 0 | 1 | 2;
  /** Who published it, when it is known. */
  readonly publisher: string | null;
  /** Whether anybody subscribes to it, and would hear of the deletion. */
  readonly isHeard: boolean;
}

interface RefusedTopic {
  readonly topic: string;
  readonly because: string;
}

export interface DryRun {
  readonly filter: string;
  readonly messages: readonly PlannedMessage[];
  /** Of all payloads. */
  readonly bytes: number;
  /** What stays, as far as it was seen. */
  readonly refused: readonly RefusedTopic[];
  /** There are more than one deletion may take: nothing is deleted. */
  readonly isTooMany: boolean;
  /** Names what was found; a deletion that finds something else does nothing. */
  readonly plan: string;
}

/** What somebody may do with topics. */
export interface TopicRights {
  /** What he may not see does not exist for him. */
  sees(topic: string): boolean;
  /** Why he may not change a topic; `undefined`: he may. */
  faultOf(topic: string): string | undefined;
}

export interface Found {
  readonly messages: readonly RetainedMessage[];
  readonly refused: readonly RefusedTopic[];
  readonly isTooMany: boolean;
}

/** What a filter finds, up to the limits. */
export async function findRetained(
  broker: Pick<Broker, "retained">,
  filter: string,
  rights: TopicRights,
): Promise<Found> {
  const messages: RetainedMessage[] = [];
  const refused: RefusedTopic[] = [];
  let [bytes, steps] = [0, 0];
  for (const message of broker.retained(filter)) {
    steps += 1;
    if (steps % STEPS === 0) await turn();
    if (message === undefined || !rights.sees(message.topic)) continue;
    const because = ownFault(message.topic) ?? rights.faultOf(message.topic);
    if (because !== undefined) {
      if (refused.length < MOST_MESSAGES) refused.push({ topic: message.topic, because });
      continue;
    }
    bytes += message.payload.length;
    if (messages.length === MOST_MESSAGES || bytes > MOST_BYTES)
      return { messages, refused, isTooMany: true };
    messages.push(message);
  }
  return { messages, refused, isTooMany: false };
}

export function dryRunOf(
  { messages, refused, isTooMany }: Found,
  filter: string,
  broker: Pick<Broker, "hasReceivers">,
): DryRun {
  return {
    filter,
    messages: messages.map(({ topic, payload, qos, publisherId }) => ({
      topic,
      size: payload.length,
      qos,
      publisher: publisherId ?? null,
      isHeard: broker.hasReceivers(topic),
    })),
    bytes: messages.reduce((sum, { payload }) => sum + payload.length, 0),
    refused,
    isTooMany,
    plan: planOf(messages),
  };
}

/** The same for the same messages, in whatever order they were found. */
export function planOf(messages: readonly RetainedMessage[]): string {
  const hash = createHash("sha256");
  for (const { topic, payload } of messages.toSorted((a, b) => (a.topic < b.topic ? -1 : 1))) {
    hash.update(`${Buffer.byteLength(topic)} ${topic} ${payload.length} `).update(payload);
  }
  return hash.digest("hex");
}

/** What nobody may delete here. */
function ownFault(topic: string): string | undefined {
  if (topic.startsWith("$")) return "the hub itself makes this message";
  return topic.startsWith("spBv1.0/STATE/")
    ? "it tells edge nodes whether their host application is there"
    : undefined;
}
