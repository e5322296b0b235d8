/** The door of the namespace: the guard, the hub as host application, the certificates of an aware server. */
export { certificateOf } from "./certificates.ts";
export { Guard } from "./guard.ts";
export type { Finding } from "./guard.ts";
export { HubHost } from "./host.ts";
export { openStateTimeFile } from "./state-time-file.ts";
