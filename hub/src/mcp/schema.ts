/** The JSON Schema of a metric's value, as its birth describes it. */
import type { Datatype } from "@unshub/sparkplug";
import type { MetricInfo } from "../tree/index.ts";

type Json = Readonly<Record<string, unknown>>;

const INTEGERS: ReadonlyMap<string, readonly [low: number, high: number]> = new Map([
  ["Int8", [-128, 127]],
  ["Int16", [-32_768, 32_767]],
  ["Int32", [-2_147_483_648, 2_147_483_647]],
  ["UInt8", [0, 255]],
  ["UInt16", [0, 65_535]],
  ["UInt32", [0, 4_294_967_295]],
]);

const OTHERS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ["Int64", { type: "integer" }],
  ["UInt64", { type: "integer" }],
  ["Float", { type: "number" }],
  ["Double", { type: "number" }],
  ["Boolean", { type: "boolean" }],
  ["String", { type: "string" }],
  ["Text", { type: "string" }],
  ["UUID", { type: "string" }],
  ["DateTime", { type: "string", format: "date-time" }],
  ["Bytes", { type: "string", contentEncoding: "base64" }],
  ["File", { type: "string", contentEncoding: "base64" }],
]);

/** Whatever it is, it may be null. */
export function schemaOf({ datatype, unit, low, high }: MetricInfo): Json {
  const own = datatype === undefined ? {} : baseOf(datatype);
  const type = own["type"];
  return {
    ...own,
    ...(typeof type === "string" && { type: [type, "null"] }),
    ...(low !== undefined && { minimum: low }),
    ...(high !== undefined && { maximum: high }),
    ...(unit !== undefined && { "x-unit": unit.slice(0, 100) }),
  };
}

function baseOf(datatype: Datatype): Json {
  if (datatype.endsWith("Array")) {
    return { type: "array", items: itemOf(datatype.slice(0, -"Array".length)) };
  }
  return itemOf(datatype);
}

function itemOf(datatype: string): Json {
  const range = INTEGERS.get(datatype);
  if (range !== undefined) return { type: "integer", minimum: range[0], maximum: range[1] };
  return OTHERS.get(datatype) ?? { type: "object" };
}
