/** A part of a document with another content: whatever is the same before and after stands as it was written. */
import { isDeepStrictEqual } from "node:util";
import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Document,
  type Node,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";

/** `node` itself, changed, where that can be; else a new one. What others are an alias of is never changed with this one. */
export function changedNode(document: Document, node: unknown, value: unknown): unknown {
  if (isScalar(node) && node.anchor === undefined && !isComposed(value)) {
    if (node.value !== value) node.value = value;
    return node;
  }
  if (isMap(node) && node.anchor === undefined && isRecord(value))
    return changedMap(document, node, value);
  if (isSeq(node) && node.anchor === undefined && Array.isArray(value))
    return changedList(document, node, value);
  return likeBefore(document.createNode(value), node);
}

/** A list or map in one line stays in one line. */
function likeBefore(fresh: Node, node: unknown): Node {
  const isCollection = isMap(node) || isSeq(node);
  const isFresh = isMap(fresh) || isSeq(fresh);
  if (isCollection && isFresh) fresh.flow = node.flow === true;
  return fresh;
}

function changedMap(
  document: Document,
  map: YAMLMap,
  value: Readonly<Record<string, unknown>>,
): YAMLMap {
  const before: unknown = map.toJS(document);
  const old = new Map(isRecord(before) ? Object.entries(before) : []);
  for (const key of old.keys()) if (!Object.hasOwn(value, key)) map.delete(keyOf(map, key));
  for (const [key, next] of Object.entries(value)) {
    if (old.has(key) && isDeepStrictEqual(old.get(key), next)) continue;
    const written = keyOf(map, key);
    if (old.has(key)) map.set(written, changedNode(document, map.get(written, true), next));
    else insert(document, map, { key, next, behind: keyBefore(Object.keys(value), key) });
  }
  return map;
}

function keyBefore(keys: readonly string[], key: string): string | undefined {
  return keys[keys.indexOf(key) - 1];
}

/** A new key stands where its value has it, not behind two hundred tags. */
function insert(
  document: Document,
  map: YAMLMap,
  {
    key,
    next,
    behind,
  }: { readonly key: string; readonly next: unknown; readonly behind: string | undefined },
): void {
  const at = map.items.findIndex((pair) => isScalar(pair.key) && String(pair.key.value) === behind);
  const pair = document.createPair(key, next);
  if (at < 0) map.items.push(pair);
  else map.items.splice(at + 1, 0, pair);
}

/** As it stands in the map: a name of digits is a number there. */
function keyOf(map: YAMLMap, name: string): unknown {
  const pair = map.items.find(({ key }) => isScalar(key) && String(key.value) === name);
  return pair === undefined ? name : pair.key;
}

/** Each item keeps the node that was its own: by its name, else by its place. */
function changedList(document: Document, list: YAMLSeq, value: readonly unknown[]): YAMLSeq {
  const nodes = [...list.items];
  const before: readonly unknown[] = nodes.map((node) =>
    isNode(node) ? node.toJS(document) : node,
  );
  const taken = new Set<number>();
  const free = (index: number): boolean => index < nodes.length && !taken.has(index);
  const sameLength = nodes.length === value.length;
  const sourceOf = (item: unknown, at: number): number => {
    if (free(at) && isDeepStrictEqual(before[at], item)) return at;
    const equal = before.findIndex((old, index) => free(index) && isDeepStrictEqual(old, item));
    if (equal >= 0) return equal;
    const name = nameOf(item);
    const named = before.findIndex(
      (old, index) => free(index) && name !== undefined && nameOf(old) === name,
    );
    return named >= 0 || !sameLength || !free(at) ? named : at;
  };
  list.items = value.map((item, at) => {
    const source = sourceOf(item, at);
    if (source < 0) return likeBefore(document.createNode(item), nodes[0]);
    taken.add(source);
    return isDeepStrictEqual(before[source], item)
      ? nodes[source]
      : changedNode(document, nodes[source], item);
  });
  return list;
}

function nameOf(value: unknown): string | undefined {
  return isRecord(value) && typeof value["name"] === "string" ? value["name"] : undefined;
}

function isComposed(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
