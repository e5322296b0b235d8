/** Which topics and filters the MQTT server itself does not take, whoever asks: before any right or rule is looked at. */
import type { BrokerLimits } from "./limits.ts";
import { Reason } from "./reason.ts";
import { splitFilter } from "./routing/subscription.ts";
import { isReservedTopic, isTopicFilter, isTopicName, levelsOf } from "./routing/topic.ts";
import { refused, type Refusal } from "./verdict.ts";

type TopicLimits = Pick<BrokerLimits, "maxTopicBytes" | "maxTopicLevels">;

/**
 * Why the connection of a client ends that publishes there.
 * [MQTT5-3.3.2-1] [MQTT5-3.3.2-2] [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT311-3.3.2-1] [MQTT311-3.3.2-2]
 */
export function topicNameFault(topic: string): Refusal | undefined {
  return isTopicName(topic)
    ? undefined
    : refused(Reason.topicNameInvalid, "the topic is empty or has wildcards");
}

/** Why nothing is published there; the connection goes on. */
export function topicFault(topic: string, limits: TopicLimits): Refusal | undefined {
  if (isReservedTopic(topic))
    return refused(Reason.topicNameInvalid, "nobody but the server publishes under $SYS/");
  if (!isTooLong(topic, topic, limits)) return undefined;
  const { maxTopicBytes, maxTopicLevels } = limits;
  return refused(
    Reason.topicNameInvalid,
    `the topic is longer than ${maxTopicBytes} bytes or deeper than ${maxTopicLevels} levels`,
  );
}

/** Why nobody subscribes to a filter, `$share/{name}/` included. [MQTT5-3.9.3-2] */
export function filterFault(filter: string, limits: TopicLimits): Refusal | undefined {
  const { topicFilter, isShared } = splitFilter(filter);
  if (!isTopicFilter(topicFilter) || (isShared && !isShareName(filter)))
    return refused(
      Reason.topicFilterInvalid,
      "the filter is empty, or has a wildcard where none may be",
    );
  if (!isTooLong(filter, topicFilter, limits)) return undefined;
  const { maxTopicBytes, maxTopicLevels } = limits;
  return refused(
    Reason.topicFilterInvalid,
    `the filter is longer than ${maxTopicBytes} bytes or deeper than ${maxTopicLevels} levels`,
  );
}

function isTooLong(whole: string, levels: string, limits: TopicLimits): boolean {
  return (
    Buffer.byteLength(whole) > limits.maxTopicBytes || levelsOf(levels) > limits.maxTopicLevels
  );
}

/** `$share/{name}/…`: the name is not empty and has no wildcard. [MQTT5-4.8.2-1] [MQTT5-4.8.2-2] */
function isShareName(filter: string): boolean {
  const slash = filter.indexOf("/", 7);
  return slash > 7 && !/[+#]/.test(filter.slice(7, slash));
}
