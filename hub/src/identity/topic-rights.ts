/**
 * What rights say of a topic, a message or a filter, in the sentence that the client is told: asked by the gate, which
 * decides, and by whoever tries what it would decide.
 */
import type { PublishedMessage, Verdict } from "../broker/index.ts";
import type { PublishAttempt, Rights } from "./grants.ts";

/** Where flags decide, too. */
export const SPARKPLUG = "spBv1.0/";
/** MQTT 5's reason. */
const NOT_AUTHORIZED = 0x87;
const USUAL: readonly Omit<PublishAttempt, "topic">[] = [
  { qos: 0, retain: false, isWill: false },
  { qos: 1, retain: true, isWill: false },
];

/** Why no message may ever be published on a topic; what depends on the message is `messageForbidden`'s. */
export function topicForbidden(rights: Rights, topic: string): string | undefined {
  const faults = USUAL.map((attempt) => rights.publishFault({ topic, ...attempt }));
  return faults.includes(undefined) ? undefined : faults[0];
}

/** Why this message may not be published, where flags decide. */
export function messageForbidden(
  rights: Rights,
  { topic, qos, retain }: Pick<PublishedMessage, "topic" | "qos" | "retain">,
): string | undefined {
  if (!topic.startsWith(SPARKPLUG)) return undefined;
  return rights.publishFault({ topic, qos, retain, isWill: false });
}

/** Why a filter is not granted; `$share/{name}/` is not part of it. */
export function filterForbidden(rights: Rights, filter: string): string | undefined {
  if (rights.maySubscribe(filter)) return undefined;
  return "no grant covers everything that this filter matches";
}

/** What is not granted, as a client is told. */
export function asForbidden(object: string, reason: string): Extract<Verdict, { allow: false }> {
  return { allow: false, reasonCode: NOT_AUTHORIZED, because: `${object}: ${reason}` };
}
