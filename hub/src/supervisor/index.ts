/** The door of the supervisor: all adapters of a configuration, running. */
export type { AdapterState, DeviceState } from "./adapter-story.ts";
export { checkAdapterConfig } from "./load.ts";
export { Supervisor } from "./supervisor.ts";
