/** One item of a list with other keys: what stays as it was stands as it was written, with the comments beside it. */
import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, type Document, type Node, type YAMLMap } from "yaml";

/** `undefined`: it cannot be changed in its place, because it is no map, or other places are the same one. */
export function withOtherKeys(document: Document, item: unknown, value: unknown): Node | undefined {
  if (!isMap(item) || item.anchor !== undefined) return undefined;
  const [before, after] = [keysIn(item.toJS(document)), keysIn(value)];
  if (before === undefined || after === undefined) return undefined;
  for (const key of before.keys()) if (!after.has(key)) item.delete(key);
  for (const [key, next] of after)
    if (!isDeepStrictEqual(before.get(key), next)) setKey(document, item, [key, next]);
  return item;
}

function keysIn(value: unknown): ReadonlyMap<string, unknown> | undefined {
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord ? new Map(Object.entries(value)) : undefined;
}

/** A value that others are an alias of gets a node of its own: it must not change with this one. */
function setKey(
  document: Document,
  item: YAMLMap,
  [key, value]: readonly [key: string, value: unknown],
): void {
  const node: unknown = item.get(key, true);
  const isOwn = isScalar(node) && node.anchor === undefined && typeof value !== "object";
  item.set(key, isOwn ? value : document.createNode(value, { flow: true }));
}
