/** The door of i3X: the plant over HTTP, in the words of CESMII. */
export type { I3xOptions } from "./i3x.ts";
export { I3xRoom } from "./routes.ts";
export type { ObjectType } from "./space/object-types.ts";
