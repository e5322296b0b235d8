/** The door of the HTTP side. */
export { PageFiles } from "./page-files.ts";
export { ApiError, startApi } from "./server.ts";
export type { Api } from "./server.ts";
