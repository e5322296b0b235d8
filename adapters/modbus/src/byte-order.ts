/**
 * In which order the bytes of a value stand on the wire. Orders are named by where the bytes of the natural value
 * (A is the highest) appear: `CDAB` sends C first. One 32-bit example, 1.0 = 3F 80 00 00:
 * ABCD 3F800000, CDAB 00003F80, BADC 803F0000, DCBA 0000803F.
 */

/** Orders that fit every size; this is what `defaults` takes. */
export const GENERAL_BYTE_ORDERS = ["ABCD", "CDAB", "BADC", "DCBA"] as const;

/** Orders of 64-bit values only. */
export const LONG_BYTE_ORDERS = [
  "ABCDEFGH",
  "GHEFCDAB",
  "BADCFEHG",
  "HGFEDCBA",
  "CDABGHEF",
  "EFGHABCD",
] as const;

/** An order that fits every size. */
export type GeneralByteOrder = (typeof GENERAL_BYTE_ORDERS)[number];
/** Any order. */
export type ByteOrder = GeneralByteOrder | (typeof LONG_BYTE_ORDERS)[number];

/** What a general order means for values of 2, 4 and 8 bytes. */
const BY_SIZE: ReadonlyMap<ByteOrder, Readonly<Record<2 | 4 | 8, string>>> = new Map<
  ByteOrder,
  Record<2 | 4 | 8, string>
>([
  ["ABCD", { 2: "AB", 4: "ABCD", 8: "ABCDEFGH" }],
  ["CDAB", { 2: "AB", 4: "CDAB", 8: "GHEFCDAB" }],
  ["BADC", { 2: "BA", 4: "BADC", 8: "BADCFEHG" }],
  ["DCBA", { 2: "BA", 4: "DCBA", 8: "HGFEDCBA" }],
]);

/** Whether the order names all eight bytes and so fits 64-bit values only. */
export function isLongByteOrder(order: ByteOrder): boolean {
  return !BY_SIZE.has(order);
}

/** Whether the two bytes of a single register are exchanged. */
export function swapsBytes(order: ByteOrder): boolean {
  return BY_SIZE.get(order)?.[2] === "BA";
}

/**
 * Where each byte on the wire belongs in the natural value: element `i` is the place of wire byte `i`, 0 is the
 * highest byte.
 */
export function wirePlaces(order: ByteOrder, bytes: 2 | 4 | 8): readonly number[] {
  const letters = BY_SIZE.get(order)?.[bytes] ?? order;
  return Array.from(letters, (letter) => letter.charCodeAt(0) - "A".charCodeAt(0));
}
