/**
 * UTF-8 from the wire. Names, keys, units and states come again with every message: they are taken from a small table,
 * which is faster than decoding them, costs no memory, and lets a `Map` find them at once. (Putting short text together
 * letter by letter was tried: no faster than the decoder, and slower as keys of a `Map`.)
 */

/** Every platform we run on has it, but neither Node's types nor the browser's are loaded in this room. */
declare const TextDecoder: new (
  label: string,
  options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string };

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const NOTHING = new Uint8Array(0);

/** Values up to this length are mostly states and units, which come again as names do. */
const SHORT = 16;
/** How many texts are kept, and how long they may be. At most about half a megabyte, whatever arrives. */
const KEPT = 4096;
const LONGEST_KEPT = 96;
const TEXTS: string[] = Array.from({ length: KEPT }, () => "");
/** The same as bytes: comparing them is twice as fast as asking a string for its letters. */
const BYTES: Uint8Array[] = Array.from({ length: KEPT }, () => NOTHING);

/** Texts of one kind come in the same order in every message: the one that followed the last one is tried first. */
interface Order {
  /** Slot of the text that was read last. */
  last: number;
  /** Slot of the text that followed, by the slot of the one before. */
  readonly next: Uint16Array;
}
const order = (): Order => ({ last: 0, next: new Uint16Array(KEPT) });
const NAMES = order();
const KEYS = order();
const VALUES = order();

/** A text value. @throws {TypeError} when the bytes are not UTF-8; the reader says where. */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT) return UTF8.decode(bytes.subarray(start, end));
  return keptOr(VALUES, bytes, start, end);
}

/** As `textOf`, for the name of a metric. */
export function nameOf(bytes: Uint8Array, start: number, end: number): string {
  return keptOr(NAMES, bytes, start, end);
}

/** As `textOf`, for the key of a property and other names. */
export function keyOf(bytes: Uint8Array, start: number, end: number): string {
  return keptOr(KEYS, bytes, start, end);
}

function keptOr(kind: Order, bytes: Uint8Array, start: number, end: number): string {
  const expected = kind.next[kind.last] ?? 0;
  if (isKept(expected, bytes, start, end)) {
    kind.last = expected;
    return TEXTS[expected] ?? "";
  }
  if (end - start > LONGEST_KEPT) return UTF8.decode(bytes.subarray(start, end));
  const slot = slotOf(bytes, start, end);
  kind.next[kind.last] = slot;
  kind.last = slot;
  if (!isKept(slot, bytes, start, end)) {
    TEXTS[slot] = UTF8.decode(bytes.subarray(start, end));
    BYTES[slot] = bytes.slice(start, end);
  }
  return TEXTS[slot] ?? "";
}

/** Two clashing texts cost time, never the wrong name. */
function slotOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let index = start; index < end; index += 1) hash = (hash * 31 + (bytes[index] ?? 0)) | 0;
  return (hash ^ (hash >>> 15)) & (KEPT - 1);
}

function isKept(slot: number, bytes: Uint8Array, start: number, end: number): boolean {
  const kept = BYTES[slot] ?? NOTHING;
  const { length } = kept;
  if (length !== end - start) return false;
  for (let index = 0; index < length; index += 1) {
    if (kept[index] !== bytes[start + index]) return false;
  }
  return true;
}
