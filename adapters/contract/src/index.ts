/** The front door of the adapter contract: what an adapter is, and how it reads its configuration. */
export type { Adapter, AdapterContext, AdapterModule, DeviceReporter, Logger } from "./adapter.ts";
export { AdapterError } from "./errors.ts";
export type { AdapterErrorCode } from "./errors.ts";
export { ConfigError, describeProblem, durationMs, parseWith, section } from "./config.ts";
export type { ConfigProblem } from "./config.ts";
export { Backoff } from "./backoff.ts";
