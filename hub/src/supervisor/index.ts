/** The door of the supervisor: all adapters of a configuration, running. */
export type { AdapterReport, AdapterStatus } from "./adapter-state.ts";
export type { AdapterAccount, DeviceAccount } from "./adapter-story.ts";
export {
  adapterProtocols,
  checkAdapterConfig,
  describeAdapter,
  loadAdapter,
  plannedBirths,
} from "./load.ts";
export { comparedBirths } from "./compared-births.ts";
export { PeerBook, sharingProblems } from "./shared-peers.ts";
export { traceText } from "./trace-text.ts";
export { Supervisor } from "./supervisor.ts";
export type { AdapterDevice } from "./supervisor.ts";
export type { DeviceBirth, ReloadPlan } from "./thread-messages.ts";
export { adapterFolders } from "./adapter-folders.ts";
