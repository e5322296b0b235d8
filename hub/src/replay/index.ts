/** The door of replay: streams of the past for MQTT clients. */
export { sandboxPrefix } from "./republish/sandbox-prefix.ts";
export {
  Republisher,
  RepublishError,
  type RepublishAsked,
  type RepublishState,
} from "./republish/republisher.ts";
export {
  PROPOSING,
  ReplayProposals,
  type Proposer,
  type Replayer,
  type ReplayProposal,
} from "./republish/replay-proposals.ts";
export type { KeptCursor, KeptStream, StreamMessage } from "./source.ts";
export { Streams, type StreamFigures } from "./streams.ts";
