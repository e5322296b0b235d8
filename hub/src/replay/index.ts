/** The door of replay: streams of the past for MQTT clients. */
export {
  Republisher,
  RepublishError,
  type RepublishAsked,
  type RepublishState,
} from "./republish/republisher.ts";
export type { KeptCursor, KeptStream, StreamMessage } from "./source.ts";
export { Streams, type StreamFigures, type StreamsOptions } from "./streams.ts";
