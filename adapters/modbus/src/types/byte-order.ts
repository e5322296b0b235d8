/**
 * In which order the bytes of a value stand on the wire. Orders are named by where the bytes of the natural value
 * (A is the highest) appear: `CDAB` sends C first. One 32-bit example, 1.0 = 3F 80 00 00:
 * ABCD 3F800000, CDAB 00003F80, BADC 803F0000, DCBA 0000803F.
 *
 * Every order is an exclusive or: natural byte `i` stands at place `i ^ mask` of the wire, and the other way round.
 * So one number says all, and no order needs code of its own.
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
type GeneralByteOrder = (typeof GENERAL_BYTE_ORDERS)[number];
/** An order of 64-bit values only. */
export type LongByteOrder = (typeof LONG_BYTE_ORDERS)[number];
/** Any order. */
export type ByteOrder = GeneralByteOrder | LongByteOrder;
/** Bytes of a number. */
export type NumberBytes = 2 | 4 | 8;

/** What a general order means for values of 2, 4 and 8 bytes. */
const GENERAL: ReadonlyMap<ByteOrder, Readonly<Record<NumberBytes, number>>> = new Map<
  ByteOrder,
  Record<NumberBytes, number>
>([
  ["ABCD", { 2: 0, 4: 0, 8: 0 }],
  ["CDAB", { 2: 0, 4: 2, 8: 6 }],
  ["BADC", { 2: 1, 4: 1, 8: 1 }],
  ["DCBA", { 2: 1, 4: 3, 8: 7 }],
]);

const LONG: ReadonlyMap<ByteOrder, number> = new Map<ByteOrder, number>([
  ["ABCDEFGH", 0],
  ["GHEFCDAB", 6],
  ["BADCFEHG", 1],
  ["HGFEDCBA", 7],
  ["CDABGHEF", 2],
  ["EFGHABCD", 4],
]);

/** Whether the order names all eight bytes and so fits 64-bit values only. */
export function isLongByteOrder(order: ByteOrder): order is LongByteOrder {
  return LONG.has(order);
}

/** Whether the two bytes of a single register are exchanged. */
export function swapsBytes(order: ByteOrder): boolean {
  return (orderMask(order, 2) & 1) === 1;
}

/** The mask of `order` for a value of `bytes`: natural byte `i` is wire byte `i ^ mask`; 0 is the highest byte. */
export function orderMask(order: ByteOrder, bytes: NumberBytes): number {
  return GENERAL.get(order)?.[bytes] ?? (LONG.get(order) ?? 0) & (bytes - 1);
}

/** Every order that makes a difference for a value of `bytes`, each once. */
export function ordersOf(bytes: NumberBytes): readonly ByteOrder[] {
  if (bytes === 2) return ["ABCD", "BADC"];
  return bytes === 4 ? GENERAL_BYTE_ORDERS : LONG_BYTE_ORDERS;
}
