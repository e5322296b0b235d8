/** The value of a command as the node's exact type takes it; nothing is guessed, and nothing rounded unless that was said. */
import {
  integerFault,
  rangeFault,
  rejected,
  type WriteCommand,
  type WriteRejection,
  type WriteResult,
} from "@unshub/adapter";
import { integerRange, isArrayValue, isDataSet, type MetricValue } from "@unshub/sparkplug";
import type { BuiltInType } from "../built-in-types.ts";
import { toRaw } from "../encode.ts";
import type { Leaf } from "../values/leaf.ts";
import type { TagNode } from "../values/tag-node.ts";
import { parsedJson } from "./structure-value.ts";

/** A value as the library takes it, its type by name. */
export interface WireValue {
  readonly type: BuiltInType;
  readonly kind: "Scalar" | "Array" | "Matrix";
  readonly dims?: readonly number[];
  readonly value: unknown;
}

/** What is put into a structure once that was read. */
export interface MemberValue {
  readonly leaf: Leaf;
  readonly value: MetricValue;
}

/** What goes into the request, or the result that says why nothing does. */
export type Prepared =
  | { readonly wire: WireValue }
  | { readonly member: MemberValue }
  | { readonly fault: WriteResult };

interface CommandPlace {
  readonly node: TagNode;
  /** Which of its metrics. */
  readonly leaf: Leaf;
  /** Milliseconds since 1970 UTC. */
  readonly nowMs: number;
}

export function prepare(command: WriteCommand, place: CommandPlace): Prepared {
  const { node, leaf, nowMs } = place;
  const { writeType, isStructured } = node;
  const type = isStructured ? leaf.type : writeType;
  const refuse: Refuse = (rejection, because) => ({
    fault: rejected(command, rejection, { because, at: nowMs }),
  });
  if (type === undefined) return refuse("not_writable", "values of its type cannot be written");
  if (leaf.isReadOnly === true)
    return refuse("not_writable", "this member cannot be written alone");
  const asked = askedOf(command, type, place);
  if (asked === undefined) return refuse("unknown_text", `its enumeration has no such text`);
  if ("fault" in asked) return asked;
  return isStructured
    ? preparedMember(leaf, asked.value, { type, refuse })
    : preparedValue(asked.value, node, { type, refuse });
}

type Refuse = (rejection: WriteRejection, because: string) => Prepared;

/** The value as it is to be written, in its range; `undefined`: there is no such text. */
function askedOf(
  command: WriteCommand,
  type: BuiltInType,
  { node, nowMs }: CommandPlace,
): { readonly value: MetricValue } | { readonly fault: WriteResult } | undefined {
  const { write } = node.tag;
  const text = numberOfText(command.value, node);
  if (text === undefined) return undefined;
  const asked = { ...command, value: rounded(text, type, write.round) };
  const isInteger = integerRange(type.datatype) !== undefined;
  const fault =
    rangeFault(asked, nowMs, write.range) ?? (isInteger ? integerFault(asked, nowMs) : undefined);
  return fault === undefined ? { value: asked.value } : { fault };
}

function preparedValue(
  value: MetricValue,
  node: TagNode,
  { type, refuse }: { readonly type: BuiltInType; readonly refuse: Refuse },
): Prepared {
  const encoded = encode(value, node, type);
  if (!("fault" in encoded)) return { wire: encoded };
  return refuse(isTooLarge(value, type) ? "out_of_range" : "bad_value", encoded.fault);
}

function isTooLarge(value: MetricValue, { name, datatype }: BuiltInType): boolean {
  const isNumber = typeof value === "number" || typeof value === "bigint";
  return isNumber && (integerRange(datatype) !== undefined || name === "Float");
}

/** As far as can be said without the structure itself. */
function preparedMember(
  leaf: Leaf,
  value: MetricValue,
  { type, refuse }: { readonly type: BuiltInType; readonly refuse: Refuse },
): Prepared {
  const { kind } = leaf.shape;
  if (kind === "scalar") {
    const encoded = toRaw(value, type);
    if ("fault" in encoded)
      return refuse(isTooLarge(value, type) ? "out_of_range" : "bad_value", encoded.fault);
  } else if (kind === "json") {
    const json = parsedJson(value);
    if ("fault" in json) return refuse("bad_value", json.fault);
  }
  return { member: { leaf, value } };
}

/** Enumerations that are shown as texts are written as texts; `undefined`: there is no such text. */
function numberOfText(value: MetricValue, { leaves }: TagNode): MetricValue | undefined {
  const texts = leaves[0]?.texts;
  if (texts === undefined || typeof value !== "string") return value;
  return [...texts].find(([, text]) => text === value)?.[0];
}

function rounded(value: MetricValue, { datatype }: BuiltInType, round: boolean): MetricValue {
  const applies = round && typeof value === "number" && integerRange(datatype) !== undefined;
  return applies ? Math.round(value) : value;
}

function encode(
  value: MetricValue,
  { isArray, leaves }: TagNode,
  type: BuiltInType,
): WireValue | { readonly fault: string } {
  if (!isArray) {
    const one = toRaw(value, type);
    return "fault" in one ? one : { type, kind: "Scalar", value: one.raw };
  }
  const shape = leaves[0]?.shape;
  const list = elementsFor(shape, value);
  if ("fault" in list) return list;
  const encoded = encodeAll(list, type);
  if ("fault" in encoded) return encoded;
  const { raws } = encoded;
  const dims = shape?.kind === "array" || shape?.kind === "table" ? shape.dims : undefined;
  if (dims === undefined) return { type, kind: "Array", value: raws };
  const wanted = dims.reduce((product, length) => product * length, 1);
  if (raws.length !== wanted) return { fault: `expected ${wanted} elements, not ${raws.length}` };
  return { type, kind: "Matrix", dims, value: raws };
}

function encodeAll(
  list: readonly MetricValue[],
  type: BuiltInType,
): { readonly raws: readonly unknown[] } | { readonly fault: string } {
  const raws: unknown[] = [];
  for (const [index, each] of list.entries()) {
    const one = toRaw(each, type);
    if ("fault" in one) return { fault: `[${index}]: ${one.fault}` };
    raws.push(one.raw);
  }
  return { raws };
}

function elementsFor(
  shape: Leaf["shape"] | undefined,
  value: MetricValue,
): readonly MetricValue[] | { readonly fault: string } {
  if (shape?.kind === "scalar") return [value]; // a part of an array, named by its index
  if (shape?.kind === "table") return cellsOf(shape.dims, value);
  return isArrayValue(value) ? value : { fault: "expected an array" };
}

function cellsOf(
  [rows, columns]: readonly [rows: number, columns: number],
  value: MetricValue,
): readonly MetricValue[] | { readonly fault: string } {
  if (!isDataSet(value)) return { fault: `expected a DataSet of ${rows} rows of ${columns} cells` };
  const isWhole = value.rows.length === rows && value.rows.every((row) => row.length === columns);
  return isWhole ? value.rows.flat() : { fault: `expected ${rows} rows of ${columns} cells` };
}
