/**
 * UTF-8 from the wire and to it. Names, keys, units and states come again with every message and are kept. (Putting
 * short text together letter by letter was tried: no faster than the decoder, and slow as keys of a `Map`.)
 */
import { Kept } from "./wire-kept.ts";
import { misfit } from "./wire-misfit.ts";

/** Every platform we run on has both, but neither Node's types nor the browser's are loaded in this room. */
declare const TextEncoder: new () => { encode(text: string): Uint8Array };
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Texts that come again, each kind with memory of its own. */
export type KeptTexts = Kept<string>;
/** Names of metrics. */
export const NAMES: KeptTexts = new Kept<string>(96);
/** Keys of properties, names of columns and parameters. */
export const KEYS: KeptTexts = new Kept<string>(96);
/** Values: what is longer is hardly a state or a unit. */
export const TEXTS: KeptTexts = new Kept<string>(16);

/** The text in `bytes[start]` to `bytes[end]`. @throws {TypeError} when they are not UTF-8; the reader says where. */
export function textOf(kept: KeptTexts, bytes: Uint8Array, start: number, end: number): string {
  return kept.find(bytes, start, end) ?? decoded(kept, bytes, start, end);
}

function decoded(kept: KeptTexts, bytes: Uint8Array, start: number, end: number): string {
  return kept.keep(DECODER.decode(bytes.subarray(start, end)), bytes, start, end);
}

/** A text as UTF-8. @throws {SparkplugError} VALUE_MISFIT when it holds half a character. */
export function utf8(text: string): Uint8Array {
  if (!text.isWellFormed()) throw misfit(`${JSON.stringify(text)} holds half a character`);
  return ENCODER.encode(text);
}
