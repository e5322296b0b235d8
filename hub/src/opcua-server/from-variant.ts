/** What a client wants written, as `command` takes it: numbers and truth values as they are, large integers as text. */
import type { Variant } from "node-opcua-client";
import type { Datatype } from "@unshub/sparkplug";
import type { Library } from "./library.ts";
import { uaTypeOf } from "./type-table.ts";

/** The input of a write; `undefined` when the variant is not of exactly the metric's type. */
export function fromVariant(
  { DataType, VariantArrayType }: Library,
  datatype: Datatype,
  variant: Variant,
): number | boolean | string | undefined {
  const { name } = uaTypeOf(datatype);
  if (variant.dataType !== DataType[name]) return undefined;
  if (variant.arrayType !== VariantArrayType.Scalar) return undefined;
  const value: unknown = variant.value;
  if (name === "Int64" || name === "UInt64") return wholeNumber(value, name === "Int64");
  if (value instanceof Date) return value.getTime();
  const isPlain =
    typeof value === "number" || typeof value === "boolean" || typeof value === "string";
  return isPlain ? value : undefined;
}

function wholeNumber(value: unknown, isSigned: boolean): string | undefined {
  if (!Array.isArray(value)) return undefined;
  const halves: readonly unknown[] = value;
  const [high, low] = halves;
  if (typeof high !== "number" || typeof low !== "number") return undefined;
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return String(isSigned ? BigInt.asIntN(64, bits) : bits);
}
