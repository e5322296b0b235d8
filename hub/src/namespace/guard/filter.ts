/** Which filters of a client cover a topic, as far as the guard asks. */

/** Whether messages on `topic` come to a subscriber of `filter`. */
export function filterCovers(filter: string, topic: string): boolean {
  const wanted = filter.split("/");
  const levels = topic.split("/");
  for (const [index, level] of wanted.entries()) {
    if (level === "#") return true;
    if (index >= levels.length || (level !== "+" && level !== levels[index])) return false;
  }
  return wanted.length === levels.length;
}

/** Whether a filter reads messages of edge nodes, not only STATE. */
export function readsEdgeNodes(filter: string): boolean {
  const [first, second] = filter.split("/");
  if (first === "#" || (first === "+" && second !== undefined)) return true;
  return first === "spBv1.0" && second !== undefined && second !== "STATE";
}

/** The host whose STATE alone a filter reads: that of somebody's primary host. */
export function hostOfFilter(filter: string): string | undefined {
  const [first, second, hostId, ...more] = filter.split("/");
  if (first !== "spBv1.0" || second !== "STATE" || hostId === undefined || more.length > 0)
    return undefined;
  return hostId === "+" || hostId === "#" ? undefined : hostId;
}
