/** JSON as a value of a metric. Nothing is guessed: what is of another kind is no value. */
import { integerRange, type Datatype, type MetricValue } from "@unshub/sparkplug";

const TEXTS: ReadonlySet<Datatype> = new Set<Datatype>(["String", "Text", "UUID"]);
const BYTES: ReadonlySet<Datatype> = new Set<Datatype>(["Bytes", "File"]);
const FLOATS: ReadonlySet<Datatype> = new Set<Datatype>(["Float", "Double"]);

/** `json`: not null, large integers as `bigint`. `undefined`: no value of this datatype, or one that cannot be written. */
export function valueIn(datatype: Datatype | undefined, json: unknown): MetricValue | undefined {
  if (datatype === undefined) return undefined;
  if (typeof json === "string") return fromText(datatype, json);
  if (typeof json === "boolean") return datatype === "Boolean" ? json : undefined;
  if (datatype === "DateTime" || (typeof json !== "number" && typeof json !== "bigint"))
    return undefined;
  if (FLOATS.has(datatype)) return Number(json);
  return integerRange(datatype) === undefined ? undefined : json;
}

function fromText(datatype: Datatype, text: string): MetricValue | undefined {
  if (TEXTS.has(datatype)) return text;
  if (BYTES.has(datatype)) return new Uint8Array(Buffer.from(text, "base64"));
  const time = datatype === "DateTime" ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}

/** As commands take it: large integers as text, and nothing that they cannot carry. */
export function inputIn(datatype: Datatype | undefined, json: unknown): MetricValue | undefined {
  const value = valueIn(datatype, json);
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? undefined : value;
}
