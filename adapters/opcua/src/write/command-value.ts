/** The value of a command as the node's exact type takes it; nothing is guessed, and nothing rounded unless that was said. */
import {
  integerFault,
  rangeFault,
  rejected,
  type WriteCommand,
  type WriteRejection,
  type WriteResult,
} from "@unshub/adapter";
import { integerRange, isArrayValue, type MetricValue } from "@unshub/sparkplug";
import type { BuiltInType } from "../built-in-types.ts";
import { toRaw } from "../encode.ts";
import type { TagNode } from "../values/tag-node.ts";

/** A value as the library takes it, its type by name. */
export interface WireValue {
  readonly type: BuiltInType;
  readonly kind: "Scalar" | "Array" | "Matrix";
  readonly dims?: readonly number[];
  readonly value: unknown;
}

/** What goes into the request, or the result that says why nothing does. */
export type Prepared = { readonly wire: WireValue } | { readonly fault: WriteResult };

/** `nowMs`: milliseconds since 1970 UTC. */
export function prepare(command: WriteCommand, node: TagNode, nowMs: number): Prepared {
  const { writeType: type, tag } = node;
  const refuse = (rejection: WriteRejection, because: string): Prepared => ({
    fault: rejected(command, rejection, { because, at: nowMs }),
  });
  if (type === undefined) return refuse("not_writable", "values of its type cannot be written");
  const text = numberOfText(command.value, node);
  if (text === undefined) {
    return refuse("unknown_text", `its enumeration has no such text`);
  }
  const asked = { ...command, value: rounded(text, type, tag.write.round) };
  const isInteger = integerRange(type.datatype) !== undefined;
  const fault =
    rangeFault(asked, nowMs, tag.write.range) ??
    (isInteger ? integerFault(asked, nowMs) : undefined);
  if (fault !== undefined) return { fault };
  const encoded = encode(asked.value, node, type);
  if ("fault" in encoded) {
    const isNumber = typeof asked.value === "number" || typeof asked.value === "bigint";
    const isTooLarge = isNumber && (isInteger || type.name === "Float");
    return refuse(isTooLarge ? "out_of_range" : "bad_value", encoded.fault);
  }
  return { wire: encoded };
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
  const isOneElement = shape?.kind === "scalar"; // a part of an array, named by its index
  const list = isOneElement ? [value] : elementsOf(value);
  if (list === undefined) return { fault: "expected an array" };
  const encoded = encodeAll(list, type);
  if ("fault" in encoded) return encoded;
  const { raws } = encoded;
  const dims = shape?.kind === "array" ? shape.dims : undefined;
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

function elementsOf(value: MetricValue): readonly MetricValue[] | undefined {
  return isArrayValue(value) ? value : undefined;
}
