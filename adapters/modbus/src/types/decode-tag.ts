/** One tag out of a reply that was asked for it alone: what a read-back and the tools of the engineer need. */
import type { MetricValue } from "@unshub/sparkplug";
import { isBitTable } from "../address.ts";
import { isArrayTag, type Tag } from "../tag.ts";
import { isBad, type BadReason, type BadValue } from "./bad-value.ts";
import { compileBlock, decodeBlock, type DecodeSink, type PlannedTag } from "./decode-plan.ts";
import { otherDecoder } from "./decode-other.ts";
import { numberAt, numberReader } from "./number-reader.ts";

/** A value, or a short stable word that says why there is none. */
export type Decoded =
  | { readonly kind: "good"; readonly value: MetricValue }
  | { readonly kind: "bad"; readonly reason: BadReason };

/** What `data` says of `tag`; its first register (or bit) is the first of the tag. */
export function decodeTag(tag: Tag, data: Uint8Array): Decoded {
  const needed = isBitTable(tag.table) ? Math.ceil(tag.length / 8) : 2 * tag.length;
  if (data.length < needed) return { kind: "bad", reason: "short_reply" };
  const value = valueIn(tag, data);
  return isBad(value) ? value : { kind: "good", value };
}

/** As `decodeTag`, told as a value of a block is. */
export function decodeTagInto(planned: PlannedTag, data: Uint8Array, sink: DecodeSink): void {
  decodeBlock(compileBlock([planned], planned.tag), { data, offset: 0, pass: 0 }, sink);
}

function valueIn(tag: Tag, data: Uint8Array): MetricValue | BadValue {
  const reader = isArrayTag(tag) ? undefined : numberReader(tag);
  if (reader === undefined) return otherDecoder(tag)(data.subarray(0, 2 * tag.length));
  const value = numberAt(reader, data, 0);
  return tag.datatype === "Boolean" && !isBad(value) ? value === 1 : value;
}
