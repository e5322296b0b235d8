/**
 * One value per topic, found by topic filter: the shape in which retained messages are kept.
 * The mirror image of `topic-trie.ts`, which keeps filters and is asked with a topic.
 */

interface TopicNode<T> {
  /** `undefined` until there is one: most nodes are leaves. */
  children: Map<string, TopicNode<T>> | undefined;
  value: T | undefined;
}

/** Values filed under topic names. */
export class TopicTree<T> {
  readonly #root: TopicNode<T> = { children: undefined, value: undefined };
  #nodes = 0;

  /** How many topic levels there are. */
  get nodes(): number {
    return this.#nodes;
  }

  set(topic: string, value: T): void {
    let node = this.#root;
    for (const level of topic.split("/")) {
      node.children ??= new Map();
      let child = node.children.get(level);
      if (child === undefined) {
        child = { children: undefined, value: undefined };
        node.children.set(level, child);
        this.#nodes += 1;
      }
      node = child;
    }
    node.value = value;
  }

  delete(topic: string): void {
    this.#nodes -= deleteBelow(this.#root, topic.split("/"), 0);
  }

  get(topic: string): T | undefined {
    let node: TopicNode<T> | undefined = this.#root;
    for (const level of topic.split("/")) node = node?.children?.get(level);
    return node?.value;
  }

  /**
   * The values of all topics that `filter` matches; a leading wildcard skips `$…` [MQTT5-4.7.2-1].
   * Gives `undefined` for each topic level it looks at, so that the reader can stop for a while in a large tree.
   * Values set while somebody reads may or may not come.
   */
  *matching(filter: string): Generator<T | undefined> {
    yield* walk(this.#root, filter.split("/"), 0);
  }
}

function* walk<T>(
  node: TopicNode<T>,
  filter: readonly string[],
  depth: number,
): Generator<T | undefined> {
  yield undefined;
  const level = filter[depth];
  if (level === undefined) {
    if (node.value !== undefined) yield node.value;
    return;
  }
  if (level === "#") {
    yield* everything(node, depth === 0);
    return;
  }
  if (level !== "+") {
    const child = node.children?.get(level);
    if (child !== undefined) yield* walk(child, filter, depth + 1);
    return;
  }
  for (const [name, child] of node.children ?? []) {
    if (depth > 0 || !name.startsWith("$")) yield* walk(child, filter, depth + 1);
  }
}

function* everything<T>(node: TopicNode<T>, atTop: boolean): Generator<T | undefined> {
  yield undefined;
  if (node.value !== undefined) yield node.value;
  for (const [name, child] of node.children ?? []) {
    if (!atTop || !name.startsWith("$")) yield* everything(child, false);
  }
}

/** Deletes the value and the nodes that became empty on the way; answers how many these were. */
function deleteBelow<T>(node: TopicNode<T>, levels: readonly string[], depth: number): number {
  const level = levels[depth];
  if (level === undefined) {
    node.value = undefined;
    return 0;
  }
  const child = node.children?.get(level);
  if (child === undefined) return 0;
  const below = deleteBelow(child, levels, depth + 1);
  if (child.value !== undefined || (child.children?.size ?? 0) > 0) return below;
  node.children?.delete(level);
  return below + 1;
}
