/** The door of the supervisor: all adapters of a configuration, running. */
export { checkAdapterConfig } from "./load.ts";
export { Supervisor } from "./supervisor.ts";
