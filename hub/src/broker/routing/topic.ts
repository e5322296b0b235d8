/**
 * MQTT topic names and topic filters: which are legal, and which match.
 * Pure functions on strings; the tree of many filters is in `topic-trie.ts`.
 */

/**
 * Whether a client may publish to this topic: not empty, no wildcard, no U+0000.
 * [MQTT5-3.3.2-2] [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT5-4.7.0-1] [MQTT311-4.7.1-1] [MQTT311-4.7.3-1] [MQTT311-4.7.3-2]
 */
export function isTopicName(topic: string): boolean {
  return topic.length > 0 && !/[+#\0]/.test(topic);
}

/** How many levels a topic or filter has. */
export function levelsOf(topic: string): number {
  let levels = 1;
  for (let at = topic.indexOf("/"); at >= 0; at = topic.indexOf("/", at + 1)) levels += 1;
  return levels;
}

/**
 * Whether this is a legal topic filter: `+` fills a whole level, `#` fills the last one.
 * [MQTT5-4.7.1-1] [MQTT5-4.7.1-2] [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT311-4.7.1-2] [MQTT311-4.7.1-3] [MQTT311-4.7.3-1] [MQTT311-4.7.3-2]
 */
export function isTopicFilter(filter: string): boolean {
  if (filter.length === 0 || filter.includes("\0")) return false;
  const levels = filter.split("/");
  return levels.every((level, index) => {
    if (level === "#") return index === levels.length - 1;
    return level === "+" || !/[+#]/.test(level);
  });
}

/**
 * Whether a message on `topic` is for a subscriber of `filter`.
 * A filter that begins with a wildcard does not see topics that begin with `$` [MQTT5-4.7.2-1].
 */
export function matchesFilter(filter: string, topic: string): boolean {
  if (topic.startsWith("$") && !filter.startsWith("$")) return false;
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true;
    if (index >= levels.length) return false;
    if (level !== "+" && level !== levels[index]) return false;
  }
  return wanted.length === levels.length;
}

/** Topics that only the server publishes. [MQTT5-4.7.2-1] [MQTT311-4.7.2-1] */
export function isReservedTopic(topic: string): boolean {
  return topic.startsWith("$SYS/");
}
