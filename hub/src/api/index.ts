/** The door of the HTTP side. */
export { ApiError } from "./errors.ts";
export { PageFiles } from "./page-files.ts";
export type { Api } from "./server.ts";
export { startApi } from "./start.ts";
