/** From what a person typed, or JSON carried, to a value of the metric's datatype. Nothing is rounded or guessed. */
import {
  integerRange,
  SCALAR_DATATYPES,
  valueFault,
  type Datatype,
  type MetricValue,
} from "@unshub/sparkplug";

/** Arrays, DataSets and Templates have no text that a person would type. */
const SCALARS: ReadonlySet<Datatype> = new Set(SCALAR_DATATYPES);

export type ParsedValue =
  | { readonly ok: true; readonly value: MetricValue }
  | { readonly ok: false; readonly because: string };

/** `input`: a text (`"25.5"`, `"true"`) or a JSON value. */
export function parseValue(datatype: Datatype, input: unknown): ParsedValue {
  if (!SCALARS.has(datatype)) {
    return { ok: false, because: `a value of datatype ${datatype} cannot be written from here` };
  }
  const value = typeof input === "string" ? fromText(datatype, input) : fromJson(input);
  if (value === undefined) {
    return { ok: false, because: `${JSON.stringify(input)} is no ${datatype}` };
  }
  const because = valueFault(datatype, value);
  return because === undefined ? { ok: true, value } : { ok: false, because };
}

function fromText(datatype: Datatype, text: string): MetricValue | undefined {
  const trimmed = text.trim();
  if (datatype === "Boolean") return { true: true, false: false }[trimmed];
  if (integerRange(datatype) !== undefined) return wholeNumber(trimmed);
  if (datatype === "Float" || datatype === "Double") {
    return trimmed !== "" && Number.isFinite(Number(trimmed)) ? Number(trimmed) : undefined;
  }
  if (datatype === "Bytes" || datatype === "File") return undefined;
  return text;
}

function wholeNumber(text: string): number | bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const exact = BigInt(text.replace(/^\+/, ""));
  return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
}

function fromJson(input: unknown): MetricValue | undefined {
  return typeof input === "number" || typeof input === "boolean" ? input : undefined;
}
