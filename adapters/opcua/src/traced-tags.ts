/** Which tags a request or an answer is about, for the trace: by node where they are named, by handle where values come. */
import { member } from "./values/scalar.ts";
import type { Item } from "./values/server-values.ts";

export function tagsOfMessage(message: object, items: readonly Item[]): readonly string[] {
  const handles = listOf(message, "notificationMessage", "notificationData").flatMap((data) =>
    listOf(data, "monitoredItems").map((each) => member(each, "clientHandle")),
  );
  const told = handles.flatMap((handle) => {
    const item = typeof handle === "number" ? items[handle - 1] : undefined;
    return item === undefined ? [] : [item.node.tag.name];
  });
  const nodes = new Set([
    ...listOf(message, "nodesToRead").map(nodeOf),
    ...listOf(message, "nodesToWrite").map(nodeOf),
    ...listOf(message, "itemsToCreate").map((each) => nodeOf(member(each, "itemToMonitor"))),
  ]);
  if (nodes.size === 0) return told;
  const named = items.filter(({ node }) => nodes.has(node.nodeId?.toString()));
  return [...told, ...named.map(({ node }) => node.tag.name)];
}

function nodeOf(raw: unknown): string | undefined {
  const nodeId = member(raw, "nodeId");
  // The library's class has a toString that writes ns=…;s=…
  // oxlint-disable-next-line no-base-to-string
  return typeof nodeId === "object" && nodeId !== null ? String(nodeId) : undefined;
}

/** The list at the end of a path; nothing where there is none. */
function listOf(raw: unknown, ...path: readonly string[]): readonly unknown[] {
  let at = raw;
  for (const name of path) at = member(at, name);
  return Array.isArray(at) ? at : [];
}
