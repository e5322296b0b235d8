/** Wills, on their way out. */
import type { EngineClient, WillPacket } from "./internals.ts";

/**
 * Trap A11: aedes leaves Will Delay Interval in the PUBLISH that it makes of a Will. It is illegal there
 * (MQTT 5, section 3.3.2.3), and strict clients end their connection over it. Called once the delay is over.
 */
export function withoutDelay(will: WillPacket): void {
  if (will.properties === undefined) return;
  const { willDelayInterval: _over, ...properties } = will.properties;
  will.properties = properties;
}

/** The hub stops and nobody will be there when the delay is over: the Will goes out as soon as the client is closed. */
export function dueAtOnce({ will }: EngineClient): void {
  if (will !== null && will !== undefined) withoutDelay(will);
}
