/** Values of metrics as OPC UA carries them. 64-bit integers go as two halves, so that no digit is lost. */
import type { Variant } from "node-opcua-client";
import {
  isArrayValue,
  isDataSet,
  isTemplate,
  type Datatype,
  type MetricValue,
} from "@unshub/sparkplug";
import { valueJson } from "../tree/index.ts";
import type { Library } from "./library.ts";
import { uaTypeOf, type BuiltInName } from "./type-table.ts";

/** What an element is for the library. */
type Element = boolean | number | string | Date | Buffer | readonly [high: number, low: number];

/** The last millisecond that a `Date` can be. */
const LAST_DATE = 8.64e15;
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `null` is the null variant; `undefined`: the type cannot hold the value. */
export function toVariant(
  library: Library,
  datatype: Datatype,
  value: MetricValue,
): Variant | undefined {
  const { DataType, Variant, VariantArrayType } = library;
  if (value === null) return new Variant();
  const { name, isArray } = uaTypeOf(datatype);
  const dataType = DataType[name];
  if (!isArray) {
    const element = elementOf(name, value);
    if (element === undefined) return undefined;
    return new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: element });
  }
  if (!isArrayValue(value)) return undefined;
  const elements = Array.from<MetricValue, Element | undefined>(value, (each) =>
    elementOf(name, each),
  );
  if (elements.includes(undefined)) return undefined;
  return new Variant({ dataType, arrayType: VariantArrayType.Array, value: elements });
}

function elementOf(name: BuiltInName, value: MetricValue): Element | undefined {
  if (name === "Int64" || name === "UInt64") return halvesOf(value);
  if (name === "DateTime") return dateOf(value);
  if (name === "Guid") return typeof value === "string" && GUID.test(value) ? value : undefined;
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (isDataSet(value) || isTemplate(value)) return JSON.stringify(valueJson(value));
  return typeof value === "object" ? undefined : value;
}

function halvesOf(value: MetricValue): readonly [high: number, low: number] | undefined {
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  const bits = BigInt.asUintN(64, BigInt(value));
  return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
}

function dateOf(value: MetricValue): Date | undefined {
  const ms = typeof value === "bigint" ? Number(value) : value;
  return typeof ms === "number" && Math.abs(ms) <= LAST_DATE ? new Date(ms) : undefined;
}
