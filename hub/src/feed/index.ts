/** The door of the feed for the rest of the hub; the page's door is `protocol.ts`. */
export { Feed } from "./feed.ts";
export type { MetricFacts } from "./filter-match.ts";
export type { FactKey } from "./filter-text.ts";
export {
  children,
  filtered,
  find,
  MAX_LIMIT,
  pathRows,
  rowsDownTo,
  type GatherFacts,
} from "./queries.ts";
export { MOST_SHARED_PINS, pinnedPath, SharedPins } from "./shared-pins.ts";
export { Sight, type Beside } from "./sight.ts";
export { treeRow, valueAnswer, valueEntries, wireQuality, wireValue } from "./tree-view.ts";
