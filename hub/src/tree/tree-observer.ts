/** What the tree tells of itself: rows, states and names, but not values. */
import type { MetricInfo } from "./metric-info.ts";

/** Whether an edge node or device lives; `last-known`: it did when it was last heard, before the hub or the link ended. */
export type NodeState = "online" | "offline" | "last-known";

/** Who wants to know how the tree itself changes. Called in the middle of a message: note the id, do the work later. */
export interface TreeObserver {
  rowAdded?(id: number): void;
  /** State of an edge node or device; unit, type or access of a metric. */
  rowChanged?(id: number): void;
  /** The counts of every row above a metric. */
  countsChanged?(id: number): void;
  /** The birth of its device or edge node does not name it any more. It keeps its row. */
  metricRemoved?(id: number): void;
  /** A birth gave it another datatype than the birth before. */
  metricRetyped?(id: number, before: MetricInfo): void;
  /** `before` was removed, and the new metric `now` has its alias and datatype. */
  metricRenamed?(before: number, now: number): void;
}
