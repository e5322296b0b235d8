/** What a person types to make a simulated device ill, as a fault. */
import type { SimulatedFault } from "@unshub/adapter";

/** What may be typed after the name of the device. */
export const FAULT_WORDS = "slow 500ms | silent | exceptions [CODE] | noise | none";

/** `["slow", "500ms"]`, `["exceptions", "6"]`, …; `undefined` for anything that is none. */
export function faultOf(words: readonly string[]): SimulatedFault | undefined {
  const [kind = "", detail] = words;
  if (kind === "none" || kind === "silent" || kind === "noise") return { kind };
  if (kind === "slow") return slow(detail ?? "500ms");
  return kind === "exceptions" ? exceptions(Number(detail ?? "4")) : undefined;
}

function slow(detail: string): SimulatedFault | undefined {
  const [, count, unit] = /^(\d{1,6})(ms|s)$/.exec(detail) ?? [];
  return count === undefined
    ? undefined
    : { kind: "slow", ms: Number(count) * (unit === "s" ? 1000 : 1) };
}

function exceptions(code: number): SimulatedFault | undefined {
  return Number.isInteger(code) && code > 0 && code < 256
    ? { kind: "exceptions", code }
    : undefined;
}
