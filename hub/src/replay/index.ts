/** The door of replay: streams of the past for MQTT clients. */
export { Streams, type StreamFigures, type StreamsOptions } from "./streams.ts";
