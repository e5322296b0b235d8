/** What the hot path has to know of a number: one object for all tags that are alike, so that it is found in the cache. */
import { plainBounds } from "./chain.ts";
import type { NumberReader } from "./number-reader.ts";
import { mayBeBig, type RawShape } from "./raw-number.ts";

export interface NumberKind {
  readonly shape: RawShape;
  /** Multiplied, added, divided by; a scaled value from the fourth to the fifth is good as it is. */
  readonly scale: Float64Array;
}

/** There are as many as different ones in the configuration: few. */
const kinds = new Map<RawShape, Map<string, NumberKind>>();

export function numberKind(reader: NumberReader): NumberKind {
  const { shape, chain } = reader;
  const { num, add, den } = chain.linear;
  const scale = [num, add, den, ...boundsOf(reader)];
  const key = scale.join();
  const alike = kinds.get(shape) ?? new Map<string, NumberKind>();
  kinds.set(shape, alike);
  const known = alike.get(key) ?? { shape, scale: Float64Array.from(scale) };
  alike.set(key, known);
  return known;
}

/** `raw` as it is published, if nothing else is to be done with it. */
export function scaled({ scale }: NumberKind, raw: number): number {
  const num = scale[0] ?? 1;
  const add = scale[1] ?? 0;
  const den = scale[2] ?? 1;
  // So that -0 stays -0, and because most tags are not scaled.
  return num === 1 && add === 0 && den === 1 ? raw : (raw * num + add) / den;
}

/** Whether a scaled value needs no second look. */
export function isPlain({ scale }: NumberKind, value: number): boolean {
  return value >= (scale[3] ?? 0) && value <= (scale[4] ?? 0);
}

function boundsOf(reader: NumberReader): readonly [min: number, max: number] {
  const isNever =
    reader.tag.invalidRaw !== undefined || (mayBeBig(reader.shape) && !reader.chain.isIdentity);
  return isNever ? [Infinity, -Infinity] : plainBounds(reader.chain);
}
