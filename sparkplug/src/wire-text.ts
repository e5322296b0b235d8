/**
 * UTF-8 from the wire. Names, keys, units and states come again with every message and are kept. (Putting short text
 * together letter by letter was tried: no faster than the decoder, and slow as keys of a `Map`.)
 */
import { Kept } from "./wire-kept.ts";

/** Every platform we run on has it, but neither Node's types nor the browser's are loaded in this room. */
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const NAMES = new Kept<string>(96);
const KEYS = new Kept<string>(96);
/** What is longer is hardly a state or a unit. */
const VALUES = new Kept<string>(16);

/** A text value. @throws {TypeError} when the bytes are not UTF-8; the reader says where. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return VALUES.find(bytes, start, end) ?? decoded(VALUES, bytes, start, end);
}

/** As `textOf`, for the name of a metric. */
export function nameOf(bytes: Uint8Array, start: number, end: number): string {
  return NAMES.find(bytes, start, end) ?? decoded(NAMES, bytes, start, end);
}

/** As `textOf`, for the key of a property and other names. */
export function keyOf(bytes: Uint8Array, start: number, end: number): string {
  return KEYS.find(bytes, start, end) ?? decoded(KEYS, bytes, start, end);
}

function decoded(kept: Kept<string>, bytes: Uint8Array, start: number, end: number): string {
  return kept.keep(UTF8.decode(bytes.subarray(start, end)), bytes, start, end);
}
