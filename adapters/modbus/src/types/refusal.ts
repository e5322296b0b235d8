/** Why a value cannot be written. */
import type { MetricValue } from "@unshub/sparkplug";

/** Stable words; the result of a write is `rejected_` and one of them. */
export type RefusalCode =
  | "bad_type"
  | "bad_text"
  | "bad_time"
  | "not_atomic"
  | "not_finite"
  | "not_in_enum"
  | "not_integer"
  | "not_writable"
  | "out_of_range"
  | "too_long";

/** A word and a sentence. */
export interface Refusal {
  readonly kind: "problem";
  readonly code: RefusalCode;
  readonly problem: string;
}

/** The refusal with these words. */
export function refused(code: RefusalCode, problem: string): Refusal {
  return { kind: "problem", code, problem };
}

/** A value as a person reads it in a sentence. */
export function shown(value: MetricValue): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === "bigint" ? part.toString() : part,
  );
}
