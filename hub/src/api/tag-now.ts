/** What a tag is worth now, as the tree has it. */
import { z } from "zod";
import { joinPath, timeText, valueJson, type UnsTree } from "../tree/index.ts";

export const tagNow = z.object({
  value: z.unknown().describe("64-bit integers as text"),
  quality: z.string(),
  reason: z.string().optional(),
  timestamp: z.string().optional(),
  datatype: z.string().optional(),
  unit: z.string().optional(),
});

export function pathOfTag(
  { groupId, edgeNodeId }: { readonly groupId: string; readonly edgeNodeId: string },
  device: string,
  name: string,
): string {
  return joinPath([groupId, edgeNodeId, device, ...name.split("/")]);
}

/** `undefined`: it was never born. */
export function tagNowAt(tree: UnsTree, path: string): z.output<typeof tagNow> | undefined {
  const id = tree.find(path);
  const metric = id === undefined ? undefined : tree.metric(id);
  if (metric === undefined) return undefined;
  const { value, quality, reason, timestamp, info } = metric;
  const time = timestamp === undefined ? undefined : timeText(timestamp);
  return {
    value: typeof value === "bigint" ? String(value) : valueJson(value, info.datatype),
    quality,
    ...(reason !== undefined && { reason }),
    ...(time !== undefined && { timestamp: time }),
    ...(info.datatype !== undefined && { datatype: info.datatype }),
    ...(info.unit !== undefined && { unit: info.unit }),
  };
}
