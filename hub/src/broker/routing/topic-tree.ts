/**
 * One value per topic, found by topic filter: the shape in which retained messages are kept.
 * The mirror image of `topic-trie.ts`, which keeps filters and is asked with a topic.
 */

interface TopicNode<T> {
  readonly children: Map<string, TopicNode<T>>;
  value: T | undefined;
}

/** Values filed under topic names. */
export class TopicTree<T> {
  readonly #root: TopicNode<T> = { children: new Map(), value: undefined };

  set(topic: string, value: T): void {
    let node = this.#root;
    for (const level of topic.split("/")) {
      let child = node.children.get(level);
      if (child === undefined) {
        child = { children: new Map(), value: undefined };
        node.children.set(level, child);
      }
      node = child;
    }
    node.value = value;
  }

  delete(topic: string): void {
    deleteBelow(this.#root, topic.split("/"), 0);
  }

  get(topic: string): T | undefined {
    let node: TopicNode<T> | undefined = this.#root;
    for (const level of topic.split("/")) node = node?.children.get(level);
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
    const child = node.children.get(level);
    if (child !== undefined) yield* walk(child, filter, depth + 1);
    return;
  }
  for (const [name, child] of node.children) {
    if (depth > 0 || !name.startsWith("$")) yield* walk(child, filter, depth + 1);
  }
}

function* everything<T>(node: TopicNode<T>, atTop: boolean): Generator<T | undefined> {
  yield undefined;
  if (node.value !== undefined) yield node.value;
  for (const [name, child] of node.children) {
    if (!atTop || !name.startsWith("$")) yield* everything(child, false);
  }
}

/** Deletes the value and the nodes that became empty on the way. */
function deleteBelow<T>(node: TopicNode<T>, levels: readonly string[], depth: number): void {
  const level = levels[depth];
  if (level === undefined) {
    node.value = undefined;
    return;
  }
  const child = node.children.get(level);
  if (child === undefined) return;
  deleteBelow(child, levels, depth + 1);
  if (child.value === undefined && child.children.size === 0) node.children.delete(level);
}
