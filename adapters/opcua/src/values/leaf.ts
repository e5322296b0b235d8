/** One metric of a tag: a scalar or an array has one, a structure one for each of its members, or one for the whole. */
import {
  BASIC_DATATYPES,
  DATATYPES,
  isArrayDatatype,
  isArrayValue,
  type ArrayDatatype,
  type BasicDatatype,
  type BasicValue,
  type Datatype,
  type MetricValue,
  type PropertyToSend,
} from "@unshub/sparkplug";
import type { BuiltInType } from "../built-in-types.ts";
import { jsonText } from "./json-text.ts";
import {
  fromRaw,
  member,
  TOO_LARGE,
  UNDECODABLE,
  type Converted,
  type ValueLimits,
} from "./scalar.ts";

/** Longer arrays are not published. */
const LONGEST_ARRAY = 10_000;

/** How much of a value it is. */
type LeafShape =
  | { readonly kind: "scalar" }
  /** Also a matrix, flattened; `dims` then says how long each dimension is. */
  | { readonly kind: "array"; readonly dims?: readonly number[] }
  /** A matrix of two dimensions as a DataSet: one row for each index of the first. */
  | { readonly kind: "table"; readonly dims: readonly [rows: number, columns: number] }
  /** A structure as one metric. Members are leaves again, with their names as suffixes. */
  | { readonly kind: "template"; readonly template: string; readonly members: readonly Leaf[] }
  /** Anything that has no type in Sparkplug, as a text. */
  | { readonly kind: "json" };

/** What a birth fixes of one metric. */
export interface Leaf {
  /** Behind the tag's name: empty, or like `/Limits/Low`. */
  readonly suffix: string;
  /** From the value to the member, as the library names them. */
  readonly path: readonly string[];
  readonly type: BuiltInType;
  readonly shape: LeafShape;
  readonly datatype: Datatype;
  /** Numbers that are shown as texts. */
  readonly texts?: ReadonlyMap<number, string>;
  readonly properties: readonly PropertyToSend[];
  /** A member of a structure that cannot be written by itself, whatever the tag says. */
  readonly isReadOnly?: boolean;
}

/** Types that Sparkplug has no array of are shown as texts. */
const TEXT_ARRAYS = new Set(["Guid", "ByteString"]);

const ARRAYS = DATATYPES.filter(isArrayDatatype);

/** The array type of Sparkplug for elements of `type`. */
export function arrayDatatype(type: BuiltInType): ArrayDatatype {
  const element = TEXT_ARRAYS.has(type.name) ? "String" : type.datatype;
  return ARRAYS.find((datatype) => datatype === `${element}Array`) ?? "StringArray";
}

/** What `root`, the whole value, is worth to `leaf`. */
export function leafValue(root: unknown, leaf: Leaf, limits: ValueLimits): Converted {
  let raw: unknown = root;
  for (const name of leaf.path) raw = member(raw, name);
  switch (leaf.shape.kind) {
    case "scalar":
      return scalarValue(raw, leaf, limits);
    case "array":
      return arrayValue(raw, leaf.type, limits);
    case "table":
      return tableValue(raw, leaf, limits);
    case "template":
      return templateValue(raw, leaf.shape, limits);
    case "json":
      return jsonValue(raw, limits);
  }
}

/** What the cells of a table are, where the elements are `type`. */
function cellDatatype(type: BuiltInType): BasicDatatype {
  return BASIC_DATATYPES.find((datatype) => datatype === type.datatype) ?? "String";
}

function tableValue(raw: unknown, { type, shape }: Leaf, limits: ValueLimits): Converted {
  const flat = arrayValue(raw, type, limits);
  if ("reason" in flat || shape.kind !== "table") return flat;
  if (flat.value === null || !isArrayValue(flat.value)) return { value: null };
  const cells: readonly BasicValue[] = flat.value;
  const [rows, columns] = shape.dims;
  if (cells.length !== rows * columns) return UNDECODABLE;
  const datatype = cellDatatype(type);
  return {
    value: {
      columns: Array.from({ length: columns }, (_, column) => String(column)),
      types: Array.from({ length: columns }, () => datatype),
      rows: Array.from({ length: rows }, (_, row) =>
        cells.slice(row * columns, (row + 1) * columns),
      ),
    },
  };
}

/** A member that cannot be told is null; the others stand. */
function templateValue(
  raw: unknown,
  { template, members }: Extract<LeafShape, { kind: "template" }>,
  limits: ValueLimits,
): Converted {
  if (raw === null || raw === undefined) return { value: null };
  const metrics = members.map((leaf) => {
    const converted = leafValue(raw, leaf, limits);
    const value = "reason" in converted ? null : converted.value;
    return { name: leaf.suffix, datatype: leaf.datatype, value };
  });
  return { value: { isDefinition: false, templateRef: template, metrics, parameters: [] } };
}

function scalarValue(raw: unknown, leaf: Leaf, limits: ValueLimits): Converted {
  const converted = fromRaw(raw, leaf.type, limits);
  if (leaf.texts === undefined || "reason" in converted) return converted;
  const { value } = converted;
  return { value: typeof value === "number" ? (leaf.texts.get(value) ?? String(value)) : null };
}

/** Null when there is no array; an empty one stays an array. */
function arrayValue(raw: unknown, type: BuiltInType, limits: ValueLimits): Converted {
  if (raw === null || raw === undefined) return { value: null };
  const length = member(raw, "length");
  if (typeof length !== "number" || typeof raw !== "object") return UNDECODABLE;
  if (length > LONGEST_ARRAY) return TOO_LARGE;
  const elements: ArrayElement[] = [];
  for (let index = 0; index < length; index += 1) {
    const converted = fromRaw(Reflect.get(raw, index), type, limits);
    if ("reason" in converted) return converted;
    elements.push(elementOf(converted.value, type));
  }
  return { value: oneKind(elements) };
}

type ArrayElement = number | bigint | boolean | string;

/** Sparkplug's arrays have no nulls and no bytes. */
function elementOf(value: MetricValue, { datatype }: BuiltInType): ArrayElement {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (typeof value === "object") return isNumberLike(datatype) ? 0 : "";
  return value;
}

function isNumberLike(datatype: Datatype): boolean {
  return datatype === "DateTime" || datatype === "Int64" || datatype === "UInt64";
}

function oneKind(elements: readonly ArrayElement[]): MetricValue {
  if (elements.every((each) => typeof each === "boolean")) {
    return elements.length === 0 ? NONE : elements;
  }
  if (elements.every((each) => typeof each === "string")) return elements;
  return elements.filter((each) => typeof each === "number" || typeof each === "bigint");
}

const NONE: readonly number[] = [];

function jsonValue(raw: unknown, { maxBytes }: ValueLimits): Converted {
  if (raw === null || raw === undefined) return { value: null };
  const text = jsonText(raw);
  return text.length > maxBytes ? TOO_LARGE : { value: text };
}
