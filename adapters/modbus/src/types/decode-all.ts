/**
 * The same registers read in every way there is: for the engineer who has a number on a display and does not know
 * how it was sent. `decodeAll` shows all readings side by side; `rankReadings` puts those first that fit the display.
 */
import type { MetricValue } from "@unshub/sparkplug";
import { datatypeOfTag, type Tag } from "../tag.ts";
import { ordersOf, type ByteOrder } from "./byte-order.ts";
import { decodeTag, type Decoded } from "./decode-tag.ts";
import { rawType, type RawTypeName } from "./raw-type.ts";

/** One way to read the registers, and what it gives. */
export interface RegisterReading {
  readonly type: RawTypeName;
  readonly byteOrder: ByteOrder;
  /** First register, counted from the first that was given. */
  readonly at: number;
  readonly registers: number;
  readonly decoded: Decoded;
}

/** A reading that fits what a person saw. */
export interface RankedReading extends RegisterReading {
  /** value × scale is what was seen. */
  readonly scale: number;
  /** 0 is exact; the difference, as part of what was seen. */
  readonly error: number;
}

const ONE_REGISTER: readonly RawTypeName[] = [
  "int16",
  "uint16",
  "int8h",
  "int8l",
  "uint8h",
  "uint8l",
  "float16",
  "bcd16",
  "sign_magnitude16",
];
const TWO_REGISTERS: readonly RawTypeName[] = [
  "int32",
  "uint32",
  "float32",
  "bcd32",
  "sign_magnitude32",
  "mod10k",
  "time32",
];
const FOUR_REGISTERS: readonly RawTypeName[] = [
  "int64",
  "uint64",
  "float64",
  "bcd64",
  "mod10k",
  "dt_iec870",
];
const BY_REGISTERS = [
  [1, ONE_REGISTER],
  [2, TWO_REGISTERS],
  [4, FOUR_REGISTERS],
] as const;

/** Scales that devices use, the plain ones first. */
const SCALES = [1, 0.1, 0.01, 0.001, 10, 100, 1000, 0.0001, 0.5, 0.25, 0.2] as const;
/** A display shows few digits: what is further off is another number. */
const MOST_ERROR = 0.005;

/** Every type in every order of what begins at register `at` of `data` (two bytes a register). */
export function decodeAll(data: Uint8Array, at = 0): readonly RegisterReading[] {
  const left = Math.floor(data.length / 2) - at;
  return BY_REGISTERS.flatMap(([registers, types]) =>
    registers > left ? [] : types.flatMap((type) => inAllOrders(data, at, type, registers)),
  );
}

/** Every reading, anywhere in `data`, that gives what was `seen`, `tolerance` up or down; the best first. */
export function rankReadings(
  data: Uint8Array,
  seen: number,
  tolerance = Math.abs(seen) * MOST_ERROR,
): readonly RankedReading[] {
  const found: RankedReading[] = [];
  for (let at = 0; at < Math.floor(data.length / 2); at += 1) {
    for (const reading of decodeAll(data, at)) {
      const best = bestScale(reading, seen, tolerance);
      if (best !== undefined) found.push({ ...reading, ...best });
    }
  }
  return found.toSorted((a, b) => penaltyOf(a) - penaltyOf(b) || b.registers - a.registers);
}

function inAllOrders(
  data: Uint8Array,
  at: number,
  type: RawTypeName,
  registers: 1 | 2 | 4,
): readonly RegisterReading[] {
  const bytes = data.subarray(2 * at, 2 * (at + registers));
  return ordersFor(type, registers).map((byteOrder) => ({
    type,
    byteOrder,
    at,
    registers,
    decoded: decodeTag(plainTag(type, byteOrder, registers), bytes),
  }));
}

function ordersFor(type: RawTypeName, registers: number): readonly ByteOrder[] {
  if (type === "mod10k") return ordersOf(4);
  // The fields of a date stand in registers of their own: only their bytes can be exchanged.
  if (registers === 1 || type === "dt_iec870") return ordersOf(2);
  return ordersOf(registers === 2 ? 4 : 8);
}

function plainTag(type: RawTypeName, byteOrder: ByteOrder, length: number): Tag {
  const shape = { type, length, scale: 1, offset: 0 };
  return {
    ...shape,
    name: type,
    table: "hr",
    start: 0,
    byteOrder,
    datatype: datatypeOfTag(shape),
    access: "r",
    writable: false,
  };
}

/** The plainest scale under which the reading is what was seen. */
function bestScale(
  { decoded, type }: RegisterReading,
  seen: number,
  tolerance: number,
): Pick<RankedReading, "scale" | "error"> | undefined {
  const value = decoded.kind === "good" ? numberOf(decoded.value) : undefined;
  if (value === undefined || rawType(type).kind === "moment") return undefined;
  let best: Pick<RankedReading, "scale" | "error"> | undefined;
  for (const scale of SCALES) {
    const scaled = scaledBy(value, scale);
    const error = errorOf(scaled, seen);
    if (Math.abs(scaled - seen) <= tolerance && (best === undefined || error < best.error - 1e-9)) {
      best = { scale, error };
    }
  }
  return best;
}

/** Divides where it can, so that 235 becomes 23.5 and not nearly so. */
export function scaledBy(value: number, scale: number): number {
  return scale < 1 ? value / Math.round(1 / scale) : value * scale;
}

function errorOf(value: number, seen: number): number {
  return Math.abs(value - seen) / Math.max(Math.abs(seen), Number.MIN_VALUE);
}

/** Exact beats near, a plain scale beats a rare one, an order that is common beats one that is not. */
function penaltyOf({ error, scale, byteOrder, type }: RankedReading): number {
  const order = COMMON_ORDERS.indexOf(byteOrder);
  const orderPenalty = order === -1 ? COMMON_ORDERS.length : order;
  const typePenalty = PLAIN_TYPES.has(type) ? 0 : 1;
  // A float is rarely near by chance; an integer that is near after scaling often is.
  const errorPenalty = error < 1e-6 ? 0 : 1 + error / MOST_ERROR;
  return (
    errorPenalty * 10 +
    SCALES.findIndex((known) => known === scale) * 2 +
    typePenalty * 3 +
    orderPenalty
  );
}

/** The most frequent first. */
const COMMON_ORDERS: readonly ByteOrder[] = [
  "ABCD",
  "ABCDEFGH",
  "CDAB",
  "GHEFCDAB",
  "BADC",
  "DCBA",
];

const PLAIN_TYPES: ReadonlySet<RawTypeName> = new Set<RawTypeName>([
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float32",
  "float64",
]);

function numberOf(value: MetricValue): number | undefined {
  return typeof value === "number" || typeof value === "bigint" ? Number(value) : undefined;
}
