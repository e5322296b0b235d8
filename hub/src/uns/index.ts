/** The door of the UNS: where everything stands in the plant, and its plain topics. Rules alone: `placement/index.ts`. */
export { browse, type PathRow } from "./browse.ts";
export { worthOf } from "./json/payload.ts";
export type { ProjectionFigures } from "./json/projection.ts";
export { UnsPaths, type Place } from "./paths.ts";
export { Uns } from "./uns.ts";
