/** What reads a node and writes it changed waits for whoever does the same, or the later would write over the earlier. */
export class NodeTurns {
  /** By node: the end of the last one that was let in; never rejects. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs when all before it at these nodes are through. Places at all of them are taken at once: nobody waits in a ring. */
  async take<T>(nodes: readonly string[], run: () => Promise<T>): Promise<T> {
    const before = Promise.all(nodes.flatMap((node) => this.#last.get(node) ?? []));
    const done = before.then(run);
    const end = done.catch(() => undefined);
    for (const node of nodes) this.#last.set(node, end);
    try {
      return await done;
    } finally {
      for (const node of nodes) if (this.#last.get(node) === end) this.#last.delete(node);
    }
  }
}
