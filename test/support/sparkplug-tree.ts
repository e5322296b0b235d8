/** A tree that follows the messages of a test, and short ways to look at it. */
import assert from "node:assert/strict";
import {
  NodeSessions,
  UnsTree,
  type MetricNow,
  type RebirthCause,
} from "../../hub/src/tree/index.ts";

export function openTestTree(limits: ConstructorParameters<typeof UnsTree>[0] = {}) {
  const tree = new UnsTree(limits);
  const causes: RebirthCause[] = [];
  const sessions = new NodeSessions(tree, (_node, cause) => causes.push(cause));
  return { ...looking(tree), sessions, causes };
}

/** Short ways to look at a tree. */
export function looking(tree: UnsTree) {
  const now = (path: string): MetricNow => {
    const id = tree.find(path);
    const metric = id === undefined ? undefined : tree.metric(id);
    assert.ok(metric, path);
    return metric;
  };
  const online = (path: string) => tree.online(tree.find(path) ?? 0);
  const state = (path: string) => tree.state(tree.find(path) ?? 0);
  const counts = (path: string) => tree.rows.counts(tree.find(path) ?? 0);
  return { tree, now, online, state, counts };
}
