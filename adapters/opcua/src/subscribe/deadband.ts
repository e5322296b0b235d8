/** Whether the server or the adapter leaves out small changes of a tag, and the filter that tells the server so. */
import type { DataChangeFilter } from "node-opcua-client";
import type { GroupConfig } from "../data-config.ts";
import type { Library } from "../library.ts";
import type { TagNode } from "../values/tag-node.ts";

const ABSOLUTE = 1;

/**
 * The filter for an item; `undefined`: none. Only absolute deadbands go to the server: percent needs a range there that may be
 * another than the configured one, so it is worked out here.
 */
export function filterFor(
  library: Library,
  node: TagNode,
  { deadbandIn }: GroupConfig,
): DataChangeFilter | undefined {
  const { rule } = node.tag;
  if (deadbandIn === "local" || rule.publish === "always" || !isNumeric(node)) return undefined;
  const deadband = absoluteOf(rule);
  if (deadband === undefined || deadband <= 0) return undefined;
  return new library.DataChangeFilter({
    trigger: library.DataChangeTrigger.StatusValue,
    deadbandType: ABSOLUTE,
    deadbandValue: deadband,
  });
}

function absoluteOf(rule: TagNode["tag"]["rule"]): number | undefined {
  const { deadband, deadbandPercent, of = "range", euRange } = rule;
  if (deadbandPercent === undefined) return deadband;
  if (of !== "range" || euRange === undefined) return undefined;
  return Math.max(deadband ?? 0, (Math.abs(euRange[1] - euRange[0]) * deadbandPercent) / 100);
}

function isNumeric({ leaves }: TagNode): boolean {
  const [leaf] = leaves;
  const id = leaf?.type.id ?? 0;
  return leaves.length === 1 && leaf?.texts === undefined && id >= 2 && id <= 11;
}
