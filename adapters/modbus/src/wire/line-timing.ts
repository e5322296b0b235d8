/** Times of a serial line, from its settings. */
import type { BusConfig } from "./link-config.ts";

/** Above this rate the standard fixes the pause between frames. */
const FAST_BAUD = 19_200;
const FAST_GAP_MS = 1.75;
const GAP_CHARACTERS = 3.5;

/** Bits of one character: start, data, parity, stop. */
function bitsPerCharacter({ dataBits = 8, parity = "none", stopBits = 1 }: BusConfig): number {
  return 1 + dataBits + (parity === "none" ? 0 : 1) + stopBits;
}

/** Milliseconds that `count` characters take; 0 when nobody knows the rate of the line. */
export function charactersMs(config: BusConfig, count: number): number {
  const { baud } = config;
  return baud === undefined ? 0 : (count * bitsPerCharacter(config) * 1000) / baud;
}

/** t3.5: the silence that ends a frame, in milliseconds. */
export function frameGapMs(config: BusConfig): number {
  if (config.baud === undefined) return 0;
  return config.baud > FAST_BAUD ? FAST_GAP_MS : charactersMs(config, GAP_CHARACTERS);
}
