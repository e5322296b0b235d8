/** Outcomes as JSON: 64-bit integers as text, so that no digit is lost; structures as what they are. */
import type { CommandRecord } from "./outcome.ts";

export function plainOutcome(outcome: NonNullable<CommandRecord["outcome"]>): object {
  return "value" in outcome ? { ...outcome, value: plainValue(outcome.value) } : outcome;
}

/** What JSON can say of a value. */
export function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === "object" && value !== null ? "a structure" : value;
}
