/** The door of the feed for the rest of the hub; the page's door is `protocol.ts`. */
export { Feed, type Viewer } from "./feed.ts";
export { children, find, MAX_LIMIT, pathRows } from "./queries.ts";
export { Sight } from "./sight.ts";
export { treeRow, valueAnswer, valueEntries, wireValue } from "./tree-view.ts";
