/** One number of a tag the exact way, for all that the hot path does not decide. */
import type { Tag } from "../tag.ts";
import { isBad, SENTINEL, type BadValue } from "./bad-value.ts";
import { chainOf, isSentinel, valueOf, type Chain } from "./chain.ts";
import { bitWidth, rawShapeOf, readBits, readExact, type RawShape } from "./raw-number.ts";

/** How the number of one tag is read and what becomes of it. */
export interface NumberReader {
  readonly tag: Tag;
  readonly shape: RawShape;
  readonly chain: Chain;
}

/** The reader of `tag`, of arrays for one element; `undefined` when it holds no numbers. */
export function numberReader(tag: Tag): NumberReader | undefined {
  const shape = rawShapeOf(tag);
  return shape === undefined ? undefined : { tag, shape, chain: chainOf(tag) };
}

/** The value at byte (in bit tables: bit) `at`; booleans are 0 and 1. */
export function numberAt(
  { tag, shape, chain }: NumberReader,
  data: Uint8Array,
  at: number,
): number | bigint | string | BadValue {
  const { invalidRaw } = tag;
  if (
    invalidRaw !== undefined &&
    isSentinel(invalidRaw, readBits(shape, data, at), bitWidth(shape))
  )
    return SENTINEL;
  const raw = readExact(shape, data, at);
  return isBad(raw) ? raw : valueOf(chain, raw);
}
