/** The door of the UNS: where everything stands in the plant, and its plain topics. Rules alone: `placement/index.ts`. */
export { browse, chainBelow, type PathRow } from "./browse.ts";
export { worseOf, worthOf, type JsonQuality } from "./json/payload.ts";
export { DELAY_BOUNDS, type ProjectionFigures } from "./json/projection.ts";
export { UnsPaths, type Place } from "./paths.ts";
export type { PlaceNode } from "./place-tree.ts";
export { levelOf, levelsOfName, nameOf } from "./placement/index.ts";
export { Uns } from "./uns.ts";
