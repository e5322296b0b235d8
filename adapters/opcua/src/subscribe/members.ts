/** Items of a group, and how they are asked for: watched, or polled. */
import type { GroupConfig } from "../data-config.ts";
import type { Library } from "../library.ts";
import type { Item } from "../values/server-values.ts";
import type { WantedItem } from "./create-items.ts";
import { filterFor } from "./deadband.ts";
import type { PolledItem } from "./poll.ts";

/** One item with its index among all of the session. */
export interface Member {
  readonly index: number;
  readonly item: Item;
}

const VALUE = 13;

export function wantedItem(
  { index, item }: Member,
  group: GroupConfig,
  library: Library,
): WantedItem {
  const { node } = item;
  const { tag, nodeId } = node;
  if (nodeId === undefined) throw new TypeError("only nodes that exist are watched");
  const filter = filterFor(library, node, group);
  return {
    handle: index + 1,
    nodeId,
    attributeId: VALUE,
    samplingMs: tag.samplingMs ?? group.samplingMs,
    queue: tag.queue ?? group.queue,
    ...(tag.indexRange !== undefined && { indexRange: tag.indexRange }),
    ...(filter !== undefined && { filter }),
  };
}

/** None when its node is not there. */
export function polledItem({ index, item }: Member): readonly PolledItem[] {
  const { nodeId, tag } = item.node;
  if (nodeId === undefined) return [];
  const range = tag.indexRange === undefined ? {} : { indexRange: tag.indexRange };
  return [{ item: index, nodeId, ...range }];
}

/** Whether values of it may be structures of types that have to be asked about. */
export function isStructured({ item }: Member): boolean {
  return item.node.leaves.some(
    ({ path, shape }) => path.length > 0 || shape.kind === "json" || shape.kind === "template",
  );
}
