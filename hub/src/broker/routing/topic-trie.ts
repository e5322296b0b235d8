/**
 * Many topic filters at once: which of them match a topic.
 * One node per level, so the cost is that of the topic's levels and of what matches, not of all filters.
 */

/** Most nodes have either children or values: what is empty is not there. */
interface FilterNode<T> {
  children: Map<string, FilterNode<T>> | undefined;
  values: Set<T> | undefined;
}

/** Values filed under topic filters. Filters must be legal (`isTopicFilter`). */
export class TopicTrie<T> {
  readonly #root: FilterNode<T> = emptyNode();

  /** Files `value` under `filter`. The same value twice under one filter counts once. */
  add(filter: string, value: T): void {
    let node = this.#root;
    for (const level of filter.split("/")) {
      node.children ??= new Map();
      let child = node.children.get(level);
      if (child === undefined) {
        child = emptyNode();
        node.children.set(level, child);
      }
      node = child;
    }
    node.values ??= new Set();
    node.values.add(value);
  }

  /** Takes `value` away from `filter`; nothing happens when it is not there. */
  remove(filter: string, value: T): void {
    removeBelow(this.#root, filter.split("/"), 0, value);
  }

  /** Every value whose filter matches `topic`; a value filed under several of them comes several times. [MQTT5-4.7.3-4] [MQTT311-4.7.3-4] */
  match(topic: string): T[] {
    const found: T[] = [];
    collect(this.#root, topic.split("/"), 0, found);
    return found;
  }

  /** Whether a filter is filed that could match `topic` or a topic below it. */
  mayMatchBelow(topic: string): boolean {
    return reachesBelow(this.#root, topic.split("/"), 0);
  }
}

function emptyNode<T>(): FilterNode<T> {
  return { children: undefined, values: undefined };
}

/** A loop, because what is spread into a call lies on the stack. */
function addAll<T>(found: T[], values: ReadonlySet<T> | undefined): void {
  if (values !== undefined) for (const value of values) found.push(value);
}

function collect<T>(
  node: FilterNode<T>,
  levels: readonly string[],
  depth: number,
  found: T[],
): void {
  const level = levels[depth];
  // "$SYS/a" is not for "#" or "+/a" [MQTT5-4.7.2-1] [MQTT311-4.7.2-1].
  const wildcards = depth > 0 || level?.startsWith("$") !== true;
  if (wildcards) addAll(found, node.children?.get("#")?.values); // also "a/#" for "a"
  if (level === undefined) return addAll(found, node.values);
  const same = node.children?.get(level);
  if (same !== undefined) collect(same, levels, depth + 1, found);
  const any = wildcards ? node.children?.get("+") : undefined;
  if (any !== undefined) collect(any, levels, depth + 1, found);
}

function reachesBelow<T>(node: FilterNode<T>, levels: readonly string[], depth: number): boolean {
  const level = levels[depth];
  if (level === undefined) return true; // a node that is left has a filter at it or below
  const { children } = node;
  if (children === undefined) return false;
  const wildcards = depth > 0 || !level.startsWith("$");
  if (wildcards && children.has("#")) return true;
  const same = children.get(level);
  if (same !== undefined && reachesBelow(same, levels, depth + 1)) return true;
  const any = wildcards ? children.get("+") : undefined;
  return any !== undefined && reachesBelow(any, levels, depth + 1);
}

/** Removes the value and the nodes that became empty on the way. */
function removeBelow<T>(
  node: FilterNode<T>,
  levels: readonly string[],
  depth: number,
  value: T,
): void {
  const level = levels[depth];
  if (level === undefined) {
    node.values?.delete(value);
    return;
  }
  const child = node.children?.get(level);
  if (child === undefined) return;
  removeBelow(child, levels, depth + 1, value);
  if (isEmpty(child.values) && isEmpty(child.children)) node.children?.delete(level);
}

function isEmpty(held: { readonly size: number } | undefined): boolean {
  return held === undefined || held.size === 0;
}
