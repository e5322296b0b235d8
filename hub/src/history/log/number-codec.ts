/**
 * Numbers of one metric as few bytes: one number for all; integers or decimals as differences; else floats by exclusive
 * or with the one before, their bytes sorted by place, so that the compressor sees what does not change.
 */
import { BrokenBytes, MOST_SIGNED, type ByteReader, type ByteWriter } from "./bytes.ts";

const SAME = 0;
const SCALED = 1;
const SCALED_FLOATS = 2;
const FLOATS = 3;
const DOUBLES = 4;

const SCALES = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000] as const;

export function writeNumbers(into: ByteWriter, values: Float64Array): void {
  if (areSame(values)) {
    into.byte(SAME);
    into.floats(values.subarray(0, Math.min(1, values.length)));
    return;
  }
  const single = areSingle(values);
  const exponent = exponentOf(values, single);
  if (exponent >= 0) writeScaled(into, values, { exponent, single });
  else if (single) writePlanes(into, values, FLOATS);
  else writePlanes(into, values, DOUBLES);
}

/** @throws {BrokenBytes} */
export function readNumbers(from: ByteReader, count: number): Float64Array {
  const how = from.byte();
  switch (how) {
    case SAME:
      return new Float64Array(count).fill(count === 0 ? 0 : (from.floats(1)[0] ?? 0));
    case SCALED:
    case SCALED_FLOATS:
      return readScaled(from, count, how === SCALED_FLOATS);
    case FLOATS:
      return Float64Array.from(readPlanes(from, new Float32Array(count)));
    case DOUBLES:
      return readPlanes(from, new Float64Array(count));
    default:
      throw new BrokenBytes(`there are no numbers of kind ${how}`);
  }
}

function areSame(values: Float64Array): boolean {
  const [first] = values;
  for (const value of values) if (!Object.is(value, first)) return false;
  return true;
}

/** Whether all of them are 32 bit floats. */
function areSingle(values: Float64Array): boolean {
  for (const value of values) if (!Object.is(Math.fround(value), value)) return false;
  return true;
}

/** How many decimals all of them have at most; −1: too many, or they are no decimals. */
function exponentOf(values: Float64Array, single: boolean): number {
  let exponent = 0;
  for (const value of values) {
    while (!isDecimal(value, exponent, single)) {
      exponent += 1;
      if (exponent >= SCALES.length) return -1;
    }
  }
  for (const value of values) if (!isDecimal(value, exponent, single)) return -1;
  return exponent;
}

function isDecimal(value: number, exponent: number, single: boolean): boolean {
  const scale = SCALES[exponent] ?? 1;
  const scaled = Math.round(value * scale);
  if (!(Math.abs(scaled) < MOST_SIGNED / 4)) return false;
  const back = single ? Math.fround(scaled / scale) : scaled / scale;
  return back === value && (value !== 0 || Object.is(value, 0));
}

function writeScaled(
  into: ByteWriter,
  values: Float64Array,
  { exponent, single }: { readonly exponent: number; readonly single: boolean },
): void {
  into.byte(single ? SCALED_FLOATS : SCALED);
  into.byte(exponent);
  const scale = SCALES[exponent] ?? 1;
  let before = 0;
  for (const value of values) {
    const scaled = Math.round(value * scale);
    into.signed(scaled - before);
    before = scaled;
  }
}

function readScaled(from: ByteReader, count: number, single: boolean): Float64Array {
  const scale = SCALES[from.byte()];
  if (scale === undefined) throw new BrokenBytes("numbers of an unknown scale");
  const values = new Float64Array(count);
  let scaled = 0;
  for (let at = 0; at < count; at += 1) {
    scaled += from.signed();
    values[at] = single ? Math.fround(scaled / scale) : scaled / scale;
  }
  return values;
}

function writePlanes(into: ByteWriter, values: Float64Array, how: typeof FLOATS | typeof DOUBLES) {
  into.byte(how);
  const typed = how === FLOATS ? Float32Array.from(values) : values.slice();
  const words = new Uint32Array(typed.buffer);
  const perValue = typed.BYTES_PER_ELEMENT / 4;
  for (let at = words.length - 1; at >= perValue; at -= 1) {
    words[at] = (words[at] ?? 0) ^ (words[at - perValue] ?? 0);
  }
  const bytes = new Uint8Array(typed.buffer);
  const width = typed.BYTES_PER_ELEMENT;
  const planes = new Uint8Array(bytes.length);
  for (let plane = 0, to = 0; plane < width; plane += 1) {
    for (let at = plane; at < bytes.length; at += width, to += 1) planes[to] = bytes[at] ?? 0;
  }
  into.bytes(planes);
}

function readPlanes<Kind extends Float32Array | Float64Array>(from: ByteReader, typed: Kind): Kind {
  const bytes = new Uint8Array(typed.buffer);
  const planes = from.bytes(bytes.length);
  const width = typed.BYTES_PER_ELEMENT;
  for (let plane = 0, at = 0; plane < width; plane += 1) {
    for (let to = plane; to < bytes.length; to += width, at += 1) bytes[to] = planes[at] ?? 0;
  }
  const words = new Uint32Array(typed.buffer);
  const perValue = width / 4;
  for (let at = perValue; at < words.length; at += 1) {
    words[at] = (words[at] ?? 0) ^ (words[at - perValue] ?? 0);
  }
  return typed;
}
