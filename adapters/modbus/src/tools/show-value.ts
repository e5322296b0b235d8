/** A decoded value for a person or for JSON. */
import type { Decoded } from "../types/index.ts";
import { shown } from "../types/refusal.ts";
import { rawType, type RawTypeName } from "../types/raw-type.ts";

/** Floats with as many digits as they are worth; dates as ISO; what is none in parentheses. */
export function shownValue(decoded: Decoded, type: RawTypeName): string {
  if (decoded.kind === "bad") return `(${decoded.reason})`;
  const { value } = decoded;
  if (typeof value !== "number") return shown(value);
  if (rawType(type).kind === "moment") return new Date(value).toISOString();
  if (rawType(type).kind !== "float" || Number.isSafeInteger(value)) return String(value);
  return String(Number(value.toPrecision(type === "float64" ? 15 : type === "float16" ? 4 : 7)));
}

/** 64-bit integers as text, since numbers of JSON cannot hold them. */
export function jsonValue(decoded: Decoded): object {
  if (decoded.kind === "bad") return { reason: decoded.reason };
  const { value } = decoded;
  const isPlain = typeof value === "number" && Number.isFinite(value);
  return { value: isPlain ? value : typeof value === "bigint" ? value.toString() : shown(value) };
}
