/** How much a value makes of a file, so that no piece of it takes long. */
import { isDataSet, isTemplate, type MetricValue } from "@unshub/sparkplug";

/** About as many bytes of values beside the columns are enough for a piece. */
export const HEAVY = 262_144;

/** About how many bytes a value becomes, and never nothing. */
export function weightOf(value: MetricValue): number {
  if (typeof value === "string" || value instanceof Uint8Array) return 64 + value.length;
  if (typeof value !== "object" || value === null) return 64;
  if (isDataSet(value)) return 64 + value.rows.length * value.columns.length * 16;
  if (!isTemplate(value)) return 64 + value.length * 16;
  return value.metrics.reduce((sum, member) => sum + weightOf(member.value), 256);
}
