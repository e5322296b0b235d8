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
  const value = typeof input === "string" ? fromText(datatype, input) : fromJson(datatype, input);
  if (value === undefined) {
    const hint = typeof input === "number" ? "; send it as text, JSON numbers lose digits" : "";
    return { ok: false, because: `${JSON.stringify(input)} is no ${datatype}${hint}` };
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

/** A JSON number beyond 2^53 has lost digits already: such values are sent as text. */
function fromJson(datatype: Datatype, input: unknown): MetricValue | undefined {
  if (typeof input === "boolean") return input;
  if (typeof input !== "number") return undefined;
  const isInteger = integerRange(datatype) !== undefined;
  return isInteger && Number.isInteger(input) && !Number.isSafeInteger(input) ? undefined : input;
}
